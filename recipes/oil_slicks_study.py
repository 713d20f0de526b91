"""Pairs of the Deep-SAR Oil Spill set (SOS) to measure models of slicks on; it states no licence, none of it ships."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pelagia.learning.slick_segmenter import Level, SlickSegmenter, level_of
from pelagia.learning.train.slicks.fields import Bools, Floats
from pelagia.learning.train.slicks.measure import Merit, measure
from pelagia.learning.train.slicks.scenes import Labels
from pelagia.learning.train.slicks.train import Pictures
from pelagia.services.oilspill.training_data import find_pairs, read_mask, read_picture

SENSORS = {"palsar": "PALSAR (SOS, test)", "sentinel": "Sentinel-1 (SOS, test)"}
CITATION = (
    "Zhu, Q.; Zhang, Y.; Li, Z.; Yan, X.; Guan, Q.; Zhong, Y.; Zhang, L.; Li, D. 2022. Oil Spill Contextual and "
    "Boundary-Supervised Detection Network Based on Marine SAR Images. IEEE Transactions on Geoscience and Remote "
    "Sensing 60, 5213910, doi:10.1109/TGRS.2021.3115492"
)


def study_sets(folder: Path, split: str) -> dict[str, Pictures]:
    """Return the pictures of each sensor.

    Parameters
    ----------
    folder
        With ``train`` and ``test``, each with ``palsar`` and ``sentinel``.
    split
        ``train`` or ``test``.
    """
    return {
        what.replace("test", split): pairs_of(folder / split / sensor)
        for sensor, what in SENSORS.items()
        if (folder / split / sensor).is_dir()
    }


def pairs_of(folder: Path) -> Pictures:
    """Return the pictures of a folder of pairs, each a scene of its own: which were cut from one is not told."""

    def pictures() -> Iterator[tuple[Floats, Labels, str]]:
        found = find_pairs([str(folder)])
        for picture, mask in zip(found.pictures, found.masks, strict=True):
            seen = read_picture((folder / picture).read_bytes(), picture)
            yield seen, read_mask((folder / mask).read_bytes(), mask), picture

    return pictures


def measure_by_one_level(segmenter: SlickSegmenter, level: float, pictures: Pictures, what: str) -> Merit:
    """Return the figures of a model where all pictures of a set are measured against one level."""
    levels = [level_of(picture) for picture, _, _ in pictures()]
    one = Level(
        middle=float(np.median([own.middle for own in levels])), spread=float(np.median([own.spread for own in levels]))
    )

    def find(picture: Floats) -> Bools:
        return np.asarray(segmenter.probabilities(picture, one) >= level, np.bool_)

    return measure(find, pictures(), what)
