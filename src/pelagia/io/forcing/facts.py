"""What files of forcing hold, from their headers alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pelagia.io.forcing.dialect import Kind

Grid = Literal["regular", "uneven", "curvilinear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcingFacts:
    """What a file, or a folder or zip of files, holds.

    Parameters
    ----------
    kinds
        What can be read of it.
    south_lat, north_lat, west_lon, east_lon
        Its area, °; east may exceed 180 where it crosses the 180° meridian.
    start_s, end_s
        First and last time, Unix, s; ``None`` where it tells none.
    times
        How many.
    step_s
        Usual distance of times, s; 0 for a single one.
    variables
        The names that are read.
    units
        Theirs, as told.
    depths_m
        Levels, m; (0,) where the field has no depth.
    grid
        How its points lie.
    files
        How many files.
    """

    kinds: tuple[Kind, ...]
    south_lat: float
    north_lat: float
    west_lon: float
    east_lon: float
    start_s: float | None
    end_s: float | None
    times: int
    step_s: float
    variables: tuple[str, ...]
    units: tuple[str, ...]
    depths_m: tuple[float, ...]
    grid: Grid
    files: int
