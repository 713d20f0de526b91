"""The package of a model of slicks: its card with the overlaps and the floor's, its page, a picture of what it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.learning.card import CardClass, CardInput, DataOrigin, ModelCard
from pelagia.learning.package import ModelPackage, write_package
from pelagia.learning.slick_segmenter import TASK, Feed
from pelagia.learning.train.separation.package import About
from pelagia.learning.train.slicks.fields import Bools, Floats
from pelagia.learning.train.slicks.measure import Merit
from pelagia.learning.train.slicks.scenes import OIL, Labels

FEED, FIGURES, TRAINING = "feed", "figures", "training"
MODEL, FLOOR, DETECTOR = "this model", "plain Otsu's threshold", "the detector dark-spots"
UNLEARNED = (FLOOR, DETECTOR)
TILE_PX, TILES = 192, (3, 6)
DRAWN_COLOUR, FOUND_COLOUR = (255, 255, 255), (0, 120, 255)  # blue, green, red
HEAD = ("measured on", "by", "pictures", "scenes", "IoU of oil", "mean IoU", "precision", "recall", "look-alikes")

Drawn = tuple[Floats, Labels, Bools]


def write_slicks(
    folder: Path,
    *,
    model: bytes,
    about: About,
    classes: Sequence[CardClass],
    window_px: int,
    feed: Feed,
    figures: Mapping[str, Mapping[str, Merit]],
    recipe: Mapping[str, Any],
    examples: Sequence[Drawn] = (),
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
    classes
        Of its maps, in order.
    window_px
        Side of the windows it is fed, px.
    feed
        How it is fed.
    figures
        What was measured on → by what → the figures.
    recipe
        How it was trained; ``training`` holds what a training that starts from it has to know.
    examples
        Pictures with what was drawn and what was found, for ``examples.png``.
    """
    card = ModelCard(
        name=about.name,
        version=about.version,
        title=about.title,
        task=TASK,
        instrument=about.instrument,
        created=about.created,
        classes=tuple(classes),
        input=CardInput(size_px=window_px),
        data=about.data,
        licence=about.licence,
        intended_use=about.intended_use,
        limits=about.limits,
        recipe={
            FEED: asdict(feed),
            FIGURES: [
                {"set": one, "by": way, **_rounded(asdict(merit))}
                for one, ways in figures.items()
                for way, merit in ways.items()
            ],
            **recipe,
        },
        sha256=sha256(model).hexdigest(),
    )
    drawn = {"examples.png": draw_examples(examples)} if examples else {}
    folder.parent.mkdir(parents=True, exist_ok=True)
    return write_package(folder, model=model, card=card, page=render_page(card, drawn), figures=drawn)


def render_page(card: ModelCard, drawn: Mapping[str, bytes]) -> str:
    """Return the text of ``card.md`` (Markdown); it says nothing that ``card.json`` does not hold.

    Parameters
    ----------
    card
        Of a model of slicks.
    drawn
        The pictures of the package.
    """
    rest = {key: value for key, value in card.recipe.items() if key not in (FEED, FIGURES)}
    parts = (
        [f"# {card.title}", "", f"`{card.reference}` · {card.instrument} · {card.created.isoformat()}", ""],
        [f"Licence: {card.licence}. SHA-256 of model.onnx: `{card.sha256}`.", ""],
        ["## Intended use", "", card.intended_use or "Not stated.", ""],
        ["## Limits", "", card.limits or "Not stated.", ""],
        ["## How good it is", "", *_figures(card), ""],
        [f"![Oil as drawn (white) and as found (orange)](figures/{name})" for name in drawn],
        ["", "## What it takes and gives", "", *_shapes(card), ""],
        ["## Trained on", "", *(_origin(data) for data in card.data), ""],
        ["## Recipe", "", *(f"- {key}: {value}" for key, value in rest.items())],
    )
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def verdicts(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield for every set whether the model outlines oil better than what learned nothing, and which detector to use.

    Parameters
    ----------
    figures
        Of the card's recipe.
    """
    by = {(one["set"], one["by"]): one for one in figures}
    for (what, way), own in by.items():
        others = [by[what, one]["iou"] for one in UNLEARNED if (what, one) in by]
        if way != MODEL or not others or own["iou"] is None or None in others:
            continue
        pair = f"{own['iou']:.3f} against {max(others):.3f}"
        if own["iou"] > max(others):
            yield f"{what}: better than dark spots ({pair}); use `detector = network`."
        else:
            yield f"{what}: **no better than dark spots** ({pair}); use `detector = dark-spots`."


def draw_examples(examples: Sequence[Drawn]) -> bytes:
    """Return a PNG of pictures: what was drawn outlined in white, what was found in orange.

    Parameters
    ----------
    examples
        The first few are shown.
    """
    tiles = [_tile(*one) for one in examples[: TILES[0] * TILES[1]]]
    columns = min(TILES[1], len(tiles))
    tiles += [np.full((TILE_PX, TILE_PX, 3), 255, np.uint8)] * (-len(tiles) % columns)
    sheet = np.vstack([np.hstack(tiles[first : first + columns]) for first in range(0, len(tiles), columns)])
    return bytes(cv2.imencode(".png", sheet)[1])


def _tile(picture: Floats, labels: Labels, found: Bools) -> npt.NDArray[np.uint8]:
    known = picture[np.isfinite(picture)]
    low, high = np.percentile(known, (1, 99)) if known.size else (0.0, 1.0)
    grey = np.clip((np.nan_to_num(picture, nan=low) - low) / max(float(high - low), 1e-6), 0, 1) * 255
    scale = TILE_PX / max(grey.shape)
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    small = cv2.resize(grey.astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    tile = np.full((TILE_PX, TILE_PX, 3), 255, np.uint8)
    tile[: size[1], : size[0]] = small[..., None]
    for mask, colour in ((labels == OIL, DRAWN_COLOUR), (found, FOUND_COLOUR)):
        own = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        outlines, _ = cv2.findContours(own, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(tile, outlines, -1, colour, 1)
    return tile


def _figures(card: ModelCard) -> Iterator[str]:
    figures = card.recipe[FIGURES]
    if not figures:
        yield "No held-out figures are known. Look at what it finds before anything is decided by it."
        return
    yield "| " + " | ".join(HEAD) + " |"
    yield "|---" * len(HEAD) + "|"
    for one in figures:
        yield "| " + " | ".join(_cells(one)) + " |"
    yield ""
    yield (
        "IoU: pixels found and drawn by pixels found or drawn, over the set, with its 95 % interval over scenes; look-"
        "alikes: share of the pixels of look-alikes that are taken for oil. Pixels are oil from a probability of "
        f"{card.recipe[FEED]['least_probability']:g} on. Plain Otsu's threshold: darker part of the smoothed picture. "
        "The detector dark-spots: what a run does without a model."
    )
    yield ""
    yield from (f"- {line}" for line in verdicts(figures))


def _cells(one: Mapping[str, Any]) -> Iterator[str]:
    yield str(one["set"])
    yield str(one["by"])
    yield f"{one['pictures']:,}"
    yield f"{one['groups']:,}"
    yield f"{_share(one['iou'])} ({_share(one['iou_low'])} to {_share(one['iou_high'])})"
    for key in ("mean_iou", "precision", "recall", "look_alikes_found"):
        yield _share(one[key])


def _shapes(card: ModelCard) -> Iterator[str]:
    feed, side = card.recipe[FEED], card.input.size_px
    yield (
        f"One band of any size, dB or grey values, with pixels of about {feed['pixel_m']:g} m (a factor of three more "
        f"or less serves); looked at in windows of {side} × {side} pixels that share {feed['overlap_px']}. It is "
        "measured against its own median and spread, so that the unit does not matter; a picture that is all oil has "
        "nothing to be darker than. Answered with the probability of each pixel, not calibrated on real scenes:"
    )
    yield ""
    for one in card.classes:
        yield f"- {one.name}{': ' if one.remark else ''}{one.remark}"


def _origin(data: DataOrigin) -> str:
    count = f", {data.n_images:,} pictures" if data.n_images else ""
    parts = (f"{data.name}{count}", data.citation, data.licence, data.url)
    return "- " + ". ".join(part.rstrip(".") for part in parts if part)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _rounded(merit: Mapping[str, Any]) -> dict[str, Any]:
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in merit.items()}
