"""The head of a particle list: which columns it has, and where its rows begin."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.flowcam.columns import LIST_COLUMNS

HEAD_BYTES = 1 << 16
KNOWN_VERSIONS = ("017",)
NUMBER_TYPES = ("int", "uint", "long", "short", "byte", "bool", "double", "float", "real", "single", "decimal")
REQUIRED_COLUMNS = ("id", "image_x", "image_y", "image_w", "image_h", "collage_file")
_DEFINITION = re.compile(r"^\s*(?P<name>[^|:]+?)\s*\|\s*(?P<type>[A-Za-z_]\w*)\s*$")

_LEGACY_44 = (
    "id",
    "cal_const",
    "raw_area",
    "raw_feret_max",
    "raw_feret_min",
    "raw_feret_mean",
    "raw_perimeter",
    "raw_convex_perimeter",
    "abd_area",
    "abd_diameter",
    "length",
    "width",
    "esd_diameter",
    "perimeter",
    "convex_perimeter",
    "intensity",
    "sigma_intensity",
    "compactness",
    "elongation",
    "sum_intensity",
    "roughness",
    "feret_max_angle",
    "avg_red",
    "avg_green",
    "avg_blue",
    "ppc",
    "ch1_peak",
    "ch1_tof",
    "ch2_peak",
    "ch2_tof",
    "ch3_peak",
    "ch3_tof",
    "ch4_peak",
    "ch4_tof",
    "collage_file",
    "image_x",
    "image_y",
    "image_w",
    "image_h",
    "src_x",
    "src_y",
    "high_u32",
    "low_u32",
    "total",
)
_LEGACY_47 = (
    *_LEGACY_44[:22],
    "feret_min_angle",
    *_LEGACY_44[22:41],
    "edge_gradient",
    "timestamp1",
    "timestamp2",
    "src_image",
    "cal_image",
)
LEGACY_LAYOUTS = {44: _LEGACY_44, 47: _LEGACY_47}
"""Columns of the elder lists without a header, by their number."""
_LEGACY_TEXT = ("collage_file", "timestamp1", "timestamp2")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListColumn:
    """One column of a particle list; ``number`` tells figures from text."""

    name: str
    number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHeader:
    """What the head of a particle list says.

    Parameters
    ----------
    version
        ``017``; ``legacy`` for lists without a header, ``csv`` for exported tables.
    start
        Where the rows begin, bytes from the start of the file.
    quote
        The character around text that may hold the delimiter, if there is one.
    """

    version: str
    columns: tuple[ListColumn, ...]
    start: int
    delimiter: str = "|"
    quote: str = ""
    issues: tuple[Issue, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def read_header(head: bytes, file: str) -> ListHeader:
    """Read the head of a ``.lst`` or ``.flb``.

    Parameters
    ----------
    head
        The first :data:`HEAD_BYTES` of the file, or all of it.
    file
        Its name, for findings.

    Raises
    ------
    BadInput
        The file is empty, or neither has a header nor rows of 44 or 47 fields.

    Notes
    -----
    Line 1 is the version, line 2 ``num-fields|N``, then N lines ``name|type``, then the rows.
    Columns are found by name, never by position, so that lists of 53, 57, 65 or any other number
    of fields are read alike. The elder lists without a header (``:`` between 44 or 47 fields) are
    recognised by their number of fields; no real file of that kind was at hand, they are tested
    on synthetic ones only.
    """
    if not head.strip(b"\x00\r\n\t "):
        raise BadInput(
            "The particle list is empty",
            value=f"{len(head)} bytes",
            remedy="Copy it again from the instrument, or export it again from VisualSpreadsheet.",
            file=file,
            code="list-empty",
        )
    lines = _lines(head)
    version, counted, definitions, start = _grammar(lines)
    if not definitions:
        return _legacy(lines, file)
    columns, repeated = _columns(definitions)
    issues = (
        *_version_issues(version, file),
        *_count_issues(counted, len(columns), file),
        *_column_issues(columns, repeated, file),
    )
    return ListHeader(version=version, columns=columns, start=start, issues=issues)


def _lines(head: bytes) -> list[tuple[str, int]]:
    """Return the lines, each with the offset of the byte behind it."""
    lines: list[tuple[str, int]] = []
    at = 0
    for raw in head.splitlines(keepends=True):
        at += len(raw)
        lines.append((raw.decode("utf-8-sig" if not lines else "utf-8", errors="replace").strip("\r\n"), at))
    return lines


def _grammar(lines: list[tuple[str, int]]) -> tuple[str, str | None, list[tuple[str, str]], int]:
    version, counted, start = "", None, 0
    definitions: list[tuple[str, str]] = []
    for text, end in lines:
        key, _, value = text.partition("|")
        match = _DEFINITION.match(text)
        if not definitions and key.strip().lower() == "num-fields":
            counted = value.strip()
        elif match:
            definitions.append((match["name"], match["type"]))
            start = end
        elif definitions or "|" in text or ":" in text:
            break
        elif text.strip():
            version = text.strip()
    return version, counted, definitions, start


def _columns(definitions: list[tuple[str, str]]) -> tuple[tuple[ListColumn, ...], list[str]]:
    columns: list[ListColumn] = []
    repeated = []
    for name, kind in definitions:
        taken = {column.name for column in columns}
        if name in taken:
            repeated.append(name)
        while name in taken:
            name = f"{name}_again"  # noqa: PLW2901 - the name is what is being made unique
        columns.append(ListColumn(name=name, number=kind.lower().startswith(NUMBER_TYPES)))
    return tuple(columns), repeated


def _version_issues(version: str, file: str) -> list[Issue]:
    if version in KNOWN_VERSIONS:
        return []
    return [
        Issue(
            file=file,
            code="list-version-unknown",
            message=f"The list has the version '{version}'; it was read by the names in its header.",
            value=version,
            remedy="Look at a few sizes and vignettes of this run, and tell the developers of the new version.",
        )
    ]


def _count_issues(counted: str | None, found: int, file: str) -> list[Issue]:
    if counted is None:
        return [
            Issue(
                file=file,
                code="list-num-fields-missing",
                message=f"The header does not say its number of fields; {found} definitions were found and used.",
                remedy="Check that the list was copied whole; its second line should be 'num-fields|N'.",
            )
        ]
    if counted == str(found):
        return []
    return [
        Issue(
            file=file,
            code="list-header-mismatch",
            message=f"The header announces {counted} fields and defines {found}; the definitions were used.",
            value=counted,
            remedy="Check that the list was copied whole and not edited.",
        )
    ]


def _column_issues(columns: tuple[ListColumn, ...], repeated: list[str], file: str) -> list[Issue]:
    issues = []
    names = {column.name for column in columns}
    unknown = [column.name for column in columns if column.name not in LIST_COLUMNS]
    if unknown:
        issues.append(
            Issue(
                file=file,
                code="list-column-unknown",
                message=f"Columns Pelagia does not know are kept as they are: {', '.join(unknown)}.",
                value=", ".join(unknown),
                remedy="None needed; tell the developers which version of VisualSpreadsheet wrote them.",
                severity="note",
            )
        )
    if repeated:
        issues.append(
            Issue(
                file=file,
                code="list-column-repeated",
                message=f"The header names columns twice: {', '.join(repeated)}; the first of each is used.",
                value=", ".join(repeated),
                remedy="Check that the list was not edited.",
            )
        )
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    if missing:
        issues.append(missing_columns_issue(missing, file))
    return issues


def missing_columns_issue(missing: list[str], file: str) -> Issue:
    """Return the finding for columns without which vignettes cannot be cut."""
    return Issue(
        file=file,
        code="list-column-missing",
        message=f"The list lacks {', '.join(missing)}; what depends on them is left empty.",
        value=", ".join(missing),
        remedy="Export the list again with all columns; without box and collage no image can be cut.",
        severity="error",
    )


def _legacy(lines: list[tuple[str, int]], file: str) -> ListHeader:
    first = next(text for text, _ in lines if text.strip("\x00 \t"))
    fields = first.count(":") + 1
    if fields not in LEGACY_LAYOUTS:
        raise BadInput(
            "This is not a particle list: it has no 'name|type' header, and not the 44 or 47 fields of the elder lists",
            value=first[:80],
            remedy="Choose the .lst that VisualSpreadsheet wrote for the run.",
            file=file,
            code="list-unrecognised",
        )
    layout = LEGACY_LAYOUTS[fields]
    note = Issue(
        file=file,
        code="list-headerless",
        message=f"This is an elder list without a header, read as the layout of {fields} fields.",
        value=str(fields),
        remedy="Compare a few sizes and vignettes with VisualSpreadsheet: no real file of this layout was at hand.",
    )
    columns = tuple(ListColumn(name=name, number=name not in _LEGACY_TEXT) for name in layout)
    return ListHeader(version="legacy", columns=columns, start=0, delimiter=":", issues=(note,))
