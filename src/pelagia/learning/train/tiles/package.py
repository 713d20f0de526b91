"""The package of a model of tile classes: its card with held-out figures, its page, its pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pelagia.core.ground import TILE_CLASSES
from pelagia.learning.card import CardClass, CardInput, DataOrigin, ModelCard, Scores
from pelagia.learning.package import Heldout, ModelPackage, write_package
from pelagia.learning.tile_classes import TASK, Ground, probabilities, tile_logits
from pelagia.learning.train.figures import draw_confusion, draw_reliability
from pelagia.learning.train.measured import Measured, measure_heldout
from pelagia.learning.train.tiles.data import LITTER, UNKNOWN, Bytes, Floats, TileData
from pelagia.learning.train.tiles.network import TILE_PX

GSD_CM = 0.4
GROUND = Ground(gsd_cm=GSD_CM, tile_px=TILE_PX)
CHECKED = "checked_on"
SHOWN, SHOWN_PX = (2, 6), 112
COLOURS = {
    "litter high": (228, 87, 46),
    "litter low": (250, 170, 70),
    "organic debris": (120, 82, 45),
    "water": (60, 120, 200),
    "sand": (226, 204, 150),
    "vegetation": (70, 150, 60),
    "stones": (150, 150, 150),
    "other": (120, 60, 140),
}
REMARKS = {
    "litter high": "much of the tile is litter, or there are several pieces",
    "litter low": "a piece or two",
    "organic debris": "wood, reed, seaweed, leaves",
    "other": "concrete, asphalt, roofs, boats, people, the landing pad",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a person says of a model; see :class:`pelagia.learning.card.ModelCard`."""

    name: str
    version: str
    title: str
    created: date
    licence: str
    intended_use: str
    limits: str
    data: tuple[DataOrigin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LitterCheck:
    """How well the probability of litter tells tiles with litter from those without.

    Parameters
    ----------
    auc
        Area under the ROC curve, 0 to 1: how often a tile with litter gets the higher probability.
    low, high
        Its 95 % interval, whole groups drawn again and again.
    tiles, littered, groups
        How many tiles, with litter, groups of pictures.
    remark
        On which pictures, and how.
    """

    auc: float
    low: float
    high: float
    tiles: int
    littered: int
    groups: int
    remark: str


def area_under_curve(probability: Floats, is_litter: np.ndarray[Any, np.dtype[np.bool_]]) -> float:
    """Return the area under the ROC curve, 0 to 1; ties count half; NaN where one kind is missing."""
    positive, negative = int(is_litter.sum()), int((~is_litter).sum())
    if not positive or not negative:
        return float("nan")
    _, inverse, counts = np.unique(probability, return_inverse=True, return_counts=True)
    rank = np.cumsum(counts) - (counts - 1) / 2
    return float((rank[inverse][is_litter].sum() - positive * (positive + 1) / 2) / (positive * negative))


def check_litter(
    probability: Floats,
    is_litter: np.ndarray[Any, np.dtype[np.bool_]],
    groups: Sequence[str],
    remark: str,
    rng: np.random.Generator,
    draws: int = 200,
) -> LitterCheck | None:
    """Measure how well litter is told from the rest; ``None`` where there is only one of both.

    Parameters
    ----------
    probability
        (N,) of litter, high and low together.
    is_litter
        (N,) bool.
    groups
        (N,) tiles that belong together.
    remark
        On which pictures, and how.
    rng
        For the bootstrap.
    draws
        How often groups are drawn.
    """
    names, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    rows = [np.flatnonzero(member == number) for number in range(len(names))]
    value = area_under_curve(probability, is_litter)
    if np.isnan(value):
        return None
    values = [value]
    for _ in range(draws):
        drawn = np.concatenate([rows[i] for i in rng.integers(0, len(names), len(names))])
        values.append(area_under_curve(probability[drawn], is_litter[drawn]))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return LitterCheck(
        auc=value,
        low=min(float(low), value),
        high=max(float(high), value),
        tiles=len(probability),
        littered=int(is_litter.sum()),
        groups=len(names),
        remark=remark,
    )


def heldout_tiles(data: TileData, logits: Floats) -> Heldout:
    """Return the tiles whose class is known, with their logits.

    Parameters
    ----------
    data
        Squares that were held out.
    logits
        (N, G, G, C) of their overlapping tiles.
    """
    _, known = data.tiles()
    square, row, col = np.nonzero(known != UNKNOWN)
    return Heldout(
        true_class=[TILE_CLASSES[known[at]] for at in zip(square, row, col, strict=True)],
        group=[data.groups[i] for i in square],
        logits=tile_logits(logits)[square, row, col],
        path=[f"{i}/{r}/{c}" for i, r, c in zip(square, row, col, strict=True)],
    )


def litter_tiles(
    data: TileData, logits: Floats, temperature: float
) -> tuple[Floats, np.ndarray[Any, np.dtype[np.bool_]], list[str]]:
    """Return probability of litter, whether it is litter and group of the tiles of which that is known."""
    own, _ = data.tiles()
    litter = np.array([name in LITTER for name in TILE_CLASSES])
    may = np.asarray(own[..., litter].any(axis=-1))
    may_not = np.asarray(own[..., ~litter].any(axis=-1))
    square, row, col = np.nonzero(may != may_not)
    chance = probabilities(tile_logits(logits), temperature)[..., litter].sum(axis=-1)
    return chance[square, row, col], may[square, row, col], [data.groups[i] for i in square]


def measure_tiles(heldout: Heldout, *, split: str, n_train: int, rng: np.random.Generator) -> Measured:
    """Return figures and calibration of the tiles whose class is known.

    Parameters
    ----------
    heldout
        Of :func:`heldout_tiles`.
    split
        How they were held out, in words.
    n_train
        How many tiles were trained on.
    rng
        For the bootstrap.
    """
    return measure_heldout(heldout, TILE_CLASSES, target_error=0.1, split=split, n_train=n_train, rng=rng)


def write_tile_package(
    folder: Path,
    *,
    model: bytes,
    about: About,
    measured: Measured | None,
    heldout: Heldout | None,
    checks: Mapping[str, LitterCheck | None],
    recipe: Mapping[str, Any],
    examples: bytes,
) -> ModelPackage:
    """Write the package.

    Parameters
    ----------
    folder
        Where it shall stand.
    model
        The ONNX file.
    about
        What a person says of it.
    measured, heldout
        The figures and the tiles they are from; ``None`` where no tile of a known class was held out.
    checks
        Set of pictures → how well litter was told there; ``None`` where that was not measured.
    recipe
        How it was trained.
    examples
        A PNG of :func:`draw_examples`.
    """
    figures = {"examples.png": examples}
    if measured is not None:
        figures["confusion.png"] = draw_confusion(
            np.asarray(measured.scores.confusion), TILE_CLASSES, truth="true class"
        )
        figures["reliability.png"] = draw_reliability(measured)
    card = ModelCard(
        name=about.name,
        version=about.version,
        title=about.title,
        task=TASK,
        instrument="Drone",
        created=about.created,
        classes=tuple(CardClass(name=name, is_organism=False, remark=REMARKS.get(name, "")) for name in TILE_CLASSES),
        input=CardInput(size_px=GROUND.tile_px),
        calibration=None if measured is None else measured.calibration,
        scores=None if measured is None else measured.scores,
        data=about.data,
        licence=about.licence,
        intended_use=about.intended_use,
        limits=about.limits,
        recipe={
            "ground": asdict(GROUND),
            CHECKED: {name: asdict(check) for name, check in checks.items() if check is not None},
            "training": dict(recipe),
        },
        sha256=sha256(model).hexdigest(),
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    return write_package(folder, model=model, card=card, page=render_page(card), heldout=heldout, figures=figures)


def render_page(card: ModelCard) -> str:
    """Return the text of ``card.md`` (Markdown); it says nothing that ``card.json`` does not hold.

    Parameters
    ----------
    card
        Of a model of tile classes.
    """
    parts = (
        [f"# {card.title}", "", f"`{card.reference}` · {card.instrument} · {card.created.isoformat()}", ""],
        [f"Licence: {card.licence}. SHA-256 of model.onnx: `{card.sha256}`.", ""],
        ["## Intended use", "", card.intended_use or "Not stated.", ""],
        ["## Limits", "", card.limits or "Not stated.", ""],
        ["## Litter or no litter", "", *_checks(card.recipe[CHECKED]), ""],
        ["## All classes", "", *_scores(card.scores), ""],
        ["![Squares of the ground with the classes of their tiles](figures/examples.png)", ""],
        ["## What it takes and gives", "", *_shapes(card), ""],
        ["## Trained on", "", *(_origin(data) for data in card.data), ""],
        ["## Recipe", "", *(f"- {key}: {value}" for key, value in card.recipe["training"].items())],
    )
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _checks(checks: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if not checks:
        yield "Not measured."
        return
    yield "| pictures | AUC | 95 % interval | tiles | with litter | remark |"
    yield "|---|---|---|---|---|---|"
    for name, check in checks.items():
        yield (
            f"| {name} | {check['auc']:.3f} | {check['low']:.3f} to {check['high']:.3f} | {check['tiles']:,} | "
            f"{check['littered']:,} | {check['remark']} |"
        )
    yield ""
    yield (
        "AUC: how often a tile with litter gets a higher probability of litter (high and low together) than one "
        "without. The intervals draw whole groups of pictures again and again."
    )


def _scores(scores: Scores | None) -> Iterator[str]:
    if scores is None:
        yield "Not measured: no tile of a known class was held out."
        return
    yield f"Measured on {scores.n_heldout:,} tiles that were held out: {scores.split}"
    yield ""
    yield "| figure | value | 95 % interval |"
    yield "|---|---|---|"
    for name, figure in (("accuracy", scores.accuracy), ("mean F1 of the classes", scores.macro_f1)):
        yield f"| {name} | {figure.value:.3f} | {figure.low:.3f} to {figure.high:.3f} |"
    yield ""
    yield f"Trained on {scores.n_train:,} tiles."
    yield ""
    yield "| class | precision | recall | F1 | tiles |"
    yield "|---|---|---|---|---|"
    for one in scores.per_class:
        told = ("–" if value is None else f"{value:.3f}" for value in (one.precision, one.recall, one.f1))
        yield f"| {one.name} | {' | '.join(told)} | {one.n_heldout:,} |"


def _shapes(card: ModelCard) -> Iterator[str]:
    ground = Ground(**card.recipe["ground"])
    side_cm = ground.tile_px * ground.gsd_cm
    yield (
        f"RGB of any size at {ground.gsd_cm:g} cm a pixel; answered with the classes of tiles of {side_cm:g} cm that "
        "overlap by half. The value of a tile is the mean over those that overlap it, by how much of it they cover."
    )
    if card.calibration is not None:
        fit = card.calibration
        yield (
            f"Calibrated by one temperature, {fit.temperature:.3f}, fitted on {fit.n:,} tiles that were held out; "
            f"expected calibration error {fit.ece_before:.3f} before, {fit.ece_after:.3f} after. It holds for pictures "
            "like those."
        )
    else:
        yield "Its probabilities are not calibrated."


def _origin(data: DataOrigin) -> str:
    return f"- {data.name}, {data.n_images:,} squares. {data.citation} {data.licence}. {data.url}".rstrip()


def draw_examples(images: Bytes, logits: Floats) -> bytes:
    """Return a PNG of squares, each above itself with a frame in the colour of the class around every tile.

    Parameters
    ----------
    images
        (N, S, S, 3); the first few are shown.
    logits
        (N, G, G, C) of their overlapping tiles.
    """
    rows, cols = SHOWN
    named = tile_logits(logits[: rows * cols]).argmax(axis=-1)
    shown = [_framed(image, classes) for image, classes in zip(images, named, strict=False)]
    shown += [np.full_like(shown[0], 255)] * (rows * cols - len(shown))
    sheet = np.vstack([np.hstack(shown[row * cols : (row + 1) * cols]) for row in range(rows)])
    return bytes(cv2.imencode(".png", _legend(sheet)[..., ::-1])[1])


def _framed(image: Bytes, classes: np.ndarray[Any, np.dtype[np.int64]]) -> Bytes:
    plain = cv2.resize(image, (SHOWN_PX, SHOWN_PX), interpolation=cv2.INTER_AREA)
    framed = plain.copy()
    step = SHOWN_PX // len(classes)
    for (row, col), number in np.ndenumerate(classes):
        corners = (col * step + 2, row * step + 2), ((col + 1) * step - 3, (row + 1) * step - 3)
        cv2.rectangle(framed, *corners, COLOURS[TILE_CLASSES[number]], 2)
    return np.pad(np.vstack([plain, framed]), ((3, 3), (3, 3), (0, 0)), constant_values=255)


def _legend(sheet: Bytes) -> Bytes:
    strip = np.full((28, sheet.shape[1], 3), 255, np.uint8)
    left = 8
    for name, colour in COLOURS.items():
        cv2.rectangle(strip, (left, 8), (left + 12, 20), colour, -1)
        cv2.putText(strip, name, (left + 16, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (11, 34, 57), 1, cv2.LINE_AA)
        (wide, _), _ = cv2.getTextSize(name, cv2.FONT_HERSHEY_SIMPLEX, 0.38, 1)
        left += 30 + wide
    return np.vstack([sheet, strip])
