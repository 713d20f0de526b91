"""Training of a detector of animals: labelled frames in, a measured model package out."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from pelagia.core.errors import NothingUsable
from pelagia.core.result import Figure, Issue, Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.io.findings import gather
from pelagia.io.sources import open_source
from pelagia.learning.boxes import Boxes
from pelagia.learning.card import CardClass, DataOrigin, read_card
from pelagia.learning.session import default_threads
from pelagia.learning.train.detection.augmentation import ViewChanges
from pelagia.learning.train.detection.base import detector_width
from pelagia.learning.train.detection.data import DetectionData, Sample
from pelagia.learning.train.detection.fetched import boxes_of, figures_of, picture_file
from pelagia.learning.train.detection.loop import DetectorRecipe
from pelagia.learning.train.detection.train import DetectorOptions, train_detector, train_epoch
from pelagia.learning.train.separation.package import About
from pelagia.learning.train.sources import IMAGES_PER_CHUNK, input_records, model_files
from pelagia.learning.train.tables import describe_classes, read_class_table
from pelagia.services.ecosystem.training_data import (
    Labelled,
    chunks,
    find_labels,
    groups_of_pictures,
    is_of_video,
)
from pelagia.services.ecosystem.training_frames import fetch_step
from pelagia.services.ecosystem.training_service import IMAGENET, EcosystemTrainingParams

Record = dict[str, Any]

PACKAGE_FOLDER, FETCHED = "package", "fetched"
VIEW_PX = 320
"""Side of the part of a frame that the network sees in a step."""
OVERLAP_PX = 96
CHANGES = ViewChanges(scale=(0.6, 1.5), mosaic=0.35, on_object=0.6, tint=0.12, upright=True)
GENTLE = 0.4
"""Of the usual learning rate, where a base knows something already."""


def estimate(request: Request[EcosystemTrainingParams], /) -> Estimate:
    """Read the labels and count the frames; cheap."""
    _base(request)
    found = _labels(request)
    return Estimate(
        steps=2 + -(-len(found.pictures) // IMAGES_PER_CHUNK) + request.params.epochs,
        units=len(found.pictures),
        bytes=_bytes(found),
        understood={
            "pictures": f"{sum(not is_of_video(one) for one in found.pictures):,}",
            "frames of videos": f"{sum(map(is_of_video, found.pictures)):,}",
            "boxes": f"{found.boxes:,}",
            "classes": ", ".join(found.classes),
            "groups": f"{len(set(groups_of_pictures(found.pictures, request.params))):,}",
        },
        issues=gather(found.issues),
    )


def run(request: Request[EcosystemTrainingParams], steps: Steps, /) -> Result:
    """Fetch the frames, train on whole groups, measure on those kept back, write the model package."""
    workdir, params = steps.workdir, request.params
    found = steps.do("labels", labels_step, request)
    fetched = list(
        steps.map(
            "read",
            fetch_step,
            chunks(workdir / FETCHED, found["pictures"], params.long_side_px),
            units=lambda value: value["read"],
        )
    )
    kept = [one for part in fetched for one in part["pictures"]]
    for epoch in range(params.epochs):
        steps.do(f"epoch/{epoch}", epoch_step, workdir, request, found, kept, epoch)
    trained = steps.do("package", package_step, workdir, request, found, kept)
    issues = [*found["issues"], *(issue for part in fetched for issue in part["issues"]), *trained["issues"]]
    pictures = found["pictures"]
    return Result(
        tables={},
        summary={name: Figure(**told) for name, told in trained["figures"].items()},
        issues=gather(Issue(**issue) for issue in issues),
        provenance=request.provenance(
            input_records(
                [one["uri"] for one in pictures],
                [_told_name(one) for one in pictures],
                [one["sha256"] for one in kept],
                [one["bytes"] for one in kept],
            )
        ),
        artifacts=model_files(workdir / PACKAGE_FOLDER),
    )


def labels_step(request: Request[EcosystemTrainingParams]) -> Record:
    """Read the labels into what a step can keep."""
    return _labels(request).to_record()


def epoch_step(
    workdir: Path, request: Request[EcosystemTrainingParams], found: Record, kept: list[Record], epoch: int
) -> float:
    """Train one epoch more and return its loss; what was trained already stays."""
    data, options, _ = _asked(workdir, request, found, kept)
    return train_epoch(data, options, workdir, epoch)


def package_step(workdir: Path, request: Request[EcosystemTrainingParams], found: Record, kept: list[Record]) -> Record:
    """Measure what was trained, and write the package."""
    data, options, issues = _asked(workdir, request, found, kept)
    package = train_detector(data, options, workdir)
    return {"figures": figures_of(package, len(data.samples)), "issues": [asdict(issue) for issue in issues]}


def _bytes(found: Labelled) -> int:
    wanted = {(one["uri"], one["name"]) for one in found.pictures}
    return sum(
        entry.size
        for uri in dict.fromkeys(uri for uri, _ in wanted)
        for entry in open_source(uri).entries()
        if (uri, entry.name) in wanted
    )


def _labels(request: Request[EcosystemTrainingParams]) -> Labelled:
    return find_labels(request.inputs["labels"], request.inputs.get("recordings", ()))


def _asked(
    workdir: Path, request: Request[EcosystemTrainingParams], found: Record, kept: list[Record]
) -> tuple[DetectionData, DetectorOptions, list[Issue]]:
    params, threads = request.params, request.params.threads or default_threads()
    pictures, names = found["pictures"], tuple(found["classes"])
    groups = groups_of_pictures(pictures, params)
    samples = tuple(
        Sample(
            path=picture_file(workdir / FETCHED, number),
            group=group,
            boxes=_scaled(boxes_of(picture["boxes"]), one["scale"]),
            scale=params.long_side_px / max(one["height_px"], one["width_px"]),
            complete=params.complete,
        )
        for number, (picture, group, one) in enumerate(zip(pictures, groups, kept, strict=True))
        if one["sha256"]
    )
    if not samples:
        raise NothingUsable(
            "no labelled picture could be read",
            remedy="Keep pictures and videos beside their labels, or name their folder as recordings.",
        )
    base = _base(request)
    classes, issues = _classes(request, names, base)
    recipe = DetectorRecipe(
        seed=request.seed % 2**31,
        epochs=params.epochs,
        batch=params.batch,
        threads=threads,
        side_px=min(VIEW_PX, params.long_side_px),
        balance=0.35,
        changes=CHANGES,
    )
    options = DetectorOptions(
        about=_about(params, request.inputs["labels"][0], len(samples), base),
        recipe=recipe if base is None else replace(recipe, learning_rate=recipe.learning_rate * GENTLE),
        classes=classes,
        long_side_px=params.long_side_px,
        heldout=params.heldout_fraction,
        heldout_told=_heldout_text(params),
        window_px=params.long_side_px,
        overlap_px=min(OVERLAP_PX, params.long_side_px // 2),
        threads=threads,
        base=base,
    )
    return DetectionData(classes=names, samples=samples), options, issues


def _scaled(boxes: Boxes, scale: float) -> Boxes:
    return Boxes(edges=boxes.edges * np.float32(scale), scores=boxes.scores, labels=boxes.labels)


def _base(request: Request[EcosystemTrainingParams]) -> Path | None:
    """Return the folder of the detector to start from, once it is known that it can be; ``None`` for ImageNet."""
    if request.params.base == IMAGENET:
        return None
    named = request.models.get("base")
    folder = Path(named.path if named is not None else request.params.base)
    detector_width(folder)
    return folder


def _classes(
    request: Request[EcosystemTrainingParams], names: tuple[str, ...], base: Path | None
) -> tuple[tuple[CardClass, ...], list[Issue]]:
    """Return what the card says of the classes: by the table given, else by the base."""
    told = {one.name: one for one in read_card(base).classes} if base is not None else {}
    for uri in request.inputs.get("classes", ()):
        told |= {one.name: one for one in read_class_table(uri)}
    return describe_classes(names, list(told.values()))


def _heldout_text(params: EcosystemTrainingParams) -> str:
    return {
        "none": "own frames kept back one by one; frames of one clip stand on both sides",
        "clip": "own clips kept back whole; the same places may stand on both sides",
        "folder": "own frames kept back by folder",
        "pattern": f"own frames kept back by group ({params.group_pattern})",
    }[params.group_from]


def _about(params: EcosystemTrainingParams, uri: str, images: int, base: Path | None) -> About:
    own = DataOrigin(
        name=params.data_name or Path(uri).stem,
        citation=params.data_citation,
        licence=params.data_licence,
        url=params.data_url,
        n_images=images,
    )
    return About(
        name=params.name,
        version=params.version,
        title=params.title or params.name,
        instrument=params.instrument,
        created=date.fromisoformat(params.created) if params.created else datetime.now(UTC).date(),
        licence=params.licence,
        intended_use=params.intended_use,
        limits=params.limits,
        data=(own, *(read_card(base).data if base is not None else ())),
    )


def _told_name(picture: Record) -> str:
    moment = picture["frame"] if picture["frame"] is not None else picture["time_s"]
    return picture["name"] if moment is None else f"{picture['name']}#{moment}"
