"""Rows of a time series of chosen taxa; the others are left out before they become rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.table import Table


def series_rows(
    table: Table, columns: Sequence[str], taxa: Collection[str] | None = None, *, with_gaps: bool = True
) -> Iterator[dict[str, Any]]:
    """Yield rows of a time series in order.

    Parameters
    ----------
    table
        The time series, with all of the columns.
    columns
        Those wanted; ``taxon`` and ``is_gap`` must be among them.
    taxa
        Those wanted; all by default.
    with_gaps
        Whether gaps are wanted.
    """
    wanted = None if taxa is None else pa.array(sorted(taxa), pa.string())
    for batch in table.batches(columns):
        chosen = batch if wanted is None else batch.filter(pc.is_in(batch.column("taxon"), value_set=wanted))
        if not with_gaps:
            chosen = chosen.filter(pc.invert(pc.fill_null(chosen.column("is_gap"), True)))
        yield from chosen.to_pylist()
