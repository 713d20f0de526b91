"""The exported table beside a list, compared with it particle by particle."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.flowcam.header import HEAD_BYTES, ListHeader, read_header
from pelagia.io.flowcam.normalise import numbers
from pelagia.io.flowcam.rows import RowFindings, row_tables
from pelagia.io.flowcam.runs import RunFiles
from pelagia.io.flowcam.sizes import TOLERANCE
from pelagia.io.flowcam.spreadsheet import read_spreadsheet_header
from pelagia.io.sources import Source

Floats = npt.NDArray[np.float64]

COMPARED = ("image_x", "image_y", "image_w", "image_h", "abd_diameter", "esd_diameter", "length", "width", "perimeter")
"""What must be equal for a particle in both files."""


def check_spreadsheet(source: Source, files: RunFiles) -> tuple[Issue, ...]:
    """Compare the exported table of a run with its list, particle by particle.

    Parameters
    ----------
    source, files
        A run with both; nothing is compared otherwise.

    Returns
    -------
    tuple of Issue
        ``spreadsheet-rows-differ`` and ``spreadsheet-values-differ``; empty where they agree. About
        100 bytes a particle are held in memory.
    """
    if not (files.list and files.spreadsheet):
        return ()
    try:
        listed = _figures(source, files.list, is_list=True)
        exported = _figures(source, files.spreadsheet, is_list=False)
    except PelagiaError as error:
        return (finding(error, severity="warning"),)
    return (*_row_issues(listed["id"], exported["id"], files), *_value_issues(listed, exported, files))


def _figures(source: Source, name: str, *, is_list: bool) -> dict[str, Floats]:
    with source.open(name) as stream:
        head = stream.read(HEAD_BYTES)
    header: ListHeader = read_header(head, name) if is_list else read_spreadsheet_header(head, name)
    with source.open(name) as stream:
        tables = list(row_tables(stream, header, RowFindings()))
    wanted = ("id", *COMPARED)
    return {
        column: np.concatenate([numbers(table, column) for table in tables]) if tables else np.empty(0)
        for column in wanted
    }


def _row_issues(listed: Floats, exported: Floats, files: RunFiles) -> list[Issue]:
    alone = np.setxor1d(listed, exported)
    if not len(alone):
        return []
    return [
        Issue(
            file=files.spreadsheet,
            code="spreadsheet-rows-differ",
            message=f"The exported table has {len(exported)} particles, the list {len(listed)}; "
            f"{len(alone)} are in one of them only. The list is used.",
            value=str(len(exported)),
            remedy="None needed if the table was exported with a filter, or before particles were deleted.",
            severity="note",
            objects=len(alone),
        )
    ]


def _value_issues(listed: dict[str, Floats], exported: dict[str, Floats], files: RunFiles) -> list[Issue]:
    _, here, there = np.intersect1d(listed["id"], exported["id"], return_indices=True)
    for column in COMPARED:
        difference = np.abs(listed[column][here] - exported[column][there])
        wrong = np.flatnonzero(difference > TOLERANCE)
        if len(wrong):
            first = int(wrong[0])
            value = exported[column][there][first]
            return [
                Issue(
                    file=files.spreadsheet,
                    code="spreadsheet-values-differ",
                    message=f"{column} differs between list and exported table for {len(wrong)} particles; particle "
                    f"{listed['id'][here][first]:g}: {listed[column][here][first]:g} and {value:g}. The list is used.",
                    value=f"{value:g}",
                    remedy="Export the table again: the particles may have been processed anew since.",
                    objects=len(wrong),
                )
            ]
    return []
