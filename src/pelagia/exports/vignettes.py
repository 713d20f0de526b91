"""The vignettes of a result and the names they are published under."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pelagia.core.result import Result, own_files
from pelagia.exports.tables import record_batches
from pelagia.io import cutting

ROWS_AT_A_TIME = 2048
NOT_IN_A_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]")
LONGEST_NAME = 120


def file_stem(identifier: str) -> str:
    """Return an identifier as it can stand in a file name on any system and in a web address.

    What cannot is replaced by ``_`` and a few digits of a checksum are added, so that two identifiers
    never share a name.
    """
    plain = NOT_IN_A_FILE_NAME.sub("_", identifier).lstrip(".")[:LONGEST_NAME]
    if plain == identifier:
        return plain
    return f"{plain}-{hashlib.sha256(identifier.encode()).hexdigest()[:8]}"


def vignette_path(sample_id: str, object_id: str) -> str:
    """Return the path of a vignette in what is published: ``<sample>/<object>.png``."""
    return f"{file_stem(sample_id)}/{file_stem(object_id)}.png"


def read_vignettes(result: Result, columns: Sequence[str]) -> Iterator[tuple[dict[str, Any], cutting.Vignette]]:
    """Read the rows of ``objects`` with their vignettes; memory does not grow with the table.

    Within a piece of the table the rows are ordered by the file they come from, so that a collage is
    decoded once for all of them.

    Parameters
    ----------
    result
        With the table ``objects``.
    columns
        The columns wanted beside those that say where the vignette stands.

    Yields
    ------
    tuple
        The row, and its vignette: (row, col, 3) uint8 RGB, or the error that kept it from being read.
        A row that names no file has neither.
    """
    own = own_files(result.artifacts)
    wanted = tuple(dict.fromkeys((*columns, *cutting.PLACE_COLUMNS)))
    for rows in record_batches(result.tables["objects"], wanted, ROWS_AT_A_TIME):
        order: dict[tuple[str, str], int] = {}
        for row in rows:
            order.setdefault((row["source_uri"], row["source_file"]), len(order))
        rows.sort(key=lambda row: order[row["source_uri"], row["source_file"]])
        placed = [row for row in rows if row["source_file"]]
        yield from zip(placed, cutting.iter_vignettes(placed, own), strict=True)
        yield from ((row, cutting.Vignette(None)) for row in rows if not row["source_file"])


def iter_vignettes(result: Result) -> Iterator[tuple[str, npt.NDArray[np.uint8]]]:
    """Read every vignette there is, with the identifier of its object; what cannot be read is passed over."""
    for row, vignette in read_vignettes(result, ("object_id",)):
        if vignette.image is not None:
            yield row["object_id"], vignette.image
