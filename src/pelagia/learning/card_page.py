"""The model card as a page to read: what the model is for, how good it is, what it must not be used for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pelagia.learning.card import Calibration, ModelCard, Score, Scores, UnknownRule, keeps_target

CONFUSIONS_SHOWN = 15
MATRIX_AT_MOST = 12  # classes; a larger matrix is a picture (figures/), not a page
NOT_STATED = "Not stated."


def render_card(card: ModelCard) -> str:
    """Return the text of ``card.md`` (Markdown); it says nothing that ``card.json`` does not hold.

    Parameters
    ----------
    card
        The card.
    """
    parts = (
        _head(card),
        _section("Intended use", [card.intended_use or NOT_STATED]),
        _section("Limits", [card.limits or NOT_STATED]),
        _section("How good it is", _scores(card.scores)),
        _section("How sure it is", [*_calibration(card.calibration), "", *_unknown(card.unknown)]),
        _section("Classes", _classes(card)),
        _section("What it takes", _input(card)),
        _section("Trained on", _data(card)),
        _section("Recipe", [f"- {key}: {value}" for key, value in card.recipe.items()] or [NOT_STATED]),
    )
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _head(card: ModelCard) -> Iterator[str]:
    yield f"# {card.title}"
    yield ""
    yield f"`{card.reference}` · {card.instrument} · {len(card.classes)} classes · {card.created.isoformat()}"
    yield ""
    yield f"Licence: {card.licence}. SHA-256 of model.onnx: `{card.sha256}`."
    yield ""


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield from lines
    yield ""


def _scores(scores: Scores | None) -> Iterator[str]:
    if scores is None:
        yield "No held-out figures are known. Do not publish counts from this model without checking them."
        return
    yield f"Measured on {scores.n_heldout:,} images that were held out: {scores.split}"
    if scores.n_train:
        yield f"Trained on {scores.n_train:,} images."
    yield ""
    yield from _table(
        ("figure", "value", "95 % interval"),
        [("accuracy", *_score(scores.accuracy)), ("macro F1 (every class weighs the same)", *_score(scores.macro_f1))],
    )
    yield ""
    yield "Per class, of the images held out (the rule for unknown objects not applied):"
    yield ""
    rows = [(c.name, _share(c.precision), _share(c.recall), _share(c.f1), f"{c.n_heldout:,}") for c in scores.per_class]
    yield from _table(("class", "precision", "recall", "F1", "images"), rows)
    yield ""
    yield from _confusions(scores)


def _confusions(scores: Scores) -> Iterator[str]:
    names = [c.name for c in scores.per_class]
    if len(names) <= MATRIX_AT_MOST:
        yield "Confusion matrix (rows: what it was, columns: what it was called):"
        yield ""
        rows = [(name, *map(str, row)) for name, row in zip(names, scores.confusion, strict=True)]
        yield from _table(("", *names), rows)
        return
    wrong = sorted(
        (-count, names[i], names[j], sum(row))
        for i, row in enumerate(scores.confusion)
        for j, count in enumerate(row)
        if i != j and count
    )
    yield f"The {min(CONFUSIONS_SHOWN, len(wrong))} most frequent confusions (all of them: card.json):"
    yield ""
    rows = [(true, guess, f"{-count} of {total}") for count, true, guess, total in wrong[:CONFUSIONS_SHOWN]]
    yield from _table(("it was", "it was called", "images"), rows)


def _calibration(calibration: Calibration | None) -> Iterator[str]:
    if calibration is None:
        yield "Its probabilities are **not calibrated**: they rank the classes, they do not say how often it is right."
        return
    where = f" ({calibration.split})" if calibration.split else ""
    yield (
        f"Its probabilities are calibrated by one temperature, {calibration.temperature:.3f}, fitted on "
        f"{calibration.n:,} images{where}. Expected calibration error: {calibration.ece_before:.3f} before, "
        f"{calibration.ece_after:.3f} after."
    )


def _unknown(rule: UnknownRule | None) -> Iterator[str]:
    if rule is None:
        yield "It has **no rule for unknown objects**: it names every image, also what it never saw."
        return
    yield (
        f"An image whose best class has a probability below {rule.threshold:.3f} is called *unknown*. Of the "
        f"held-out images that were named so, {rule.measured_error:.1%} were wrong; with 95 % confidence at most "
        f"{rule.measured_error_high:.1%} are (asked for: {rule.target_error:.1%}). "
        f"{rule.rejected_fraction:.1%} of them were called unknown."
    )
    if not keeps_target(rule):
        yield ""
        yield "**The held-out images do not show that the error rate asked for is kept.**"
    yield ""
    yield (
        "This holds for objects of the classes below, taken as the held-out images were. For objects of other "
        "kinds, other waters or other settings of the instrument the error rate is not known."
    )
    if rule.curve:
        yield ""
        rows = [
            (f"{p.threshold:.3f}", f"{p.error:.1%}", f"{p.error_high:.1%}", f"{p.rejected:.1%}")
            for p in rule.curve[:: max(1, len(rule.curve) // 10)]
        ]
        yield from _table(("threshold", "wrong among named", "at most (95 %)", "called unknown"), rows)


def _classes(card: ModelCard) -> Iterator[str]:
    rows = [
        (c.name, c.scientific_name or "–", str(c.aphia_id or "–"), "yes" if c.is_organism else "no", c.remark)
        for c in card.classes
    ]
    yield from _table(("class", "scientific name", "AphiaID", "organism", "remark"), rows)


def _input(card: ModelCard) -> Iterator[str]:
    side = card.input.size_px
    how = {
        "letterbox": "scaled to fit, aspect kept, padded with the image's own background",
        "squash": "stretched to a square; the aspect is lost",
    }
    yield f"An RGB image of {side} × {side} pixels: the vignette {how[card.input.resize]}."
    if card.input.pixel_size_um is not None:
        yield f"Nominal pixel size of the training images: {card.input.pixel_size_um:g} µm."
    if card.input.context:
        yield ""
        yield "Besides the pixels, where known (it works without):"
        yield ""
        for feature in card.input.context:
            unit = f" ({feature.unit})" if feature.unit else ""
            yield f"- {feature.name}{unit}: {feature.description}"


def _data(card: ModelCard) -> Iterator[str]:
    if not card.data:
        yield NOT_STATED
        return
    rows = [(d.name, f"{d.n_images:,}" if d.n_images else "–", d.licence, d.citation, d.url) for d in card.data]
    yield from _table(("set", "images", "licence", "citation", "address"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(map(_cell, head)) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(map(_cell, row)) + " |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _score(score: Score) -> tuple[str, str]:
    return f"{score.value:.3f}", f"{score.low:.3f} to {score.high:.3f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
