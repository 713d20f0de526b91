"""A detector of litter learned from boxes that people drew."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pelagia.core.errors import NothingUsable
from pelagia.core.result import Figure, Issue
from pelagia.core.service import Request, Steps
from pelagia.learning.session import default_threads
from pelagia.learning.train.detection.data import DetectionData, Sample
from pelagia.learning.train.detection.fetched import boxes_of, fetch_step, figures_of, picture_file
from pelagia.learning.train.detection.loop import DetectorRecipe
from pelagia.learning.train.detection.train import DetectorOptions, train_detector, train_epoch
from pelagia.learning.train.separation.package import About
from pelagia.learning.train.sources import chunks, input_records
from pelagia.services.litter.training_data import Told, data_origin, group_names
from pelagia.services.litter.training_service import LitterTrainingParams


def train_items(request: Request[LitterTrainingParams], steps: Steps, found: dict[str, Any]) -> Told:
    """Fetch the pictures, train on whole groups, measure on those kept back, write the package."""
    workdir = steps.workdir
    read = list(
        steps.map(
            "read",
            fetch_step,
            chunks(workdir / "fetched", found["uris"], found["names"]),
            units=lambda value: value["read"],
        )
    )
    digests = [digest for part in read for digest in part["sha256"]]
    groups = group_names(found["uris"], found["names"], request.params, above=1)
    for epoch in range(request.params.epochs):
        steps.do(f"epoch/{epoch}", epoch_step, workdir, request, found, groups, digests, epoch)
    trained = steps.do("train", train_step, workdir, request, found, groups, digests)
    issues = [*found["issues"], *(issue for part in read for issue in part["issues"])]
    return Told(
        tables={},
        summary={name: Figure(**told) for name, told in trained["figures"].items()},
        issues=tuple(Issue(**issue) for issue in issues),
        records=input_records(
            found["uris"], found["names"], digests, [size for part in read for size in part["bytes"]]
        ),
    )


def epoch_step(
    workdir: Path,
    request: Request[LitterTrainingParams],
    found: dict[str, Any],
    groups: list[str],
    digests: list[str],
    epoch: int,
) -> float:
    """Train one epoch more and return its loss; what was trained already stays."""
    data, options = _asked(workdir, request, found, groups, digests)
    return train_epoch(data, options, workdir, epoch)


def train_step(
    workdir: Path,
    request: Request[LitterTrainingParams],
    found: dict[str, Any],
    groups: list[str],
    digests: list[str],
) -> dict[str, Any]:
    """Measure what was trained, and write the package."""
    data, options = _asked(workdir, request, found, groups, digests)
    return {"figures": figures_of(train_detector(data, options, workdir), len(data.samples))}


def _asked(
    workdir: Path,
    request: Request[LitterTrainingParams],
    found: dict[str, Any],
    groups: list[str],
    digests: list[str],
) -> tuple[DetectionData, DetectorOptions]:
    params, threads = request.params, request.params.threads or default_threads()
    samples = tuple(
        Sample(path=picture_file(workdir / "fetched", number), group=group, boxes=boxes_of(boxes))
        for number, (group, boxes, digest) in enumerate(zip(groups, found["boxes"], digests, strict=True))
        if digest
    )
    if not samples:
        raise NothingUsable("no picture with boxes could be read", remedy="Keep the pictures beside their boxes.")
    options = DetectorOptions(
        about=_about(params, found["uris"][0], len(samples)),
        recipe=DetectorRecipe(
            seed=request.seed % 2**31,
            epochs=params.epochs,
            batch=params.batch,
            threads=threads,
        ),
        gsd_cm=params.gsd_cm,
        heldout=params.heldout_fraction,
        heldout_told=_heldout_text(params),
        threads=threads,
    )
    return DetectionData(classes=tuple(found["classes"]), samples=samples), options


def _heldout_text(params: LitterTrainingParams) -> str:
    return {
        "none": "own pictures kept back one by one; those of one beach stand on both sides",
        "folder": "own pictures kept back by folder",
        "pattern": f"own pictures kept back by group ({params.group_pattern})",
    }[params.group_from]


def _about(params: LitterTrainingParams, uri: str, images: int) -> About:
    return About(
        name=params.name,
        version=params.version,
        title=params.title or params.name,
        instrument="Drone",
        created=date.fromisoformat(params.created) if params.created else datetime.now(UTC).date(),
        licence=params.licence,
        intended_use=params.intended_use,
        limits=params.limits,
        data=(data_origin(params, uri, images),),
    )
