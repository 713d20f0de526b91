"""The context file (``.ctx``): how the instrument was set and what it counted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pelagia.core.result import Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The keys of a ``.ctx``, asked for as ``Section.Key`` without regard to case."""

    file: str
    values: Mapping[str, str] = field(default_factory=dict)

    def text(self, key: str) -> str | None:
        """Return a value as text, None where it is absent or blank."""
        return self.values.get(key.lower(), "").strip() or None

    def number(self, key: str) -> float | None:
        """Return a value as a number, None where it is absent or not a finite number."""
        return number(self.text(key))

    def flag(self, key: str) -> bool | None:
        """Return a 0/1 value, None where it is absent."""
        value = self.number(key)
        return None if value is None else value != 0

    def time(self, key: str) -> datetime | None:
        """Return a time as written, without a zone."""
        return local_time(self.text(key))

    def missing(self, *keys: str) -> list[str]:
        """Return those of the keys that have no usable number."""
        return [key for key in keys if self.number(key) is None]


def parse_context(data: bytes, file: str) -> tuple[Context, tuple[Issue, ...]]:
    """Read a ``.ctx``.

    Parameters
    ----------
    data
        Its bytes: ``[Section]`` lines and ``Key=Value`` lines, UTF-8 or Windows-1252.
    file
        Its name, for findings.

    Returns
    -------
    context : Context
    issues : tuple of Issue
        ``context-unreadable`` where no key was found.
    """
    values: dict[str, str] = {}
    section = ""
    for line in decoded(data).splitlines():
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            section = text[1:-1].strip().lower()
        elif "=" in text:
            key, _, value = text.partition("=")
            values[f"{section}.{key.strip().lower()}"] = value.strip()
    context = Context(file=file, values=values)
    if values:
        return context, ()
    return context, (
        Issue(
            file=file,
            code="context-unreadable",
            message="The context file holds no settings: it tells neither volume nor clock nor calibration of the run.",
            value=f"{len(data)} bytes",
            remedy="Copy the .ctx again from the instrument.",
            severity="error",
        ),
    )


def decoded(data: bytes) -> str:
    """Return the text of a small file, UTF-8 or else Windows-1252."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def number(text: str | None) -> float | None:
    """Return a finite number, or None where the text is not one."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def local_time(text: str | None) -> datetime | None:
    """Return a time as written (``2024-04-08 11:10:51``), or None where it is not one."""
    try:
        found = datetime.fromisoformat(" ".join((text or "").split()))
    except ValueError:
        return None
    return found.replace(tzinfo=None)
