"""The first half of a training: named vignettes listed, decoded, grouped, dealt into folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pelagia.core.errors import NothingUsable
from pelagia.core.provenance import InputRecord
from pelagia.core.result import Issue
from pelagia.core.service import Request, Steps
from pelagia.io.findings import gather
from pelagia.io.sources import without_secrets
from pelagia.learning.card import CardClass
from pelagia.learning.train.dataset import (
    Listed,
    choose_classes,
    context_of,
    create_store,
    group_images,
    group_lookalikes,
    list_images,
    save_examples,
    store_images,
)
from pelagia.learning.train.fold import save_folds
from pelagia.learning.train.split import Fold, deal_folds
from pelagia.learning.train.tables import describe_classes, read_class_table, read_metadata
from pelagia.services.flowcam.training_service import TrainingParams

IMAGES_PER_CHUNK = 500

Ints = npt.NDArray[np.int64]
Tables = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The images as they are trained on: classes, and of each row of the store label (−1 unused) and group."""

    listed: list[Listed]
    classes: tuple[CardClass, ...]
    labels: Ints
    groups: list[str]
    issues: tuple[Issue, ...]
    inputs: tuple[InputRecord, ...]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes in the order of the labels."""
        return tuple(c.name for c in self.classes)


def prepare(request: Request[TrainingParams], steps: Steps) -> Prepared:
    """List, decode and letterbox the images; name, group and describe them."""
    found = steps.do("list", list_step, list(request.inputs["images"]))
    listed = [Listed(**row) for row in found["images"].to_pylist()]
    if not listed:
        raise NothingUsable(
            "no image in a class folder was found",
            value=", ".join(map(without_secrets, request.inputs["images"])),
            remedy="Put the images into one sub-folder per class.",
        )
    steps.do("room", room_step, str(steps.workdir), len(listed), request.params.size_px)
    chunks = list(steps.map("read", read_step, _chunks(steps.workdir, listed), units=lambda value: int(value["read"])))
    shapes = np.concatenate([chunk["shapes"] for chunk in chunks])
    tables = {slot: request.inputs.get(slot, ()) for slot in ("classes", "metadata")}
    described = steps.do("describe", describe_step, steps.workdir, listed, shapes, request.params, tables)
    issues = [*found["issues"], *(issue for chunk in chunks for issue in chunk["issues"]), *described["issues"]]
    return Prepared(
        listed=listed,
        classes=tuple(CardClass(**c) for c in described["classes"]),
        labels=described["labels"],
        groups=described["groups"],
        issues=gather(Issue(**issue) for issue in issues),
        inputs=_input_records(listed, [digest for chunk in chunks for digest in chunk["sha256"]]),
    )


def list_step(uris: list[str]) -> dict[str, Any]:
    """List the images of all sources."""
    listed, issues = list_images(uris)
    columns = {name: [getattr(item, name) for item in listed] for name in ("uri", "name", "class_name", "bytes")}
    return {"images": pa.table(columns), "issues": [asdict(issue) for issue in issues]}


def _chunks(workdir: Path, listed: Sequence[Listed]) -> list[dict[str, Any]]:
    pieces = [(first, listed[first : first + IMAGES_PER_CHUNK]) for first in range(0, len(listed), IMAGES_PER_CHUNK)]
    return [{"workdir": str(workdir), "first": first, "images": [asdict(i) for i in part]} for first, part in pieces]


def room_step(workdir: str, count: int, size_px: int) -> None:
    """Make room for the letterboxed images."""
    create_store(Path(workdir), count, size_px)


def read_step(item: dict[str, Any]) -> dict[str, Any]:
    """Decode and letterbox one chunk of images into the store."""
    found = store_images(Path(item["workdir"]), item["first"], [Listed(**image) for image in item["images"]])
    return {
        "shapes": found.shapes,
        "sha256": found.sha256,
        "issues": [asdict(issue) for issue in found.issues],
        "read": int((found.shapes[:, 0] > 0).sum()),
    }


def describe_step(
    workdir: Path,
    listed: list[Listed],
    shapes: Ints,
    params: TrainingParams,
    tables: Tables,
) -> dict[str, Any]:
    """Choose the classes, group the images, tell their context."""
    table = read_class_table(tables["classes"][0]) if tables["classes"] else ()
    metadata = read_metadata(tables["metadata"][0]) if tables["metadata"] else {}
    names, labels, small = choose_classes(listed, shapes, params.least_per_class, [c.name for c in table])
    if len(names) < 2:
        raise NothingUsable(
            "a classifier needs at least two classes with enough images",
            value=", ".join(names) or "none",
            remedy=f"Give two sub-folders with {params.least_per_class} readable images each.",
        )
    classes, nameless = describe_classes(names, table)
    ungrouped: list[Issue] = []
    if params.group_from == "lookalike":
        groups = group_lookalikes(workdir, labels >= 0, shapes)
    else:
        groups, ungrouped = group_images(listed, params.group_from, params.group_pattern, metadata)
    save_examples(workdir, labels, context_of(listed, shapes, params.context, params.pixel_size_um, metadata))
    return {
        "classes": [c.model_dump() for c in classes],
        "labels": labels,
        "groups": groups,
        "issues": [asdict(issue) for issue in (*small, *nameless, *ungrouped)],
    }


def deal(request: Request[TrainingParams], steps: Steps, prepared: Prepared) -> dict[str, Fold]:
    """Say which images are trained on, which decide when to stop, which are kept back; whole groups only."""
    params = request.params
    folds = deal_folds(
        prepared.labels,
        prepared.groups,
        folds=params.folds,
        heldout=params.heldout_fraction,
        validation=params.validation_fraction,
        rng=request.rng("split"),
    )
    steps.do("split", split_step, steps.workdir, folds)
    return folds


def split_step(workdir: Path, folds: dict[str, Fold]) -> None:
    """Write the folds."""
    save_folds(workdir, folds)


def unmeasured(prepared: Prepared, folds: Mapping[str, Fold]) -> list[Issue]:
    """Return the classes of which no image could be kept back, or none trained on, by whole groups."""
    heldout = np.concatenate([fold.heldout for fold in folds.values()])
    kept_back = np.bincount(prepared.labels[heldout], minlength=len(prepared.classes))
    issues = [_not_measured(name) for name, n in zip(prepared.class_names, kept_back, strict=True) if n == 0]
    for fold in folds.values():
        trained = np.bincount(prepared.labels[fold.train], minlength=len(prepared.classes))
        pairs = zip(prepared.class_names, trained, strict=True)
        issues += [_not_trained(name, fold.name) for name, n in pairs if n == 0]
    return issues


def _input_records(listed: Sequence[Listed], digests: Sequence[str]) -> tuple[InputRecord, ...]:
    records = []
    for uri in dict.fromkeys(item.uri for item in listed):
        own = [(item, digest) for item, digest in zip(listed, digests, strict=True) if item.uri == uri and digest]
        lines = "".join(f"{digest}  {item.name}\n" for item, digest in sorted(own, key=lambda pair: pair[0].name))
        records.append(
            InputRecord(
                uri=without_secrets(uri),
                files=len(own),
                bytes=sum(item.bytes for item, _ in own),
                sha256=sha256(lines.encode()).hexdigest(),
            )
        )
    return tuple(records)


def _not_measured(name: str) -> Issue:
    return Issue(
        file=name,
        code="class-not-measured",
        message=f"No image of the class {name} could be kept back, so that its figures are unknown",
        remedy="Add images of this class from another run.",
    )


def _not_trained(name: str, fold: str) -> Issue:
    return Issue(
        file=name,
        code="class-not-trained",
        message=f"All images of the class {name} are kept back in {fold}: that network cannot know it",
        remedy="Add images of this class from another run, or choose more folds.",
        value=fold,
    )
