"""Tables as streams: never more of one in memory than a piece."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from pelagia.api.sinks import Sink
from pelagia.core.table import Table
from pelagia.exports.csv_tables import write_csv
from pelagia.orders.rows import Selection, batches_of, schema_of


def csv_stream(table: Table, selection: Selection) -> Iterator[bytes]:
    """Yield the wanted rows as CSV, as the export `csv` writes them."""
    schema = schema_of(table, selection)
    is_first = True
    for batch in batches_of(table, selection):
        text = _csv([batch], schema)
        # The names of the columns stand before each piece.
        yield text if is_first else text.partition(b"\n")[2]
        is_first = False
    if is_first:
        yield _csv([], schema)


def arrow_stream(table: Table, selection: Selection) -> Iterator[bytes]:
    """Yield the wanted rows as an Arrow stream."""
    sink = Sink()
    with pa.ipc.new_stream(sink, schema_of(table, selection)) as writer:
        for batch in batches_of(table, selection):
            writer.write_batch(batch)
            yield sink.taken()
    yield sink.taken()


def _csv(batches: list[pa.RecordBatch], schema: pa.Schema) -> bytes:
    sink = Sink()
    write_csv(batches, schema, sink)
    return sink.taken()
