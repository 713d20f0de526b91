"""Training of a litter model: labelled tiles or boxes in, a measured model package out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pelagia.core.result import Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.io.findings import gather
from pelagia.io.sources import open_source
from pelagia.learning.train.sources import IMAGES_PER_CHUNK, model_files
from pelagia.services.litter.training_data import Labelled, find_labels
from pelagia.services.litter.training_items import train_items
from pelagia.services.litter.training_service import LitterTrainingParams
from pelagia.services.litter.training_tiles import train_tile_model

PACKAGE_FOLDER = "package"


def estimate(request: Request[LitterTrainingParams], /) -> Estimate:
    """Read the labels, count the pictures; cheap."""
    found = find_labels(request.inputs["labels"], request.params.learn)
    parts = -(-len(found.names) // IMAGES_PER_CHUNK)
    tiles = found.learn == "tiles"
    return Estimate(
        # tiles: room, split, package and an epoch each; items: an epoch each and what comes after them
        steps=1 + parts + request.params.epochs + (3 if tiles else 1),
        units=len(found.names),
        bytes=_bytes(found),
        understood={
            "learned": "classes of tiles" if tiles else "items, from boxes",
            "pictures": f"{len(found.names):,}",
            **({} if tiles else {"boxes": f"{sum(map(len, found.boxes)):,}"}),
            "classes": ", ".join(found.classes),
        },
        issues=gather(found.issues),
    )


def run(request: Request[LitterTrainingParams], steps: Steps, /) -> Result:
    """Find the labels, train on whole groups, measure on the groups kept back, write the model package."""
    found = steps.do("labels", labels_step, list(request.inputs["labels"]), request.params.learn)
    train = train_tile_model if found["learn"] == "tiles" else train_items
    told = train(request, steps, found)
    return Result(
        tables=told.tables,
        summary=told.summary,
        issues=gather(told.issues),
        provenance=request.provenance(told.records),
        artifacts=model_files(steps.workdir / PACKAGE_FOLDER),
    )


def labels_step(uris: list[str], learn: str) -> dict[str, Any]:
    """Read the labels into what a step can keep."""
    told = asdict(find_labels(uris, learn))
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}


def _bytes(found: Labelled) -> int:
    wanted = set(zip(found.uris, found.names, strict=True))
    return sum(
        entry.size for uri in set(found.uris) for entry in open_source(uri).entries() if (uri, entry.name) in wanted
    )
