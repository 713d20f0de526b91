"""The sizes and shapes of FlowCam particles, recomputed from what was counted in pixels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TOLERANCE = 2.5e-4
"""Largest difference, in µm, µm² or as a ratio, found between formula and real lists (printed with 4 decimals)."""
RELATIVE_TOLERANCE = 1e-6
"""Allowed beside :data:`TOLERANCE` for large areas."""

CHECKED = {
    "abd_um": "abd_diameter",
    "area_abd_um2": "abd_area",
    "area_filled_um2": "filled_area",
    "esd_um": "esd_diameter",
    "length_um": "length",
    "width_um": "width",
    "perimeter_um": "perimeter",
    "convex_perimeter_um": "convex_perimeter",
    "compactness": "compactness",
    "elongation": "elongation",
}
"""Recomputed size → the list's own column it must equal."""


def fringe_corrected_um(raw_px: Floats, fringe_px: Floats, pixel_size_um: Floats) -> Floats:
    """Take the diffraction fringe off a diameter or perimeter.

    Parameters
    ----------
    raw_px, fringe_px
        Arrays of one shape, px.
    pixel_size_um
        µm per pixel.

    Returns
    -------
    ndarray of float64
        ``max(raw - fringe, raw / 2) · pixel``, µm: never less than half.
    """
    return np.maximum(raw_px - fringe_px, raw_px / 2) * pixel_size_um


def circle_diameter_px(area_px: Floats) -> Floats:
    """Return the diameter of the circle of an area, px: ``√(4 A / π)``."""
    return np.sqrt(4 * area_px / np.pi)


def circle_area_um2(diameter_um: Floats) -> Floats:
    """Return the area of a circle, µm²: ``π/4 d²``."""
    return np.pi / 4 * diameter_um**2


def sphere_volume_um3(diameter_um: Floats) -> Floats:
    """Return the volume of a sphere, µm³: ``π/6 d³``."""
    return np.pi / 6 * diameter_um**3


def width_um(feret_min_px: Floats, fringe_px: Floats, pixel_size_um: Floats) -> Floats:
    """Return the width, µm: the smallest Feret diameter, fringe corrected, at least one pixel."""
    return np.maximum(fringe_corrected_um(feret_min_px, fringe_px, pixel_size_um), pixel_size_um)


def compactness(perimeter_px: Floats, filled_area_px: Floats) -> Floats:
    """Return ``max(1, P² / (4 π F))`` with the *filled* area F; the bare area is wrong by up to 19."""
    return np.maximum(1.0, perimeter_px**2 / (4 * np.pi * filled_area_px))


def rectangle_px(perimeter_px: Floats, filled_area_px: Floats) -> tuple[Floats, Floats]:
    """Return length and breadth of the rectangle of a perimeter P and an area F, px.

    Notes
    -----
    ``(P ± √max(P² - 16 F, 0)) / 4``: the geodesic length and thickness of a fibre.
    """
    root = np.sqrt(np.maximum(perimeter_px**2 - 16 * filled_area_px, 0.0))
    return (perimeter_px + root) / 4, (perimeter_px - root) / 4


def convexity(filled_area_px: Floats, hull_area_px: Floats) -> Floats:
    """Return ``min(1, F / hull)``; NaN for a line of pixels, whose hull is empty (VisualSpreadsheet writes 0)."""
    return np.where(hull_area_px > 0, np.minimum(1.0, filled_area_px / hull_area_px), np.nan)


def transparency(abd_um: Floats, esd_um: Floats) -> Floats:
    """Return ``max(0, 1 - ABD / ESD)``."""
    return np.maximum(0.0, 1 - abd_um / esd_um)


def recompute(raw: Mapping[str, Floats]) -> dict[str, Floats]:
    """Recompute every size and shape of a batch of particles.

    Parameters
    ----------
    raw
        Arrays of one shape, by the names of the list: ``cal_const`` (µm/px), ``fringe_size``,
        ``raw_area``, ``raw_filled_area``, ``raw_feret_max``, ``raw_feret_min``, ``raw_feret_mean``,
        ``raw_perimeter``, ``raw_convex_perimeter``, ``raw_convex_hull_area``,
        ``raw_legendre_major``, ``raw_legendre_minor`` (px). NaN where missing.

    Returns
    -------
    dict of str to ndarray of float64
        By the names of :data:`pelagia.io.flowcam.columns.SIZE_COLUMNS`; NaN where a value it
        needs is missing or the ratio is not defined.

    Notes
    -----
    The formulas were recovered from, and hold to 2.5e-4 µm (or as a ratio) on, every list of
    VisualSpreadsheet 3 and 4 at hand. The volumes are those of spheres.
    """
    pixel, fringe, perimeter = raw["cal_const"], raw["fringe_size"], raw["raw_perimeter"]
    filled = raw["raw_filled_area"]
    with np.errstate(all="ignore"):
        abd = fringe_corrected_um(circle_diameter_px(raw["raw_area"]), fringe, pixel)
        esd = fringe_corrected_um(raw["raw_feret_mean"], fringe, pixel)
        length = fringe_corrected_um(raw["raw_feret_max"], fringe, pixel)
        long_px, short_px = rectangle_px(perimeter, filled)
        compact = compactness(perimeter, filled)
        found = {
            "abd_um": abd,
            "area_abd_um2": circle_area_um2(abd),
            "area_filled_um2": circle_area_um2(fringe_corrected_um(circle_diameter_px(filled), fringe, pixel)),
            "esd_um": esd,
            "length_um": length,
            "width_um": width_um(raw["raw_feret_min"], fringe, pixel),
            "perimeter_um": perimeter * pixel,
            "convex_perimeter_um": fringe_corrected_um(raw["raw_convex_perimeter"], fringe, pixel),
            "volume_abd_um3": sphere_volume_um3(abd),
            "volume_esd_um3": sphere_volume_um3(esd),
            "compactness": compact,
            "circularity": 1 / compact,
            "elongation": long_px / short_px,
            "geodesic_length_um": long_px * pixel,
            "geodesic_thickness_um": short_px * pixel,
            "aspect_ratio": raw["raw_legendre_minor"] / raw["raw_legendre_major"],
            "convexity": convexity(filled, raw["raw_convex_hull_area"]),
            "transparency": transparency(abd, esd),
            "straightness": length / (long_px * pixel),
            "curl": np.maximum(0.0, long_px * pixel / length - 1),
        }
    return {name: np.where(np.isfinite(values), values, np.nan) for name, values in found.items()}


def differences(sizes: Mapping[str, Floats], stated: Mapping[str, Floats]) -> dict[str, Floats]:
    """Compare recomputed sizes with the list's own.

    Parameters
    ----------
    sizes
        As returned by :func:`recompute`.
    stated
        The list's columns by their names there.

    Returns
    -------
    dict of str to ndarray of float64
        By recomputed name: by how many times the difference exceeds what rounding explains
        (``|difference| / (2.5e-4 + 1e-6 |stated|)``); above 1 is a mismatch, 0 where either is missing.
    """
    found = {}
    for name, column in CHECKED.items():
        if column in stated:
            allowed = TOLERANCE + RELATIVE_TOLERANCE * np.abs(stated[column])
            found[name] = np.nan_to_num(np.abs(sizes[name] - stated[column]) / allowed, nan=0.0)
    return found
