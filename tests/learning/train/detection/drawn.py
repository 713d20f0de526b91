"""Pictures drawn for tests: bright squares and discs on noise, each with its box."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from pelagia.learning.boxes import Boxes
from pelagia.learning.train.detection.data import DetectionData, Sample

CLASSES = ("square", "disc")
SIDE_PX = 96


def draw_picture(rng: np.random.Generator, count: int = 3) -> tuple[np.ndarray, Boxes]:
    """A picture and its boxes; things may touch."""
    image = rng.integers(40, 90, (SIDE_PX, SIDE_PX, 3)).astype(np.uint8)
    edges, labels = [], []
    for _ in range(count):
        half = int(rng.integers(5, 11))
        row, col = (int(v) for v in rng.integers(half, SIDE_PX - half, 2))
        label = int(rng.integers(2))
        if label == 0:
            image[row - half : row + half, col - half : col + half] = (230, 60, 40)
        else:
            cv2.circle(image, (col, row), half, (60, 90, 230), -1)
        edges.append([row - half, col - half, row + half, col + half])
        labels.append(label)
    return image, Boxes.make(edges, labels)


def draw_data(folder: Path, count: int, groups: int, seed: int = 1) -> DetectionData:
    """Pictures on disk, dealt into groups."""
    rng = np.random.default_rng(seed)
    samples = []
    for number in range(count):
        image, boxes = draw_picture(rng)
        path = folder / f"{number}.png"
        cv2.imwrite(str(path), image[..., ::-1])
        samples.append(Sample(path=path, group=f"flight {number % groups}", boxes=boxes))
    return DetectionData(classes=CLASSES, samples=tuple(samples))
