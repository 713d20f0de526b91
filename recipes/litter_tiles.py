"""The recipe of the shipped model litter-tiles: which class of ground each tile shows.

python recipes/litter_tiles.py --data …/litter --work /tmp/t --out src/pelagia/catalogue/shipped

It learns from drawn beaches and from the photos of ``aquatrash``; where ``river_jakarta``, ``river_uav_tiles`` and
``aplasticq_samples`` stand beside it, the model is measured on them too, and learns nothing from them.
"""

from __future__ import annotations

import csv
import time
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from litter_ground import (
    Photo,
    cut_items,
    drawn_squares,
    frames,
    join,
    mixed_items,
    photo_squares,
    read_photos,
)
from shipping import arguments

from pelagia.core.ground import TILE_CLASSES
from pelagia.learning.card import DataOrigin
from pelagia.learning.tile_classes import TileClassifier, load_tile_classifier
from pelagia.learning.train.tiles.data import LITTER, TileData, balanced
from pelagia.learning.train.tiles.export import check_tiles, tiles_to_onnx
from pelagia.learning.train.tiles.loop import TileRecipe, predict_tiles, train_tiles
from pelagia.learning.train.tiles.network import TileNetwork, TileShape
from pelagia.learning.train.tiles.package import (
    About,
    LitterCheck,
    check_litter,
    draw_examples,
    heldout_tiles,
    litter_tiles,
    measure_tiles,
    write_tile_package,
)

SEED = 20_261_126
SCENES, PHOTO_SQUARES, MEASURED_SCENES = 550, 600, 100
HELD_OUT_PHOTOS = 0.2
RECIPE = TileRecipe(seed=SEED, epochs=3, frozen_stages=3, shape=TileShape(classes=len(TILE_CLASSES)))
BALANCE = 0.4
# The map of the published model: a picture of 76 by 56 cells of 12.8 cm, drawn by Matplotlib.
MAP_CELLS = (56, 76)
MAP_BOX = (291, 257, 1250, 1559)  # rows and columns of its corners, px
NOT_LITTER = ((255, 255, 255), (0, 0, 255), (139, 69, 19), (0, 128, 0), (205, 133, 63), (127, 255, 212))

INTENDED = (
    "Saying what each 25.6 cm of ground in a drone picture shows, so that litter is looked for only where it may lie, "
    "and so that areas of litter and organic debris can be estimated. For pictures taken straight down, at 0.1 to "
    "0.8 cm a pixel."
)
LIMITS = (
    "It learned from beaches that a program drew, with litter that is partly drawn and partly cut out of photos of "
    "litter on the ground (AquaTrash); no drone picture with the class of each tile and a licence that allows it was "
    "at hand. The figures of all classes below are those on further drawn beaches: on real ground the classes are told "
    "less well, and how well is not known but for litter against no litter, which was checked on the real pictures "
    "named below. Turbid rivers, snow, mud flats, fields and towns were never drawn. Its probabilities are calibrated "
    "on drawn beaches. Train it on tiles of your own ground before figures of areas are published: pelagia train "
    "litter."
)
AQUATRASH = DataOrigin(
    name="AquaTrash (boxes on photos of TACO)",
    citation="Panwar, H. et al. (2020). AquaVision: Automating the detection of waste in water bodies using deep "
    "transfer learning. Case Studies in Chemical and Environmental Engineering 2, 100026; Proença, P. F. & Simões, P. "
    "(2020). TACO: Trash Annotations in Context for Litter Detection. arXiv:2003.06975.",
    licence="CC BY 4.0 (photos), MIT (boxes)",
    url="https://github.com/Harsh9524/AquaTrash",
)


def main() -> None:
    """Draw, train, measure, write."""
    told = arguments(__doc__ or "")
    cv2.setNumThreads(1)
    begun = time.process_time()
    photos = read_photos(told.data / "aquatrash")
    order = np.random.default_rng(SEED).permutation(len(photos))
    kept_back = [photos[i] for i in order[: round(HELD_OUT_PHOTOS * len(photos))]]
    learned = [photos[i] for i in order[round(HELD_OUT_PHOTOS * len(photos)) :]]
    drawn = _drawn(told.work / "drawn.npz", SEED, SCENES, learned)
    seen = photo_squares(learned, PHOTO_SQUARES, np.random.default_rng((SEED, 1)))
    print(f"drawn: {time.process_time() - begun:.0f} CPU-s", flush=True)
    network, losses = train_tiles(
        [balanced(join([drawn, seen]), BALANCE)],
        RECIPE,
        told.work / "training",
        lambda epoch, loss: print(
            f"epoch {epoch + 1}: {loss:.4f}, {time.process_time() - begun:.0f} CPU-s", flush=True
        ),
    )
    model = tiles_to_onnx(network)
    heldout_drawn = _drawn(told.work / "measured.npz", SEED + 1, MEASURED_SCENES, kept_back)
    difference = check_tiles(model, network, heldout_drawn.images[:16])
    logits = predict_tiles(network, heldout_drawn.images)
    heldout = heldout_tiles(heldout_drawn, logits)
    tiles = int((drawn.tiles()[1] >= 0).sum())
    measured = measure_tiles(
        heldout,
        split=f"drawn beaches, {MEASURED_SCENES} scenes that were not trained on, with litter cut out of other photos.",
        n_train=tiles,
        rng=np.random.default_rng(SEED),
    )
    rng = np.random.default_rng((SEED, 2))
    temperature = measured.calibration.temperature
    checks = {
        "drawn beaches": check_litter(*litter_tiles(heldout_drawn, logits, temperature), "held out", rng),
        "AquaTrash": _photos(photo_squares(kept_back, 200, np.random.default_rng((SEED, 3))), network, temperature),
    }

    shown = _most_varied(heldout_drawn)

    def write(found: dict[str, LitterCheck | None]) -> Path:
        folder: Path = told.out / "litter-tiles" / "1.0.0"
        write_tile_package(
            folder,
            model=model,
            about=_about(len(drawn), len(learned)),
            measured=measured,
            heldout=heldout,
            checks=found,
            recipe={
                **RECIPE.to_json(),
                "scenes": SCENES,
                "squares_of_photos": PHOTO_SQUARES,
                "balance": BALANCE,
                "losses": [round(loss, 4) for loss in losses],
                "difference_after_export": difference,
            },
            examples=draw_examples(heldout_drawn.images[shown], logits[shown]),
        )
        return folder

    classifier = load_tile_classifier(write(checks), threads=1)
    checks |= _real(told.data, classifier, rng)
    write(checks)
    for name, check in checks.items():
        if check is not None:
            print(f"{name}: AUC {check.auc:.3f} ({check.low:.3f} to {check.high:.3f}), {check.tiles} tiles", flush=True)
    print(f"accuracy {measured.scores.accuracy.value:.3f}, {time.process_time() - begun:.0f} CPU-s", flush=True)


def _drawn(kept: Path, seed: int, scenes: int, photos: list[Photo]) -> TileData:
    """Draw scenes, or read those that were drawn before."""
    if not kept.is_file():
        items = cut_items(photos)
        print(f"{len(items)} pieces of litter cut out of {len(photos)} photos", flush=True)
        found = drawn_squares(seed, scenes, mixed_items(items), lambda number: None)
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, images=found.images, allowed=found.allowed, weights=found.weights, groups=found.groups)
    with np.load(kept) as stored:
        return TileData(
            images=stored["images"],
            allowed=stored["allowed"],
            weights=stored["weights"],
            groups=tuple(stored["groups"].tolist()),
        )


def _most_varied(data: TileData) -> npt.NDArray[np.int64]:
    """Return twelve squares that show many classes."""
    kinds = [len(np.unique(known)) for known in data.tiles()[1]]
    return np.argsort(-np.array(kinds), kind="stable")[:36:3]


def _photos(data: TileData, network: TileNetwork, temperature: float) -> LitterCheck | None:
    logits = predict_tiles(network, data.images)
    told = litter_tiles(data, logits, temperature)
    remark = "photos that were not trained on; litter without a box counts as none"
    return check_litter(*told, remark, np.random.default_rng((SEED, 4)))


def _real(data: Path, classifier: TileClassifier, rng: np.random.Generator) -> dict[str, LitterCheck | None]:
    """Measure the model, as a run uses it, on real pictures it did not learn from."""
    return {
        "river_uav_tiles": _set(
            data / "river_uav_tiles", ("train", "val"), classifier, 2.0, "drone, rivers; 0.82 cm a pixel, enlarged", rng
        ),
        "river_jakarta": _set(
            data / "river_jakarta",
            ("train", "test"),
            classifier,
            2.0,
            "from bridges; scale taken as 0.8 cm a pixel",
            rng,
        ),
        "Cambodia, against the published model": _cambodia(data / "aplasticq_samples", classifier, rng),
    }


def _set(
    folder: Path,
    splits: tuple[str, ...],
    classifier: TileClassifier,
    scale: float,
    remark: str,
    rng: np.random.Generator,
) -> LitterCheck | None:
    if not folder.is_dir():
        return None
    with (folder / "images.csv").open(encoding="utf-8") as file:
        group_of = {row["file"]: row["group"] for row in csv.DictReader(file)}
    litter = [name in LITTER for name in TILE_CLASSES]
    chance, truth, groups = [], [], []
    for split in splits:
        for photo, picture, known in frames(read_photos(folder, split), scale, classifier.tile_px):
            sure = known.any(axis=-1)
            chance.append(classifier.classify(picture)[..., litter].sum(axis=-1)[sure])
            truth.append(known[sure][:, litter].any(axis=-1))
            groups += [group_of[photo.file]] * int(sure.sum())
    return check_litter(np.concatenate(chance), np.concatenate(truth), groups, remark, rng)


def _cambodia(folder: Path, classifier: TileClassifier, rng: np.random.Generator) -> LitterCheck | None:
    """Compare with the map that the published model made of a drone photo: no truth, but another opinion."""
    if not folder.is_dir():
        return None
    photo = cv2.imread(str(folder / "cambodia1.png"), cv2.IMREAD_COLOR_RGB)
    drawn = cv2.imread(str(folder / "cambodia1-plq.png"), cv2.IMREAD_COLOR_RGB)
    rows, cols = (np.linspace(MAP_BOX[i], MAP_BOX[i + 2], MAP_CELLS[i] + 1) for i in (0, 1))
    cells = drawn[np.ix_((rows[:-1] + rows[1:]).astype(int) // 2, (cols[:-1] + cols[1:]).astype(int) // 2)]
    polluted = ~np.any([np.abs(cells.astype(int) - colour).max(axis=-1) < 30 for colour in NOT_LITTER], axis=0)
    tiles = polluted.reshape(MAP_CELLS[0] // 2, 2, MAP_CELLS[1] // 2, 2).sum(axis=(1, 3))
    size = (tiles.shape[1] * classifier.tile_px, tiles.shape[0] * classifier.tile_px)
    picture = cv2.resize(photo, size, interpolation=cv2.INTER_LINEAR)
    litter = [name in LITTER for name in TILE_CLASSES]
    chance = classifier.classify(np.asarray(picture, np.uint8))[..., litter].sum(axis=-1)
    remark = "one photo; against the map the published model made of it, at least two of four cells littered"
    return check_litter(chance.ravel(), tiles.ravel() >= 2, [str(i) for i in range(tiles.size)], remark, rng)


def _about(squares: int, photos: int) -> About:
    return About(
        name="litter-tiles",
        version="1.0.0",
        title="What each tile of the ground shows",
        created=date(2026, 11, 26),
        licence="Apache-2.0 (the weights); data: see origin",
        intended_use=INTENDED,
        limits=LIMITS,
        data=(
            DataOrigin(
                name="Beaches drawn by a program (pelagia.services.litter.sample)",
                licence="Apache-2.0",
                n_images=squares,
            ),
            AQUATRASH.model_copy(update={"n_images": photos}),
        ),
    )


if __name__ == "__main__":
    main()
