"""The inventory: all marks in the order of their images, in parts that are worked on one by one."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pelagia.core.errors import BadInput, NothingUsable
from pelagia.core.service import Request
from pelagia.core.table import Column, TableWriter
from pelagia.io.annotations.citizen import Mark
from pelagia.io.annotations.citizen_views import ExpertBox
from pelagia.io.findings import Findings
from pelagia.io.sources.checksums import list_files
from pelagia.services.citizen.columns import FLOAT, SMALL, STRING
from pelagia.services.citizen.gathering import SLOTS, Gathered, gather, parts_of, usable_inputs
from pelagia.services.citizen.service import CitizenParams

IMAGES_PER_PART = 500
MARKS_PER_PART = 6_000

_PLACES = tuple(Column(name=name, type=FLOAT, description="") for name in ("row_a", "col_a", "row_b", "col_b"))
READ_COLUMNS = (
    *(Column(name=name, type=STRING, description="") for name in ("image_id", "annotator", "species", "shape")),
    *_PLACES,
    Column(name="created", type=STRING, description=""),
)
LISTED_COLUMNS = (
    *(Column(name=name, type=STRING, description="") for name in ("image_id", "source_uri", "file", "deployment")),
    Column(name="seen", type=pa.list_(STRING), description=""),
    Column(name="is_validated", type=pa.bool_(), description=""),
)
EXPERT_COLUMNS = (
    *(Column(name=name, type=STRING, description="") for name in ("image_id", "species")),
    *_PLACES,
    Column(name="number", type=SMALL, description=""),
)
_SHAPE_ORDER = {"box": 0, "polygon": 1, "line": 2, "point": 3}


def take_inventory(request: Request[CitizenParams], workdir: Path) -> dict[str, Any]:
    """Read all inputs and write what the other steps need.

    Parameters
    ----------
    request
        With the inputs.
    workdir
        Takes the tables.

    Returns
    -------
    dict
        ``parts``: how many; ``extents``: species → side of the box around a point; ``files``: path of the table of
        files; ``usable``: images with marks that are there; ``issues``.

    Raises
    ------
    NothingUsable
        Where no mark is on an image that is there, or the images cannot be split as asked.
    """
    findings = Findings()
    gathered = gather(request, findings)
    require_something(gathered, findings)
    require_groups(gathered, request.params)
    inputs = usable_inputs(request, Findings())
    files = workdir / "files.parquet"
    list_files(list(dict.fromkeys(uri for slot in SLOTS for uri in inputs[slot])), files, Findings())
    parts = image_parts(gathered)
    _write(gathered, parts, workdir)
    return {
        "parts": len(parts),
        "extents": typical_extents([mark for _, mark in gathered.marks], request.params.line_width),
        "files": str(files),
        "has_views": gathered.has_views,
        "issues": findings.records(),
    }


def image_parts(gathered: Gathered) -> list[list[str]]:
    """Return the images in the parts that are worked on one by one."""
    counts = dict.fromkeys(gathered.images, 0) | Counter(image for image, _ in gathered.marks)
    return list(parts_of(counts, IMAGES_PER_PART, MARKS_PER_PART))


def require_something(gathered: Gathered, findings: Findings) -> None:
    """Refuse inputs in which no mark lies on an image that is there."""
    if gathered.usable:
        return
    issues = findings.issues()
    first = next((issue for issue in issues if issue.severity != "note"), None)
    raise NothingUsable(
        "no mark is on an image of the inputs" + (f"; the first finding: {first.message}" if first else ""),
        value=f"{len(gathered.marks):,} marks, {len(gathered.images):,} images named",
        remedy=first.remedy if first else "Give the table of marks and the folder of the images.",
    )


def require_groups(gathered: Gathered, params: CitizenParams) -> None:
    """Refuse to split by deployment where there is but one."""
    wants = params.split_by == "deployment" and params.validation_share + params.test_share > 0
    there = {gathered.deployments[image] for image, file in gathered.images.items() if file is not None}
    if wants and len(there) < 2:
        raise BadInput(
            "all images are of one deployment: they cannot be split so that a deployment is in one part only",
            value=f"deployment “{next(iter(there), '')}”",
            remedy="Put the images of each deployment in a folder of its own, or tell it by group_pattern from the "
            "file names (such as ^([^_]+)_); or give split_by=image, and know that a model will then look better than "
            "it is; or split_by=none.",
            code="citizen-one-deployment",
        )


def typical_extents(marks: Sequence[Mark], line_width: float) -> dict[str, float]:
    """Return for every species the side of the box around a point, from its marks that have a size.

    Parameters
    ----------
    marks
        All of them.
    line_width
        Least side of the box around a line, as a share of its length.

    Notes
    -----
    The median of the root of the area of the boxes, px. A species without such a mark has the median of all; none at
    all is told where no mark has a size.
    """
    sizes: dict[str, list[float]] = defaultdict(list)
    for mark in marks:
        if mark.shape != "point":
            height, width = abs(mark.row_b - mark.row_a), abs(mark.col_b - mark.col_a)
            least = line_width * math.hypot(height, width) if mark.shape == "line" else 0.0
            sizes[mark.species].append(math.sqrt(max(height, least) * max(width, least)))
    extents = {species: float(np.median(own)) for species, own in sorted(sizes.items())}
    if sizes:
        overall = float(np.median([size for own in sizes.values() for size in own]))
        extents |= {mark.species: overall for mark in marks if mark.species not in extents}
    return extents


def _write(gathered: Gathered, parts: Sequence[Sequence[str]], workdir: Path) -> None:
    """Write marks, images and experts, a row group a part."""
    by_image: dict[str, list[Mark]] = defaultdict(list)
    for image, mark in gathered.marks:
        by_image[image].append(mark)
    with (
        TableWriter("read", workdir / "read.parquet", READ_COLUMNS, rows_per_group=1 << 30) as marks,
        TableWriter("listed", workdir / "listed.parquet", LISTED_COLUMNS, rows_per_group=1 << 30) as images,
        TableWriter("experts", workdir / "experts.parquet", EXPERT_COLUMNS, rows_per_group=1 << 30) as experts,
    ):
        for part in parts:
            marks.write_records([_row(image, mark) for image in part for mark in in_order(by_image.get(image, []))])
            images.write_records([_listed(image, gathered) for image in part])
            experts.write_records(
                [
                    _expert(image, box, number)
                    for image in part
                    for number, box in enumerate(_by_place(gathered.experts.get(image, [])))
                ]
            )


def in_order(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks of an image in an order that does not depend on that of the table."""
    return sorted(
        marks,
        key=lambda m: (
            m.annotator, m.species, _SHAPE_ORDER[m.shape], m.row_a, m.col_a, m.row_b, m.col_b, m.created, m.image,
        ),
    )  # fmt: skip


def _row(image: str, mark: Mark) -> dict[str, object]:
    return {
        "image_id": image,
        "annotator": mark.annotator,
        "species": mark.species,
        "shape": mark.shape,
        "row_a": mark.row_a,
        "col_a": mark.col_a,
        "row_b": mark.row_b,
        "col_b": mark.col_b,
        "created": mark.created,
    }


def _listed(image: str, gathered: Gathered) -> Mapping[str, object]:
    file = gathered.images[image]
    return {
        "image_id": image,
        "source_uri": file.uri if file else "",
        "file": file.file if file else "",
        "deployment": gathered.deployments[image],
        "seen": sorted(gathered.seen[image]),
        "is_validated": image in gathered.experts,
    }


def _by_place(boxes: Sequence[ExpertBox]) -> list[ExpertBox]:
    return sorted(boxes, key=lambda box: (box.species, box.top, box.left, box.bottom, box.right))


def _expert(image: str, box: ExpertBox, number: int) -> Mapping[str, object]:
    return {
        "image_id": image,
        "species": box.species,
        "row_a": box.top,
        "col_a": box.left,
        "row_b": box.bottom,
        "col_b": box.right,
        "number": number,
    }
