"""Sentinel-2 products (SAFE), L1C and L2A: the bands of 10 m and how their values become reflectance.

References
----------
ESA, Sentinel-2 Products Specification Document, S2-PDGS-TAS-DI-PSD, issue 14.9 and later: from processing baseline
04.00 on an offset is added before the quantification.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pelagia.io.scenes.facts import Band, Scene
from pelagia.io.scenes.faults import lacks, unreadable
from pelagia.io.scenes.placing import placed
from pelagia.io.scenes.product import Product, path_here
from pelagia.io.scenes.times import utc
from pelagia.io.scenes.xml import every, maybe, number, parse, text, whole

LEVELS = {"MTD_MSIL1C.xml": "L1C", "MTD_MSIL2A.xml": "L2A"}
BANDS = {"blue": ("B02", "1"), "green": ("B03", "2"), "red": ("B04", "3"), "nir": ("B08", "7")}
"""Name in the file, number in the list of offsets."""
QUANTIFICATION = {"L1C": "QUANTIFICATION_VALUE", "L2A": "BOA_QUANTIFICATION_VALUE"}
OFFSET = {"L1C": "RADIO_ADD_OFFSET", "L2A": "BOA_ADD_OFFSET"}
RESOLUTION = "10"


def read_sentinel2(product: Product) -> Scene:
    """Describe a Sentinel-2 product of one granule from its metadata.

    Raises
    ------
    BadInput
        ``scene-incomplete``: a band or a description is missing. ``scene-unreadable``: a description is damaged.
    """
    own = product.own()
    name = next(name for name in own if name.rpartition("/")[2] in LEVELS)
    level = LEVELS[name.rpartition("/")[2]]
    root = parse(product.read(name), product.file)
    granules = [one for one in own if one.rpartition("/")[2] == "MTD_TL.xml"]
    if len(granules) != 1:
        raise lacks(product.file, "the description of its granule (MTD_TL.xml)", f"{len(granules)} of them")
    tile = parse(product.read(granules[0]), granules[0])
    gain = 1 / number(root, f".//{QUANTIFICATION[level]}", product.file)
    offsets = {one.get("band_id", ""): float(one.text or 0) for one in every(root, f".//{OFFSET[level]}")}
    bands = {
        colour: _band(product, own, code, gain, offsets.get(number_of, 0.0))
        for colour, (code, number_of) in BANDS.items()
    }
    crs, transform, height, width = _lying(tile, granules[0])
    scene = Scene(
        uri=product.uri,
        file=product.file,
        name=product.file.rstrip("/").rpartition("/")[2].removesuffix(".zip").removesuffix(".SAFE"),
        kind="sentinel-2",
        height_px=height,
        width_px=width,
        bands=bands,
        annotations={},
        observed_utc=utc(maybe(tile, ".//SENSING_TIME") or text(root, ".//PRODUCT_START_TIME", product.file)),
        platform=maybe(root, ".//SPACECRAFT_NAME") or "Sentinel-2",
        crs=crs,
        transform=transform,
    )
    return placed(scene)


def _band(product: Product, own: list[str], code: str, gain: float, offset: float) -> Band:
    """Return a band: ``…_B02.jp2`` of L1C, ``…_B02_10m.jp2`` of L2A."""
    ends = f"_{code}.jp2", f"_{code}_10m.jp2"
    found = [name for name in own if name.endswith(ends) and "/IMG_DATA/" in name]
    if len(found) != 1:
        raise lacks(product.file, f"the band {code}", f"{len(found)} files")
    path = path_here(product.source, found[0])
    return Band(file=found[0], path=path, gain=gain, offset=offset * gain, nodata=0)


def _lying(tile: Element, file: str) -> tuple[str, tuple[float, ...], int, int]:
    code = text(tile, ".//HORIZONTAL_CS_CODE", file)
    sizes = {one.get("resolution"): one for one in every(tile, ".//Size")}
    places = {one.get("resolution"): one for one in every(tile, ".//Geoposition")}
    if RESOLUTION not in sizes or RESOLUTION not in places or not code.upper().startswith("EPSG:"):
        raise unreadable(file, f"{code}, resolutions {', '.join(filter(None, sizes))}")
    size, place = sizes[RESOLUTION], places[RESOLUTION]
    left, top, right, down = (number(place, name, file) for name in ("ULX", "ULY", "XDIM", "YDIM"))
    transform = (right, 0.0, left, 0.0, down, top)
    return code.upper(), transform, whole(size, "NROWS", file), whole(size, "NCOLS", file)
