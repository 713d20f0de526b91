"""The package of a separation model: its card with the figures of merit, its page, a picture of what it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.imaging.cuts import Cut, line_mask
from pelagia.learning.card import CardClass, CardInput, DataOrigin, ModelCard
from pelagia.learning.package import ModelPackage, write_package
from pelagia.learning.segment import TASK, Rule
from pelagia.learning.train.separation.measure import Merit
from pelagia.learning.train.separation.merges import Merge

MERIT = "figure_of_merit"
MAPS = (
    CardClass(name="contact", is_organism=False, remark="map: how likely two organisms meet here"),
    CardClass(name="core", is_organism=False, remark="map: depth within an organism by its greatest depth"),
)
TILE_PX, TILES = 150, (4, 8)
TINTS = ((235, 235, 215), (215, 235, 235), (235, 215, 235), (215, 215, 235))
RED = (0, 0, 255)  # blue, green, red
COLUMNS: Mapping[str, str] = {
    "count_error": "mean error of the count",
    "right_count": "right count",
    "matched": "organisms matched (IoU ≥ 0.5)",
    "matched_iou": "mean IoU of these",
    "quality": "panoptic quality",
    "singles_cut": "singles cut",
    "whole_merges": "merges left whole",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a person says of a model; see :class:`pelagia.learning.card.ModelCard`."""

    name: str
    version: str
    title: str
    instrument: str
    created: date
    licence: str
    intended_use: str
    limits: str
    data: tuple[DataOrigin, ...]


def write_separator(
    folder: Path,
    *,
    model: bytes,
    about: About,
    size_px: int,
    rule: Rule,
    merits: Mapping[str, Merit],
    measured_on: str,
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
    size_px
        Side of the square it is fed, px.
    rule
        How its maps become parts.
    merits
        What was measured → its figures; the model itself first.
    measured_on
        How the merges it was measured on were made and kept apart.
    recipe
        How it was trained.
    examples
        A PNG of :func:`draw_examples`.
    """
    card = ModelCard(
        name=about.name,
        version=about.version,
        title=about.title,
        task=TASK,
        instrument=about.instrument,
        created=about.created,
        classes=MAPS,
        input=CardInput(size_px=size_px),
        data=about.data,
        licence=about.licence,
        intended_use=about.intended_use,
        limits=about.limits,
        recipe={
            "rule": asdict(rule),
            MERIT: {name: asdict(merit) for name, merit in merits.items()},
            "measured_on": measured_on,
            "training": dict(recipe),
        },
        sha256=sha256(model).hexdigest(),
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    return write_package(folder, model=model, card=card, page=render_page(card), figures={"examples.png": examples})


def render_page(card: ModelCard) -> str:
    """Return the text of ``card.md`` (Markdown); it says nothing that ``card.json`` does not hold.

    Parameters
    ----------
    card
        Of a separation model.
    """
    parts = (
        [f"# {card.title}", "", f"`{card.reference}` · {card.instrument} · {card.created.isoformat()}", ""],
        [f"Licence: {card.licence}. SHA-256 of model.onnx: `{card.sha256}`.", ""],
        ["## Intended use", "", card.intended_use, ""],
        ["## Limits", "", card.limits, ""],
        ["## How good it is", "", str(card.recipe["measured_on"]), "", *_merits(card.recipe[MERIT]), ""],
        ["![Held-out merges with the lines of the model](figures/examples.png)", ""],
        ["## What it takes and gives", "", *_shapes(card), ""],
        ["## Trained on", "", *(_origin(data) for data in card.data), ""],
        ["## Recipe", "", *(f"- {key}: {value}" for key, value in card.recipe["training"].items())],
    )
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _merits(merits: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    first = next(iter(merits.values()))
    yield f"{first['merges']:,} objects of {first['organisms']:,} organisms."
    yield ""
    yield "| | " + " | ".join(COLUMNS.values()) + " |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for name, merit in merits.items():
        cells = [f"{merit[key]:.3f}" for key in COLUMNS]
        cells[list(COLUMNS).index("quality")] += f" ({merit['quality_low']:.3f} to {merit['quality_high']:.3f})"
        yield f"| {name} | " + " | ".join(cells) + " |"
    yield ""
    yield (
        "Lines are drawn 3 px wide and objects segmented again, as in a run. Panoptic quality: the sum of the IoU of "
        "the matches by the mean of organisms and parts, averaged over objects, with its 95 % interval over objects. "
        "Pixels that two organisms share are left out of the comparison."
    )


def _shapes(card: ModelCard) -> Iterator[str]:
    side = card.input.size_px
    yield (
        f"The object alone on white and its mask, scaled to fit {side} × {side} pixels; answered with two maps of "
        f"{side // 2} × {side // 2}:"
    )
    yield ""
    for one in card.classes:
        yield f"- {one.name}: {one.remark}"
    yield ""
    rule = card.recipe["rule"]
    yield (
        "The maps are hills (core, less where there is a contact) that become parts by these numbers, chosen on merges "
        f"of organisms that were neither trained nor measured on: {', '.join(f'{k} {v:g}' for k, v in rule.items())}. "
        "The score of a line is the mean contact along it; it ranks lines, it is not calibrated."
    )


def _origin(data: DataOrigin) -> str:
    return f"- {data.name}, {data.n_images:,} organisms. {data.citation} {data.licence}. {data.url}"


def draw_examples(merges: Sequence[Merge], cuts: Sequence[Sequence[Cut]]) -> bytes:
    """Return a PNG of merges: organisms tinted by the truth, lines of the model in red.

    Parameters
    ----------
    merges
        The first few are shown.
    cuts
        The cuts of each.
    """
    tiles = [_tile(merge, lines) for merge, lines in zip(merges, cuts, strict=True)][: TILES[0] * TILES[1]]
    tiles += [np.full((TILE_PX, TILE_PX, 3), 255, np.uint8)] * (TILES[0] * TILES[1] - len(tiles))
    sheet = np.vstack([np.hstack(tiles[row : row + TILES[1]]) for row in range(0, len(tiles), TILES[1])])
    return bytes(cv2.imencode(".png", sheet)[1])


def _tile(merge: Merge, cuts: Sequence[Cut]) -> npt.NDArray[np.uint8]:
    region, parts = merge.region, merge.parts()
    tint = np.array(((255, 255, 255), *TINTS), np.float32)[parts]
    colour = (np.where(region.filled, region.grey, 255)[..., None].astype(np.float32) / 255 * tint).astype(np.uint8)
    colour[line_mask(region, cuts)] = RED
    scale = (TILE_PX - 10) / max(region.height, region.width)
    size = max(1, round(region.width * scale)), max(1, round(region.height * scale))
    small = cv2.resize(colour, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    tile = np.full((TILE_PX, TILE_PX, 3), 255, np.uint8)
    tile[5 : 5 + small.shape[0], 5 : 5 + small.shape[1]] = small
    return tile
