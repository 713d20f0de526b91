"""A clip with people's changes in it, worked out where the libraries for that belong: called by name."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.core.service import Edit
from pelagia.orders.outputs import table_in
from pelagia.services.ecosystem.changing import TABLES, Naming, change_tables
from pelagia.services.ecosystem.edits import Changes
from pelagia.services.ecosystem.service import EcosystemParams


def changed_clip(folder: str, clip_id: str, edits: Sequence[Edit], params: Mapping[str, Any]) -> dict[str, pa.Table]:
    """Return the boxes and tracks of a clip as edits make them.

    Parameters
    ----------
    folder
        Of the result as the machine gave it.
    clip_id
        The clip.
    edits
        About it, in their order.
    params
        Of the run.

    Returns
    -------
    dict
        ``detections`` and ``tracks``.
    """
    with tempfile.TemporaryDirectory(prefix="pelagia-clip-") as name:
        paths = {table: Path(name) / f"{table}.parquet" for table in TABLES}
        for table, path in paths.items():
            source = table_in(Path(folder), table).path
            pq.write_table(pq.read_table(source, filters=pc.field("clip_id") == clip_id), path)
        naming = Naming(params=EcosystemParams(**params), aphia_ids={})
        changed = change_tables(edits, paths, Path(name) / "changed", naming, Changes())
        return {table: pq.read_table(changed[table]) for table in ("detections", "tracks")}
