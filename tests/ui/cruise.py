"""A drawn ZooScan project of four scans: two samples are wrong in ways that the checks find, one wants a look."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from tests.orders.finished import finished_job
from tests.services.zooscan.tiny_models import tiny_models

from pelagia.catalogue.install import install
from pelagia.catalogue.models import resolve
from pelagia.core.service import Request
from pelagia.runtime.jobs import Job
from pelagia.runtime.runner import Runtime
from pelagia.services.zooscan.sample.drawing import draw_scan
from pelagia.services.zooscan.service import SERVICE

HEIGHT, WIDTH, DPI = 1200, 900, 1200
STATIONS = ("st01", "st02", "st03", "st04")
SAMPLE = "cruise2026_wp2_{}".format
SCAN = "cruise2026_wp2_{}_tot_1".format
LONGITUDES = {"st01": "-7.5400", "st02": "-7.4100", "st03": "7.3800", "st04": "-7.3500"}
"""As the legacy form wants them: degrees and minutes, west positive; st03 was entered with the wrong sign."""


def draw_cruise(folder: Path, *, height: int = HEIGHT, width: int = WIDTH, objects: int = 25, dpi: int = DPI) -> Path:
    """Draw the project; returns its folder."""
    project = folder / "Zooscan_cruise2026_sn001"
    tables: dict[str, list[dict[str, str]]] = {"sample": [], "scan": []}
    for number, station in enumerate(STATIONS, start=1):
        name = f"{SAMPLE(station)}_tot"
        draw_scan(project, height=height, width=width, objects=objects, seed=number, dpi=dpi, name=name)
        told = {"stationid": station, "longitude": LONGITUDES[station], "longitude_end": LONGITUDES[station]}
        told |= {"vol": "99999" if station == "st02" else str(10 + number)}
        for kind, rows in tables.items():
            (row,) = csv.DictReader(_table(project, kind).read_text("latin-1").splitlines(), delimiter=";")
            rows.append(row | {key: value for key, value in told.items() if key in row})
        meta = project / "Zooscan_scan" / "_raw" / f"{SCAN(station)}_meta.txt"
        meta.write_text(_corrected(meta.read_text("latin-1"), told), "latin-1", newline="\r\n")
    for kind, rows in tables.items():
        with _table(project, kind).open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
    return project


def _table(project: Path, kind: str) -> Path:
    return project / "Zooscan_meta" / f"zooscan_{kind}_header_table.csv"


def cruise_job(runtime: Runtime, folder: Path, *, asker: str = "visit:me", shipped: bool = False, **drawn: Any) -> Job:
    """Draw the project and run it to its end; the service must be an installed one.

    Parameters
    ----------
    runtime
        The installation.
    folder
        Takes the project.
    asker
        Whose run it is.
    shipped
        With the models of the service, instead of tiny ones and the watershed.
    drawn
        Of :func:`draw_cruise`.
    """
    project = draw_cruise(folder, **drawn)
    home = runtime.settings.home
    if shipped:
        models = {slot.role: resolve(slot.default, slot.role, home=home) for slot in SERVICE.models}
    else:
        models = tiny_models(folder / "models", multiple_logit=-4.0)
        for role, model in models.items():
            install(Path(model.path), home=home)
            models[role] = resolve(f"{model.name}@{model.version}", role, home=home)
    request: Request[Any] = Request(
        service="zooscan",
        service_version=SERVICE.version,
        inputs={"scans": (str(project),)},
        params=SERVICE.params.model_validate({"separation": "model" if shipped else "watershed"}),
        models=models,
    )
    return finished_job(runtime, request, asker=asker, title="Cruise 2026")


def _corrected(text: str, values: dict[str, str]) -> str:
    lines = []
    for line in text.splitlines():
        key = line.partition("=")[0].strip()
        lines.append(f"{key}= {values[key.lower()]}" if key.lower() in values else line)
    return "\n".join(lines) + "\n"
