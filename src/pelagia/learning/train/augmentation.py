"""Vignettes seen anew at every epoch: turned, mirrored, a little nearer, a little brighter."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """How much a vignette may change. Its true size is no part of it: that is told by the context.

    Parameters
    ----------
    rotate
        Turn by any angle; plankton has no upside.
    scale
        Largest change of scale, as ± natural logarithm.
    shift
        Largest displacement, as a share of the side.
    contrast
        Largest change of contrast about the background, as ± natural logarithm.
    brightness
        Largest change of brightness, grey levels.
    context_dropped
        Chance that a known context feature is hidden, so that the model also works without it.
    context_noise
        Standard deviation added to context columns (0.02 is a tenth of an octave of size).
    """

    rotate: bool = True
    scale: float = 0.15
    shift: float = 0.05
    contrast: float = 0.2
    brightness: float = 12.0
    context_dropped: float = 0.15
    context_noise: float = 0.02


def augment_image(image: Image, background: Image, how: Augmentation, rng: np.random.Generator) -> Image:
    """Return a changed copy of a letterboxed vignette.

    Parameters
    ----------
    image
        (S, S, 3) uint8.
    background
        (3,) uint8, fills what comes into view.
    how
        The limits.
    rng
        The source of chance.
    """
    size = image.shape[0]
    angle, flip, scale, right, down, contrast, brightness = rng.random(7)
    turn = np.radians(360.0 * angle) if how.rotate else 0.0
    zoom = np.exp((2 * scale - 1) * how.scale)
    mirror = -1.0 if flip < 0.5 else 1.0
    cos, sin = zoom * np.cos(turn), zoom * np.sin(turn)
    matrix = np.array([[cos * mirror, -sin, 0.0], [sin * mirror, cos, 0.0]])
    centre = (size - 1) / 2
    moved = centre + size * how.shift * (2 * np.array([right, down]) - 1)
    matrix[:, 2] = moved - matrix[:, :2] @ np.array([centre, centre])
    fill = tuple(int(v) for v in background)
    warped = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderValue=fill)
    gain = float(np.exp((2 * contrast - 1) * how.contrast))
    offset = (2 * brightness - 1) * how.brightness
    levels = np.arange(256, dtype=np.float32)
    pivot = float(background.mean())
    table = np.clip((levels - pivot) * gain + pivot + offset, 0, 255).astype(np.uint8)
    changed: Image = table[warped]
    return changed


def augment_context(
    context: npt.NDArray[np.float32], flag: npt.NDArray[np.int64], how: Augmentation, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Blur and hide known context values.

    Parameters
    ----------
    context
        (N, K) float32 of :func:`pelagia.learning.context.context_vector`.
    flag
        (K,) for each column the column of its flag; features are hidden whole.
    how
        The limits.
    rng
        The source of chance.
    """
    hidden = rng.random(context.shape) < how.context_dropped
    # All features at once in half of the cases: an image without any metadata is the common case.
    hidden |= rng.random((len(context), 1)) < how.context_dropped / 2
    noise = rng.normal(0.0, how.context_noise, context.shape).astype(np.float32)
    is_flag = flag == np.arange(len(flag))
    blurred = np.where(is_flag, context, context + noise * context[:, flag])
    return np.where(hidden[:, flag], np.float32(0), blurred).astype(np.float32)
