"""The shoreline of anywhere on Earth, without a download."""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np

from pelagia.core.errors import Unavailable
from pelagia.io.shoreline.dialect import Bounds, Coastlines
from pelagia.io.shoreline.kinds import DEFAULT_KIND
from pelagia.ocean.coast.making import make_shoreline
from pelagia.ocean.coast.shoreline import Shoreline

GRAIN_DEG = 0.5
"""Cuts are kept by bounds rounded to this, so that runs in the same waters share one."""
SOURCE = "GSHHG, full resolution (Wessel and Smith 1996), land against sea without lakes"
LONGEST_S = 300
LIBRARY = "roaring-landmask"


def world_shoreline(
    bounds: Bounds, *, folder: Path, stretch_km: float = 1.0, coast_type: int = DEFAULT_KIND
) -> Shoreline:
    """Make the shoreline of an area from that of the whole Earth.

    Parameters
    ----------
    bounds
        The area; the shoreline reaches up to :data:`GRAIN_DEG` beyond.
    folder
        Where the cut is kept for the next run; made where it is missing.
    stretch_km, coast_type
        See :func:`pelagia.ocean.coast.making.make_shoreline`.

    Notes
    -----
    The map holds the shores of land against the sea: lakes, and islands in them, are land. Fjords and estuaries are
    sea as far as the map draws them. No kind of coast is told by it: all of it is of ``coast_type``.
    """
    lines, is_land = world_lines(bounds, folder=folder)
    return make_shoreline(lines, rounded(bounds), stretch_km=stretch_km, coast_type=coast_type, is_land=is_land)


def world_lines(bounds: Bounds, *, folder: Path) -> tuple[Coastlines, bool]:
    """Cut the lines around an area out of the map, or take them from an earlier cut; and say if its middle is land."""
    area = rounded(bounds)
    name = "_".join(f"{value:g}" for value in area)
    path = folder / f"gshhg-{version(LIBRARY)}_{name}.npz"
    folder.mkdir(parents=True, exist_ok=True)
    kept = _kept(path)
    if kept is None:
        _cut(area, path)
        kept = _kept(path)
    if kept is None:
        raise _failed("its result cannot be read")
    return kept


def rounded(bounds: Bounds) -> Bounds:
    """Return the area that is cut for another one."""
    south, north = math.floor(bounds.south_lat / GRAIN_DEG), math.ceil(bounds.north_lat / GRAIN_DEG)
    west, east = math.floor(bounds.west_lon / GRAIN_DEG), math.ceil(bounds.east_lon / GRAIN_DEG)
    return Bounds(south * GRAIN_DEG, north * GRAIN_DEG, west * GRAIN_DEG, east * GRAIN_DEG)


def _kept(path: Path) -> tuple[Coastlines, bool] | None:
    try:
        with np.load(path, allow_pickle=False) as kept:
            points, start, is_land = kept["points"], kept["start"], bool(kept["is_land"])
    except (OSError, ValueError, KeyError, EOFError):
        return None
    lines = Coastlines(
        lat=np.ascontiguousarray(points[:, 0]),
        lon=np.ascontiguousarray(points[:, 1]),
        start=start,
        kind=np.zeros(len(points), np.uint8),
        has_sides=True,
        source=SOURCE,
    )
    return lines, is_land


def _cut(area: Bounds, path: Path) -> None:
    """Let another process cut: the map of the Earth takes 600 MB, which it gives back by ending."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        made = Path(folder) / "cut.npz"
        command = [sys.executable, "-m", "pelagia.ocean.coast.world_cut", *(repr(value) for value in area), str(made)]
        try:
            done = subprocess.run(  # noqa: S603 - our own module, numbers and a path of ours
                command, capture_output=True, text=True, check=False, timeout=LONGEST_S
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _failed(str(error)) from error
        if done.returncode != 0 or not made.is_file():
            raise _failed((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
        made.replace(path)


def _failed(value: str) -> Unavailable:
    return Unavailable(
        "The shoreline could not be cut out of the map of the Earth",
        remedy="Free some memory (it takes 600 MB for a few seconds) and start again, or give your own shoreline.",
        value=value[:300],
        code="shoreline-failed",
    )
