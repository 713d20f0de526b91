"""The recipe of the shipped model underwater-animals: fish and six other animals, seen by fixed and moving cameras.

python recipes/underwater_animals.py --data …/underwater --work /tmp/u --out src/pelagia/catalogue/shipped

``--data`` holds ``deepfish`` and ``aquarium``.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from litter_scenes import Photo, read_coco
from shipping import arguments

from pelagia.learning.card import CardClass, DataOrigin
from pelagia.learning.letterbox import letterbox
from pelagia.learning.train.detection.augmentation import ViewChanges
from pelagia.learning.train.detection.data import DetectionData, Sample, read_image
from pelagia.learning.train.detection.loop import DetectorRecipe
from pelagia.learning.train.detection.train import DetectorOptions, Elsewhere, train_detector
from pelagia.learning.train.separation.package import About
from pelagia.learning.train.split import lookalike_groups

SEED = 20_261_127
CLASSES = ("fish", "jellyfish", "penguin", "puffin", "shark", "starfish", "stingray")
LONG_SIDE_PX = 512
FRAME = re.compile(r"_f\d+$")
RECIPE = DetectorRecipe(
    seed=SEED,
    epochs=18,
    batch=8,
    views=1400,
    side_px=320,
    balance=0.35,
    changes=ViewChanges(scale=(0.6, 1.5), mosaic=0.35, on_object=0.6, tint=0.12, upright=True),
)

INTENDED = (
    "Finding animals on frames of underwater cameras, fish before all, as a first proposal for a person to check; a "
    "start for training on frames of your own camera."
)
LIMITS = (
    "It learned from 1,687 frames of shallow tropical Australian habitats (DeepFish; one class, fish, small and low in "
    "resolution) and from photos of two large aquaria, most of them through glass. It names no species. It has never "
    "seen the deep sea, turbid northern waters, crabs, snails or burrows: there it finds little, or things that are "
    "not there. Fish beyond some 10 m, in schools, or smaller than a fiftieth of the picture are missed often. Its "
    "scores are calibrated on two DeepFish sites. Do not publish counts from another camera without correcting a part "
    "of them by hand, or training it on your own frames."
)
DEEPFISH = (
    "Saleh, A.; Laradji, I. H.; Konovalov, D. A.; Bradley, M.; Vazquez, D.; Sheaves, M. 2020. A realistic fish-habitat "
    "dataset to evaluate algorithms for underwater visual analysis. Scientific Reports 10:14671, "
    "doi:10.1038/s41598-020-71639-x"
)


def main() -> None:
    """Train on sixteen sites and the aquaria, measure on two other sites and other aquarium scenes, write."""
    told = arguments(__doc__ or "")
    fish, unseen_fish = (_deepfish(told.data, split) for split in ("train", "val"))
    photos, unseen_photos = _aquarium(told.data)
    package = train_detector(
        DetectionData(classes=CLASSES, samples=(*fish, *photos)),
        _options(len(fish), len(photos)),
        told.work,
        heldout=DetectionData(classes=CLASSES, samples=tuple(unseen_fish)),
        elsewhere=(
            Elsewhere(
                what="aquaria: photos held out, none that looks like one trained on",
                data=DetectionData(classes=CLASSES, samples=tuple(unseen_photos)),
            ),
        ),
        tell=lambda epoch, loss: print(f"epoch {epoch + 1}: {loss:.3f}", flush=True),
    )
    folder = told.out / package.card.name / package.card.version
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(package.path, folder)
    for one in package.card.recipe["figures"]:
        print(one, flush=True)


def _deepfish(data: Path, split: str) -> list[Sample]:
    """Return its frames, grouped by the site they were filmed at."""
    return [
        _sample(photo, f"deepfish {FRAME.sub('', photo.path.stem).split('_')[0]}")
        for photo in read_coco(data / "deepfish", f"coco_{split}.json", CLASSES)
    ]


def _aquarium(data: Path) -> tuple[list[Sample], list[Sample]]:
    """Return photos to train on and to measure on: groups that look alike are never on both sides."""
    parts = {split: read_coco(data / "aquarium", f"coco_{split}.json", CLASSES) for split in ("train", "val")}
    photos = [photo for split in parts for photo in parts[split]]
    groups = _groups(photos)
    kept_back = set(groups[len(parts["train"]) :])
    seen = [
        _sample(photo, f"aquarium {group}")
        for photo, group in zip(photos, groups, strict=True)
        if group not in kept_back
    ]
    unseen = [
        _sample(photo, f"aquarium {group}") for photo, group in zip(photos, groups, strict=True) if group in kept_back
    ]
    print(f"aquarium: {len(seen)} to train on, {len(unseen)} kept back in {len(kept_back)} groups", flush=True)
    return seen, unseen


def _groups(photos: Sequence[Photo]) -> list[str]:
    """Return a group for each photo: frames of one film, and photos that look alike."""
    squares = np.stack([letterbox(read_image(photo.path), 64) for photo in photos])
    shapes = np.array([read_image(photo.path).shape[:2] for photo in photos], np.int64)
    films = [re.sub(r"[-_ ]?\d+$", "", photo.path.stem) if "MOV" in photo.path.stem else "" for photo in photos]
    alike = lookalike_groups(squares, shapes, np.arange(len(photos)), least_correlation=0.85)
    return [film or group for film, group in zip(films, alike, strict=True)]


def _sample(photo: Photo, group: str) -> Sample:
    return replace(
        Sample(path=photo.path, group=group, boxes=photo.boxes),
        scale=LONG_SIDE_PX / max(read_image(photo.path).shape[:2]),
    )


def _options(frames: int, photos: int) -> DetectorOptions:
    return DetectorOptions(
        about=About(
            name="underwater-animals",
            version="1.0.0",
            title="Animals under water (fish, jellyfish, penguin, puffin, shark, starfish, stingray)",
            instrument="Underwater camera",
            created=date(2026, 11, 27),
            licence="Apache-2.0 (the weights); data: see origin",
            intended_use=INTENDED,
            limits=LIMITS,
            data=(
                DataOrigin(
                    name="DeepFish, frames with boxes",
                    citation=DEEPFISH,
                    licence="CC BY 4.0 as declared by the uploader of the boxes",
                    url="https://doi.org/10.1038/s41598-020-71639-x",
                    n_images=frames,
                ),
                DataOrigin(
                    name="Aquarium",
                    citation="Roboflow Aquarium: photos of the Henry Doorly Zoo in Omaha and the National Aquarium in "
                    "Baltimore, 2020",
                    licence="CC BY 4.0",
                    url="https://public.roboflow.com/object-detection/aquarium",
                    n_images=photos,
                ),
            ),
        ),
        recipe=RECIPE,
        classes=tuple(CardClass(name=name) for name in CLASSES),
        long_side_px=LONG_SIDE_PX,
        heldout_told="DeepFish: two sites of eighteen held out (7398, 9898)",
        window_px=LONG_SIDE_PX,
        overlap_px=96,
    )


if __name__ == "__main__":
    main()
