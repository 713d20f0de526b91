"""Training of a litter model: labelled tiles or boxes in, a measured model package out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pelagia.core.result import Artifact, Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.io.findings import gather
from pelagia.services.litter.training_data import IMAGES_PER_CHUNK, Labelled, find_labels
from pelagia.services.litter.training_items import train_items
from pelagia.services.litter.training_service import LitterTrainingParams
from pelagia.services.litter.training_tiles import train_tile_model

PACKAGE_FOLDER = "package"
MEDIA_TYPES = {".onnx": "application/octet-stream", ".json": "application/json", ".md": "text/markdown"}
MEDIA_TYPES |= {".png": "image/png", ".parquet": "application/vnd.apache.parquet"}


def estimate(request: Request[LitterTrainingParams], /) -> Estimate:
    """Read the labels, count the pictures; cheap."""
    labelled = _labels(request)
    annotations = labelled.annotations
    parts = -(-len(annotations.images) // IMAGES_PER_CHUNK)
    tiles = labelled.learn == "tiles"
    return Estimate(
        # tiles: room, split, package and an epoch each; items: the training as a whole
        steps=1 + parts + (3 + request.params.epochs if tiles else 1),
        units=len(annotations.images),
        bytes=0,
        understood={
            "learned": "classes of tiles" if tiles else "items, from boxes",
            "pictures": f"{len(annotations.images):,}",
            **({} if tiles else {"boxes": f"{len(annotations.boxes):,}"}),
            "classes": ", ".join(annotations.labels),
        },
        issues=gather(annotations.issues),
    )


def run(request: Request[LitterTrainingParams], steps: Steps, /) -> Result:
    """Find the labels, train on whole groups, measure on the groups kept back, write the model package."""
    found = steps.do("labels", labels_step, request.inputs["labels"][0], request.params.learn)
    train = train_tile_model if found["learn"] == "tiles" else train_items
    told = train(request, steps, found)
    return Result(
        tables=told.tables,
        summary=told.summary,
        issues=gather(told.issues),
        provenance=request.provenance((told.record,)),
        artifacts=model_files(steps.workdir / PACKAGE_FOLDER),
    )


def labels_step(uri: str, learn: str) -> dict[str, Any]:
    """Read the labels into what a step can keep."""
    labelled = find_labels(uri, learn)
    annotations = labelled.annotations
    boxes = annotations.by_image()
    number = {name: i for i, name in enumerate(annotations.labels)}
    usable = [image for image in annotations.images if image.file]
    return {
        "uri": uri,
        "learn": labelled.learn,
        "classes": list(annotations.labels),
        "names": [image.file for image in usable],
        "labels": [image.label or "" for image in usable],
        "boxes": [
            [[box.row, box.col, box.height, box.width, number[box.label]] for box in boxes[image.name]]
            for image in usable
        ],
        "issues": [asdict(issue) for issue in annotations.issues],
    }


def model_files(folder: Path) -> tuple[Artifact, ...]:
    """Return the files of a model package as parts of a result."""
    found = [
        Artifact(
            role="model",
            name=path.relative_to(folder).as_posix(),
            path=path,
            media_type=MEDIA_TYPES.get(path.suffix, "text/plain"),
        )
        for path in folder.rglob("*")
        if path.is_file()
    ]
    return tuple(sorted(found, key=lambda artifact: artifact.name))


def _labels(request: Request[LitterTrainingParams]) -> Labelled:
    return find_labels(request.inputs["labels"][0], request.params.learn)
