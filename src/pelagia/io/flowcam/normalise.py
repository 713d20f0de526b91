"""Rows of any list or table, brought to one form: identity, place, times, recomputed sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.table import Column
from pelagia.io.flowcam.clocks import to_utc
from pelagia.io.flowcam.columns import list_column
from pelagia.io.flowcam.duplicates import Sightings
from pelagia.io.flowcam.header import ListHeader
from pelagia.io.flowcam.sizes import Floats, circle_area_um2, recompute, sphere_volume_um3

RAW = (
    "cal_const",
    "fringe_size",
    "raw_area",
    "raw_filled_area",
    "raw_feret_max",
    "raw_feret_min",
    "raw_feret_mean",
    "raw_perimeter",
    "raw_convex_perimeter",
    "raw_convex_hull_area",
    "raw_legendre_major",
    "raw_legendre_minor",
)
"""The columns sizes are recomputed from."""

STATED = {
    "abd_um": "abd_diameter",
    "area_abd_um2": "abd_area",
    "area_filled_um2": "filled_area",
    "esd_um": "esd_diameter",
    "length_um": "length",
    "width_um": "width",
    "perimeter_um": "perimeter",
    "convex_perimeter_um": "convex_perimeter",
    "compactness": "compactness",
    "circularity": "circularity",
    "elongation": "elongation",
    "geodesic_length_um": "geodesic_length",
    "geodesic_thickness_um": "geodesic_thickness",
    "aspect_ratio": "aspect_ratio",
    "convexity": "convexity",
    "transparency": "transparency",
    "straightness": "fiber_straightness",
    "curl": "fiber_curl",
}
"""Recomputed size → the file's own column, used where a file lacks what the formula needs."""

_BOX = {"box_col_px": "image_x", "box_row_px": "image_y", "box_width_px": "image_w", "box_height_px": "image_h"}
_FRAME = {"frame": "src_image", "frame_col_px": "src_x", "frame_row_px": "src_y"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the context says where a list is silent.

    Parameters
    ----------
    pixel_size_um, fringe_px
        NaN where the context does not know either.
    utc_offset
        Local time less UTC; None where not known.
    """

    pixel_size_um: float = float("nan")
    fringe_px: float = float("nan")
    utc_offset: timedelta | None = None


def numbers(rows: pa.Table, name: str) -> Floats:
    """Return a column as float64, NaN where missing or where there is no such column."""
    if name not in rows.column_names or not pa.types.is_floating(rows.schema.field(name).type):
        return np.full(rows.num_rows, np.nan)
    return np.asarray(rows[name].to_numpy(), dtype=np.float64)


def sizes_of(rows: pa.Table, setting: Setting) -> dict[str, Floats]:
    """Recompute the sizes of rows; where a column cannot be, take the file's own.

    Returns
    -------
    dict of str to ndarray of float64
        Every size column, and ``pixel_size_um``.
    """
    raw = {name: numbers(rows, name) for name in RAW}
    raw["cal_const"] = _filled(raw["cal_const"], setting.pixel_size_um)
    raw["fringe_size"] = _filled(raw["fringe_size"], setting.fringe_px)
    sizes = recompute(raw)
    for name, column in STATED.items():
        if np.isnan(sizes[name]).all():
            sizes[name] = numbers(rows, column)
    if np.isnan(sizes["area_abd_um2"]).all():
        sizes["area_abd_um2"] = circle_area_um2(sizes["abd_um"])
    for volume, diameter in (("volume_abd_um3", "abd_um"), ("volume_esd_um3", "esd_um")):
        if np.isnan(sizes[volume]).all():
            sizes[volume] = sphere_volume_um3(sizes[diameter])
    return {"pixel_size_um": raw["cal_const"], **sizes}


def particle_ids(rows: pa.Table) -> npt.NDArray[np.int64]:
    """Return the particles' numbers.

    Returns
    -------
    ndarray of int64
        The file's own; where it numbers no particle, the row of the list; where a single number
        is missing, minus the row, which no particle of the file can have.
    """
    row = rows["list_row"].to_numpy()
    ids = _integers(numbers(rows, "id"))
    if "id" not in rows.column_names:
        return np.asarray(row, dtype=np.int64)
    return np.where(np.isnan(ids), -row, np.nan_to_num(ids)).astype(np.int64)


def sightings_of(rows: pa.Table, sizes: dict[str, Floats]) -> Sightings:
    """Return what is needed to know stuck particles again."""

    def place(name: str) -> npt.NDArray[np.int64]:
        return np.nan_to_num(_integers(numbers(rows, name)), nan=-1).astype(np.int64)

    col_px, row_px, frame = place("src_x"), place("src_y"), place("src_image")
    return Sightings(
        first_id=particle_ids(rows),
        list_row=rows["list_row"].to_numpy(),
        frame=np.where((col_px < 0) | (row_px < 0), -1, frame),
        col_px=col_px,
        row_px=row_px,
        area=sizes["area_abd_um2"],
        perimeter=sizes["perimeter_um"],
        aspect_ratio=sizes["aspect_ratio"],
    )


def particle_table(
    rows: pa.Table,
    sizes: dict[str, Floats],
    marks: dict[str, pa.Array],
    columns: Sequence[Column],
    setting: Setting,
) -> pa.Table:
    """Return rows in the form of :data:`~pelagia.io.flowcam.columns.PARTICLE_COLUMNS`, then ``lst_*``.

    Parameters
    ----------
    marks
        ``duplicate_of`` and ``size_mismatch``.
    columns
        All columns of the result, in order.
    """
    local = _text(rows, "timestamp")
    found: dict[str, pa.Array] = {
        "particle_id": pa.array(particle_ids(rows)),
        "list_row": rows["list_row"],
        "image_uuid": _text(rows, "image_id"),
        "collage": _text(rows, "collage_file"),
        "ppc": _int32(rows, "ppc"),
        "acquired_at_local": local,
        "acquired_at_utc": to_utc(local, setting.utc_offset),
        **{name: _int32(rows, column) for name, column in (_BOX | _FRAME).items()},
        **{name: pa.array(values, from_pandas=True) for name, values in sizes.items()},
        **marks,
    }
    passed = {f"lst_{name}": rows[name] for name in rows.column_names}
    return pa.table({column.name: found.get(column.name, passed.get(column.name)) for column in columns}).cast(
        pa.schema([column.field() for column in columns])
    )


def passed_columns(header: ListHeader) -> tuple[Column, ...]:
    """Return the ``lst_*`` columns of a file: every number, and text Pelagia does not know."""
    used = ("collage_file", "timestamp", "image_id")
    return tuple(list_column(column.name, number=column.number) for column in header.columns if column.name not in used)


def _filled(values: Floats, default: float) -> Floats:
    return np.where(np.isnan(values), default, values)


def _integers(values: Floats) -> Floats:
    """Return the values, NaN for those that are not whole numbers of 32 bits."""
    whole = (values == np.round(values)) & (np.abs(values) < 2**31)
    return np.where(whole, values, np.nan)


def _int32(rows: pa.Table, name: str) -> pa.Array:
    return pc.cast(pa.array(_integers(numbers(rows, name)), from_pandas=True), pa.int32())


def _text(rows: pa.Table, name: str) -> pa.ChunkedArray:
    """Return a text column, missing where blank or absent."""
    if name not in rows.column_names:
        return pa.chunked_array([pa.nulls(rows.num_rows, pa.string())])
    text = pc.utf8_trim_whitespace(rows[name])
    return pc.if_else(pc.equal(text, ""), None, text)
