"""The pictures on a detector's card: precision against recall, reliability, loss, and what it finds."""

from __future__ import annotations

import io
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from pelagia.learning.boxes import Boxes
from pelagia.learning.train.detection.measure import Answers
from pelagia.learning.train.figures import BLUE, DPI, GREY, ORANGE

TRUE_COLOUR, FOUND_COLOUR = (255, 255, 255), (255, 120, 0)  # red, green, blue
TILE_PX, TILES = 220, (3, 6)


def draw_figures(
    answers: Answers,
    losses: Sequence[float],
    threshold: float,
    bins: Sequence[dict[str, float]],
    pictures: Sequence[npt.NDArray[np.uint8]],
) -> dict[str, bytes]:
    """Draw the pictures of a training.

    Parameters
    ----------
    answers
        On the held-out pictures.
    losses
        Of the epochs.
    threshold
        The score from which boxes are shown.
    bins
        Of the reliability.
    pictures
        The first held-out pictures, in the order of ``answers``.

    Returns
    -------
    dict
        File name → PNG.
    """
    return {
        "curves.png": _curves(answers, losses, threshold, bins),
        "examples.png": draw_examples(pictures, answers.true, answers.found, threshold),
    }


def _curves(answers: Answers, losses: Sequence[float], threshold: float, bins: Sequence[dict[str, float]]) -> bytes:
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    matches = answers.matches(classes_count=False)
    hits = np.cumsum(matches.hits[0])
    recall = hits / max(1, len(matches.true_labels))
    left.plot(recall, hits / np.arange(1, len(hits) + 1), color=BLUE)
    place = int((matches.scores >= threshold).sum()) - 1
    if place >= 0:
        left.plot(recall[place], hits[place] / (place + 1), "o", color=ORANGE, label=f"score ≥ {threshold:.2f}")
        left.legend(frameon=False)
    left.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title="Held-out pictures, any class")
    middle.plot([0, 1], [0, 1], "--", color=GREY)
    middle.plot([b["score"] for b in bins], [b["true"] for b in bins], "o-", color=BLUE)
    middle.set(xlabel="mean score", ylabel="share that is true", xlim=(0, 1), ylim=(0, 1.02), title="Reliability")
    right.plot(np.arange(1, len(losses) + 1), losses, color=GREY)
    right.set(xlabel="epoch", ylabel="loss", ylim=(0, None), title="Training (with changes)")
    for axes in (left, middle, right):
        axes.grid(alpha=0.3)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def draw_examples(
    pictures: Sequence[npt.NDArray[np.uint8]], true: Sequence[Boxes], found: Sequence[Boxes], threshold: float
) -> bytes:
    """Return a PNG of pictures with the true boxes in white and those that were found in orange.

    Parameters
    ----------
    pictures
        (H, W, 3) uint8 RGB.
    true, found
        Of each.
    threshold
        Least score of a box that is shown.
    """
    rows, cols = TILES
    tiles = [
        _tile(picture, truth, some.take(some.scores >= threshold))
        for picture, truth, some in zip(pictures, true, found, strict=False)
    ][: rows * cols]
    tiles += [np.full((TILE_PX, TILE_PX, 3), 255, np.uint8)] * (rows * cols - len(tiles))
    sheet = np.vstack([np.hstack(tiles[row * cols : (row + 1) * cols]) for row in range(rows)])
    return bytes(cv2.imencode(".png", sheet[..., ::-1])[1])


def _tile(picture: npt.NDArray[np.uint8], true: Boxes, found: Boxes) -> npt.NDArray[np.uint8]:
    scale = (TILE_PX - 4) / max(picture.shape[:2])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = np.array(cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_AREA), np.uint8)
    for boxes, colour in ((true, TRUE_COLOUR), (found, FOUND_COLOUR)):
        for top, left, bottom, right in np.rint(boxes.edges * scale).astype(int).tolist():
            cv2.rectangle(small, (left, top), (right, bottom), colour, 1)
    tile = np.full((TILE_PX, TILE_PX, 3), 255, np.uint8)
    tile[2 : 2 + small.shape[0], 2 : 2 + small.shape[1]] = small
    return tile
