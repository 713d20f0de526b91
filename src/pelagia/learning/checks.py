"""What a user must be told of a model before trusting its answers."""

from __future__ import annotations

from pelagia.core.result import Issue
from pelagia.core.words import count
from pelagia.learning.card import ModelCard, keeps_target


def check_model(card: ModelCard, instrument: str) -> tuple[Issue, ...]:
    """Return all findings about using this model for images of an instrument.

    Parameters
    ----------
    card
        The model's card.
    instrument
        The instrument the images come from: ``FlowCam``, ``ZooScan``, …
    """
    found = (
        check_instrument(card, instrument),
        check_calibration(card),
        check_unknown_rule(card),
        check_aphia_ids(card),
    )
    return tuple(issue for issue in found if issue is not None)


def check_instrument(card: ModelCard, instrument: str) -> Issue | None:
    """Return a finding if the model was made for another instrument."""
    if card.instrument.casefold() == instrument.casefold():
        return None
    return Issue(
        file=card.reference,
        code="model-instrument-mismatch",
        message=f"the model {card.reference} was made for {card.instrument}, the images come from {instrument}; "
        "its error rates and counts do not hold for them",
        value=card.instrument,
        remedy=f"Choose a model made for {instrument}, or train one (see docs/howto/models.md).",
    )


def check_calibration(card: ModelCard) -> Issue | None:
    """Return a finding if the model's probabilities are not calibrated."""
    if card.calibration is not None:
        return None
    return Issue(
        file=card.reference,
        code="model-uncalibrated",
        message=f"the model {card.reference} was never calibrated: its probabilities say which class it prefers, "
        "not how often it is right",
        remedy="Measure it on labelled images of your own (see docs/howto/models.md), or use a calibrated model.",
    )


def check_unknown_rule(card: ModelCard) -> Issue | None:
    """Return a finding if the model cannot say "unknown" with a stated error rate."""
    if card.unknown is None:
        return Issue(
            file=card.reference,
            code="model-no-unknown-rule",
            message=f"the model {card.reference} names every image, also what it never saw: no error rate is known",
            remedy="Check the least certain images by eye, or use a model with held-out figures on its card.",
        )
    if keeps_target(card.unknown):
        return None
    return Issue(
        file=card.reference,
        code="model-error-rate-not-kept",
        message=f"the held-out images of {card.reference} do not show that at most "
        f"{card.unknown.target_error:.1%} of its names are wrong; with 95 % probability it is at most "
        f"{card.unknown.measured_error_high:.1%}",
        value=f"{card.unknown.measured_error_high:.4f}",
        remedy="Check the least certain images by eye, or train with more labelled images.",
    )


def check_aphia_ids(card: ModelCard) -> Issue | None:
    """Return a finding if organisms among the classes have no AphiaID."""
    missing = [c.name for c in card.classes if c.is_organism and c.aphia_id is None]
    if not missing:
        return None
    return Issue(
        file=card.reference,
        code="class-without-aphiaid",
        message=f"{count(len(missing), 'class of organisms', 'classes of organisms')} of {card.reference} without an "
        "AphiaID: published under the name only",
        value=", ".join(missing[:10]) + (", …" if len(missing) > 10 else ""),
        remedy="Add the AphiaIDs to the card if they are known; Pelagia never guesses them.",
        severity="note",
    )
