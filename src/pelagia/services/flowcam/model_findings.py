"""What must be said of a model before its answers are used on these samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pelagia.core.result import Issue
from pelagia.learning import checks
from pelagia.learning.card import ModelCard

SIZES = {"width_um", "height_um"}


def check_model(card: ModelCard, samples: Iterable[Mapping[str, Any]]) -> Iterator[Issue]:
    """Return the findings on a model for these samples: wrong instrument, no calibration, sizes unknown.

    Parameters
    ----------
    card
        Of the model.
    samples
        Rows of the table ``samples``.
    """
    rows = list(samples)
    for instrument in sorted({row["instrument"] for row in rows if row["instrument"]}):
        yield from checks.check_model(card, instrument)
    without = [row for row in rows if row["pixel_size_um"] is None and row["listed"]]
    if without and SIZES & set(card.input.context_names):
        nominal = card.input.pixel_size_um
        yield Issue(
            file=without[0]["source_uri"],
            code="pixel-size-unknown",
            message="the size of a pixel is not known, so sizes in µm are missing and the model, which uses the size, "
            "works without it and errs more often",
            remedy="Run again with the size of a pixel given"
            + (f" (the model was trained on images of {nominal:g} µm a pixel)." if nominal else "."),
            objects=sum(row["listed"] for row in without),
        )
