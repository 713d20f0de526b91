"""Scenes kept as files while a network learns from them: generated ones and a user's own pairs alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pelagia.learning.train.slicks.fields import Floats
from pelagia.learning.train.slicks.scenes import SIDE_PX, Labels, make_scene

PICTURE, LABELS = "picture.npy", "labels.npy"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlickSample:
    """One picture with its labels, on disk.

    Parameters
    ----------
    stem
        The files without their endings, of :func:`keep_sample`.
    group
        The scene it is of: parts of one scene are never both learned from and measured on.
    """

    stem: Path
    group: str

    def picture(self) -> Floats:
        """Return (H, W) float32 dB or grey."""
        return np.asarray(np.load(self.stem.with_suffix(f".{PICTURE}")), np.float32)

    def labels(self) -> Labels:
        """Return (H, W) uint8."""
        found: Labels = np.load(self.stem.with_suffix(f".{LABELS}"))
        return found


def keep_sample(stem: Path, picture: Floats, labels: Labels) -> None:
    """Write a picture (as 16-bit floats) and its labels; the picture appears last, so that both are whole."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    np.save(stem.with_suffix(f".{LABELS}"), labels.astype(np.uint8))
    partial = stem.with_suffix(".partial.npy")
    np.save(partial, picture.astype(np.float16))
    partial.replace(stem.with_suffix(f".{PICTURE}"))


def make_samples(folder: Path, numbers: Sequence[int], seed: int, side: int = SIDE_PX) -> list[SlickSample]:
    """Make generated scenes, or take those that were made before.

    Parameters
    ----------
    folder
        Where they are kept.
    numbers
        Which; scene n is the same whatever others are made.
    seed
        Of all of them.
    side
        Rows and columns, px.
    """
    samples = []
    for number in numbers:
        stem = folder / f"{number:06d}"
        if not stem.with_suffix(f".{PICTURE}").is_file():
            scene = make_scene(np.random.default_rng((seed, number)), side)
            keep_sample(stem, scene.db, scene.labels)
        samples.append(SlickSample(stem=stem, group=f"generated:{number}"))
    return samples
