"""Maps of density: how many items there are where, which ground is what, and lines of equal density."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import shapely

from pelagia.core.result import Issue, Result
from pelagia.exports.geotiffs import write_class_names, write_cog
from pelagia.exports.litter.cell_grids import CellGrid, cell_grids, named
from pelagia.exports.litter.class_map import CLASSES, NUMBERS, ClassMap, class_maps, tile_grids
from pelagia.exports.litter.colours import TILE_COLOURS
from pelagia.exports.litter.contours import contour_levels, draw_contours, is_drawable, isolines, smoothed
from pelagia.exports.litter.geojson import write_collection
from pelagia.exports.litter.needs import DENSITY_MAP
from pelagia.exports.litter.pictures import nowhere, origin_tags, read_pictures
from pelagia.exports.litter.places import Ground
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.exports.vignettes import file_stem

NEEDS = DENSITY_MAP
FOLDER = "density-map"
NO_DENSITY = -9999.0


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write for each area ``density-map/<area>/density.tif``, ``classes.tif``, ``contours.geojson``, ``contours.png``.

    ``density.tif`` holds items per m² of every cell (float32, -9999 where nothing was seen), ``classes.tif`` the
    number of the class of every tile (0 where there is none) with its colours; both are Cloud-Optimised GeoTIFF.
    Isolines are of the smoothed density.
    """
    del options
    pictures = read_pictures(result)
    grids, issues = cell_grids(result)
    issues += nowhere(pictures.values())
    files: list[Path] = []
    tags = origin_tags(result, pictures.values())
    for name, grid in named(grids):
        folder = out / FOLDER / file_stem(name)
        folder.mkdir(parents=True, exist_ok=True)
        files += _write_density(folder, grid, tags)
    for made in class_maps(pictures, tile_grids(result, pictures)):
        if isinstance(made, str):
            issues.append(_no_class_map(made))
        else:
            files += _write_classes(out / FOLDER / file_stem(made.area_id), made, tags)
    return ExportOutcome(files=tuple(files), issues=tuple(issues))


def _write_density(folder: Path, grid: CellGrid, tags: Mapping[str, str]) -> list[Path]:
    densities = grid.items_per_m2
    raster = folder / "density.tif"
    write_cog(
        raster,
        np.where(np.isfinite(densities), densities, NO_DENSITY).astype(np.float32),
        crs=grid.crs,
        transform=(grid.cell_m, 0.0, grid.west_m, 0.0, -grid.cell_m, grid.north_m),
        nodata=NO_DENSITY,
        description="items per m²",
        tags={"area": grid.area_id, "unit": "1/m²", "cell_m": f"{grid.cell_m:g}", **tags},
    )
    smooth = smoothed(grid)
    levels = contour_levels(smooth)
    lines = folder / "contours.geojson"
    ground = Ground({})
    drawn = isolines(grid, smooth, levels)
    told = [{"items_per_m2": level, "area_id": grid.area_id} for level, _ in drawn]
    parts = [(told, [_in_degrees(line, grid.crs, ground) for _, line in drawn])]
    write_collection(lines, ("items_per_m2", "area_id"), parts)
    if not is_drawable(smooth):
        return [raster, lines]
    picture = folder / "contours.png"
    draw_contours(picture, grid, smooth, levels, f"Litter density, {grid.area_id}")
    return [raster, lines, picture]


def _write_classes(folder: Path, made: ClassMap, tags: Mapping[str, str]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    raster = folder / "classes.tif"
    names = {f"class_{number}": name for name, number in NUMBERS.items()}
    write_cog(
        raster,
        made.classes,
        crs=made.crs,
        transform=made.transform,
        nodata=0,
        description="class of the ground",
        tags={"area": made.area_id, "tile_m": f"{made.cell_m:g}", **names, **tags},
        colours={0: (0, 0, 0), **{NUMBERS[name]: colour for name, colour in TILE_COLOURS.items()}},
    )
    return [raster, write_class_names(raster, ("", *CLASSES))]


def _in_degrees(line: shapely.LineString, crs: str, ground: Ground) -> shapely.LineString:
    points = shapely.get_coordinates(line)
    return shapely.LineString(ground.moved(crs, points[:, 0], points[:, 1]))


def _no_class_map(area_id: str) -> Issue:
    return Issue(
        file="exports/density-map",
        code="export-area-too-wide",
        severity="warning",
        message="The pictures of an area lie too far apart for one map of classes; it was not drawn",
        value=area_id,
        remedy="Give each place an area of its own (a folder each).",
    )
