"""What an object is called: the answers of a model and the decisions of people, in the columns of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pelagia.core.table import Column
from pelagia.learning.card import ModelCard
from pelagia.learning.classifier import Predictions

UNKNOWN = "unknown"


def _column(name: str, kind: pa.DataType, description: str) -> Column:
    return Column(name=name, type=kind, description=description)


DECISION_COLUMNS: tuple[Column, ...] = (
    _column(
        "taxon", pa.string(), "A person's decision, else the predicted class, else 'unknown'; empty without an image"
    ),
    _column("status", pa.string(), "validated, predicted or unclassified"),
    _column("predicted_taxon", pa.string(), "The most probable class"),
    _column("confidence", pa.float32(), "Its probability, calibrated on the model's held-out images"),
    _column("is_unknown", pa.bool_(), "Whether the model declined to name it at the chosen error rate"),
    _column("top_taxa", pa.list_(pa.string()), "The most probable classes"),
    _column("top_probabilities", pa.list_(pa.float32()), "Their probabilities"),
    _column("scientific_name", pa.string(), "Scientific name of the taxon, from the model's card"),
    _column("aphia_id", pa.int64(), "AphiaID of the taxon, from the model's card"),
)
"""What the naming adds to an object."""


def name_objects(
    validated: Sequence[str | None], rows: Sequence[int], predictions: Predictions, card: ModelCard
) -> list[dict[str, Any]]:
    """Return :data:`DECISION_COLUMNS` of every object; a person's decision goes before the model's.

    Parameters
    ----------
    validated
        Of each object the class a person decided on.
    rows
        The objects whose vignettes the model was given, by their place in ``validated``.
    predictions
        Its answers, in the order of ``rows``.
    card
        Of the model, for names.
    """
    decided: list[dict[str, Any]] = [{} for _ in validated]
    names = np.array(card.class_names, dtype=object)
    answers = zip(predictions.top_index, predictions.top_probability, predictions.is_unknown, strict=True)
    for row, (index, probability, unknown) in zip(rows, answers, strict=True):
        decided[row] = {
            "predicted_taxon": names[index[0]],
            "confidence": probability[0],
            "is_unknown": bool(unknown),
            "top_taxa": names[index].tolist(),
            "top_probabilities": probability,
        }
    taxa = {one.name: one for one in card.classes}
    for decision, taxon in zip(decided, validated, strict=True):
        _settle(decision, taxon)
        known = taxa.get(decision["taxon"])
        decision["scientific_name"] = known.scientific_name if known else None
        decision["aphia_id"] = known.aphia_id if known else None
    return decided


def _settle(row: dict[str, Any], validated: str | None) -> None:
    if validated is not None:
        row["taxon"], row["status"] = validated, "validated"
    elif "predicted_taxon" in row:
        row["taxon"], row["status"] = UNKNOWN if row["is_unknown"] else row["predicted_taxon"], "predicted"
    else:
        row["taxon"], row["status"] = None, "unclassified"
