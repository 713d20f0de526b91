"""Train a detector from pictures with boxes to a package with its figures: one function."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pelagia.core.errors import NothingUsable
from pelagia.learning.card import CardClass
from pelagia.learning.detector import load_detector
from pelagia.learning.detector_styles import DetectorTraits
from pelagia.learning.package import ModelPackage
from pelagia.learning.train.detection.augmentation import draw_view
from pelagia.learning.train.detection.base import detector_width, give_statistics, read_detector_base
from pelagia.learning.train.detection.data import DetectionData, Seen, keep_pictures, read_sample, split_data
from pelagia.learning.train.detection.export import check_detector, detector_to_onnx
from pelagia.learning.train.detection.figures import TILES, draw_figures
from pelagia.learning.train.detection.loop import DetectorRecipe, train_network
from pelagia.learning.train.detection.measure import (
    Figures,
    ask,
    choose_threshold,
    fit_calibration,
    reliability_of,
    seconds_per_window,
    summarise,
)
from pelagia.learning.train.detection.network import DetectorNetwork
from pelagia.learning.train.detection.package import write_detector
from pelagia.learning.train.separation.package import About

PACKAGE, SCRATCH = "package", "unmeasured"
UNMEASURED = 0.3  # score_from, before it is chosen
STATISTICS_OF = 64  # views, for the norms of a base
CHECKED_ON = 4  # windows on which the exported model is compared with the network


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorOptions:
    """What is asked of a training.

    Parameters
    ----------
    about
        Name, version, licence, origin of the data, limits: what only a person can say.
    recipe
        How the network is trained.
    classes
        Cards of the classes, in the order of the data's; by default their names alone.
    gsd_cm
        Ground sampling distance of the pictures at their scale, cm; ``None`` where it is not known.
    long_side_px
        Longer side of whole pictures at their scale, px; ``None`` where they differ.
    heldout
        Share of the boxes that is held out, whole groups; 0 < share < 1.
    heldout_told
        How the held-out pictures were kept apart, for the card.
    window_px
        Side of the windows the detector is fed in a run, a multiple of 32.
    overlap_px
        Ground that neighbouring windows share: no less than a large object.
    threads
        For measuring.
    base
        Folder of a detector trained here to start from; by default ImageNet.
    """

    about: About
    recipe: DetectorRecipe = field(default_factory=DetectorRecipe)
    classes: tuple[CardClass, ...] = ()
    gsd_cm: float | None = None
    long_side_px: int | None = None
    heldout: float = 0.2
    heldout_told: str = "held out by group"
    window_px: int = 640
    overlap_px: int = 128
    threads: int = 1
    base: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A set of pictures that a detector is measured on besides its own held-out ones.

    Parameters
    ----------
    what
        The set, for the card.
    data
        Its pictures; labels in the order of the trained classes.
    classes_count
        Whether a box must also have the right class.
    """

    what: str
    data: DetectionData
    classes_count: bool = True


def _quiet(epoch: int, loss: float) -> None:
    del epoch, loss


def train_detector(
    data: DetectionData,
    options: DetectorOptions,
    folder: Path,
    *,
    heldout: DetectionData | None = None,
    elsewhere: tuple[Elsewhere, ...] = (),
    tell: Callable[[int, float], None] = _quiet,
) -> ModelPackage:
    """Train, measure, and write a package to ``folder/package``.

    Parameters
    ----------
    data
        Pictures with boxes, of two groups at least unless ``heldout`` is given.
    options
        What is asked for.
    folder
        For the pictures at their scale, the checkpoint of each epoch and the package; a training that was stopped
        goes on from there.
    heldout
        Pictures to measure on; by default whole groups are taken out of ``data``.
    elsewhere
        Other sets to measure on.
    tell
        Called with the number and the loss of each epoch that ends.

    Raises
    ------
    NothingUsable
        If there is no box to learn from, or no second group to measure on.
    """
    data, heldout = _parts(data, options, heldout)
    pictures = keep_pictures(data, folder / "pictures")
    network, losses = _train(pictures, data.classes, options, folder, tell)
    model = detector_to_onnx(network)
    difference = check_detector(model, network, _windows(pictures, options.window_px))
    bare = _write(folder / SCRATCH, model, options, data.classes, _traits(options, UNMEASURED, None))
    detector = load_detector(bare.path, threads=options.threads)

    raw = ask(detector, heldout)
    calibration = fit_calibration(raw)
    answers = raw.calibrated(calibration)
    threshold = choose_threshold(answers)
    traits = _traits(options, threshold, calibration)
    figures = [summarise(answers, data.classes, what=options.heldout_told, threshold=threshold)]
    for other in elsewhere:
        found = ask(detector.with_traits(traits), other.data)
        figures.append(
            summarise(found, data.classes, what=other.what, threshold=threshold, classes_count=other.classes_count)
        )
    bins = reliability_of(answers)
    recipe = {
        "trained_on": {"pictures": len(data.samples), "boxes": data.boxes, "groups": len(data.groups)},
        "reliability": bins,
        "seconds_per_window_on_one_core": round(seconds_per_window(detector), 3),
        "training": asdict(options.recipe)
        | {"width": network.shape.width, "losses": [round(loss, 4) for loss in losses]},
        "difference_after_export": round(difference, 5),
    }
    shown = [read_sample(sample).image for sample in heldout.samples[: TILES[0] * TILES[1]]]
    drawn = draw_figures(answers, losses, threshold, bins, shown)
    shutil.rmtree(bare.path)
    return _write(folder / PACKAGE, model, options, data.classes, traits, figures, recipe, drawn)


def train_epoch(
    data: DetectionData, options: DetectorOptions, folder: Path, epoch: int, *, heldout: DetectionData | None = None
) -> float:
    """Train up to one epoch, to go on later, and return its loss; what was trained already is not trained again.

    Parameters
    ----------
    data, options, folder, heldout
        As for :func:`train_detector`, which measures and writes the package once all epochs are trained.
    epoch
        Its number, from 0.
    """
    data, _ = _parts(data, options, heldout)
    pictures = keep_pictures(data, folder / "pictures")
    return _train(pictures, data.classes, options, folder, _quiet, until=epoch + 1)[1][epoch]


def _parts(
    data: DetectionData, options: DetectorOptions, heldout: DetectionData | None
) -> tuple[DetectionData, DetectionData]:
    if heldout is None:
        data, heldout = split_data(data, options.heldout, np.random.default_rng(options.recipe.seed))
    _check(data, heldout)
    return data, heldout


def _train(
    pictures: Sequence[Seen],
    classes: Sequence[str],
    options: DetectorOptions,
    folder: Path,
    tell: Callable[[int, float], None],
    *,
    until: int | None = None,
) -> tuple[DetectorNetwork, list[float]]:
    recipe, base = options.recipe, options.base
    if base is None:
        return train_network(pictures, len(classes), recipe, folder / "training", tell, until=until)

    def start() -> DetectorNetwork:
        network = read_detector_base(base, classes)
        give_statistics(network, _views(pictures, recipe))
        return network

    recipe = replace(recipe, width=detector_width(base))
    return train_network(pictures, len(classes), recipe, folder / "training", tell, start=start, until=until)


def _views(pictures: Sequence[Seen], recipe: DetectorRecipe) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield a few batches of what a training will look at."""
    rng = np.random.default_rng(recipe.seed)
    for _ in range(STATISTICS_OF // recipe.batch + 1):
        views = [
            draw_view(lambda: pictures[int(rng.integers(len(pictures)))], recipe.side_px, recipe.changes, rng)
            for _ in range(recipe.batch)
        ]
        yield np.stack([view.image for view in views])


def _check(data: DetectionData, heldout: DetectionData) -> None:
    if not data.boxes or not heldout.boxes:
        raise NothingUsable(
            "there are no boxes to learn from, or none to measure on",
            value=f"{data.boxes} and {heldout.boxes} boxes",
            remedy="Draw boxes on pictures of two groups (flights, beaches, days) at least.",
        )
    shared = sorted(set(data.groups) & set(heldout.groups))
    if shared:
        raise NothingUsable(
            "pictures of one group are both trained and measured on",
            value=shared[0],
            remedy="Hold out whole groups.",
        )


def _traits(options: DetectorOptions, score_from: float, calibration: tuple[float, float] | None) -> DetectorTraits:
    return DetectorTraits(
        style="centre",
        score_from=score_from,
        gsd_cm=options.gsd_cm,
        long_side_px=options.long_side_px,
        overlap_px=options.overlap_px,
        calibration=calibration,
    )


def _windows(pictures: Sequence[Seen], side: int) -> npt.NDArray[np.uint8]:
    """Return a few pictures, each laid into a window."""
    windows = np.full((min(CHECKED_ON, len(pictures)), side, side, 3), 127, np.uint8)
    for window, seen in zip(windows, pictures, strict=False):
        part = seen.image[:side, :side]
        window[: part.shape[0], : part.shape[1]] = part
    return windows


def _write(
    folder: Path,
    model: bytes,
    options: DetectorOptions,
    classes: Sequence[str],
    traits: DetectorTraits,
    figures: Sequence[Figures] = (),
    recipe: Mapping[str, Any] | None = None,
    drawn: Mapping[str, bytes] | None = None,
) -> ModelPackage:
    return write_detector(
        folder,
        model=model,
        about=options.about,
        classes=options.classes or classes,
        window_px=options.window_px,
        traits=traits,
        figures=figures,
        recipe=recipe or {},
        drawn=drawn,
    )
