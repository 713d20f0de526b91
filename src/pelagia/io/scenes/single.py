"""A scene that is one file: a GeoTIFF of backscatter, the measurement of a GRD product, a picture of 8 bits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pelagia.io.rasters.failures import READ_FAILURES
from pelagia.io.rasters.opening import damaged
from pelagia.io.rasters.sampling import read_sample
from pelagia.io.scenes.bands import band_of, lying
from pelagia.io.scenes.facts import Band, Kind, Scene, Ties
from pelagia.io.scenes.faults import no_calibration, no_place, no_time, unknown
from pelagia.io.scenes.placing import placed
from pelagia.io.scenes.product import Product, path_here
from pelagia.io.scenes.times import time_in_name, utc

POLARISATIONS = ("VV", "HH", "VH", "HV")
LOWEST_DB, HIGHEST_DB = -80.0, 40.0
HIGHEST_LINEAR = 1e4
MOST_TIES = 100_000
DATE_TAG = "TIFFTAG_DATETIME"


def read_single(product: Product, name: str) -> Scene:
    """Describe a scene that is one file.

    Parameters
    ----------
    product
        Where it stands.
    name
        Of the file in the source.

    Raises
    ------
    BadInput
        It cannot be read, or is none that slicks can be sought in (``scene-unknown``).
    """
    path = path_here(product.source, name)
    with band_of(product.source, name, path, product.file) as dataset:
        if dataset.dtypes[0] in {"uint8", "uint16"}:
            return _described(product, name, path, dataset)
    with band_of(product.source, name, path, product.file, whole=True) as dataset:
        return _described(product, name, path, dataset)


def _described(product: Product, name: str, path: str, dataset: Any) -> Scene:
    crs, transform, height, width = lying(dataset, product.file)
    ties = _ties(dataset) if transform is None else None
    kind = _kind(dataset, product.file)
    told = name.rpartition("/")[2]
    scene = Scene(
        uri=product.uri,
        file=product.file,
        name=told.rpartition(".")[0] or told,
        kind=kind,
        height_px=height,
        width_px=width,
        bands=_bands(dataset, kind, name, path),
        annotations={},
        observed_utc=time_in_name(told) or utc(str(dataset.tags().get(DATE_TAG, ""))),
        crs=crs,
        transform=transform,
        ties=ties,
    )
    return _with_findings(scene)


def _with_findings(scene: Scene) -> Scene:
    issues = []
    has_place = scene.transform is not None or scene.ties is not None
    if not has_place:
        issues.append(no_place(scene.file))
    if scene.kind == "radar-count":
        issues.append(no_calibration(scene.file))
    if not scene.observed_utc:
        issues.append(no_time(scene.file))
    scene = replace(scene, issues=tuple(issues))
    return placed(scene) if has_place else scene


def _kind(dataset: Any, file: str) -> Kind:
    """Say what the values are: by their type, of real numbers by a sample of them."""
    kind, count = dataset.dtypes[0], dataset.count
    if kind == "uint8" and count <= 4:
        return "grey"
    if count > 2 or kind not in {"uint16", "float32", "float64"}:
        raise unknown(file, f"{count} bands of {kind}")
    if kind == "uint16":
        return "radar-count"
    return _of_numbers(dataset, file)


def _of_numbers(dataset: Any, file: str) -> Kind:
    try:
        values = read_sample(dataset, (1,))[0].astype(np.float64)
    except READ_FAILURES as error:
        raise damaged(file, "no value can be read") from error
    values = values[np.isfinite(values) & (values != (dataset.nodata if dataset.nodata is not None else 0))]
    if not values.size:
        raise unknown(file, "no valid value")
    low, middle, high = np.percentile(values, (1, 50, 99))
    if middle < 0 and low >= LOWEST_DB and high <= HIGHEST_DB:
        return "radar-db"
    if low >= 0 and high <= HIGHEST_LINEAR:
        return "radar-linear"
    raise unknown(file, f"values from {low:.3g} to {high:.3g}: neither backscatter nor dB")


def _bands(dataset: Any, kind: Kind, name: str, path: str) -> dict[str, Band]:
    nodata = None if dataset.nodata is None or np.isnan(dataset.nodata) else float(dataset.nodata)
    if kind == "grey":
        return {"grey": Band(file=name, path=path, nodata=nodata)}
    if kind == "radar-count":
        nodata = 0.0
    words = name.rpartition("/")[2].upper().replace("_", "-").replace(".", "-").split("-")
    told = [word for word in words if word in POLARISATIONS]
    bands: dict[str, Band] = {}
    for number, described in enumerate(dataset.descriptions[:2], 1):
        polarisation = next((one for one in POLARISATIONS if one in (described or "").upper()), "")
        free = [one for one in (polarisation, *told, *POLARISATIONS) if one and one not in bands]
        bands[free[0]] = Band(file=name, path=path, number=number, nodata=nodata)
    return bands


def _ties(dataset: Any) -> Ties | None:
    points, crs = dataset.gcps
    if not 4 <= len(points) <= MOST_TIES or crs is None or not crs.is_geographic:
        return None
    return Ties(
        rows=tuple(float(one.row) for one in points),
        cols=tuple(float(one.col) for one in points),
        lat=tuple(float(one.y) for one in points),
        lon=tuple(float(one.x) for one in points),
    )
