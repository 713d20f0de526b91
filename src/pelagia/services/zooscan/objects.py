"""A part of the objects of a scan: separated, measured, drawn, named."""

from __future__ import annotations

import contextlib
import math
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import pyarrow as pa

from pelagia.core.errors import PelagiaError
from pelagia.core.result import OWN_FILE
from pelagia.core.table import Column
from pelagia.imaging.cuts import Cut, divide
from pelagia.imaging.measures import MEASURES, legacy, measure
from pelagia.imaging.region import Region
from pelagia.imaging.scan_vignette import draw_vignette
from pelagia.learning.classifier import load_classifier
from pelagia.learning.multiples import pictures
from pelagia.learning.naming import DECISION_COLUMNS, name_objects
from pelagia.services.zooscan.columns import CUT_COLUMNS, PLACE_COLUMNS
from pelagia.services.zooscan.legacy_table import table_rows
from pelagia.services.zooscan.pack import read_part
from pelagia.services.zooscan.scan import open_table
from pelagia.services.zooscan.separation import propose

MEASURE_COLUMNS: tuple[Column, ...] = tuple(
    Column(name=one.name, type=pa.float64(), description=one.description, unit=one.unit) for one in MEASURES
)
OBJECT_COLUMNS: tuple[Column, ...] = (*PLACE_COLUMNS, *MEASURE_COLUMNS, *DECISION_COLUMNS)
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""What a zip file says of the time of its entries: equal inputs give equal archives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organism:
    """What one row of ``objects`` is made of."""

    name: str
    number: int
    piece: int | None
    region: Region
    cut_by: str | None
    score: float | None


def work_on_part(item: Mapping[str, Any]) -> dict[str, Any]:
    """Separate, measure, draw and name the objects of one part.

    Parameters
    ----------
    item
        ``scan_id``, ``sample_id``, ``pack`` (path), ``part``, ``dpi``, ``threshold``, ``min_area_px``,
        ``compatibility``, ``separation``, ``multiple_from``, ``classifier``, ``multiples``, ``separator`` (folders of
        models), ``top_k``, ``max_error``, ``archive`` (path the vignettes are written to), ``archive_name``,
        ``latitude``, ``longitude``, ``corrections`` (object → decision), ``table`` and ``place`` where there is no
        picture.

    Returns
    -------
    dict
        ``objects`` and ``cuts``: tables, empty where the scan could not be used.
    """
    if item["table"]:
        return {"objects": _measured_before(item), "cuts": _table([], CUT_COLUMNS)}
    pack = Path(item["pack"])
    numbered = read_part(pack, item["part"]) if pack.exists() else []
    proposals = propose([region for _, region in numbered], item)
    organisms: list[Organism] = []
    cuts: list[dict[str, Any]] = []
    for (number, region), proposal in zip(numbered, proposals, strict=True):
        found, applied = separated(item, number, region, proposal.probability, proposal.cuts)
        organisms += found
        cuts += cut_records(item, number, proposal.cuts, applied=applied)
    return {
        "objects": describe(organisms, item),
        "cuts": _table(cuts, CUT_COLUMNS),
    }


def _measured_before(item: Mapping[str, Any]) -> pa.Table:
    """Return the objects of a scan without a picture; all of them stand in its first part."""
    rows: list[dict[str, Any]] = []
    if item["part"] == 0:
        # What cannot be read was told when the scan was looked at.
        with contextlib.suppress(PelagiaError):
            rows = list(table_rows(open_table(item)[0], item))
    return _table(rows, OBJECT_COLUMNS)


def separated(
    item: Mapping[str, Any], number: int, region: Region, score: float | None, cuts: Sequence[Cut]
) -> tuple[list[Organism], bool]:
    """Return the organisms that an object is, and whether the lines divided it."""
    name = f"{item['scan_id']}_{number}"
    done = divide(region, cuts, min_area_px=item["min_area_px"], threshold=item["threshold"]) if cuts else None
    if done is None or not done.divided or not done.pieces:
        return [Organism(name=name, number=number, piece=None, region=region, cut_by=None, score=score)], False
    pieces = [
        Organism(name=f"{name}-{piece}", number=number, piece=piece, region=one, cut_by=cuts[-1].source, score=score)
        for piece, one in enumerate(done.pieces, start=1)
    ]
    return pieces, True


def describe(organisms: Sequence[Organism], item: Mapping[str, Any]) -> pa.Table:
    """Measure, draw and name some organisms; their vignettes are written into the archive of the item.

    Returns
    -------
    pyarrow.Table
        :data:`OBJECT_COLUMNS`.
    """
    if not organisms:
        return _table([], OBJECT_COLUMNS)
    pixel_mm = 25.4 / item["dpi"]
    _write_archive(Path(item["archive"]), organisms, pixel_mm)
    classifier = load_classifier(item["classifier"])
    predictions = classifier.classify(
        pictures(one.region for one in organisms), top_k=item["top_k"], max_error=item["max_error"]
    )
    decided = [item["corrections"].get(one.name) or {} for one in organisms]
    names = name_objects(
        [decision.get("taxon") for decision in decided], range(len(organisms)), predictions, classifier.card
    )
    rows = [
        _row(one, item, pixel_mm) | _decision(decision) | name
        for one, decision, name in zip(organisms, decided, names, strict=True)
    ]
    return _table(rows, OBJECT_COLUMNS)


def cut_records(
    item: Mapping[str, Any], number: int, cuts: Sequence[Cut], *, applied: bool, by: str = "", at: str = ""
) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``cuts`` for the lines on one object."""
    for line, cut in enumerate(cuts, start=1):
        yield {
            "object_id": f"{item['scan_id']}_{number}",
            "scan_id": item["scan_id"],
            "number": number,
            "line": line,
            "points_px": [[float(row), float(col)] for row, col in cut.points],
            "source": cut.source,
            "score": cut.score,
            "applied": applied,
            "drawn_by": by or None,
            "drawn_at": at or None,
        }


def _row(one: Organism, item: Mapping[str, Any], pixel_mm: float) -> dict[str, Any]:
    exact = measure(one.region, pixel_mm=pixel_mm, threshold=item["threshold"])
    measures = legacy(exact) if item["compatibility"] == "zooprocess" else exact
    return {
        "object_id": one.name,
        "scan_id": item["scan_id"],
        "sample_id": item["sample_id"],
        "source_uri": f"{OWN_FILE}{item['archive_name']}",
        "source_file": f"{one.name}.png",
        "number": one.number,
        "piece": one.piece,
        "row_px": one.region.row,
        "col_px": one.region.col,
        "height_px": one.region.height,
        "width_px": one.region.width,
        "pixel_size_um": pixel_mm * 1000,
        "esd_um": 2 * math.sqrt(exact["area"] / math.pi) * pixel_mm * 1000,
        "multiple_score": one.score,
        "multiple_by_model": None if one.score is None else one.score >= item["multiple_from"],
        "cut_from": f"{item['scan_id']}_{one.number}" if one.piece else None,
        "cut_by": one.cut_by,
        "latitude": item["latitude"],
        "longitude": item["longitude"],
        **{name: value if math.isfinite(value) else None for name, value in measures.items()},
    }


def _decision(decided: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "validated_taxon": decided.get("taxon"),
        "validated_by": decided.get("validated_by"),
        "validated_at": decided.get("validated_at"),
    }


def _table(rows: list[dict[str, Any]], columns: Sequence[Column]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema([column.field() for column in columns]))


def _write_archive(path: Path, organisms: Sequence[Organism], pixel_mm: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with zipfile.ZipFile(partial, "w") as archive:
        for one in organisms:
            _, data = cv2.imencode(".png", draw_vignette(one.region, pixel_mm=pixel_mm))
            archive.writestr(zipfile.ZipInfo(f"{one.name}.png", EARLIEST), data.tobytes())
    partial.replace(path)
