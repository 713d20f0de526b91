"""One component over a window, read from all its files and joined in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.io.forcing.cutting import Cut, cut, read_cut
from pelagia.io.forcing.dialect import Window
from pelagia.io.forcing.faults import too_large, wrong_times
from pelagia.io.forcing.layout import Layout, layout_of
from pelagia.io.forcing.schedule import Schedule, schedule, within
from pelagia.io.forcing.variables import FieldFile

Double = NDArray[np.float64]
Single = NDArray[np.float32]

SAME_PLACE_DEG = 1e-4
LIMIT_BYTES = 2 << 30
"""Of the fields of one kind in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is read of a component, before it is read.

    Parameters
    ----------
    layouts, cuts
        Of each file.
    times
        Which times of which file; ``None`` for a field without times.
    """

    layouts: tuple[Layout, ...]
    cuts: tuple[Cut, ...]
    times: Schedule | None

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Times, levels, rows, columns."""
        return (1 if self.times is None else len(self.times.time_s), *self.cuts[0].shape)

    @property
    def needed_bytes(self) -> int:
        """What it takes in memory."""
        return int(np.prod(self.shape, dtype=np.float64)) * 4

    @property
    def file(self) -> str:
        """The first file, for messages."""
        return self.layouts[0].variable.file


def plan(
    files: Sequence[FieldFile], name: str, window: Window, *, surface_alone: bool = False, spare_s: float = 0.0
) -> Plan:
    """Return what to read of a variable of that name, in all files that have it.

    Raises
    ------
    BadInput
        See :func:`~pelagia.io.forcing.reading.read_forcing`.
    """
    layouts = [layout_of(source, source.variables[name]) for source in files if name in source.variables]
    untimed = [layout for layout in layouts if len(layout.time_s) == 0]
    if untimed and len(layouts) > 1:
        raise wrong_times(
            untimed[0].variable.file, f"The field {name} has no times, and so cannot be joined to others", name
        )
    times = None if untimed else within(schedule(layouts), window, layouts[0].variable.file, spare_s=spare_s)
    if times is not None:
        used = sorted(set(times.piece.tolist()))
        layouts = [layouts[number] for number in used]
        times = Schedule(time_s=times.time_s, piece=np.searchsorted(used, times.piece), index=times.index)
    cuts = [cut(layout, window, surface_alone=surface_alone) for layout in layouts]
    _check_alike(layouts, cuts)
    return Plan(layouts=tuple(layouts), cuts=tuple(cuts), times=times)


def check_size(plans: Sequence[Plan], limit_bytes: int) -> None:
    """Check that the fields fit into memory before any is read."""
    needed = sum(found.needed_bytes for found in plans)
    if needed > limit_bytes:
        raise too_large(plans[0].file, needed, limit_bytes)


def read_plan(found: Plan) -> list[tuple[slice, Layout, Single]]:
    """Read a component: for every run of times the values, (T, D, H, W), in the units of their file."""
    if found.times is None:
        return [(slice(0, 1), found.layouts[0], read_cut(found.layouts[0], found.cuts[0], None))]
    return [
        (slice(first, end), found.layouts[piece], read_cut(found.layouts[piece], found.cuts[piece], index))
        for first, end, piece, index in found.times.runs()
    ]


def _check_alike(layouts: Sequence[Layout], cuts: Sequence[Cut]) -> None:
    for layout, other in zip(layouts[1:], cuts[1:], strict=True):
        alike = other.lat.shape == cuts[0].lat.shape and other.lon.shape == cuts[0].lon.shape
        alike = alike and _near(other.lat, cuts[0].lat) and _near(other.lon, cuts[0].lon)
        if not alike or len(other.depth_m) != len(cuts[0].depth_m):
            raise BadInput(
                f"The files of {layout.variable.name} do not stand on the same grid",
                remedy="Give files of one data set, or join them on one grid first.",
                value=f"{_size(cuts[0])} in {layouts[0].variable.file}, {_size(other)}",
                file=layout.variable.file,
                code="forcing-grid",
            )


def _near(one: Double, other: Double) -> bool:
    return bool(np.nanmax(np.abs(one - other), initial=0.0) <= SAME_PLACE_DEG)


def _size(part: Cut) -> str:
    return " × ".join(map(str, part.shape))
