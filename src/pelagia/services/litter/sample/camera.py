"""What light and a drone's camera make of the ground: colour cast, shade, blur, noise, compression."""

from __future__ import annotations

import math

import cv2
import numpy as np

from pelagia.services.litter.sample.noise import Bytes, Floats, fractal, white


def photograph(rng: np.random.Generator, ground: Bytes) -> Bytes:
    """Return the ground as a camera stores it.

    Parameters
    ----------
    rng
        Of light, lens and compression.
    ground
        (rows, cols, 3) RGB.
    """
    picture = _lit(rng, ground)
    picture = _focused(rng, picture)
    picture = _noisy(rng, picture)
    if rng.random() < 0.75:
        quality = int(rng.integers(35, 97))
        done, data = cv2.imencode(".jpg", picture[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, quality))
        if done:
            picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)
    return np.ascontiguousarray(picture)


def _lit(rng: np.random.Generator, ground: Bytes) -> Bytes:
    """Change exposure, colour and contrast; darken corners; sometimes a tree or a house throws its shadow."""
    shape = ground.shape[0], ground.shape[1]
    exposure, contrast = math.exp(rng.normal(0, 0.2)), rng.uniform(0.75, 1.12)
    tint = np.exp(rng.normal(0, 0.05, 3))
    level = np.arange(256, dtype=np.float64)
    curves = np.stack([((level / 255 * gain) ** rng.uniform(0.85, 1.15)) * 255 for gain in tint * exposure], 1)
    middle = float(cv2.mean(ground)[1]) * exposure
    table = np.clip((curves - middle) * contrast + middle, 0, 255).astype(np.uint8)
    picture = np.asarray(cv2.LUT(ground, table[:, None]), np.uint8)
    gain = _evenness(rng, shape)
    if rng.random() < 0.12:
        dark = fractal(rng, shape, max(shape) / rng.uniform(1.5, 6), octaves=4, rough=0.5)
        gain *= 1 - np.clip(dark * 6, 0, 1) * np.float32(rng.uniform(0.4, 0.8))
    return np.asarray(cv2.multiply(picture, cv2.merge([gain] * 3), dtype=cv2.CV_8U), np.uint8)


def _evenness(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Return brightness that changes slowly over the picture."""
    coarse = 1 + rng.normal(0, 0.06, (3, 3)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _focused(rng: np.random.Generator, picture: Bytes) -> Bytes:
    """Blur by lens or by motion, or sharpen as the camera's program does."""
    fate = rng.random()
    if fate < 0.45:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.3)), np.uint8)
    if fate < 0.55:
        reach, angle = int(rng.integers(1, 4)), rng.uniform(0, math.pi)
        kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
        ends = [
            (round(reach + side * reach * math.cos(angle)), round(reach + side * reach * math.sin(angle)))
            for side in (-1, 1)
        ]
        cv2.line(kernel, ends[0], ends[1], 1.0)
        return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)
    if fate < 0.8:
        amount = rng.uniform(0.2, 0.9)
        soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
        return np.asarray(cv2.addWeighted(picture, 1 + amount, soft, -amount, 0), np.uint8)
    return picture


def _noisy(rng: np.random.Generator, picture: Bytes) -> Bytes:
    """Add the noise of a sensor, mostly of brightness."""
    strength = float(rng.choice([0, 1.5, 3, 6])) * rng.uniform(0.5, 1.2)
    if not strength:
        return picture
    grey = white(rng, (picture.shape[0], picture.shape[1])) * np.float32(strength)
    return np.asarray(cv2.add(picture, cv2.merge([grey] * 3), dtype=cv2.CV_8U), np.uint8)
