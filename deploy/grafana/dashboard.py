"""Write the Grafana dashboard beside this file: ``python deploy/grafana/dashboard.py``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OUT = HERE / "pelagia.json"
SOURCE = {"type": "prometheus", "uid": "${source}"}
WIDTH, HEIGHT = 8, 7
ALL = 'job=~"$job"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One chart that answers one question.

    Parameters
    ----------
    title
        The question.
    unit
        As Grafana calls it.
    queries
        PromQL → legend.
    kind
        Of the panel.
    """

    title: str
    unit: str
    queries: dict[str, str]
    kind: str = "timeseries"


def rows() -> dict[str, tuple[Panel, ...]]:
    """Return the panels by row."""
    units = f'sum by (service, unit) (rate(pelagia_units_total{{{ALL},test="false"}}[5m]))'
    by_route = 'sum by (le, route) (rate(pelagia_http_request_duration_seconds_bucket{job=~"$job"}[5m]))'
    return {
        "Now": (
            Panel(
                title="Jobs that wait", unit="short", kind="stat", queries={f"pelagia_queue_depth{{{ALL}}}": "{{lane}}"}
            ),
            Panel(
                title="The oldest waits",
                unit="s",
                kind="stat",
                queries={f"pelagia_queue_oldest_seconds{{{ALL}}}": "{{lane}}"},
            ),
            Panel(
                title="Workers that live, and their jobs",
                unit="short",
                kind="stat",
                queries={f"pelagia_workers{{{ALL}}}": "workers", f"pelagia_workers_jobs{{{ALL}}}": "jobs"},
            ),
        ),
        "Work": (
            Panel(
                title="Units processed per second",
                unit="short",
                queries={units: "{{service}}: {{unit}}"},
            ),
            Panel(
                title="Steps finished per second",
                unit="short",
                queries={f"sum by (service) (rate(pelagia_steps_total{{{ALL}}}[5m]))": "{{service}}"},
            ),
            Panel(
                title="Jobs by state",
                unit="short",
                queries={f"sum by (state) (pelagia_jobs{{{ALL}}})": "{{state}}"},
            ),
            Panel(
                title="Jobs taken over, tried again, given back",
                unit="short",
                queries={f"sum by (event) (increase(pelagia_queue_events_total{{{ALL}}}[1h]))": "{{event}} per hour"},
            ),
            Panel(
                title="Since the last sign of life of a worker",
                unit="s",
                queries={f"pelagia_worker_heartbeat_age_seconds{{{ALL}}}": "seconds"},
            ),
            Panel(
                title="Units the daily sums lack (0 where all is well)",
                unit="short",
                queries={f"pelagia_ledger_lag_units{{{ALL}}}": "units"},
            ),
        ),
        "Requests": (
            Panel(
                title="Requests per second",
                unit="reqps",
                queries={f"sum by (status) (rate(pelagia_http_requests_total{{{ALL}}}[5m]))": "{{status}}"},
            ),
            Panel(
                title="Time of 95 of 100 requests, by route",
                unit="s",
                queries={f"histogram_quantile(0.95, {by_route})": "{{route}}"},
            ),
            Panel(
                title="Failures per second, by route",
                unit="reqps",
                queries={f'sum by (route) (rate(pelagia_http_requests_total{{{ALL},status=~"5.."}}[5m]))': "{{route}}"},
            ),
            Panel(
                title="Bytes received per second",
                unit="Bps",
                queries={f"sum(rate(pelagia_http_received_bytes_total{{{ALL}}}[5m]))": "received"},
            ),
            Panel(
                title="Open event streams, requests in progress",
                unit="short",
                queries={
                    f"sum(pelagia_http_open_streams{{{ALL}}})": "streams",
                    f"sum(pelagia_http_requests_in_progress{{{ALL}}})": "requests",
                },
            ),
        ),
        "Machine": (
            Panel(
                title="Memory of the server",
                unit="bytes",
                queries={f"process_resident_memory_bytes{{{ALL}}}": "{{instance}}"},
            ),
            Panel(
                title="Processor time of the server",
                unit="percentunit",
                queries={f"rate(process_cpu_seconds_total{{{ALL}}}[5m])": "{{instance}}"},
            ),
            Panel(
                title="Room on the disk",
                unit="percentunit",
                queries={f"pelagia_disk_free_bytes{{{ALL}}} / pelagia_disk_bytes{{{ALL}}}": "{{instance}}"},
            ),
        ),
    }


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana reads it."""
    panels: list[dict[str, Any]] = []
    top = 0
    for title, row in rows().items():
        panels.append({"type": "row", "title": title, "gridPos": {"x": 0, "y": top, "w": 24, "h": 1}, "panels": []})
        top += 1
        for number, panel in enumerate(row):
            place = {"x": number % 3 * WIDTH, "y": top + number // 3 * HEIGHT, "w": WIDTH, "h": HEIGHT}
            panels.append(_panel(panel) | {"gridPos": place})
        top += (len(row) + 2) // 3 * HEIGHT
    for number, panel in enumerate(panels, start=1):
        panel["id"] = number
    return {
        "title": "Pelagia",
        "uid": "pelagia",
        "tags": ["pelagia"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "utc",
        "templating": {"list": _variables()},
        "panels": panels,
    }


def _variables() -> list[dict[str, Any]]:
    return [
        {"name": "source", "label": "Source", "type": "datasource", "query": "prometheus"},
        {
            "name": "job",
            "label": "Installation",
            "type": "query",
            "datasource": SOURCE,
            "query": "label_values(pelagia_database_up, job)",
            "refresh": 2,
            "multi": True,
            "includeAll": True,
        },
    ]


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "type": panel.kind,
        "title": panel.title,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": SOURCE, "expr": query, "legendFormat": legend}
            for number, (query, legend) in enumerate(panel.queries.items())
        ],
    }


if __name__ == "__main__":
    OUT.write_text(json.dumps(dashboard(), indent=1) + "\n")
