"""What training on real pairs gives: the recipe of a model of slicks that learns from the SOS set and is not shipped.

python recipes/oil_slicks_pairs.py --data …/oilspill/sos_sample --work /tmp/p --out /tmp/models [--base PACKAGE]

It learns from the pairs for training of both sensors, as ``pelagia train oilspill`` does, and is measured on those for
testing. The set states no licence: use what comes out for study alone.
"""

from __future__ import annotations

import argparse
import shutil
from datetime import date
from pathlib import Path

from oil_slicks_study import CITATION, study_sets

from pelagia.learning.card import DataOrigin
from pelagia.learning.train.separation.package import About
from pelagia.learning.train.slicks.data import SlickSample, keep_sample
from pelagia.learning.train.slicks.loop import SlickRecipe
from pelagia.learning.train.slicks.package import FIGURES
from pelagia.learning.train.slicks.pictures import Looks
from pelagia.learning.train.slicks.train import (
    Against,
    SlickOptions,
    as_base,
    kept_pictures,
    train_epoch,
    write_measured,
)

SEED = 1
VALIDATION = 8  # of so many pairs one is kept back to choose the probability on
RECIPE = SlickRecipe(
    seed=SEED,
    classes=1,
    epochs=10,
    steps=15,
    batch=16,
    side_px=192,
    learning_rate=1e-3,
    averaging=0.98,
    looks=Looks(as_files=False),
    threads=1,
)


def main() -> None:
    """Keep the pairs, train, choose, measure, write."""
    told = _arguments()
    samples = _keep(told.data, told.work / "pairs")
    chosen_on = samples[::VALIDATION]
    learned = [sample for sample in samples if sample not in chosen_on]
    options = SlickOptions(
        about=_about(len(learned)),
        recipe=RECIPE if told.base is None else as_base(told.base, RECIPE),
        base=told.base,
        threads=1,
    )
    for epoch in range(RECIPE.epochs):
        print(f"epoch {epoch + 1}: {train_epoch(learned, options, told.work, epoch):.4f}", flush=True)
    against = Against(
        chosen_on=kept_pictures(chosen_on),
        sets=study_sets(told.data, "test"),
        told={"starts_from": "chance" if told.base is None else "oil-slicks", "pairs": len(learned)},
    )
    package = write_measured(learned, options, told.work, against)
    folder = told.out / package.card.name / package.card.version
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(package.path, folder)
    for one in package.card.recipe[FIGURES]:
        print(one, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the SOS set: train/ and test/")
    parser.add_argument("--work", type=Path, required=True, help="folder for pairs and checkpoints")
    parser.add_argument("--out", type=Path, required=True, help="the package is written to OUT/<name>/<version>")
    parser.add_argument("--base", type=Path, help="package to start from; chance without")
    return parser.parse_args()


def _keep(data: Path, folder: Path) -> list[SlickSample]:
    samples = []
    for what, pictures in study_sets(data, "train").items():
        for picture, labels, name in pictures():
            stem = folder / f"{len(samples):06d}"
            keep_sample(stem, picture, labels)
            samples.append(SlickSample(stem=stem, group=f"{what}: {name}"))
    return samples


def _about(pairs: int) -> About:
    return About(
        name="oil-slicks-sos",
        version="1.0.0",
        title="Oil slicks, learned from the SOS pairs: for study alone",
        instrument="PALSAR, Sentinel-1",
        created=date(2026, 11, 27),
        licence="for study alone: the data state no licence",
        intended_use="Comparing what real pairs teach with what generated scenes do.",
        limits="The data state no licence. Which pictures were cut from one scene is not told.",
        data=(DataOrigin(name="Deep-SAR Oil Spill set (a part)", citation=CITATION, n_images=pairs),),
    )


if __name__ == "__main__":
    main()
