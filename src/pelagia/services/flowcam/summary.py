"""The figures a person wants first, and what must be said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pelagia.core.result import Figure
from pelagia.learning.card import ModelCard
from pelagia.learning.naming import UNKNOWN
from pelagia.services.flowcam.counts import ALL_SIZES

Record = Mapping[str, Any]


def summarise(samples: Sequence[Record], counts: Sequence[Record], card: ModelCard) -> dict[str, Figure]:
    """Return the summary: how many particles, what became of them, how good the model is.

    Parameters
    ----------
    samples, counts
        Rows of the tables of these names.
    card
        Of the classifier.
    """
    totals = {name: sum(row[name] or 0 for row in samples) for name in ("listed", "classified", "unclassified")}
    whole = [row for row in counts if row["size_class"] == ALL_SIZES]
    unknown = sum(row["counted"] for row in whole if row["taxon"] == UNKNOWN)
    summary = {
        "samples": Figure(value=len(samples), description="Samples"),
        "particles_listed": Figure(value=totals["listed"], description="Particles listed"),
        "particles_classified": Figure(value=totals["classified"], description="Particles classified or validated"),
        "particles_unclassified": Figure(value=totals["unclassified"], description="Particles without a usable image"),
        "particles_validated": Figure(
            value=sum(row["counted"] for row in whole if row["status"] == "validated"),
            description="Particles validated by a person",
        ),
        "particles_unknown": Figure(value=unknown, description="Particles the model declined to name"),
    }
    volumes = [row["volume_imaged_ml"] for row in samples]
    if all(volumes) and volumes:
        summary["volume_imaged_ml"] = Figure(value=sum(volumes), unit="mL", description="Volume imaged, all samples")
    return {**summary, **_model_figures(card)}


def _model_figures(card: ModelCard) -> dict[str, Figure]:
    if card.scores is None:
        return {}
    about = f"of {card.reference} on {card.scores.n_heldout:,} images held back from its training"
    figures = {}
    for name, score, label in (
        ("model_accuracy", card.scores.accuracy, "Accuracy"),
        ("model_macro_f1", card.scores.macro_f1, "Macro-F1"),
    ):
        figures[name] = Figure(value=score.value, low=score.low, high=score.high, description=f"{label} {about}")
    if card.unknown is not None:
        figures["model_error_when_named"] = Figure(
            value=card.unknown.measured_error,
            high=card.unknown.measured_error_high,
            description="Share of wrong names among those the model gives (default threshold)",
        )
    return figures


def model_notes(card: ModelCard) -> tuple[str, ...]:
    """Return the sentences of the card that belong beside every figure made with the model."""
    notes = [f"Classifier: {card.title} ({card.reference}), trained for {card.instrument}."]
    notes.extend(text for text in (card.intended_use, card.limits) if text)
    if card.scores is not None:
        notes.append(f"Its figures: {card.scores.split}")
        notes.append(
            "Adjusted counts assume that the model confuses its classes here as it did on its held-out images; "
            "where the mixture of particles differs much, validate a sample of each class."
        )
    return tuple(notes)
