"""The figures a person wants first, and what must be said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pelagia.core.result import Figure
from pelagia.learning.card import ModelCard
from pelagia.learning.naming import UNKNOWN
from pelagia.services.zooscan.service import ZooScanParams

VERDICTS = {"ok": "in order", "look": "to be looked at", "bad": "not in order"}


def summarise(
    scans: Sequence[Mapping[str, Any]],
    samples: Sequence[Mapping[str, Any]],
    counts: Sequence[Mapping[str, Any]],
    card: ModelCard,
) -> dict[str, Figure]:
    """Return the figures of a result, the most wanted first.

    Parameters
    ----------
    scans, samples, counts
        The rows of these tables.
    card
        Of the classifier.
    """
    organisms = sum(scan["objects"] for scan in scans)
    named = [row for row in counts if row["status"] != "unclassified"]
    unknown = sum(row["counted"] for row in named if row["taxon"] == UNKNOWN)
    validated = sum(row["counted"] for row in named if row["status"] == "validated")
    verdicts = {verdict: sum(scan["verdict"] == verdict for scan in scans) for verdict in VERDICTS}
    summary = {
        "scans": Figure(value=len(scans), description="Scans processed"),
        "samples": Figure(value=len(samples), description="Samples they show"),
        "objects": Figure(value=organisms, description="Organisms and other objects, after the cuts"),
        "taxa": Figure(value=len({row["taxon"] for row in named if row["taxon"] != UNKNOWN}), description="Taxa found"),
        "unknown": Figure(value=unknown, description="Objects the model declined to name"),
        "validated": Figure(value=validated, description="Objects named by a person"),
        "multiples": Figure(
            value=sum(scan["multiples"] for scan in scans), description="Objects taken for several organisms"
        ),
        "cut_objects": Figure(value=sum(scan["cut_objects"] for scan in scans), description="Objects that were cut"),
        **{
            f"scans_{verdict}": Figure(value=number, description=f"Scans {VERDICTS[verdict]}")
            for verdict, number in verdicts.items()
        },
    }
    return {**summary, **_model_figures(card)}


def notes(card: ModelCard, params: ZooScanParams) -> tuple[str, ...]:
    """Return the sentences that belong beside every figure."""
    told = [f"Classifier: {card.title} ({card.reference}), trained for {card.instrument}."]
    told += [text for text in (card.intended_use, card.limits) if text]
    if card.scores is not None:
        told.append(f"Its figures: {card.scores.split}")
    if params.compatibility == "zooprocess":
        told.append("Measures are rounded as ZooProcess rounds them, and objects numbered as it numbers them.")
    told.append("Counts and biovolumes have the interval of counting alone; subsampling and the net add to it.")
    return tuple(told)


def _model_figures(card: ModelCard) -> dict[str, Figure]:
    if card.scores is None:
        return {}
    about = f"of {card.reference} on {card.scores.n_heldout:,} images held back from its training"
    return {
        name: Figure(value=score.value, low=score.low, high=score.high, description=f"{label} {about}")
        for name, score, label in (
            ("model_accuracy", card.scores.accuracy, "Accuracy"),
            ("model_macro_f1", card.scores.macro_f1, "Macro-F1"),
        )
    }
