"""A finished run of footage as the server keeps it: a clip and some stills on which everybody's place is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.services.direct_steps import DirectSteps
from tests.services.ecosystem.clips_made import WIDTH, Animal, write_clip, write_still
from tests.services.ecosystem.tiny_models import tiny_animals

from pelagia.catalogue.install import install
from pelagia.catalogue.models import resolve
from pelagia.core.service import Request
from pelagia.orders.result_folder import write_result_folder
from pelagia.runtime.estimate_json import estimate_to_json
from pelagia.runtime.identity import request_record
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.lifecycle import NewJob, claim_job, create_job, finish_job
from pelagia.runtime.result_file import write_result
from pelagia.runtime.runner import Runtime
from pelagia.services.ecosystem import pipeline
from pelagia.services.ecosystem.service import SERVICE, EcosystemParams

FIRST, SECOND = "Chromis chromis", "Diplodus vulgaris"
CLIP, SERIES = "20240422-080000-reef", "stills-reef"
TEMPERATURE = "time,temperature (°C)\n" + "".join(
    f"2024-04-22T08:{minute:02d}:00Z,{14 + minute / 20:.2f}\n" for minute in range(30)
)


def passing(time_s: float) -> list[Animal]:
    """Two of a kind cross from 3 to 7 s, one of another stays from 4 to 6 s, one more passes from 12 to 15 s."""
    seen: list[Animal] = []
    if 3 <= time_s < 7:
        along = 30 + (time_s - 3) * 60
        seen += [(FIRST, 50.0, along), (FIRST, 90.0, WIDTH - along)]
    if 4 <= time_s < 6:
        seen.append((SECOND, 140.0, 160.0))
    if 12 <= time_s < 15:
        seen.append((SECOND, 70.0, 40 + (time_s - 12) * 80))
    return seen


def record(folder: Path, *, duration_s: float = 18.0) -> Path:
    """Write a clip and a series of four stills below a folder, and return it."""
    write_clip(folder / "reef" / f"{CLIP}.mp4", duration_s, passing)
    for minute, animals in enumerate([[], [(FIRST, 60.0, 80.0)], [(FIRST, 60.0, 80.0), (SECOND, 110.0, 220.0)], []]):
        write_still(folder / "stills" / f"20240422-08{10 + minute}01-reef.png", animals, seed=minute)
    return folder


def filmed_job(
    runtime: Runtime, folder: Path, *, asker: str = "visit:me", title: str = "The reef", **params: Any
) -> Job:
    """Put a finished run of drawn footage among those of the server; ``params`` as those of the service."""
    home = runtime.settings.home
    package = tiny_animals(folder / "animals")
    install(package.path, home=home)
    temperature = folder / "temperature.csv"
    temperature.write_text(TEMPERATURE, encoding="utf-8")
    request: Request[EcosystemParams] = Request(
        service="ecosystem",
        service_version=SERVICE.version,
        inputs={"recordings": (str(record(folder / "recordings")),), "environment": (str(temperature),)},
        params=EcosystemParams(
            **{"bin_minutes": 1.0, "latitude": 41.2, "longitude": 1.7, "search": "everywhere"} | params
        ),
        models={"animals": resolve(f"{package.card.name}@{package.card.version}", "animals", home=home)},
    )
    job = create_job(
        runtime.database,
        NewJob(
            request=request_record(request, f"{title} {asker}"),
            estimate=estimate_to_json(pipeline.estimate(request)),
            unit=SERVICE.unit.name,
            kind="analysis",
            route="web",
            asker=asker,
            title=title,
        ),
    )
    workdir = runtime.settings.workdir(job.id)
    workdir.mkdir(parents=True, exist_ok=True)
    result = pipeline.run(request, DirectSteps(workdir))
    write_result(result, workdir)
    finish_job(runtime.database, claim_job(runtime.database, job.id), "succeeded", objects=1)
    job = find_job(runtime.database, job.id)
    write_result_folder(job, result, runtime.settings.result_folder(job.id))
    return job
