"""How well the trainer does on real drone tiles: a study, its model is not shipped.

python recipes/river_tiles.py --data …/litter/river_uav_tiles --work /tmp/r

Trains on the tiles of ``coco_train.json`` and measures on those of ``coco_val.json``; no flight is in both. With
``--leave-out TalatThai`` it trains on all tiles of the other place and measures on all of that one.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from litter_scenes import read_coco

from pelagia.learning.card import DataOrigin
from pelagia.learning.train.detection.data import DetectionData, Sample
from pelagia.learning.train.detection.loop import DetectorRecipe
from pelagia.learning.train.detection.train import DetectorOptions, train_detector
from pelagia.learning.train.separation.package import About

CLASSES = ("plastic",)
GSD_CM = 0.82
RECIPE = DetectorRecipe(epochs=20)


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of river_uav_tiles")
    parser.add_argument("--work", type=Path, required=True, help="folder for intermediate files and the package")
    parser.add_argument("--leave-out", default="", help="place to measure on, such as TalatThai")
    parser.add_argument("--epochs", type=int, default=RECIPE.epochs)
    told = parser.parse_args()
    train, heldout = (_read(told.data, name) for name in ("coco_train.json", "coco_val.json"))
    what = "90 tiles of other flights"
    if told.leave_out:
        every = DetectionData(classes=CLASSES, samples=(*train.samples, *heldout.samples))
        there = np.array([sample.group.startswith(told.leave_out) for sample in every.samples])
        train, heldout = every.only(~there), every.only(there)
        what = f"all tiles of {told.leave_out}, none of which it saw"
    package = train_detector(
        train,
        DetectorOptions(
            about=_about(len(train.samples)),
            recipe=replace(RECIPE, epochs=told.epochs),
            gsd_cm=GSD_CM,
            heldout_told=what,
            overlap_px=64,
        ),
        told.work,
        heldout=heldout,
        tell=lambda epoch, loss: print(f"epoch {epoch + 1}: {loss:.3f}", flush=True),
    )
    for one in package.card.recipe["figures"]:
        print(one, flush=True)


def _read(folder: Path, name: str) -> DetectionData:
    samples = tuple(
        Sample(path=photo.path, group=photo.path.stem.rsplit("_", 1)[0], boxes=photo.boxes)
        for photo in read_coco(folder, name, CLASSES)
    )
    return DetectionData(classes=CLASSES, samples=samples)


def _about(pictures: int) -> About:
    return About(
        name="river-tiles-study",
        version="1.0.0",
        title="Plastic in rivers from a drone (a study)",
        instrument="Drone",
        created=date(2026, 11, 26),
        licence="for evaluation only: its data have no licence",
        intended_use="Measuring the trainer.",
        limits="Two places in Laos and Thailand, 0.82 cm a pixel; many pieces have no box.",
        data=(
            DataOrigin(
                name="River drone tiles",
                citation="Maharjan, N. et al. 2022, Remote Sensing 14:3049",
                licence="none stated",
                url="https://github.com/Nisha484/Nisha",
                n_images=pictures,
            ),
        ),
    )


if __name__ == "__main__":
    main()
