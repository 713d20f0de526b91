"""Arrays to Cloud-Optimised GeoTIFF: one file that QGIS, ArcGIS and web maps read by parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.shutil import copy as copy_raster
from rasterio.transform import Affine

Colour = tuple[int, int, int]


def write_cog(
    path: Path,
    band: NDArray[Any],
    *,
    crs: str,
    transform: Sequence[float],
    nodata: float,
    description: str,
    tags: Mapping[str, str],
    colours: Mapping[int, Colour] | None = None,
) -> None:
    """Write one band.

    Parameters
    ----------
    path
        The file.
    band
        (row, col) of the type that is stored.
    crs, transform
        Where it lies: a, b, c, d, e, f as in the table ``pictures``.
    nodata
        What stands where nothing is known.
    description, tags
        What the band shows.
    colours
        The colour of each value, for classes; overviews then take the most frequent class.
    """
    height, width = band.shape
    profile = {
        **{"driver": "GTiff", "height": height, "width": width, "count": 1, "dtype": band.dtype.name},
        **{"crs": crs, "transform": Affine(*transform), "nodata": nodata},
    }
    resampling = "AVERAGE" if colours is None else "MODE"
    with MemoryFile() as memory:
        with memory.open(**profile) as raster:
            raster.write(band, 1)
            raster.set_band_description(1, description)
            raster.update_tags(**tags)
            if colours is not None:
                raster.write_colormap(1, {value: (*colour, 255) for value, colour in colours.items()})
        with memory.open() as raster:
            copy_raster(raster, path, driver="COG", compress="DEFLATE", blocksize=256, overview_resampling=resampling)


def write_class_names(raster: Path, names: Sequence[str]) -> Path:
    """Write the names of classes beside a raster, as GDAL keeps them; the first is that of the value 0."""
    root = Element("PAMDataset")
    band = SubElement(root, "PAMRasterBand", {"band": "1"})
    listed = SubElement(band, "CategoryNames")
    for name in names:
        SubElement(listed, "Category").text = name
    indent(root)
    path = raster.with_name(f"{raster.name}.aux.xml")
    path.write_bytes(tostring(root, encoding="utf-8") + b"\n")
    return path
