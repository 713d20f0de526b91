"""A window of a scene, and how surely each of its pixels is oil: by the network, by dark spots, by anomalies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.scenes.anomaly import BANDS, anomaly_probability, open_water
from pelagia.imaging.scenes.dark_spots import LEAST_CONTRAST_DB, dark_probability
from pelagia.imaging.scenes.speckle import decibels, estimate_looks, lee_filter
from pelagia.io.scenes.facts import OPTICAL
from pelagia.io.scenes.reading import SceneReader
from pelagia.learning.slick_segmenter import load_slick_segmenter

Singles = NDArray[np.float32]
Mask = NDArray[np.bool_]
LOOKS_PX = 1024
"""Side of the square in the middle of a window in which the speckle is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A window, looked at.

    Parameters
    ----------
    probability
        (height, width) float32: how surely oil; 0 outside the sea.
    values
        What is shown and measured: σ⁰ in dB after the speckle filter, grey values, reflectance of near infrared.
    valid, sea
        Where there is a measurement, and where it shows the sea.
    """

    probability: Singles
    values: Singles
    valid: Mask
    sea: Mask


def look_at(
    reader: SceneReader, land: Mask, window: tuple[int, int, int, int], despeckle_px: int, model: str | None
) -> Look:
    """Look at a window of a scene.

    Parameters
    ----------
    reader
        The scene, open.
    land
        (height, width) where the window shows land.
    window
        Row, column, height, width.
    despeckle_px
        Side of the window of the speckle filter, 1 for none.
    model
        Folder of the model of slicks, ``None`` for dark spots.
    """
    if reader.scene.kind in OPTICAL:
        return _optical(reader, land, window)
    raw, smooth, valid = _radar(reader, window, despeckle_px)
    sea = valid & ~land
    if model is not None:
        probability = _by_network(raw, sea, model)
    else:
        least = 0.0 if reader.scene.kind == "grey" else LEAST_CONTRAST_DB
        probability = dark_probability(smooth, raw, sea, least_contrast=least)
    return Look(probability=probability, values=smooth, valid=valid, sea=sea)


def _radar(reader: SceneReader, window: tuple[int, int, int, int], despeckle_px: int) -> tuple[Singles, Singles, Mask]:
    """Return the window before and after the speckle filter, in dB or grey, and where there is a measurement."""
    if reader.scene.kind == "grey":
        grey, valid = reader.grey(*window)
        intensity = np.square(grey)
        smooth = lee_filter(intensity, valid, window_px=despeckle_px, looks=_looks(intensity, valid))
        return grey, np.sqrt(np.maximum(smooth, 0)), valid
    intensity, valid = reader.radar(reader.scene.polarisations[0], *window)
    smooth = lee_filter(intensity, valid, window_px=despeckle_px, looks=_looks(intensity, valid))
    return decibels(intensity), decibels(smooth), valid


def _looks(intensity: Singles, valid: Mask) -> float:
    row, col = (max(0, (length - LOOKS_PX) // 2) for length in intensity.shape)
    part = slice(row, row + LOOKS_PX), slice(col, col + LOOKS_PX)
    return estimate_looks(intensity[part], valid[part])


def _by_network(raw: Singles, sea: Mask, folder: str) -> Singles:
    """Return probabilities of the model, turned so that 0.5 is the threshold that its card states."""
    segmenter = load_slick_segmenter(folder)
    found = segmenter.probabilities(np.where(sea, raw, np.float32(np.nan)))
    least = np.float32(segmenter.least_probability)
    return np.where(found < least, found * 0.5 / least, 1 - (1 - found) * 0.5 / (1 - least)).astype(np.float32)


def _optical(reader: SceneReader, land: Mask, window: tuple[int, int, int, int]) -> Look:
    stack, valid = reader.reflectance(BANDS, *window)
    bands = dict(zip(BANDS, stack, strict=True))
    water = open_water(bands, valid & ~land)
    return Look(probability=anomaly_probability(bands, water), values=bands["nir"], valid=valid, sea=water)
