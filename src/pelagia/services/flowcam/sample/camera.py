"""The camera of the sample: how large its pixels are, what it sees of the flow cell, what the water looks like."""

from __future__ import annotations

import numpy as np

PIXEL_UM, FRINGE_PX, DEPTH_UM, VOLUME_CF = 0.5544, 4.5, 100, 0.8677
LEFT, RIGHT, TOP, BOTTOM = 1, 1278, 1, 958
FRAME_SHAPE = (964, 1292)
BORDER_PX = 5
FRAMES_PER_SECOND, PARTICLES_PER_FRAME = 17.0, 1.2
START_UTC, UTC_OFFSET_HOURS = np.datetime64("2026-04-08T09:10:51"), 2
CAPTURE_DELAY_S = 8.0
BACKGROUND_RGB = np.array([156.0, 160.0, 226.0])
THRESHOLD = 20


def grey(rgb: np.ndarray) -> np.ndarray:
    """Return the brightness of colours, 0 to 255."""
    brightness: np.ndarray = rgb @ np.array([0.299, 0.587, 0.114])
    return brightness
