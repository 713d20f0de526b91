"""Which particles are shown: a fair draw of each taxon, and the ones the model is least sure of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pelagia.core.table import Table
from pelagia.io.cutting import PLACE_COLUMNS

SHOWN_PER_TAXON = 40
MANY_TAXA = 16
"""Where there are more taxa than this, fewer vignettes are shown of each, so that a report stays small."""
SHOWN_OF_THE_MAIN = (12, 24)
"""Then the first 12 taxa are shown with 24 vignettes each …"""
SHOWN_OF_THE_OTHERS = 6
"""… and every other taxon with 6."""
LEAST_CERTAIN = 24
_ROWS = 131_072
_NEEDED = ("object_id", "source_uri", "source_file", "taxon", "status")
_FACTS = (
    *("object_id", "sample_id", "taxon", "status", "confidence", "pixel_size_um", "esd_um", "abd_um"),
    *("top_taxa", "top_probabilities"),
)

Keys = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The chosen objects: rows of the table ``objects`` as dictionaries.

    Parameters
    ----------
    by_taxon
        Taxon → its chosen objects, drawn evenly over the table; the most frequent taxon first.
    least_certain
        Predicted objects by rising confidence.
    totals
        Taxon → how many objects with an image there are.
    validated
        Taxon → how many of them a person decided on.
    """

    by_taxon: dict[str, tuple[dict[str, Any], ...]]
    least_certain: tuple[dict[str, Any], ...]
    totals: dict[str, int]
    validated: dict[str, int]


class _Smallest:
    """The rows with the smallest keys seen so far."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.keys: Keys = np.empty(0, np.float64)
        self.rows: Rows = np.empty(0, np.int64)

    def offer(self, keys: Keys, rows: Rows) -> None:
        merged, where = np.concatenate([self.keys, keys]), np.concatenate([self.rows, rows])
        order = np.lexsort((where, merged))[: self._number]
        self.keys, self.rows = merged[order], where[order]


def select_objects(objects: Table) -> Selection | None:
    """Choose the objects a report shows; two passes, memory does not grow with the table.

    The draw of a taxon depends on nothing but the order of the rows, so that equal results show equal
    vignettes. Repeated images of a stuck particle are passed over.

    Returns
    -------
    Selection or None
        ``None`` where the table does not say where the images stand.
    """
    present = {column.name for column in objects.columns}
    if not set(_NEEDED) <= present:
        return None
    draws, unsure, totals, validated = _first_pass(objects, present)
    taxa = sorted(totals, key=lambda name: (-totals[name], name))
    wanted = {taxon: draws[taxon].rows[: _shown(rank, len(taxa))] for rank, taxon in enumerate(taxa)}
    found = _fetch(objects, np.unique(np.concatenate([unsure.rows, *wanted.values()])))
    return Selection(
        by_taxon={taxon: tuple(found[int(row)] for row in rows) for taxon, rows in wanted.items()},
        least_certain=tuple(found[int(row)] for row in unsure.rows),
        totals={taxon: totals[taxon] for taxon in taxa},
        validated=validated,
    )


def _shown(rank: int, taxa: int) -> int:
    """Return how many vignettes are shown of the taxon of this rank."""
    main, of_each = SHOWN_OF_THE_MAIN
    if taxa <= MANY_TAXA:
        return SHOWN_PER_TAXON
    return of_each if rank < main else SHOWN_OF_THE_OTHERS


def _first_pass(
    objects: Table, present: set[str]
) -> tuple[dict[str, _Smallest], _Smallest, dict[str, int], dict[str, int]]:
    draws: dict[str, _Smallest] = {}
    unsure = _Smallest(LEAST_CERTAIN)
    totals: dict[str, int] = {}
    validated: dict[str, int] = {}
    offset = 0
    for batch in objects.batches(
        [name for name in ("taxon", "status", "source_file", "duplicate_of", "confidence") if name in present], _ROWS
    ):
        rows = np.arange(offset, offset + batch.num_rows, dtype=np.int64)
        offset += batch.num_rows
        usable = _usable(batch)
        encoded = batch.column("taxon").dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        status = np.asarray(batch.column("status").to_pylist(), dtype=object)
        for code, taxon in enumerate(encoded.dictionary.to_pylist()):
            chosen = usable & (codes == code)
            if not chosen.any():
                continue
            totals[taxon] = totals.get(taxon, 0) + int(chosen.sum())
            validated[taxon] = validated.get(taxon, 0) + int((status[chosen] == "validated").sum())
            draws.setdefault(taxon, _Smallest(SHOWN_PER_TAXON)).offer(_shuffled(rows[chosen]), rows[chosen])
        if "confidence" in present:
            confidence = batch.column("confidence").to_numpy(zero_copy_only=False).astype(np.float64)
            chosen = usable & (codes >= 0) & (status == "predicted") & np.isfinite(confidence)
            unsure.offer(confidence[chosen], rows[chosen])
    return draws, unsure, totals, validated


def _usable(batch: pa.RecordBatch) -> npt.NDArray[np.bool_]:
    """Return which rows name an image file and do not repeat an earlier particle."""
    usable: npt.NDArray[np.bool_] = batch.column("source_file").is_valid().to_numpy(zero_copy_only=False)
    if "duplicate_of" in batch.schema.names:
        usable = usable & batch.column("duplicate_of").is_null().to_numpy(zero_copy_only=False)
    return usable


def _shuffled(rows: Rows) -> Keys:
    """Return a key for each row number that has no order of its own (the mixer of SplitMix64)."""
    mixed = rows.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)).astype(np.float64)


def _fetch(objects: Table, rows: Rows) -> dict[int, dict[str, Any]]:
    """Read the rows of these numbers."""
    present = {column.name for column in objects.columns}
    wanted = dict.fromkeys((*_FACTS, *PLACE_COLUMNS))
    columns = [name for name in wanted if name in present]
    absent = {name: None for name in wanted if name not in present}
    found: dict[int, dict[str, Any]] = {}
    offset = 0
    for batch in objects.batches(columns, _ROWS):
        own = rows[(rows >= offset) & (rows < offset + batch.num_rows)]
        for row, record in zip(own, batch.take(pa.array(own - offset)).to_pylist(), strict=True):
            found[int(row)] = {**absent, **record}
        offset += batch.num_rows
    return found


def in_file_order(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows ordered by the file they stand in, so that each file is decoded once."""
    return sorted(rows, key=lambda row: (row["source_uri"], row["source_file"], row["object_id"]))
