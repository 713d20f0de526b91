"""The classifier of multiples and the separator of LOV (multiple-classifier, multiple-separator), both ZooScan here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, Field

from pelagia.api.deepaas.arguments import Argument
from pelagia.api.deepaas.originals import Original
from pelagia.core.result import Result
from pelagia.core.service import Request

BOTTOM_CROP_PX = 31
"""Height of the scale bar that ZooProcess draws under a vignette, as the originals take it."""
MULTIPLE_FROM = 0.4
"""Score of the classifier from which ZooProcess has a picture separated."""
SCAN_COLUMNS = ("scan_id", "source_file", "rows_px", "cols_px", "grey_median")
Point = Sequence[float]


class Answer(BaseModel):
    """What both originals answered, together: ``names`` and ``scores`` of the one, ``predictions`` of the other."""

    status: Literal["OK"] = Field(description="OK")
    names: list[str] = Field(description="The pictures in which something was found.")
    scores: list[float] = Field(description="Probability that a picture shows several organisms, in the order of names")
    predictions: list[dict[str, Any]] = Field(
        description="For each picture name, separation_coordinates ([rows, columns] of the pixels of lines that "
        "separate organisms), image_shape ([height, width]) and score (how sure the lines are, 0 where there are none)"
    )


@dataclass(slots=True)
class _Picture:
    """One picture, and what was found in it."""

    name: str
    height: int
    width: int
    multiple: float | None = None
    lines: list[Sequence[Point]] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)


def predictions(result: Result, request: Request[Any]) -> dict[str, Any]:
    """Return for each picture whether it shows several organisms, and the lines between them.

    Of several objects in a picture the likeliest to be several counts. Pictures that cannot be read, or in which
    nothing was found, are left out.
    """
    pictures = {
        str(row["scan_id"]): _picture(row, request.params.bottom_crop_px)
        for row in result.tables["scans"].records(SCAN_COLUMNS)
    }
    for row in result.tables["objects"].records(["scan_id", "multiple_score"]):
        one = pictures[str(row["scan_id"])]
        if row["multiple_score"] is not None:
            one.multiple = max(one.multiple or 0.0, float(str(row["multiple_score"])))
    for row in result.tables["cuts"].records(["scan_id", "points_px", "score", "applied"]):
        if row["applied"]:
            one = pictures[str(row["scan_id"])]
            one.lines.append(row["points_px"])  # type: ignore[arg-type]
            one.scores.append(float(str(row["score"] or 0.0)))
    found = [one for one in pictures.values() if one.multiple is not None]
    return {
        "status": "OK",
        "names": [one.name for one in found],
        "scores": [one.multiple for one in found],
        "predictions": [_separation(one) for one in found],
    }


def _picture(row: Mapping[str, Any], bottom_crop_px: int) -> _Picture:
    # A raw scan is not cropped; of a picture the original shape is told.
    cropped = bottom_crop_px if row["grey_median"] is None else 0
    return _Picture(name=PurePosixPath(row["source_file"]).name, height=row["rows_px"] + cropped, width=row["cols_px"])


def _separation(one: _Picture) -> dict[str, Any]:
    rows, cols = _pixels(one.lines, one.height, one.width)
    return {
        "name": one.name,
        "separation_coordinates": [rows, cols],
        "image_shape": [one.height, one.width],
        "score": sum(one.scores) / len(one.scores) if one.scores else 0.0,
    }


def _pixels(lines: Iterable[Sequence[Point]], height: int, width: int) -> tuple[list[int], list[int]]:
    """Return rows and columns of the pixels that lines go over, one pixel wide and without gaps, each once."""
    found: set[tuple[int, int]] = set()
    for points in lines:
        for start, stop in zip(points, [*points[1:], points[-1]], strict=True):
            steps = int(max(abs(stop[0] - start[0]), abs(stop[1] - start[1]))) + 2
            rows = np.rint(np.linspace(start[0], stop[0], steps)).astype(int)
            cols = np.rint(np.linspace(start[1], stop[1], steps)).astype(int)
            found.update(zip(rows.tolist(), cols.tolist(), strict=True))
    inside = sorted((row, col) for row, col in found if 0 <= row < height and 0 <= col < width)
    return [row for row, _ in inside], [col for _, col in inside]


def _ignored(name: str, default: float, description: str) -> Argument:
    return Argument(
        name=name,
        kind="number",
        description=f"{description}; accepted for clients of multiple-separator, without effect: the model of the "
        "catalogue has its own rule",
        meaning=("", ""),
        default=default,
        has_default=True,
    )


ORIGINAL = Original(
    predictions=predictions,
    schema=Answer,
    arguments=(
        Argument(
            name="images",
            kind="file",
            description="Select the image, or the zip file of images, of organisms on white.",
            meaning=("inputs", "scans"),
            is_list=True,
        ),
        Argument(
            name="bottom_crop",
            kind="integer",
            description="The name that the originals have for bottom_crop_px: rows cut off at the bottom of every "
            f"image to take its scale bar away; {BOTTOM_CROP_PX} for what comes as images",
            meaning=("params", "bottom_crop_px"),
            default=BOTTOM_CROP_PX,
            has_default=True,
            minimum=0,
            maximum=1000,
        ),
        _ignored("min_mask_score", 0.9, "Least score of a mask"),
        _ignored("max_prop_missing", 0.2, "Largest share of an object outside of all masks"),
    ),
    # Lines are what a client of the separator asks for; a service that takes a scan takes one without a scale bar.
    params={"separation": "model", "multiple_from": MULTIPLE_FROM, "bottom_crop_px": BOTTOM_CROP_PX},
)
