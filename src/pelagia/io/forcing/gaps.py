"""Land in fields of the sea: where it is, and what stands there instead of nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Double = NDArray[np.float64]
Single = NDArray[np.float32]
Flags = NDArray[np.bool_]


def zero_land(components: tuple[Single, ...]) -> Flags | None:
    """Return where fields that mark no land have it all the same: neighbouring points that are 0 exactly at all times.

    Parameters
    ----------
    components
        (T, D, H, W) each.

    Returns
    -------
    numpy.ndarray
        (H, W), or ``None`` where values are missing somewhere at the surface, no point is so, or all are: still water.
    """
    if any(np.isnan(values[:, 0]).any() for values in components):
        return None
    zero: Flags = np.logical_and.reduce([(values[:, 0] == 0).all(axis=0) for values in components])
    land = zero & _has_neighbour(zero)
    return land if land.any() and not zero.all() else None


def _has_neighbour(flags: Flags) -> Flags:
    """Return which points have another beside them: a single 0 is a current that rests, not land."""
    wide = np.pad(flags, 1)
    found: Flags = wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
    return found


def fill(values: Single, lat: Double, lon: Double) -> None:
    """Replace what is missing, in place: at the surface by the nearest sea, below by the level above.

    Parameters
    ----------
    values
        (T, D, H, W); at each time some value is known at the surface.
    lat, lon
        Of rows and columns, or of each point, °.
    """
    nearest: dict[bytes, tuple[Flags, NDArray[np.intp]]] = {}
    steps = _steps(lat, lon)
    for plane in values[:, 0]:
        missing = np.isnan(plane)
        if missing.any():
            key = np.packbits(missing).tobytes()
            if key not in nearest:
                nearest.clear()  # masks seldom come back: one is kept
                nearest[key] = (
                    missing,
                    ndimage.distance_transform_edt(
                        missing, sampling=steps, return_distances=False, return_indices=True
                    ),
                )
            where, index = nearest[key]
            plane[where] = plane[index[0][where], index[1][where]]
    for level in range(1, values.shape[1]):
        below, above = values[:, level], values[:, level - 1]
        np.copyto(below, above, where=np.isnan(below))


def _steps(lat: Double, lon: Double) -> tuple[float, float]:
    """Return the distance of rows and of columns, both in degrees of latitude."""
    if lat.ndim == 2:
        return 1.0, 1.0  # cells of a curvilinear grid are made to be square
    narrow = float(np.cos(np.radians(np.clip(lat.mean(), -89.0, 89.0))))
    return float(np.abs(np.diff(lat)).mean()), float(np.abs(np.diff(lon)).mean()) * narrow
