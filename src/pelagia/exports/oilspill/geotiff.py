"""The maps of a forecast as Cloud-Optimised GeoTIFF, one file a time and kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pelagia.core.result import Result
from pelagia.exports.geotiffs import write_cog
from pelagia.exports.oilspill.frames import Grid, Single, is_too_large, maps, read_grid, too_large, written_times
from pelagia.exports.oilspill.needs import FIELDS, MAPS
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS = MAPS
FOLDER = "geotiff"
CRS = "EPSG:4326"
NOTHING = 0.0
_WORDS = {
    "surface_kg_m2": ("surface", "oil at the sea surface, kg/m²"),
    "dispersed_kg_m2": ("dispersed", "oil dispersed in the water column, kg/m²"),
    "beached_kg": ("beached", "oil on and in the shore of the cell, kg"),
    "probability": ("probability", "share of the ensemble with oil at the surface"),
}


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``geotiff/surface_<time>.tif``, and so ``dispersed``, ``beached`` and of an ensemble ``probability``.

    float32, north above, 0 (no oil) is no data. A kind that has no oil at a time has no file of that time;
    ``probability_ever.tif`` is of the whole run.
    """
    del options
    grid = read_grid(result)
    if is_too_large(grid):
        return ExportOutcome(files=(), issues=(too_large(grid, FOLDER),))
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    times, issues = written_times(result, FOLDER)
    files = [_write(folder, grid, time, field, dense) for time, field, dense in _maps(result, grid, times | {""})]
    return ExportOutcome(files=tuple(files), issues=issues)


def _maps(result: Result, grid: Grid, times: frozenset[str]) -> Iterator[tuple[str, str, Single]]:
    told: tuple[tuple[str, tuple[str, ...]], ...] = (("concentration", FIELDS), ("probability", ("probability",)))
    for name, fields in told:
        if name in result.tables:
            for time, dense in maps(result.tables[name], grid, fields, times):
                yield from ((time, field, dense[field]) for field in fields if dense[field].any())


def _write(folder: Path, grid: Grid, time: str, field: str, dense: Single) -> Path:
    name, words = _WORDS[field]
    path = folder / f"{name}_{time.replace('-', '').replace(':', '') or 'ever'}.tif"
    write_cog(
        path,
        np.ascontiguousarray(dense[::-1]),
        crs=CRS,
        transform=grid.north_up,
        nodata=NOTHING,
        description=words,
        tags={"time_utc": time or "whole run"},
    )
    return path
