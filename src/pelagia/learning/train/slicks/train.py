"""Train a model of slicks from pictures with outlines to a package with its figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pelagia.core.errors import NothingUsable
from pelagia.learning.card import CardClass
from pelagia.learning.package import ModelPackage
from pelagia.learning.slick_segmenter import OIL, STRIDE_PX, Feed, SlickSegmenter, load_slick_segmenter
from pelagia.learning.train.separation.package import About
from pelagia.learning.train.slicks.data import SlickSample
from pelagia.learning.train.slicks.export import (
    base_channels,
    check_slicks,
    give_statistics,
    read_slick_base,
    slicks_to_onnx,
)
from pelagia.learning.train.slicks.fields import Bools, Floats
from pelagia.learning.train.slicks.loop import SlickRecipe, train_slick_epoch, trained_network
from pelagia.learning.train.slicks.measure import Merit, choose_level, dark_spots, floor, measure
from pelagia.learning.train.slicks.network import SlickNetwork
from pelagia.learning.train.slicks.package import DETECTOR, FLOOR, MODEL, TILES, TRAINING, Drawn, write_slicks
from pelagia.learning.train.slicks.pictures import part_of
from pelagia.learning.train.slicks.scenes import PIXEL_M, Labels

Pictures = Callable[[], Iterator[tuple[Floats, Labels, str]]]
More = Callable[[SlickSegmenter, float, Pictures, str], Mapping[str, Merit]]

PACKAGE, SCRATCH, CHECKPOINTS = "package", "unmeasured", "training"
UNCHOSEN = 0.5  # the probability pixels are called oil from, where there is nothing to choose it on
STATISTICS_OF, CHECKED_ON, AT_ONCE = 32, 2, 8  # parts of pictures
LEAST_GROUPS = 5  # with fewer, one more to choose the probability on would cost the training too much
OIL_CLASS = CardClass(name=OIL, is_organism=False, remark="oil on the sea")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlickOptions:
    """What is asked of a training.

    Parameters
    ----------
    about
        Name, version, licence, origin of the data, limits: what only a person can say.
    recipe
        How the network is trained.
    classes
        Of its maps, in the order of the labels from 1.
    base
        Folder of a model of slicks to start from; by default chance.
    pixel_m
        Side of a pixel of its pictures, m.
    window_px, overlap_px
        Windows of larger pictures in a run.
    threads
        For measuring.
    """

    about: About
    recipe: SlickRecipe
    classes: tuple[CardClass, ...] = (OIL_CLASS,)
    base: Path | None = None
    pixel_m: float = PIXEL_M
    window_px: int = 512
    overlap_px: int = 96
    threads: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealt:
    """Samples that are learned from, that the probability is chosen on, and that are measured on: whole scenes."""

    learned: tuple[SlickSample, ...]
    chosen_on: tuple[SlickSample, ...]
    heldout: tuple[SlickSample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """What a trained model is measured on.

    Parameters
    ----------
    chosen_on
        Pictures on which the probability is chosen from which a pixel is oil; ``None`` for one half.
    sets
        Name of a set → its pictures; the first are shown.
    more
        Gives what else is measured on a set, from the model, its probability, the pictures and the set's name.
    told
        What else the recipe on the card tells.
    """

    chosen_on: Pictures | None
    sets: Mapping[str, Pictures]
    more: More | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


def deal(samples: Sequence[SlickSample], heldout: float, seed: int) -> Dealt:
    """Deal scenes by chance; the parts of one stay together.

    Parameters
    ----------
    samples
        Pictures of two scenes at least.
    heldout
        Share of the scenes to measure on.
    seed
        Of the chance.

    Raises
    ------
    NothingUsable
        If there is one scene alone.
    """
    names = sorted({sample.group for sample in samples})
    if len(names) < 2:
        raise NothingUsable(
            "there is no second scene to measure on",
            value=f"{len(samples)} pictures of {len(names)} scene",
            remedy="Give pictures of more scenes, or another way to tell scenes (group_from).",
        )
    order = [names[int(i)] for i in np.random.default_rng(seed).permutation(len(names))]
    held = set(order[: min(len(order) - 1, max(1, round(heldout * len(order))))])
    rest = order[len(held) :]
    chosen = set(rest[: max(1, len(rest) // 6)]) if len(rest) >= LEAST_GROUPS else set()
    return Dealt(
        learned=tuple(s for s in samples if s.group not in held | chosen),
        chosen_on=tuple(s for s in samples if s.group in chosen),
        heldout=tuple(s for s in samples if s.group in held),
    )


def train_epoch(samples: Sequence[SlickSample], options: SlickOptions, folder: Path, epoch: int) -> float:
    """Train one epoch more and return its loss; what was trained already stays.

    Parameters
    ----------
    samples
        What it learns from.
    options
        What is asked for.
    folder
        For the checkpoint of each epoch.
    epoch
        Which, from 0.
    """
    base = _base(samples, options) if options.base is not None and epoch == 0 else None
    return train_slick_epoch(samples, options.recipe, folder / CHECKPOINTS, epoch, base)


def write_measured(
    samples: Sequence[SlickSample], options: SlickOptions, folder: Path, against: Against
) -> ModelPackage:
    """Export what was trained, choose its probability, measure it beside the floor, write ``folder/package``.

    Parameters
    ----------
    samples
        What it learned from.
    options
        As it was trained.
    folder
        Where its checkpoints are.
    against
        What it is measured on.
    """
    network, losses = trained_network(options.recipe, folder / CHECKPOINTS)
    model = slicks_to_onnx(network)
    difference = check_slicks(model, network, _parts(samples, options.recipe, CHECKED_ON))
    unmeasured = _written(folder / SCRATCH, model, options, UNCHOSEN, {}, {})
    segmenter = load_slick_segmenter(unmeasured.path, threads=options.threads)
    level = UNCHOSEN
    if against.chosen_on is not None:
        level = choose_level((segmenter.probabilities(one), labels) for one, labels, _ in against.chosen_on())
    figures = {
        what: {
            **_merits(segmenter, level, pictures, what),
            **(against.more(segmenter, level, pictures, what) if against.more else {}),
        }
        for what, pictures in against.sets.items()
    }
    first = next(iter(against.sets.values()))
    examples = [(one, labels, _found(segmenter, level, one)) for one, labels, _ in islice(first(), TILES[0] * TILES[1])]
    recipe = {
        **against.told,
        TRAINING: {**asdict(options.recipe), "channels": list(options.recipe.channels)},
        "losses": [round(loss, 4) for loss in losses],
        "difference_after_export": round(difference, 5),
    }
    package = _written(folder / PACKAGE, model, options, level, figures, recipe, examples)
    shutil.rmtree(folder / SCRATCH, ignore_errors=True)
    return package


def kept_pictures(samples: Sequence[SlickSample]) -> Pictures:
    """Return what yields the pictures of samples as they were kept."""

    def pictures() -> Iterator[tuple[Floats, Labels, str]]:
        for sample in samples:
            yield sample.picture(), sample.labels(), sample.group

    return pictures


def as_base(base: Path, recipe: SlickRecipe) -> SlickRecipe:
    """Return a recipe whose network has the channels of the model it starts from."""
    return replace(recipe, channels=base_channels(base))


def _base(samples: Sequence[SlickSample], options: SlickOptions) -> SlickNetwork:
    assert options.base is not None
    network = read_slick_base(options.base, [one.name for one in options.classes])
    parts = torch.from_numpy(_parts(samples, options.recipe, STATISTICS_OF))[:, None]
    give_statistics(network, (parts[first : first + AT_ONCE] for first in range(0, STATISTICS_OF, AT_ONCE)))
    return network


def _parts(samples: Sequence[SlickSample], recipe: SlickRecipe, count: int) -> Floats:
    """Return (count, side, side) parts of pictures as they are learned from."""
    rng = np.random.default_rng(recipe.seed)
    chosen = [samples[int(i)] for i in rng.integers(len(samples), size=count)]
    return np.stack([part_of(rng, s.picture(), s.labels(), recipe.side_px, recipe.looks)[0] for s in chosen])


def _merits(segmenter: SlickSegmenter, level: float, pictures: Pictures, what: str) -> dict[str, Merit]:
    return {
        MODEL: measure(lambda picture: _found(segmenter, level, picture), pictures(), what),
        FLOOR: measure(floor, pictures(), what),
        DETECTOR: measure(dark_spots, pictures(), what),
    }


def _found(segmenter: SlickSegmenter, level: float, picture: Floats) -> Bools:
    return np.asarray(segmenter.probabilities(picture) >= level, np.bool_)


def _written(
    folder: Path,
    model: bytes,
    options: SlickOptions,
    level: float,
    figures: Mapping[str, Mapping[str, Merit]],
    recipe: Mapping[str, Any],
    examples: Sequence[Drawn] = (),
) -> ModelPackage:
    assert options.window_px % STRIDE_PX == 0
    return write_slicks(
        folder,
        model=model,
        about=options.about,
        classes=options.classes,
        window_px=options.window_px,
        feed=Feed(overlap_px=options.overlap_px, pixel_m=options.pixel_m, least_probability=level),
        figures=figures,
        recipe=recipe,
        examples=examples,
    )
