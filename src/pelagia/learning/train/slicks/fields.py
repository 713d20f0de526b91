"""Random fields and curves that the scenes are made of."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Rng = np.random.Generator


def rough(
    rng: Rng, side: int, *, scale_px: float, slope: float = 3.0, stretch: float = 1.0, angle: float = 0.0
) -> Floats:
    """Return a random field of mean 0 and variance 1 whose power falls with the wave number.

    Parameters
    ----------
    rng
        Chance.
    side
        Rows and columns, px.
    scale_px
        Size of its largest features, px.
    slope
        Of the power over the wave number beyond that size; larger is smoother.
    stretch
        How much longer features are along the angle than across it.
    angle
        From the columns to the rows, rad.
    """
    rows, cols = _wave_numbers(side)
    along = (cols * np.cos(angle) + rows * np.sin(angle)) * np.float32(np.sqrt(stretch))
    across = (rows * np.cos(angle) - cols * np.sin(angle)) / np.float32(np.sqrt(stretch))
    power = (along**2 + across**2 + np.float32(1 / scale_px**2)) ** np.float32(-slope / 4)
    return _coloured(rng, side, power)


def waves(rng: Rng, side: int, *, length_px: float, angle: float, spread: float) -> Floats:
    """Return a field of mean 0 and variance 1 of waves that run at an angle.

    Parameters
    ----------
    rng, side, angle
        As for :func:`rough`.
    length_px
        Distance of their crests, px.
    spread
        Relative width of the band around that length and angle.
    """
    rows, cols = _wave_numbers(side)
    own = np.float32(1 / length_px)
    off = (cols - own * np.cos(angle)) ** 2 + (rows - own * np.sin(angle)) ** 2
    mirrored = (cols + own * np.cos(angle)) ** 2 + (rows + own * np.sin(angle)) ** 2
    width = np.float32(2 * (spread * own) ** 2)
    return _coloured(rng, side, np.exp(-off / width) + np.exp(-mirrored / width) + np.float32(1e-9))


def warp(rng: Rng, field: Floats, *, scale_px: float, amount_px: float, slope: float = 4.0) -> Floats:
    """Return a field carried about by a random flow, as eddies do.

    Parameters
    ----------
    rng
        Chance.
    field
        (side, side).
    scale_px
        Size of the eddies, px.
    amount_px
        How far it is carried, px, as a standard deviation.
    slope
        As for :func:`rough`.
    """
    side = len(field)
    rows, cols = np.mgrid[0:side, 0:side].astype(np.float32)
    stream = rough(rng, side, scale_px=scale_px, slope=slope + 2)
    down, right = np.gradient(stream)
    strength = np.float32(amount_px / max(float(np.sqrt((down**2 + right**2).mean())), 1e-9))
    carried = cv2.remap(
        field,
        (cols + strength * down).astype(np.float32),
        (rows - strength * right).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.asarray(carried, np.float32)


def soften(field: Floats, sigma_px: float) -> Floats:
    """Return a field blurred by a Gaussian."""
    return np.asarray(cv2.GaussianBlur(field, (0, 0), max(sigma_px, 0.05)), np.float32)


def ramp(field: Floats, low: float, high: float) -> Floats:
    """Return 0 below ``low``, 1 above ``high`` and a smooth rise between."""
    share = np.clip((field - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def curve(rng: Rng, side: int, *, bend: float, length: float) -> Floats:
    """Return (N, 2) row and col of a smooth random line near the middle, a pixel or two apart.

    Parameters
    ----------
    rng, side
        As for :func:`rough`.
    bend
        How much it turns, rad over the side.
    length
        Of the line by the side.
    """
    count = max(8, int(length * side))
    turning = np.cumsum(soften(rng.standard_normal((1, count)).astype(np.float32), count / 12)[0])
    turning *= bend * length / max(float(np.abs(turning).max()), 1e-6)
    heading = rng.uniform(0, 2 * np.pi) + turning
    steps = np.stack([np.sin(heading), np.cos(heading)], axis=1)
    path = np.cumsum(steps, axis=0)
    middle = rng.uniform(0.15, 0.85, 2) * side
    return np.asarray(path - path[count // 2] + middle, np.float32)


def near_curve(path: Floats, side: int) -> tuple[Floats, Floats, Floats]:
    """Return of every pixel its distance to a line, px, where along it that is, 0 to 1, and the side it lies on, ±1.

    Parameters
    ----------
    path
        (N, 2) of :func:`curve`; it may leave the picture.
    side
        Rows and columns, px.
    """
    margin = side // 4
    canvas = np.ones((side + 2 * margin, side + 2 * margin), np.uint8)
    at = np.round(path).astype(int) + margin
    inside = ((at >= 0) & (at < len(canvas))).all(axis=1)
    if not inside.any():
        far = np.full((side, side), 2.0 * side, np.float32)
        return far, np.zeros_like(far), np.ones_like(far)
    canvas[at[inside, 0], at[inside, 1]] = 0
    distance, labels = cv2.distanceTransformWithLabels(canvas, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    index = np.zeros(int(labels.max()) + 1, np.int64)
    index[labels[at[inside, 0], at[inside, 1]]] = np.flatnonzero(inside)
    cut = slice(margin, margin + side)
    nearest = index[np.asarray(labels)[cut, cut]]
    tangent = np.gradient(path, axis=0)
    rows, cols = np.mgrid[0:side, 0:side].astype(np.float32)
    across = tangent[nearest, 1] * (rows - path[nearest, 0]) - tangent[nearest, 0] * (cols - path[nearest, 1])
    return (
        np.asarray(distance, np.float32)[cut, cut],
        (nearest / max(len(path) - 1, 1)).astype(np.float32),
        np.where(across >= 0, np.float32(1), np.float32(-1)),
    )


def blob(rng: Rng, side: int, *, size: float, stretch: float) -> Floats:
    """Return 1 at a random middle, falling to 0 around it as an ellipse.

    Parameters
    ----------
    rng, side
        As for :func:`rough`.
    size
        Standard deviation by the side.
    stretch
        How much longer it is than wide.
    """
    rows, cols = np.mgrid[0:side, 0:side].astype(np.float32)
    row, col = rng.uniform(0.05, 0.95, 2) * side
    angle = rng.uniform(0, np.pi)
    along = (cols - col) * np.cos(angle) + (rows - row) * np.sin(angle)
    across = (rows - row) * np.cos(angle) - (cols - col) * np.sin(angle)
    long, short = size * side * np.sqrt(stretch), size * side / np.sqrt(stretch)
    return np.asarray(np.exp(-((along / long) ** 2 + (across / short) ** 2) / 2), np.float32)


@lru_cache(maxsize=4)
def _wave_numbers(side: int) -> tuple[Floats, Floats]:
    rows = np.fft.fftfreq(side).astype(np.float32)[:, None]
    cols = np.fft.rfftfreq(side).astype(np.float32)[None, :]
    return rows, cols


def _coloured(rng: Rng, side: int, gain: Floats) -> Floats:
    noise = np.fft.rfft2(rng.standard_normal((side, side), np.float32)) * gain
    noise[0, 0] = 0
    field = np.fft.irfft2(noise, s=(side, side)).astype(np.float32)
    return np.asarray(field / max(float(field.std()), 1e-12), np.float32)
