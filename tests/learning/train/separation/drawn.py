"""Organisms drawn for tests: textured ellipses, alone on white."""

from __future__ import annotations

import cv2
import numpy as np

from pelagia.imaging.region import Region


def vignette(rng: np.random.Generator, side: int = 60) -> np.ndarray:
    image = np.full((side, side), 255, np.uint8)
    axes = (int(rng.integers(10, 24)), int(rng.integers(8, 14)))
    cv2.ellipse(image, (side // 2, side // 2), axes, float(rng.uniform(0, 180)), 0, 360, int(rng.integers(40, 170)), -1)
    texture = rng.integers(-20, 20, image.shape)
    return np.where(image < 255, np.clip(image + texture, 0, 230), 255).astype(np.uint8)


def region_of(image: np.ndarray) -> Region:
    rows, cols = np.nonzero(image < 255)
    box = np.s_[rows.min() : rows.max() + 1, cols.min() : cols.max() + 1]
    return Region(int(rows.min()), int(cols.min()), image[box] < 255, image[box])
