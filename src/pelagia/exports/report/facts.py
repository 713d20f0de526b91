"""Facts about a sample, and how times, places and depths are written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pelagia.core.result import Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of a card: what, how much, and a remark; ``matters`` where a person should look."""

    label: str
    value: str
    remark: str = ""
    matters: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample of the report."""

    sample_id: str
    instrument: str
    started: str
    listed: int
    volume_known: bool
    volume_source: str
    facts: tuple[Fact, ...]
    findings: int


def moment(value: dt.datetime | None) -> str:
    """Return a time as ``2024-04-08 08:14 UTC``; empty where it is not known."""
    return "" if value is None else value.strftime("%Y-%m-%d %H:%M UTC")


def position(latitude: float | None, longitude: float | None) -> str:
    """Return a position as ``54.1747° N, 7.9000° E``; empty where it is not known."""
    if latitude is None or longitude is None:
        return ""
    return f"{_degrees(latitude, 'NS')}, {_degrees(longitude, 'EW')}"


def depth_range(shallow_m: float | None, deep_m: float | None) -> str:
    """Return depths as ``0–40 m``; empty where none is known."""
    depths = [value for value in (shallow_m, deep_m) if value is not None]
    return f"{'–'.join(f'{value:g}' for value in dict.fromkeys(depths))} m" if depths else ""


def findings_about(name: str, issues: Sequence[Issue]) -> int:
    """Return how many findings that ask for something are about a sample."""
    return sum(issue.severity != "note" and name in issue.file for issue in issues)


def _degrees(value: float, letters: str) -> str:
    return f"{abs(value):.4f}° {letters[0] if value >= 0 else letters[1]}"
