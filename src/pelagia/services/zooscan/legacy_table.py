"""Objects of a scan whose picture is gone: as the tables of ZooProcess have them, measured by it and not seen here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from pelagia.core.errors import BadInput
from pelagia.imaging.measures import MEASURES
from pelagia.imaging.measures.derived import derive
from pelagia.io.tally import Tally
from pelagia.io.zooscan.meas import parse_meas
from pelagia.io.zooscan.pid import parse_pid
from pelagia.io.zooscan.text import number

LIMIT_BYTES = 64 << 20
NEEDED = ("area", "major", "minor")
DERIVED_FROM = (
    *("area", "area_exc", "mean", "stddev", "min", "max", "x", "y", "xm", "ym", "major", "minor", "perim.", "feret"),
)


def read_table(data: bytes, file: str, tally: Tally) -> list[dict[str, float]]:
    """Return the measures of every object of a ``_dat1.pid`` or ``_meas.txt``, by the names of the measures.

    Parameters
    ----------
    data, file
        The file and its name.
    tally
        Takes what is wrong with single rows.

    Raises
    ------
    BadInput
        It is no such table, or has no area.
    """
    is_pid = PurePosixPath(file).suffix.lower() == ".pid"
    table = parse_pid(data, file, tally) if is_pid else parse_meas(data, file, tally)
    names = [column.strip().lower() for column in table.columns]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise BadInput(
            f"the table has no column {' and no column '.join(missing)}",
            value=", ".join(names[:8]),
            remedy="Copy it again from the project.",
            file=file,
            code="table-columns",
        )
    return [values for row in table.rows if (values := _values(names, row))["area"] > 0]


def table_rows(objects: Sequence[Mapping[str, float]], item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the table ``objects``; without a picture nothing is named.

    Parameters
    ----------
    objects
        Of :func:`read_table`.
    item
        ``scan_id``, ``sample_id``, ``dpi``, ``latitude``, ``longitude``, ``corrections``.
    """
    pixel_mm = 25.4 / item["dpi"]
    for count, measures in enumerate(objects, start=1):
        name = f"{item['scan_id']}_{count}"
        decided = item["corrections"].get(name) or {}
        yield {
            "object_id": name,
            "scan_id": item["scan_id"],
            "sample_id": item["sample_id"],
            "number": count,
            "row_px": _whole(measures.get("by")),
            "col_px": _whole(measures.get("bx")),
            "height_px": _whole(measures.get("height")),
            "width_px": _whole(measures.get("width")),
            "pixel_size_um": pixel_mm * 1000,
            "esd_um": 2 * math.sqrt(measures["area"] / math.pi) * pixel_mm * 1000,
            "latitude": item["latitude"],
            "longitude": item["longitude"],
            "validated_taxon": decided.get("taxon"),
            "validated_by": decided.get("validated_by"),
            "validated_at": decided.get("validated_at"),
            "taxon": decided.get("taxon"),
            "status": "validated" if decided else "unclassified",
            **{one.name: _finite(measures.get(one.name)) for one in MEASURES},
        }


def _values(names: Sequence[str], row: Sequence[str]) -> dict[str, float]:
    found = {name: number(text) for name, text in zip(names, row, strict=False)}
    values = {name: value for name, value in found.items() if value is not None}
    values.setdefault("area", 0.0)
    if all(name in values for name in DERIVED_FROM):
        values = derive(values) | values
    return values


def _whole(value: float | None) -> int | None:
    return round(value) if value is not None and math.isfinite(value) else None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
