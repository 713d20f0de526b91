"""The pictures on a model's card: learning curves, confusion, reliability, the price of certainty."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from pelagia.learning.calibrate import reliability
from pelagia.learning.card import UnknownRule
from pelagia.learning.train.measured import Measured

# Okabe & Ito: told apart with any colour vision.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#7A8691"
DPI = 130
NAMED_CELLS = 12  # up to so many classes, the cells of the confusion matrix carry their numbers

History = Sequence[Mapping[str, float]]


def draw_figures(histories: Mapping[str, History], measured: Measured, names: Sequence[str]) -> dict[str, bytes]:
    """Draw all pictures of a training.

    Parameters
    ----------
    histories
        Fold → the figures of its epochs.
    measured
        The figures on the held-out images.
    names
        The classes.

    Returns
    -------
    dict
        File name → PNG; equal input gives equal bytes.
    """
    found = {
        "confusion.png": draw_confusion(np.asarray(measured.scores.confusion), names),
        "reliability.png": draw_reliability(measured),
        "unknown.png": draw_unknown(measured.unknown),
    }
    if any(len(history) > 1 for history in histories.values()):
        found["learning-curves.png"] = draw_curves(histories)
    return found


def draw_curves(histories: Mapping[str, History]) -> bytes:
    """Draw loss and scores against epochs, one thin line a fold."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for history in histories.values():
        epochs = np.arange(1, len(history) + 1)
        _line(left, epochs, history, "train_loss", (GREY, "--", "training (blended, with changes)"))
        _line(left, epochs, history, "val_loss", (BLUE, "-", "validation"))
        _line(right, epochs, history, "val_accuracy", (BLUE, "-", "accuracy"))
        _line(right, epochs, history, "val_macro_f1", (ORANGE, "-.", "macro-F1"))
    left.set(xlabel="epoch", ylabel="cross-entropy (nats)", title="Loss")
    right.set(xlabel="epoch", ylabel="share", ylim=(0, 1), title="Validation images")
    for axes in (left, right):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        _legend_once(axes)
    return _png(figure)


def _line(axes: Axes, epochs: np.ndarray, history: History, key: str, style: tuple[str, str, str]) -> None:
    colour, dashes, label = style
    if key in history[0]:
        axes.plot(epochs, [row[key] for row in history], dashes, color=colour, label=label, linewidth=1.4)


def _legend_once(axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    if unique:
        axes.legend(unique.values(), unique.keys(), frameon=False)


def draw_confusion(confusion: np.ndarray, names: Sequence[str], *, truth: str = "named by people") -> bytes:
    """Draw the confusion matrix, (C, C) counts, rows true and scaled to their sum; ``truth`` says who told it."""
    classes = len(names)
    side = float(np.clip(2.5 + 0.13 * classes, 4.5, 18))
    size = 9 if classes <= NAMED_CELLS else max(4.0, 9 - classes / 20)
    figure = Figure(figsize=(side + 1, side), layout="constrained")
    axes = figure.subplots()
    share = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    image = axes.imshow(share, cmap="cividis", vmin=0, vmax=1, interpolation="nearest")
    axes.set_xticks(range(classes), names, rotation=90, fontsize=size)
    axes.set_yticks(range(classes), names, fontsize=size)
    axes.set(xlabel="named by the model", ylabel=truth)
    axes.set_title("Held-out images: share of each true class")
    if classes <= NAMED_CELLS:
        for (row, col), count in np.ndenumerate(confusion):
            colour = "black" if share[row, col] > 0.6 else "white"
            text = f"{count}\n{share[row, col]:.0%}"
            axes.text(col, row, text, ha="center", va="center", color=colour, fontsize=9)
    figure.colorbar(image, ax=axes, fraction=0.04, format=PercentFormatter(1.0))
    return _png(figure)


def draw_reliability(measured: Measured) -> bytes:
    """Draw how often the model was right against how sure it was, and how many images it was so sure of."""
    sure = measured.probabilities.max(axis=1)
    right = measured.probabilities.argmax(axis=1) == measured.labels
    diagram = reliability(sure, right)
    figure = Figure(figsize=(5, 5.2), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    width = diagram.high - diagram.low
    upper.bar(diagram.low, np.nan_to_num(diagram.accuracy), width, align="edge", color=BLUE, alpha=0.75, label="right")
    upper.plot([0, 1], [0, 1], "--", color=GREY, label="perfectly calibrated")
    after = measured.calibration.ece_after
    upper.set(ylabel="share that is right", ylim=(0, 1), xlim=(0, 1), title=f"Calibration error {after:.1%}")
    upper.legend(frameon=False, loc="upper left")
    lower.bar(diagram.low, diagram.n, width, align="edge", color=GREY)
    lower.set(xlabel="probability of the named class", ylabel="images")
    return _png(figure)


def draw_unknown(rule: UnknownRule) -> bytes:
    """Draw the error among named images against the share called unknown."""
    figure = Figure(figsize=(5.4, 3.8), layout="constrained")
    axes = figure.subplots()
    rejected = [point.rejected for point in rule.curve]
    axes.plot(rejected, [point.error for point in rule.curve], color=BLUE, label="measured")
    upper = [point.error_high for point in rule.curve]
    axes.plot(rejected, upper, "--", color=ORANGE, label="upper 95 % bound")
    axes.axhline(rule.target_error, color=GREY, linewidth=1, label=f"wanted: {rule.target_error:.0%}")
    axes.plot(
        [rule.rejected_fraction], [rule.measured_error], "o", color=GREEN, label=f"chosen: p ≥ {rule.threshold:.2f}"
    )
    axes.set(xlabel="share called unknown", ylabel="wrong among the named")
    axes.set(xlim=(0, 1), ylim=(0, max(0.05, *upper, rule.target_error) * 1.05))
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    return _png(figure)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()
