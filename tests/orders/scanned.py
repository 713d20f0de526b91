"""A finished ZooScan run as the server keeps it, of a drawn scan and models that anybody can work out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.orders.finished import finished_job
from tests.services.zooscan.tiny_models import tiny_models

from pelagia.catalogue.install import install
from pelagia.catalogue.models import resolve
from pelagia.core.service import Request
from pelagia.runtime.jobs import Job
from pelagia.runtime.runner import Runtime
from pelagia.services.zooscan.sample.drawing import NAME, draw_scan
from pelagia.services.zooscan.service import SERVICE

ROOT = Path(__file__).resolve().parents[2]
SCAN = NAME
HEIGHT, WIDTH, OBJECTS, DPI = 1200, 900, 40, 1200


def install_zooscan(packages: Path, patch: pytest.MonkeyPatch) -> None:
    """Make the service an installed one, for processes started meanwhile as well."""
    info = packages / "zooscan_here-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: zooscan-here\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pelagia.services]\nzooscan = pelagia.services.zooscan.service:SERVICE\n")
    patch.syspath_prepend(str(packages))
    patch.setenv("PYTHONPATH", f"{packages}{os.pathsep}{ROOT}")


def scanned_job(
    runtime: Runtime,
    folder: Path,
    *,
    asker: str = "visit:me",
    height: int = HEIGHT,
    width: int = WIDTH,
    objects: int = OBJECTS,
    dpi: int = DPI,
    **params: Any,
) -> Job:
    """Draw a scan, run it to its end with the tiny models; without further words the watershed cuts."""
    project = folder / "Zooscan_drawn_sn001"
    draw_scan(project, height=height, width=width, objects=objects, seed=3, dpi=dpi)
    home = runtime.settings.home
    models = tiny_models(folder / "models", multiple_logit=1.0)
    for role, model in models.items():
        install(Path(model.path), home=home)
        models[role] = resolve(f"{model.name}@{model.version}", role, home=home)
    request: Request[Any] = Request(
        service="zooscan",
        service_version=SERVICE.version,
        inputs={"scans": (str(project),)},
        params=SERVICE.params.model_validate({"separation": "watershed", **params}),
        models=models,
    )
    return finished_job(runtime, request, asker=asker)
