"""A finished FlowCam run as the server keeps it: a job, its working folder, its output folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
from tests.learning.tiny_model import plain_image, tiny_card, tiny_package
from tests.services.flowcam.conftest import heldout

from pelagia.catalogue.install import install
from pelagia.catalogue.models import resolve
from pelagia.core.service import Request
from pelagia.orders.result_folder import write_result_folder
from pelagia.orders.workbench import Workbench
from pelagia.runtime.estimate_json import estimate_to_json
from pelagia.runtime.executors import InlineExecutor
from pelagia.runtime.identity import request_record
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.lifecycle import NewJob, create_job
from pelagia.runtime.registry import find_service
from pelagia.runtime.runner import Runtime, load_pipeline, run_job

COLOURS = {"Red": (0, 0, 200), "Green": (0, 200, 0), "Blue": (200, 0, 0)}


@dataclass
class InlineWarm:
    """Stands for the warm processes: calls at once, here."""

    calls: int = 0

    def call(self, func: Callable[..., Any], /, *args: Any, timeout_s: float = 0.0) -> Any:
        self.calls += 1
        return func(*args)


def bench_of(runtime: Runtime) -> Workbench:
    return Workbench(runtime=runtime, warm=InlineWarm())  # type: ignore[arg-type]


def coloured_vignettes(folder: Path, each: int = 8) -> Path:
    """Write red, green and blue vignettes of growing size, and shades that are harder to tell."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, colour in COLOURS.items():
        for number in range(each):
            faint = [min(255, int(value * (1 - 0.08 * number)) + 4 * number) for value in colour]
            cv2.imwrite(str(folder / f"{name.lower()}{number}.png"), plain_image(faint, rows=10 + number, cols=14))
    return folder


def flowcam_request(home: Path, *inputs: Path | str, corrections: Path | None = None, **params: Any) -> Request[Any]:
    """Ask for an analysis with the tiny model, which is installed where it is not."""
    package = tiny_package(home.parent / "tiny", tiny_card(), heldout=heldout())
    install(package.path, home=home)
    service = find_service("flowcam")
    slots = {"runs": tuple(map(str, inputs)), "corrections": (str(corrections),) if corrections else ()}
    return Request(
        service="flowcam",
        service_version=service.version,
        inputs={name: uris for name, uris in slots.items() if uris},
        params=service.params.model_validate({"label_from": "none", **params}),
        models={"classifier": resolve("tiny@1.0.0", "classifier", home=home)},
    )


def finished_job(
    runtime: Runtime,
    request: Request[Any],
    *,
    asker: str = "visit:me",
    target: str = "here",
    title: str = "Station 7",
) -> Job:
    """Run the request to its end and write its output folder."""
    service = find_service(request.service)
    job = create_job(
        runtime.database,
        NewJob(
            request=request_record(request, target),
            estimate=estimate_to_json(load_pipeline(service).estimate(request)),
            unit=service.unit.name,
            kind="analysis",
            route="web",
            asker=asker,
            title=title,
        ),
    )
    result = run_job(runtime, InlineExecutor(), service, request, job)
    job = find_job(runtime.database, job.id)
    write_result_folder(job, result, runtime.settings.result_folder(job.id))
    return job
