"""The recipe of the shipped model oil-slicks: what is learned from was made by a program, nothing was photographed.

python recipes/oil_slicks.py --work /tmp/o --out src/pelagia/catalogue/shipped [--pairs …/oilspill/sos_sample]

``--pairs`` are measured on, no more: neither weights nor thresholds come from them. ``--local`` names the package that
``recipes/oil_slicks_pairs.py`` wrote, whose figures are told on the card. A recipe that was stopped goes on.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
from oil_slicks_study import CITATION, measure_by_one_level, study_sets

from pelagia.learning.card import CardClass, DataOrigin, read_card
from pelagia.learning.slick_segmenter import SlickSegmenter
from pelagia.learning.train.separation.package import About
from pelagia.learning.train.slicks.data import SlickSample, make_samples
from pelagia.learning.train.slicks.fields import Floats
from pelagia.learning.train.slicks.loop import SlickRecipe
from pelagia.learning.train.slicks.measure import Merit
from pelagia.learning.train.slicks.package import FIGURES, MODEL
from pelagia.learning.train.slicks.pictures import as_file
from pelagia.learning.train.slicks.scenes import Labels
from pelagia.learning.train.slicks.train import OIL_CLASS, Against, Pictures, SlickOptions, train_epoch, write_measured

SEED = 20_261_127
LEARNED, CHOSEN_ON, HELD_OUT = range(800), range(10_000, 10_080), range(20_000, 20_120)
AT_ONCE = 20
RECIPE = SlickRecipe(
    seed=1, classes=2, epochs=18, steps=50, batch=16, side_px=192, learning_rate=3e-3, averaging=0.995, threads=1
)
PLANNED_EPOCHS, SHORTENED_AFTER = 30, 10
"""The learning rate first fell as for so many rounds; after so many of them the rest was cut to end sooner."""
CLASSES = (
    OIL_CLASS,
    CardClass(name="look-alike", is_organism=False, remark="little wind, fronts, rain, internal waves, natural films"),
)
HELD_OUT_TOLD = "generated scenes, held out"
ONE_LEVEL = "this model, all tiles by one level"
LOCAL = "this model trained on with SOS pairs (not shipped)"

INTENDED = (
    "Outlining dark slicks on radar scenes of the sea (Sentinel-1, PALSAR and the like; dB or 8-bit quicklooks), as a "
    "first proposal for a person to check, and as a start for training on pairs of your own."
)
LIMITS = (
    "It learned from scenes that a program made, no real one among them: none with a licence that allows it was at "
    "hand. Shapes, damping (up to 12 dB, less in little and in much wind), speckle, swell and look-alikes are what "
    "the literature tells and what its makers thought of; to see how people outline slicks they looked at pictures of "
    "the SOS set, but nothing was computed from these. Its figures on that set are the only ones on real scenes. A "
    "picture that is all oil has nothing to be darker than and is missed. Radar cannot tell oil from natural films of "
    "the same darkness; nor can it. A dark spot is no proof of oil: ask for the wind, for a second scene, for an "
    "overflight."
)

REMARKS = (
    "Tiles of the SOS set were taken one by one; by one level for all of them the model "
    "finds far more of the Sentinel-1 oil. In the detector dark-spots one constant was chosen on tiles for training of "
    "that set; in this model nothing was."
)


def main() -> None:
    """Make the scenes, train, choose, measure, write."""
    told = _arguments()
    learned = _make(told.work / "scenes", LEARNED)
    options = SlickOptions(about=_about(), recipe=RECIPE, classes=CLASSES, threads=1)
    planned = replace(options, recipe=replace(RECIPE, epochs=PLANNED_EPOCHS))
    for epoch in range(RECIPE.epochs):
        now = planned if epoch < SHORTENED_AFTER else options
        print(f"epoch {epoch + 1}: {train_epoch(learned, now, told.work, epoch):.4f}", flush=True)
    sets = {HELD_OUT_TOLD: _as_files(_make(told.work / "scenes", HELD_OUT))}
    studied = study_sets(told.pairs, "test") if told.pairs else {}
    against = Against(
        chosen_on=_as_files(_make(told.work / "scenes", CHOSEN_ON)),
        sets=sets | studied,
        more=partial(_beside, told.local),
        told={
            "scenes": {"learned": len(LEARNED), "chosen_on": len(CHOSEN_ON), "held_out": len(HELD_OUT), "seed": SEED},
            "schedule": f"planned for {PLANNED_EPOCHS} rounds, shortened to {RECIPE.epochs} after {SHORTENED_AFTER}",
            **({"measured_only": CITATION, "remarks": REMARKS} if studied else {}),
        },
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
    parser.add_argument("--work", type=Path, required=True, help="folder for scenes and checkpoints")
    parser.add_argument("--out", type=Path, required=True, help="the package is written to OUT/<name>/<version>")
    parser.add_argument("--pairs", type=Path, help="the SOS set, to measure on")
    parser.add_argument("--local", type=Path, help="package of a model trained on the SOS pairs, to tell of")
    return parser.parse_args()


def _make(folder: Path, numbers: Sequence[int]) -> list[SlickSample]:
    """Make the scenes, some at a time on each core; those that were made before are taken as they are."""
    parts = [numbers[first : first + AT_ONCE] for first in range(0, len(numbers), AT_ONCE)]
    with ProcessPoolExecutor(2) as pool:
        made = pool.map(partial(_make_part, folder), parts)
        return [sample for part in made for sample in part]


def _make_part(folder: Path, numbers: Sequence[int]) -> list[SlickSample]:
    return make_samples(folder, numbers, SEED)


def _as_files(samples: Sequence[SlickSample]) -> Pictures:
    """Return the scenes as dB and as quicklooks, each always the same."""

    def pictures() -> Iterator[tuple[Floats, Labels, str]]:
        for sample in samples:
            rng = np.random.default_rng((SEED, int(sample.stem.name)))
            yield as_file(rng, sample.picture())[0], sample.labels(), sample.group

    return pictures


def _beside(
    local: Path | None, segmenter: SlickSegmenter, level: float, pictures: Pictures, what: str
) -> dict[str, Merit]:
    """Return what else is measured on a set of pairs: the model with one level for all, a model trained on pairs."""
    if what == HELD_OUT_TOLD:
        return {}
    found = {ONE_LEVEL: measure_by_one_level(segmenter, level, pictures, what)}
    if local is not None:
        own = next(one for one in read_card(local).recipe[FIGURES] if one["set"] == what and one["by"] == MODEL)
        found[LOCAL] = Merit(**{name: own[name] for name in asdict(found[ONE_LEVEL])})
    return found


def _about() -> About:
    return About(
        name="oil-slicks",
        version="1.0.0",
        title="Oil slicks on radar scenes",
        instrument="Synthetic aperture radar (Sentinel-1, PALSAR)",
        created=date(2026, 11, 27),
        licence="Apache-2.0",
        intended_use=INTENDED,
        limits=LIMITS,
        data=(
            DataOrigin(
                name="generated radar scenes (pelagia.learning.train.slicks)",
                licence="Apache-2.0",
                n_images=len(LEARNED),
            ),
        ),
    )


if __name__ == "__main__":
    main()
