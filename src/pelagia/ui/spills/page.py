"""The page of a spill: where the oil goes, which coast it reaches, what is left, how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from pelagia.core.errors import NotFound
from pelagia.exports.report.numbers import quantity
from pelagia.http.asking import Bench, Reader
from pelagia.http.galleries import ResultJob
from pelagia.http.looks import counted_download
from pelagia.orders.outputs import issues_of, tables_in
from pelagia.orders.spills.balance import Balance, balance_of
from pelagia.orders.spills.fitted import CHOICES, Fitted, fitted_of
from pelagia.orders.spills.layers import LAYERS, LayerName, range_of, scans_of
from pelagia.orders.spills.sureness import LEAST_OUTSIDE, outside_of, sayings
from pelagia.orders.spills.tables import COAST, SLICKS, TRAJECTORIES, spill_folder
from pelagia.orders.spills.things import reached
from pelagia.runtime.jobs import Job
from pelagia.ui.rendering import page
from pelagia.ui.results import drawing
from pelagia.ui.results.reading import downloads_of
from pelagia.ui.runs import title_of
from pelagia.ui.spills.balance_chart import balance_csv, draw_balance
from pelagia.ui.spills.fit_charts import draw_beliefs, draw_scores, posterior_csv, scores_csv

router = APIRouter(include_in_schema=False, prefix="/runs/{job_id}/spill")

LAYER_NAMES: Mapping[str, tuple[LayerName, bool, str]] = {
    "surface": ("surface", False, "Oil at the surface"),
    "dispersed": ("dispersed", False, "Oil in the water below"),
    "beached": ("beached", False, "Oil on the shore"),
    "likely": ("probability", True, "Probability, whole run"),
    "probability": ("probability", False, "Probability, by time"),
    "mean": ("mean", False, "Mean of all forecasts, by time"),
    "arrival": ("arrival", True, "First arrival"),
}
"""What can be shown: the layer, whether it is that of the whole run, and what it is called."""
EXPORTS = "exports/"
MOST_EXPORTS = 8


@router.get("")
def show_spill(request: Request, job: ResultJob, bench: Bench) -> HTMLResponse:
    """Show a spill."""
    settings = bench.runtime.settings
    folder = spill_folder(settings, job)
    balance, fitted, coast = balance_of(folder), fitted_of(folder), reached(folder)
    tables = tables_in(folder)
    layers = layers_of(folder)
    return page(
        request,
        "spills/spill.html",
        job=job,
        title=title_of(job),
        layers=layers,
        first_layer="likely" if "likely" in layers else next(iter(layers), ""),
        balance=balance,
        fitted=fitted,
        coast=len(coast),
        is_lost=balance is not None and outside_of(balance) >= LEAST_OUTSIDE,
        has_ensemble=any(row["impact_probability"] is not None for row in coast) or "likely" in layers,
        has_coast=COAST in tables,
        slicks=tables[SLICKS].rows if SLICKS in tables else 0,
        has_tracks=TRAJECTORIES in tables,
        sayings=sayings(folder, balance, fitted, coast),
        charts=charts_of(job, balance, fitted),
        issues=[issue for issue in issues_of(settings, job) if issue.severity != "note"],
        exports=[file for file in downloads_of(folder)[0] if file.path.startswith(EXPORTS)][:MOST_EXPORTS],
        quantity=quantity,
    )


@router.get("/charts/{name}.{form}")
def download_chart(
    request: Request,
    job: ResultJob,
    bench: Bench,
    principal: Reader,
    name: Literal["balance", "scores", "posterior"],
    form: Literal["svg", "csv"],
) -> Response:
    """Return a chart, or the numbers behind it, as a file."""
    folder = spill_folder(bench.runtime.settings, job)
    balance, fitted = balance_of(folder), fitted_of(folder)
    drawn = charts_of(job, balance, fitted).get(name)
    if drawn is None:
        raise NotFound("This result has no such chart", value=name, remedy="See its tables.")
    if form == "svg":
        data, kind = drawing.alone(drawn, f"{title_of(job)}: {name}"), "image/svg+xml"
    else:
        data, kind = _numbers(name, balance, fitted), "text/csv; charset=utf-8"
    headers = {
        "Content-Disposition": f'attachment; filename="{job.service}-{job.id}-{name}.{form}"',
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    file = Response(data, media_type=kind, headers=headers)
    return counted_download(file, request, bench, principal, job.service)


def layers_of(folder: Path) -> dict[str, str]:
    """Return what the map of a result can show: by key, what it is called."""
    scans = scans_of(folder)
    found = {}
    for key, (name, is_whole, told) in LAYER_NAMES.items():
        layer = LAYERS[name]
        scan = scans.get(layer.table)
        if scan is None or range_of(layer, scan) is None:
            continue
        if ("" in scan.parts) if is_whole else scan.times:
            found[key] = told
    return found


def charts_of(job: Job, balance: Balance | None, fitted: Fitted | None) -> dict[str, Markup]:
    """Return the charts that a result has, drawn, by name."""
    drawn = {}
    if balance is not None:
        drawn["balance"] = draw_balance(balance)
    if fitted is not None and fitted.passes:
        drawn["scores"] = draw_scores(fitted.passes)
    if fitted is not None and fitted.beliefs:
        drawn["posterior"] = draw_beliefs(fitted.beliefs, _given(job))
    return drawn


def _given(job: Job) -> dict[str, float | None]:
    """Return what the run was given of the parameters that a fit may change."""
    params: Mapping[str, Any] = job.request["params"]
    return {name: params.get(name) for name in CHOICES}


def _numbers(name: str, balance: Balance | None, fitted: Fitted | None) -> bytes:
    if name == "balance" and balance is not None:
        return balance_csv(balance)
    if fitted is None:
        return b""
    return scores_csv(fitted.passes) if name == "scores" else posterior_csv(fitted)
