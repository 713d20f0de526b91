"""Pairs of the Deep-SAR Oil Spill set (SOS) to measure models of slicks on; it states no licence, none of it ships."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pelagia.imaging.scenes.dark_spots import dark_probability
from pelagia.imaging.scenes.speckle import estimate_looks, lee_filter
from pelagia.learning.slick_segmenter import Level, level_of, load_slick_segmenter
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
DESPECKLE_PX = 5


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


def measure_dark_spots(pictures: Pictures, what: str) -> Merit:
    """Return the figures of the detector ``dark-spots`` of a run, on grey values."""

    def find(picture: Floats) -> Bools:
        valid = np.isfinite(picture)
        intensity = np.square(np.nan_to_num(picture))
        looks = estimate_looks(intensity, valid)
        smooth = np.sqrt(np.maximum(lee_filter(intensity, valid, window_px=DESPECKLE_PX, looks=looks), 0))
        return dark_probability(smooth.astype(np.float32), picture, valid, least_contrast=0.0) >= 0.5

    return measure(find, pictures(), what)


def measure_by_one_level(model: Path, pictures: Pictures, what: str) -> Merit:
    """Return the figures of a model where all pictures of a set are measured against one level, as parts of a scene."""
    segmenter = load_slick_segmenter(model, threads=1)
    levels = [level_of(picture) for picture, _, _ in pictures()]
    level = Level(
        middle=float(np.median([one.middle for one in levels])), spread=float(np.median([one.spread for one in levels]))
    )

    def find(picture: Floats) -> Bools:
        return np.asarray(segmenter.probabilities(picture, level) >= segmenter.least_probability, np.bool_)

    return measure(find, pictures(), what)
