"""The time series of a run, as a table on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pyarrow.compute as pc

from pelagia.core.result import Issue
from pelagia.core.table import Table, TableWriter
from pelagia.io.environment import Environment
from pelagia.services.ecosystem.series.counted import Paths, count
from pelagia.services.ecosystem.series.rows import row_tables, series_columns
from pelagia.services.ecosystem.series.surroundings import PREFIX, surroundings
from pelagia.services.ecosystem.service import EcosystemParams

NAME = "time_series"


def write_time_series(
    path: Path,
    paths: Paths,
    params: EcosystemParams,
    environments: Sequence[Environment] = (),
    *,
    model: str,
    score_from: float,
    classes: Mapping[str, int | None] = MappingProxyType({}),
) -> Table:
    """Write the time series: a row for each bin and taxon of a camera, and for each gap.

    Parameters
    ----------
    path
        The Parquet file to write.
    paths
        The other tables.
    params
        Those of the run.
    environments
        What was measured beside the camera.
    model, score_from
        What found the boxes, and the least score that counts.
    classes
        AphiaIDs of the model's classes.

    Notes
    -----
    The tables are read, and the rows written, piece by piece; what stays in memory is some 30 bytes a box and the sums
    of each bin. The zeros of a camera are those of every taxon it ever saw in the run.
    """
    counted = count(paths, params, score_from=score_from, classes=classes)
    around = surroundings(environments)
    with TableWriter(NAME, path, series_columns(around)) as writer:
        for piece in row_tables(counted, around, model_name=model, score_from=score_from):
            writer.write(piece)
    return writer.table


def apart(table: Table, environments: Sequence[Environment]) -> Iterator[Issue]:
    """Yield a finding where nothing measured beside the camera was measured at a time when it recorded.

    Parameters
    ----------
    table
        The time series.
    environments
        What it was joined with.
    """
    names = [column.name for column in table.columns if column.name.startswith(PREFIX)]
    met = any(pc.any(column.is_valid()).as_py() for batch in table.batches(names) for column in batch.columns)
    if environments and not met:
        yield Issue(
            file=environments[0].file,
            code="environment-apart",
            message="Nothing of the environment was measured while there are recordings whose time is known.",
            remedy="Check the times of both, and the time zone of the names of the recordings (utc_offset_h).",
        )
