"""One chunk of particles: cut, classified, decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.io.cutting import PLACE_COLUMNS, Image, iter_vignettes
from pelagia.io.findings import Findings
from pelagia.learning.card import ModelCard
from pelagia.learning.classifier import Predictions, load_classifier
from pelagia.learning.naming import DECISION_COLUMNS, name_objects
from pelagia.services.flowcam.masks import check_masks


def classify_chunk(item: Mapping[str, Any]) -> dict[str, Any]:
    """Cut and classify the particles of one row group of a listing.

    Parameters
    ----------
    item
        ``listing`` (path of the Parquet file), ``group`` (row group), ``model`` (folder of the package),
        ``top_k``, ``max_error``.

    Returns
    -------
    dict
        ``objects``: the listing's rows with the decisions, ``images``: how many were classified,
        ``issues``: findings as dictionaries.
    """
    with pq.ParquetFile(item["listing"]) as file:
        listing = file.read_row_group(item["group"])
    classifier = load_classifier(item["model"])
    vignettes = _Vignettes(listing)
    vignettes.findings.add_all(check_masks(listing))
    predictions = classifier.classify(
        vignettes.read(), vignettes.context, top_k=item["top_k"], max_error=item["max_error"]
    )
    return {
        "objects": decide(listing, vignettes, predictions, classifier.card),
        "images": len(vignettes.rows),
        "issues": vignettes.findings.records(),
    }


class _Vignettes:
    """The vignettes of a listing: read one by one, while what is learned of them is written down.

    Attributes
    ----------
    rows
        The rows of the listing whose vignettes were read, in order.
    problems
        Per row the code of what kept its vignette from being read, or ``None``.
    context
        Feature name → values of the vignettes in the order they were read, NaN where unknown. Filled while
        reading: complete for a vignette as soon as it was yielded.
    """

    def __init__(self, listing: pa.Table) -> None:
        self._listing = listing
        self._known = _known_context(listing)
        self.rows: list[int] = []
        self.problems: list[str | None] = listing["problem"].to_pylist()
        self.context = {name: np.full(listing.num_rows, np.nan) for name in ("width_um", "height_um", *self._known)}
        self.findings = Findings()

    def read(self) -> Iterator[Image]:
        """Yield the vignettes that can be read, (row, col, 3) uint8."""
        places = self._listing.select(PLACE_COLUMNS).to_pylist()
        scale = _floats(self._listing["pixel_size_um"])
        wanted = [row for row, problem in enumerate(self.problems) if problem is None]
        for row, vignette in zip(wanted, iter_vignettes(places[row] for row in wanted), strict=True):
            self.findings.add_all(vignette.notes)
            if vignette.error is not None:
                self.problems[row] = vignette.error.code
                self.findings.add_error(vignette.error)
            if vignette.image is not None:
                self._note_context(row, vignette.image, scale[row])
                self.rows.append(row)
                yield vignette.image

    def _note_context(self, row: int, image: Image, pixel_size_um: float) -> None:
        at = len(self.rows)
        self.context["height_um"][at] = image.shape[0] * pixel_size_um
        self.context["width_um"][at] = image.shape[1] * pixel_size_um
        for name, values in self._known.items():
            self.context[name][at] = values[row]


def _known_context(listing: pa.Table) -> dict[str, npt.NDArray[np.float64]]:
    """Return what the listing knows of each particle besides its pixels; NaN where it does not."""
    return {
        "month": _floats(pc.coalesce(listing["month"], pc.month(listing["acquired_at_utc"]).cast(pa.int32()))),
        **{name: _floats(listing[name]) for name in ("latitude", "longitude", "depth_m")},
    }


def _floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    values: npt.NDArray[np.float64] = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values


def decide(listing: pa.Table, vignettes: _Vignettes, predictions: Predictions, card: ModelCard) -> pa.Table:
    """Join the predictions to the listing; a person's decision goes before the model's.

    Parameters
    ----------
    listing
        The particles.
    vignettes
        Which of them were read.
    predictions
        Of the vignettes, in the order they were read.
    card
        Of the model, for names.
    """
    decided = name_objects(listing["validated_taxon"].to_pylist(), vignettes.rows, predictions, card)
    added = pa.Table.from_pylist(decided, schema=pa.schema([column.field() for column in DECISION_COLUMNS]))
    at = listing.column_names.index("problem")
    table = listing.set_column(at, "problem", pa.array(vignettes.problems, pa.string()))
    for field in added.schema:
        table = table.append_column(field, added[field.name])
    return table
