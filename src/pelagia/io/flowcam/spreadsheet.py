"""Particle tables exported as ``.csv`` by VisualSpreadsheet 4 and 5, read under the names of the list."""

from __future__ import annotations

import csv
import re

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.flowcam.context import decoded, number
from pelagia.io.flowcam.header import REQUIRED_COLUMNS, ListColumn, ListHeader, missing_columns_issue

LABELS = {
    "particle id": "id",
    "uuid": "image_id",
    "original reference id": "image_id",
    "image file": "collage_file",
    "image x": "image_x",
    "image y": "image_y",
    "image width": "image_w",
    "image height": "image_h",
    "capture x": "src_x",
    "capture y": "src_y",
    "source image": "src_image",
    "calibration image": "cal_image",
    "calibration factor": "cal_const",
    "particles per chain": "ppc",
    "area (abd)": "abd_area",
    "area (filled)": "filled_area",
    "diameter (abd)": "abd_diameter",
    "diameter (esd)": "esd_diameter",
    "diameter (fd)": "fd_diameter",
    "feret angle max": "feret_max_angle",
    "feret angle min": "feret_min_angle",
    "average red": "avg_red",
    "average green": "avg_green",
    "average blue": "avg_blue",
    "circularity (hu)": "circularity_hu",
}
"""Labels of the export → names of the list; all others become lower case with underscores."""

_TEXT = ("date", "time", "timestamp", "collage_file", "image_id", "name", "group_id", "class")
_KEPT_BRACKETS = ("abd", "esd", "fd", "hu", "filled", "cylinder", "p. spheroid", "sphere")
_BRACKET = re.compile(r"\s*\(([^()]*)\)$")
_SIGNS_OF_A_TABLE = {"abd_area", "abd_diameter", "length", "width"}


def read_spreadsheet_header(head: bytes, file: str) -> ListHeader:
    """Read the head of an exported particle table.

    Parameters
    ----------
    head
        The first bytes of the file.
    file
        Its name, for findings.

    Raises
    ------
    BadInput
        The first line does not hold the labels of a particle table.

    Notes
    -----
    Version 4 gives the place in the collage and pixel-free sizes, version 5 units in its labels
    (``Area (ABD) (µm²)``), ``UUID``, ``Capture ID``, and no place in a collage. The reader of version 5 was
    written from descriptions and tested on synthetic files only: no real export was at hand.
    """
    first, newline, rest = head.partition(b"\n")
    labels = next(csv.reader([decoded(first)], skipinitialspace=True), [])
    names = [list_name(label) for label in labels]
    if not newline or not _SIGNS_OF_A_TABLE & set(names):
        raise BadInput(
            "This is not a particle table of VisualSpreadsheet",
            value=decoded(first)[:80],
            remedy="Choose the .lst of the run, or export the table again with all columns.",
            file=file,
            code="spreadsheet-unreadable",
        )
    sample = next(csv.reader(decoded(rest.partition(b"\n")[0]).splitlines(), skipinitialspace=True), [])
    columns = tuple(
        ListColumn(name=_unique(name, names[:index]), number=_is_number(name, sample[index : index + 1]))
        for index, name in enumerate(names)
    )
    note = Issue(
        file=file,
        code="particles-from-spreadsheet",
        message="The run has no list (.lst): its particles were read from the exported table, "
        "with the sizes as they stand there; they could not be recomputed.",
        remedy="Copy the .lst of the run, which holds the measures in pixels.",
    )
    missing = [name for name in REQUIRED_COLUMNS if name not in names and name != "id"]
    issues = (note, missing_columns_issue(missing, file)) if missing else (note,)
    return ListHeader(version="csv", columns=columns, start=len(first) + 1, delimiter=",", quote='"', issues=issues)


def list_name(label: str) -> str:
    """Return the name a column has in the list: ``Diameter (ESD) (µm)`` is ``esd_diameter``."""
    plain = " ".join(label.strip().strip('"').lower().split())
    while (match := _BRACKET.search(plain)) and match[1] not in _KEPT_BRACKETS:
        plain = plain[: match.start()]
    return LABELS.get(plain) or re.sub(r"[^a-z0-9]+", "_", plain.replace("/", " over ")).strip("_")


def _unique(name: str, earlier: list[str]) -> str:
    return f"{name}_again_{earlier.count(name)}" if name in earlier else name


def _is_number(name: str, cell: list[str]) -> bool:
    if name in _TEXT:
        return False
    return not cell or not cell[0].strip() or number(cell[0]) is not None
