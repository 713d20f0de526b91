"""The recipe of the shipped model litter-items: litter seen from above, in four materials.

python recipes/litter_items.py --data …/litter --work /tmp/l --out src/pelagia/catalogue/shipped

``--data`` holds ``aquatrash`` (trained on) and, to be measured on only, ``river_uav_tiles`` and ``river_jakarta``.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from litter_scenes import CLASSES, GSD_CM, Photo, cuttings, draw_scenes, read_coco
from shipping import arguments

from pelagia.learning.boxes import Boxes
from pelagia.learning.card import CardClass, DataOrigin
from pelagia.learning.letterbox import letterbox
from pelagia.learning.train.detection.augmentation import ViewChanges
from pelagia.learning.train.detection.data import DetectionData, Sample, read_image
from pelagia.learning.train.detection.loop import DetectorRecipe
from pelagia.learning.train.detection.train import DetectorOptions, Elsewhere, train_detector
from pelagia.learning.train.separation.package import About
from pelagia.learning.train.split import lookalike_groups

SEED = 20_261_126
SCENES, HELD_OUT_SCENES = 260, 40
CROWDED = 20  # pieces on a scene of some 5 m²: from here on they lie in heaps
HELD_OUT_PHOTOS = 0.2
OVERLAP_PX = 160  # 48 cm: a large bag or canister
# Photos taken by hand: how large the things on them are is guessed from what they are made of, cm.
USUAL_CM = {"plastic": 18.0, "metal": 12.0, "glass": 22.0, "paper": 15.0}
RIVER_GSD_CM = 0.82
JAKARTA_SCALE = 2.0  # its ground sampling distance is not known; things on it then look as large as here
RECIPE = DetectorRecipe(
    seed=SEED,
    epochs=30,
    batch=6,
    views=360,
    side_px=320,
    changes=ViewChanges(scale=(0.7, 1.35), mosaic=0.5),
)

INTENDED = (
    "Finding pieces of litter of some 3 cm to 1 m on drone photos and orthophotos taken straight down, and saying what "
    "they are made of, as a first proposal for a person to check; a start for training on photos of your own shores."
)
LIMITS = (
    "No drone photo with boxes and a licence that allows it was at hand: it learned from scenes that a program drew "
    "(ground, plants, stones, shells, wood, and litter, a third of it cut out of hand-held photos and scaled to a "
    "guessed size) and from those 180 hand-held photos, on which not everything has a box. Its figures on drawn scenes "
    "say how well it finds what is drawn. What it does on real pictures is told by the sets it never saw: "
    "see 'river' below, tiles of a drone at 0.82 cm a pixel and photos of a river from a bridge; there it misses much "
    "and its scores mean less than on drawn scenes. Do not publish counts from real pictures without correcting its "
    "boxes by hand or training it on your own. Of things beyond its four materials (rubber, cloth, worked wood, "
    "ceramics) it knows nothing; materials are often confused."
)
CITATION = (
    "AquaTrash: a part of TACO (Proença, P. F.; Simões, P. 2020. TACO: Trash Annotations in Context for Litter "
    "Detection, arXiv:2003.06975) with boxes by Panwar, H. et al. 2020, Case Studies in Chemical and Environmental "
    "Engineering 2:100026"
)


def main() -> None:
    """Draw, train, measure, write."""
    told = arguments(__doc__ or "")
    photos = read_coco(told.data / "aquatrash", "coco_train.json", CLASSES)
    groups = _groups(photos)
    held = _held_out(groups)
    seen = [photo for photo, out in zip(photos, held, strict=True) if not out]
    unseen = [photo for photo, out in zip(photos, held, strict=True) if out]
    scenes = draw_scenes(told.work / "scenes", SCENES, SEED, cuttings(seen), "drawn")
    held_scenes = draw_scenes(told.work / "held-out", HELD_OUT_SCENES, SEED + 1, cuttings(unseen), "held-out")
    names = [group for group, out in zip(groups, held, strict=True) if not out]
    taken = [_sample(photo, group) for photo, group in zip(seen, names, strict=True)]
    package = train_detector(
        DetectionData(classes=CLASSES, samples=(*scenes, *taken)),
        _options(len(seen)),
        told.work,
        heldout=_scenes(held_scenes, crowded=False),
        elsewhere=(
            Elsewhere(what="drawn scenes held out, pieces in heaps", data=_scenes(held_scenes, crowded=True)),
            *_elsewhere(unseen, told.data),
        ),
        tell=lambda epoch, loss: print(f"epoch {epoch + 1}: {loss:.3f}", flush=True),
    )
    folder = told.out / package.card.name / package.card.version
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(package.path, folder)
    for one in package.card.recipe["figures"]:
        print(one, flush=True)


def _scenes(samples: Sequence[Sample], *, crowded: bool) -> DetectionData:
    """Return the scenes on which litter lies in heaps, or those on which it lies about."""
    chosen = tuple(sample for sample in samples if (len(sample.boxes) > CROWDED) == crowded)
    return DetectionData(classes=CLASSES, samples=chosen)


def _groups(photos: Sequence[Photo]) -> list[str]:
    """Return a group for each photo; those that look alike are one."""
    squares = np.stack([letterbox(read_image(photo.path), 64) for photo in photos])
    shapes = np.array([read_image(photo.path).shape[:2] for photo in photos], np.int64)
    return lookalike_groups(squares, shapes, np.arange(len(photos)), least_correlation=0.85)


def _held_out(groups: Sequence[str]) -> list[bool]:
    names = np.array(sorted(set(groups)))
    chosen = np.random.default_rng(SEED).permutation(names)[: round(HELD_OUT_PHOTOS * len(names))]
    return [group in set(chosen.tolist()) for group in groups]


def _sample(photo: Photo, group: str) -> Sample:
    """Return a photo at the scale at which its litter is as large as litter of its material usually is."""
    length_px = np.maximum(*(photo.boxes.edges[:, 2:] - photo.boxes.edges[:, :2]).T)
    usual_px = np.array([USUAL_CM[CLASSES[label]] for label in photo.boxes.labels]) / GSD_CM
    scale = float(np.clip(np.median(usual_px / length_px), 0.2, 1.2))
    return Sample(path=photo.path, group=group, boxes=photo.boxes, scale=scale, complete=False)


def _elsewhere(unseen: Sequence[Photo], data: Path) -> tuple[Elsewhere, ...]:
    photos = tuple(replace(_sample(photo, str(photo.path)), complete=True) for photo in unseen)
    sets = [
        Elsewhere(
            what="hand-held photos of AquaTrash held out (not all litter has a box)",
            data=DetectionData(classes=CLASSES, samples=photos),
        )
    ]
    for name, files, what, scale in (
        ("river_uav_tiles", ("coco_val.json",), "river, drone at 0.82 cm, never seen", RIVER_GSD_CM / GSD_CM),
        ("river_jakarta", ("coco_test.json",), "river, from a bridge, twice enlarged, never seen", JAKARTA_SCALE),
    ):
        if not (data / name).is_dir():
            raise SystemExit(f"{data / name} is missing: the card tells the figures on it")
        found = [photo for file in files for photo in read_coco(data / name, file, CLASSES)]
        samples = tuple(
            Sample(path=photo.path, group=photo.path.stem.rsplit("_", 1)[0], boxes=_any_class(photo), scale=scale)
            for photo in found
        )
        sets.append(Elsewhere(what=what, data=DetectionData(classes=CLASSES, samples=samples), classes_count=False))
    return tuple(sets)


def _any_class(photo: Photo) -> Boxes:
    return photo.boxes.of_one_class()


def _options(photos: int) -> DetectorOptions:
    return DetectorOptions(
        about=About(
            name="litter-items",
            version="1.0.0",
            title="Pieces of litter from above (plastic, metal, glass, paper)",
            instrument="Drone",
            created=date(2026, 11, 26),
            licence="Apache-2.0 (the weights); data: see origin",
            intended_use=INTENDED,
            limits=LIMITS,
            data=(
                DataOrigin(
                    name="AquaTrash (from TACO)",
                    citation=CITATION,
                    licence="CC BY 4.0 (photos), MIT (boxes)",
                    url="https://github.com/Harsh9524/AquaTrash",
                    n_images=photos,
                ),
                DataOrigin(
                    name="Beaches drawn by Pelagia",
                    citation="Made by recipes/litter_scenes.py from nothing but the photos above",
                    licence="Apache-2.0",
                    url="",
                    n_images=SCENES,
                ),
            ),
        ),
        recipe=RECIPE,
        classes=tuple(CardClass(name=name, is_organism=False) for name in CLASSES),
        gsd_cm=GSD_CM,
        heldout_told="drawn scenes held out (other seeds, cuttings of other photos), pieces lying about",
        overlap_px=OVERLAP_PX,
    )


if __name__ == "__main__":
    main()
