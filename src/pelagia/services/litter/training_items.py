"""A detector of litter learned from boxes that people drew."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2

from pelagia.core.errors import NothingUsable, PelagiaError
from pelagia.core.result import Figure, Issue
from pelagia.core.service import Request, Steps
from pelagia.io.findings import finding
from pelagia.io.images import decode_image
from pelagia.io.sources import open_source
from pelagia.learning.boxes import Boxes
from pelagia.learning.session import default_threads
from pelagia.learning.train.detection.data import DetectionData, Sample
from pelagia.learning.train.detection.loop import DetectorRecipe
from pelagia.learning.train.detection.train import DetectorOptions, train_detector
from pelagia.learning.train.separation.package import About
from pelagia.services.litter.training_data import Told, chunks, data_origin, group_names, input_records
from pelagia.services.litter.training_service import LitterTrainingParams

FIGURES = ("ap50", "ap50_95")


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


def fetch_step(item: dict[str, Any]) -> dict[str, Any]:
    """Read some pictures, whatever they are stored as, and keep them as files that training reads."""
    folder = Path(item["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    digests, sizes, issues = [], [], []
    for number, (uri, name) in enumerate(zip(item["uris"], item["names"], strict=True), start=item["first"]):
        try:
            data = open_source(uri).read(name)
            image = decode_image(data, file=name)
        except PelagiaError as error:
            issues.append(asdict(finding(error, objects=1)))
            digests.append("")
            sizes.append(0)
            continue
        partial = folder / f".{number:06d}.partial.png"
        cv2.imwrite(str(partial), image.array[..., ::-1])
        partial.replace(picture_file(folder, number))
        digests.append(sha256(data).hexdigest())
        sizes.append(len(data))
    return {"sha256": digests, "issues": issues, "bytes": sizes, "read": sum(map(bool, digests))}


def picture_file(folder: Path, number: int) -> Path:
    """Return where a fetched picture is kept."""
    return folder / f"{number:06d}.png"


def train_step(
    workdir: Path,
    request: Request[LitterTrainingParams],
    found: dict[str, Any],
    groups: list[str],
    digests: list[str],
) -> dict[str, Any]:
    """Train, measure and write the package; one that was stopped goes on from its last epoch."""
    params, threads = request.params, request.params.threads or default_threads()
    samples = tuple(
        Sample(path=picture_file(workdir / "fetched", number), group=group, boxes=_boxes(boxes))
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
    package = train_detector(DetectionData(classes=tuple(found["classes"]), samples=samples), options, workdir)
    measured = package.card.recipe["figures"][0]
    figures: dict[str, Any] = {
        "images_used": {"value": len(samples), "description": "Pictures trained on or measured on"},
        "heldout_boxes": {"value": measured["boxes"], "description": "Boxes kept back to measure on"},
        "model_bytes": {"value": package.model.stat().st_size, "description": "Size of model.onnx", "unit": "B"},
    }
    for name, words in zip(FIGURES, ("from an overlap of 0.5 on", "over overlaps of 0.5 to 0.95"), strict=True):
        if measured[name] is not None:
            figures[name] = {
                "value": measured[name],
                "low": measured[f"{name}_low"],
                "high": measured[f"{name}_high"],
                "description": f"Average precision on pictures kept back, {words}",
                "unit": "share",
            }
    return {"figures": figures}


def _boxes(told: list[list[float]]) -> Boxes:
    """Return the boxes of a picture, told as row, col, height, width, class."""
    return Boxes.make(
        [[row, col, row + height, col + width] for row, col, height, width, _ in told], [int(one[4]) for one in told]
    )


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
