"""Sentinel-1 GRD products (SAFE): what they hold, where they lie.

References
----------
ESA, Sentinel-1 Product Specification, S1-RS-MDA-52-7441.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pelagia.core.errors import BadInput
from pelagia.io.scenes.facts import Band, Scene, Ties
from pelagia.io.scenes.faults import lacks, unreadable
from pelagia.io.scenes.placing import placed
from pelagia.io.scenes.product import Product, path_here
from pelagia.io.scenes.times import utc
from pelagia.io.scenes.xml import every, maybe, number, parse, text, whole

MANIFEST = "manifest.safe"
ROLES = {
    "s1Level1ProductSchema": "annotation",
    "s1Level1CalibrationSchema": "calibration",
    "s1Level1NoiseSchema": "noise",
    "s1Level1MeasurementSchema": "measurement",
}
MOST_TIES = 100_000


def read_sentinel1(product: Product) -> Scene:
    """Describe a Sentinel-1 GRD product from its manifest and annotation.

    Raises
    ------
    BadInput
        ``scene-incomplete``: a band has no annotation or calibration. ``scene-unreadable``: a description is damaged.
        ``scene-unsupported``: it is no ground range product (SLC, OCN, RAW).
    """
    files = _files(product)
    if not files["measurement"]:
        raise lacks(product.file, "every image (measurement)", MANIFEST)
    bands, annotations, first = {}, {}, None
    for polarisation, name in files["measurement"].items():
        for role in ("annotation", "calibration"):
            if polarisation not in files[role]:
                raise lacks(product.file, f"the {role} of {polarisation}", name.rpartition("/")[2])
        bands[polarisation] = Band(file=name, path=path_here(product.source, name), nodata=0)
        for role in ("calibration", "noise"):
            if polarisation in files[role]:
                annotations[f"{role} {polarisation}"] = files[role][polarisation]
        first = first or files["annotation"][polarisation]
    return _described(product, bands, annotations, str(first))


def _files(product: Product) -> dict[str, dict[str, str]]:
    """Return the files by role and polarisation, as the manifest lists them."""
    root = parse(product.read(f"{product.prefix}{MANIFEST}"), product.file)
    found: dict[str, dict[str, str]] = {role: {} for role in ROLES.values()}
    for one in every(root, ".//dataObject"):
        role = ROLES.get(one.get("repID", "").strip())
        places = every(one, "byteStream/fileLocation")
        if role is None or not places:
            continue
        path = places[0].get("href", "")
        found[role][_polarisation(path, product.file)] = product.name(path, f"a file of the manifest ({role})")
    return found


def _polarisation(path: str, file: str) -> str:
    """Return the polarisation in a name: ``s1a-iw-grd-vv-2021…``, ``calibration-s1a-iw-grd-vv-…``."""
    for word in path.rpartition("/")[2].upper().split("-"):
        if word in {"VV", "VH", "HH", "HV"}:
            return word
    raise unreadable(file, path, "A file of the product does not name its polarisation")


def _described(product: Product, bands: dict[str, Band], annotations: dict[str, str], annotation: str) -> Scene:
    root = parse(product.read(annotation), annotation)
    kind = text(root, "adsHeader/productType", annotation)
    if kind != "GRD":
        raise BadInput(
            "The Sentinel-1 product is no ground range product",
            remedy="Download the GRD product of the same pass.",
            value=kind,
            file=product.file,
            code="scene-unsupported",
        )
    scene = Scene(
        uri=product.uri,
        file=product.file,
        name=product.file.rstrip("/").rpartition("/")[2].removesuffix(".zip").removesuffix(".SAFE"),
        kind="sentinel-1",
        height_px=whole(root, "imageAnnotation/imageInformation/numberOfLines", annotation),
        width_px=whole(root, "imageAnnotation/imageInformation/numberOfSamples", annotation),
        bands=bands,
        annotations=annotations,
        observed_utc=utc(text(root, "adsHeader/startTime", annotation)),
        platform=_platform(maybe(root, "adsHeader/missionId")),
        ties=_ties(root, annotation),
    )
    return placed(scene)


def _platform(mission: str) -> str:
    return f"Sentinel-1{mission[2:3]}" if mission.startswith("S1") else mission


def _ties(root: Element, file: str) -> Ties:
    points = every(root, "geolocationGrid/geolocationGridPointList/geolocationGridPoint")
    if len(points) < 4:
        raise lacks(file, "the grid of places (geolocationGrid)", f"{len(points)} points")
    if len(points) > MOST_TIES:
        raise unreadable(file, f"{len(points):,} points in its grid of places")
    told = [
        [number(one, name, file) for name in ("line", "pixel", "latitude", "longitude", "incidenceAngle")]
        for one in points
    ]
    lines, pixels, lat, lon, incidence = zip(*told, strict=True)
    return Ties(
        rows=tuple(line + 0.5 for line in lines),
        cols=tuple(pixel + 0.5 for pixel in pixels),
        lat=lat,
        lon=lon,
        incidence_deg=incidence,
    )
