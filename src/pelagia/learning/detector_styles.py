"""From the tensors of a detector's graph to boxes: the ways in which detectors answer.

``centre``: maps of middles and edges, as Pelagia trains them. ``yolo``: one tensor (N, 4 + C, M), as ultralytics
exports from version 8 on, or (N, M, 6) where its export merges boxes itself. ``yolov5``: (N, M, 5 + C), the fifth
column says how likely there is anything at all. ``detr``: logits (N, M, C) and boxes (N, M, 4), as DETR, RT-DETR,
D-FINE and RF-DETR export, or one tensor (N, M, 4 + C), as ultralytics exports RT-DETR. ``torchvision``: boxes (M, 4),
labels (M) and scores (M) of one picture, M as many as it finds; the deployments of RT-DETR and D-FINE answer so too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from pelagia.core.errors import BadInput
from pelagia.learning.boxes import Boxes, keep_best
from pelagia.learning.card import CardPart

Floats = npt.NDArray[np.float32]
Style = Literal["centre", "yolo", "yolov5", "detr", "torchvision"]
Shape = tuple[int, int]

CELL_PX = 4
MOST_BOXES = 500  # of a window
MERGED_COLUMNS = 6  # left, top, right, bottom, score, class


class DetectorTraits(CardPart):
    """How a detector is fed and answers; kept in the card's recipe as ``detector``.

    Parameters
    ----------
    style
        Which tensors it answers with; see this module.
    score_from
        Least score of a box, where nothing else is asked for, 0 to 1.
    gsd_cm
        Ground sampling distance of the pictures it was trained on, cm; ``None`` where any will do.
    long_side_px
        Longer side that whole pictures had when it was trained, px: frames of a camera are brought to it; ``None``
        where any will do.
    overlap_px
        Ground that neighbouring windows share, px: no less than a large object.
    merge_from
        A box is dropped that a better one of its class overlaps by more (IoU).
    mean_rgb, divisor_rgb, bands
        What is done to pixels of 0 to 255 before a graph that takes floats: minus the mean, by the divisor; the order
        of the bands it takes.
    activation
        ``detr`` only: what makes its logits scores; ``softmax`` takes the last column for "nothing", ``none`` leaves
        them: they are scores already.
    first_class
        ``detr``: how many columns stand before that of the first class. ``torchvision``: label of the first class, by
        default 1, since 0 is the background of Faster R-CNN and SSD; RetinaNet, FCOS, RT-DETR and D-FINE begin at 0.
    calibration
        Slope and offset by which the logit of a raw score becomes that of a score which says how often it is right.
    """

    style: Style
    score_from: float = Field(ge=0, le=1)
    gsd_cm: float | None = Field(default=None, gt=0)
    long_side_px: int | None = Field(default=None, ge=32, le=16_384)
    overlap_px: int = Field(default=128, ge=0)
    merge_from: float = Field(default=0.5, gt=0, le=1)
    mean_rgb: tuple[float, float, float] = (0.0, 0.0, 0.0)
    divisor_rgb: tuple[float, float, float] = (255.0, 255.0, 255.0)
    bands: Literal["rgb", "bgr"] = "rgb"
    activation: Literal["sigmoid", "softmax", "none"] = "sigmoid"
    first_class: int = Field(default=0, ge=0)
    calibration: tuple[float, float] | None = None

    @model_validator(mode="before")
    @classmethod
    def _background_first(cls, told: Any) -> Any:
        if isinstance(told, dict) and told.get("style") == "torchvision":
            return {"first_class": 1} | told
        return told


def decode(
    outputs: Sequence[npt.NDArray[Any]], traits: DetectorTraits, *, classes: int, shape_px: Shape, score_from: float
) -> list[Boxes]:
    """Return the boxes of each window of a batch.

    Parameters
    ----------
    outputs
        What the graph gave, in its order.
    traits
        How it answers.
    classes
        Number of classes, C.
    shape_px
        Height and width of the window, px.
    score_from
        Least raw score.

    Raises
    ------
    BadInput
        If the tensors are not those of the style.
    """
    if traits.style == "torchvision":
        found = [_torchvision(outputs, traits, classes, score_from)]
    else:
        read = {"centre": _centre, "yolo": _yolo, "yolov5": _yolov5, "detr": _detr}[traits.style]
        floats = [np.asarray(one, np.float32) for one in outputs]
        found = read(floats, traits, classes, shape_px, score_from)
    return [_tidy(boxes, shape_px, traits.merge_from) for boxes in found]


def _tidy(boxes: Boxes, shape_px: Shape, merge_from: float) -> Boxes:
    best = np.argsort(-boxes.scores, kind="stable")[:MOST_BOXES]
    return keep_best(boxes.take(best).inside(*shape_px), overlap=merge_from)


def _centre(
    outputs: Sequence[Floats], traits: DetectorTraits, classes: int, shape_px: Shape, score_from: float
) -> list[Boxes]:
    """Boxes at the peaks of (N, C, H/4, W/4) middles, their edges at (N, 4, H/4, W/4) px from the cell's middle."""
    del traits
    cells = shape_px[0] // CELL_PX, shape_px[1] // CELL_PX
    _expect([tuple(one.shape[1:]) for one in outputs], [(classes, *cells), (4, *cells)], "centre")
    found = []
    for middles, distances in zip(*outputs, strict=True):
        label, row, col = np.nonzero((middles >= score_from) & _peaks(middles))
        middle = (np.stack([row, col], axis=1).astype(np.float32) + 0.5) * CELL_PX
        reach = distances[:, row, col].T
        edges = np.concatenate([middle - reach[:, :2], middle + reach[:, 2:]], axis=1)
        found.append(Boxes.make(edges, label, middles[label, row, col]))
    return found


def _peaks(maps: Floats) -> npt.NDArray[np.bool_]:
    """Return where no neighbour is higher, (C, H, W)."""
    highest = maps.copy()
    np.maximum(highest[:, 1:], maps[:, :-1], out=highest[:, 1:])
    np.maximum(highest[:, :-1], maps[:, 1:], out=highest[:, :-1])
    column = highest.copy()
    np.maximum(highest[:, :, 1:], column[:, :, :-1], out=highest[:, :, 1:])
    np.maximum(highest[:, :, :-1], column[:, :, 1:], out=highest[:, :, :-1])
    found: npt.NDArray[np.bool_] = maps >= highest
    return found


def _yolo(
    outputs: Sequence[Floats], traits: DetectorTraits, classes: int, shape_px: Shape, score_from: float
) -> list[Boxes]:
    """Boxes of (N, 4 + C, M): middle x and y, width, height, px, scores; or of (N, M, 6) merged ones."""
    del traits, shape_px
    shapes = [tuple(one.shape[1:]) for one in outputs]
    if len(outputs) != 1 or outputs[0].ndim != 3:
        raise _unexpected(shapes, "one tensor (4 + classes, boxes)")
    if outputs[0].shape[1] == 4 + classes:
        return [_of_columns(one.T, score_from) for one in outputs[0]]
    if outputs[0].shape[2] == MERGED_COLUMNS:
        return [_of_merged(one, score_from) for one in outputs[0]]
    if outputs[0].shape[2] == 4 + classes:
        return [_of_columns(one, score_from) for one in outputs[0]]
    raise _unexpected(shapes, f"one tensor ({4 + classes}, boxes) or (boxes, {MERGED_COLUMNS})")


def _yolov5(
    outputs: Sequence[Floats], traits: DetectorTraits, classes: int, shape_px: Shape, score_from: float
) -> list[Boxes]:
    """Boxes of (N, M, 5 + C): middle x and y, width, height, px, chance of anything, scores; other tensors unread."""
    del traits, shape_px
    shapes = [tuple(one.shape[1:]) for one in outputs]
    if not outputs or outputs[0].ndim != 3 or outputs[0].shape[2] != 5 + classes:
        raise _unexpected(shapes, f"a first tensor (boxes, {5 + classes})")
    return [
        _of_columns(np.concatenate([one[:, :4], one[:, 5:] * one[:, 4:5]], axis=1), score_from) for one in outputs[0]
    ]


def _of_columns(rows: Floats, score_from: float) -> Boxes:
    scores = rows[:, 4:]
    row, label = np.nonzero(scores >= score_from)
    return Boxes.make(_corners(rows[row, :4]), label, scores[row, label])


def _of_merged(rows: Floats, score_from: float) -> Boxes:
    sure = rows[rows[:, 4] >= score_from]
    return Boxes.make(sure[:, [1, 0, 3, 2]], sure[:, 5].astype(np.int32), sure[:, 4])


def _detr(
    outputs: Sequence[Floats], traits: DetectorTraits, classes: int, shape_px: Shape, score_from: float
) -> list[Boxes]:
    """Boxes of logits (N, M, K ≥ C) and (N, M, 4): middle x and y, width, height, as shares of the sides."""
    shapes = [tuple(one.shape[1:]) for one in outputs]
    least = traits.first_class + classes + (traits.activation == "softmax")
    if len(outputs) == 1 and outputs[0].ndim == 3 and outputs[0].shape[2] == 4 + least:
        outputs = [outputs[0][..., :4], outputs[0][..., 4:]]
    places = [one for one in outputs if one.ndim == 3 and one.shape[2] == 4]
    if len(places) > 1:  # as many logits as edges: shares lie between 0 and 1
        places = [one for one in places if one.min() >= 0 and one.max() <= 1]
    boxes = places[0] if places else None
    logits = next((one for one in outputs if one is not boxes and one.ndim == 3 and one.shape[2] >= least), None)
    if boxes is None or logits is None:
        raise _unexpected(shapes, f"boxes (boxes, 4) and logits (boxes, {least} or more)")
    found = []
    for own, place in zip(logits, boxes, strict=True):
        scores = _activate(own, traits.activation)[:, traits.first_class : traits.first_class + classes]
        row, label = np.nonzero(scores >= score_from)
        found.append(Boxes.make(_corners(place[row]) * np.array(shape_px * 2, np.float32), label, scores[row, label]))
    return found


def _torchvision(outputs: Sequence[npt.NDArray[Any]], traits: DetectorTraits, classes: int, score_from: float) -> Boxes:
    """Boxes (M, 4) left, top, right, bottom, px; whole labels (M) and scores (M), in whichever order."""
    arrays = [np.asarray(one) for one in outputs]
    whole = [one for one in arrays if one.dtype.kind in "iu"]
    places = [one for one in arrays if one.dtype.kind == "f" and one.ndim in (2, 3) and one.shape[-1] == 4]
    count = len(places[0].reshape(-1, 4)) if places else 0
    others = [one for one in arrays if one.dtype.kind == "f" and not any(one is place for place in places[:1])]
    scores = [one for one in others if one.ndim < 3 and one.size == count]
    if not places or not scores or len(whole) != 1 or whole[0].size != count:
        shapes = [tuple(one.shape) for one in arrays]
        raise _unexpected(shapes, "boxes (boxes, 4), whole labels (boxes) and scores (boxes)")
    label = whole[0].reshape(-1).astype(np.int64) - traits.first_class
    score = scores[0].reshape(-1).astype(np.float32)
    kept = (score >= score_from) & (label >= 0) & (label < classes)
    return Boxes.make(places[0].reshape(-1, 4)[kept][:, [1, 0, 3, 2]], label[kept], score[kept])


def _activate(logits: Floats, activation: str) -> Floats:
    if activation == "none":
        return logits
    if activation == "sigmoid":
        return (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)
    power = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = (power / power.sum(axis=1, keepdims=True))[:, :-1]
    return shares


def _corners(boxes: Floats) -> Floats:
    """Return row_min, col_min, row_max, col_max of middle x and y, width, height."""
    x, y, width, height = boxes.T
    return np.stack([y - height / 2, x - width / 2, y + height / 2, x + width / 2], axis=1)


def _expect(shapes: list[tuple[int, ...]], wanted: list[tuple[int, ...]], style: str) -> None:
    if shapes != wanted:
        raise _unexpected(shapes, f"{wanted} ({style})")


def _unexpected(shapes: list[tuple[int, ...]], wanted: str) -> BadInput:
    return BadInput(
        "the detector does not answer as its card says",
        value=f"tensors of {shapes} for a window",
        remedy=f"Its style promises {wanted}. Correct style or classes in its card.",
    )
