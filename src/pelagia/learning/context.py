"""What is known of a vignette besides its pixels (size, month, place), as numbers a model takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pelagia.core.errors import BadParameter

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One context feature: how its physical value becomes columns.

    Parameters
    ----------
    unit, description
        Of the physical value.
    columns
        How many columns it gives, before the flag that says whether the value is known.
    encode
        (N,) float64 finite values → (N, columns) of order one.
    valid
        Which values have a meaning; others are treated as unknown.
    """

    unit: str
    description: str
    columns: int
    encode: Callable[[Array], Array]
    valid: Callable[[Array], npt.NDArray[np.bool_]]


def _log_size(size_um: Array) -> Array:
    # 256 µm lies in the middle of what imaging instruments see (4 µm to 16 mm), 6 octaves to each side.
    return (np.log2(size_um / 256.0) / 6.0)[:, None]


def _month(month: Array) -> Array:
    # January and December are neighbours: an angle, not a number.
    angle = 2 * np.pi * (month - 1) / 12
    return np.stack((np.sin(angle), np.cos(angle)), axis=1)


def _longitude(degrees: Array) -> Array:
    return np.stack((np.sin(np.radians(degrees)), np.cos(np.radians(degrees))), axis=1)


def _latitude(degrees: Array) -> Array:
    return (degrees / 90.0)[:, None]


def _depth(depth_m: Array) -> Array:
    return (np.log1p(depth_m) / 5.0)[:, None]


FEATURES: Mapping[str, Feature] = {
    "width_um": Feature(
        unit="µm",
        description="width of the vignette: its pixels times the pixel size",
        columns=1,
        encode=_log_size,
        valid=lambda v: v > 0,
    ),
    "height_um": Feature(
        unit="µm",
        description="height of the vignette: its pixels times the pixel size",
        columns=1,
        encode=_log_size,
        valid=lambda v: v > 0,
    ),
    "month": Feature(
        unit="1–12",
        description="month of sampling, fractions allowed",
        columns=2,
        encode=_month,
        valid=lambda v: (v >= 1) & (v < 13),
    ),
    "latitude": Feature(
        unit="° N",
        description="latitude of sampling, WGS 84",
        columns=1,
        encode=_latitude,
        valid=lambda v: np.abs(v) <= 90,
    ),
    "longitude": Feature(
        unit="° E",
        description="longitude of sampling, WGS 84",
        columns=2,
        encode=_longitude,
        valid=lambda v: np.abs(v) <= 360,
    ),
    "depth_m": Feature(
        unit="m",
        description="depth of sampling below the surface",
        columns=1,
        encode=_depth,
        valid=lambda v: v >= 0,
    ),
}


def check_features(features: Sequence[str]) -> tuple[str, ...]:
    """Return the features as a tuple; an unknown or repeated name is an error."""
    for name in features:
        if name not in FEATURES:
            raise BadParameter(
                "there is no such context feature", value=name, remedy=f"Choose among: {', '.join(FEATURES)}."
            )
    if len(set(features)) != len(features):
        raise BadParameter("a context feature is named twice", value=", ".join(features), remedy="Name it once.")
    return tuple(features)


def context_width(features: Sequence[str]) -> int:
    """Return K, the number of columns of :func:`context_vector`."""
    return sum(FEATURES[name].columns + 1 for name in check_features(features))


def context_vector(features: Sequence[str], values: Mapping[str, npt.ArrayLike], n: int) -> npt.NDArray[np.float32]:
    """Encode physical values as the context input of a model.

    Parameters
    ----------
    features
        The names the model was trained with, in its order (``card.input.context_names``).
    values
        Feature name → (N,) values in the feature's unit; NaN, or an absent name, where unknown.
    n
        The number of vignettes, N.

    Returns
    -------
    ndarray
        (N, K) float32. Each feature gives its columns, then a flag: 1 known, 0 unknown (columns 0).
    """
    parts = [np.zeros((n, 0))]
    for name in check_features(features):
        feature = FEATURES[name]
        given = np.broadcast_to(np.asarray(values.get(name, np.nan), dtype=np.float64), (n,))
        known = np.isfinite(given)
        known[known] = feature.valid(given[known])
        block = np.zeros((n, feature.columns + 1))
        block[known, :-1] = feature.encode(given[known])
        block[known, -1] = 1.0
        parts.append(block)
    return np.concatenate(parts, axis=1).astype(np.float32)


def size_um(shapes: Sequence[tuple[int, int]], pixel_size_um: float | None) -> dict[str, Array]:
    """Return ``width_um`` and ``height_um`` of vignettes from their (rows, cols) and the pixel size.

    Parameters
    ----------
    shapes
        (rows, cols) of each vignette, pixels.
    pixel_size_um
        µm a pixel; ``None`` where unknown, which gives NaN.
    """
    pixels = np.asarray(shapes, dtype=np.float64).reshape(-1, 2)
    scale = np.nan if pixel_size_um is None else pixel_size_um
    return {"width_um": pixels[:, 1] * scale, "height_um": pixels[:, 0] * scale}
