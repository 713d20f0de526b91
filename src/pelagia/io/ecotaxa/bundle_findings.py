"""What is wrong with an EcoTaxa bundle: file, line, column, value, remedy."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pelagia.core.result import Issue, Severity

MOST_LINES = 10
"""So many lines of like findings are named; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFinding:
    """One thing EcoTaxa would refuse (``error``), take amiss (``warning``) or that is good to know (``note``).

    Parameters
    ----------
    file
        The table, relative to the bundle; ``""`` for the bundle itself.
    column
        The column as its header says, in lower case; ``""`` where it is about whole lines or the file.
    lines
        The first lines it was found in, counted from 1; empty where it is about the file.
    value
        The first offending value.
    rows
        How many lines it was found in.
    """

    code: str
    message: str
    remedy: str
    file: str = ""
    column: str = ""
    lines: tuple[int, ...] = ()
    value: str = ""
    severity: Severity = "error"
    rows: int = 0

    @property
    def line(self) -> int:
        """The first line, 0 where it is about the file."""
        return self.lines[0] if self.lines else 0

    @property
    def place(self) -> str:
        """Return where it is, such as ``line 5 (and 2 more), column object_lat``."""
        parts = []
        if self.lines:
            more = f" (and {self.rows - 1:,} more)" if self.rows > 1 else ""
            parts.append(f"line {self.line}{more}")
        if self.column:
            parts.append(f"column {self.column}")
        return ", ".join(parts)

    def issue(self) -> Issue:
        """Return the finding in the form all reports share."""
        where = self.place
        return Issue(
            file=self.file,
            code=self.code,
            message=f"{where[:1].upper()}{where[1:]}: {self.message}" if where else self.message,
            remedy=self.remedy,
            value=self.value,
            severity=self.severity,
            objects=self.rows,
        )


@dataclass(slots=True)
class BundleFindings:
    """Gathers findings; like ones of a column of a file become one that names its lines."""

    _found: dict[tuple[str, str, str, str], BundleFinding] = field(default_factory=dict)

    def add(self, found: BundleFinding, line: int = 0) -> None:
        """Take a finding, and the line it was found in (0: it is about the file)."""
        if line:
            found = replace(found, lines=(line,), rows=1)
        key = (found.file, found.code, found.column, found.message)
        known = self._found.get(key)
        if known is None:
            self._found[key] = found
            return
        lines = known.lines if len(known.lines) >= MOST_LINES else known.lines + found.lines
        self._found[key] = replace(known, lines=lines, rows=known.rows + found.rows)

    def all(self) -> tuple[BundleFinding, ...]:
        """Return the findings in the order in which they first appeared."""
        return tuple(self._found.values())
