"""Backgrounds: which there are, whether they are sound, and which one belongs to a scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.sources import Source
from pelagia.io.zooscan import faults
from pelagia.io.zooscan.naming import background_name
from pelagia.io.zooscan.raw import read_raw_header
from pelagia.io.zooscan.scans import Background
from pelagia.io.zooscan.seeking import opened
from pelagia.io.zooscan.tiff import TiffHeader

RATIOS = (1, 2, 4)
RATIO_TOLERANCE = 0.03
"""A background may be a few rows shorter than half the scan."""


def read_backgrounds(
    source: Source, files: Mapping[str, Mapping[str, str]], sizes: Mapping[str, int]
) -> tuple[tuple[Background, ...], tuple[Issue, ...]]:
    """Read which backgrounds there are and check the headers of their raw images.

    Parameters
    ----------
    files
        By background, the names of its files by what they are.
    sizes
        Bytes by name.

    Returns
    -------
    backgrounds : tuple of Background
        By the time they were taken; those without a date first.
    issues : tuple of Issue
        ``background-half-missing``, ``background-sizes-differ``, ``raw-…``.
    """
    found: list[Background] = []
    issues: list[Issue] = []
    for name, roles in files.items():
        background, wrong = _checked(source, _background(name, roles), sizes)
        found.append(background)
        issues += wrong
    return tuple(sorted(found, key=_order)), tuple(issues)


def choose_background(
    backgrounds: Sequence[Background], *, scan: str, scanned_at: datetime | None, frame: str
) -> tuple[Background | None, tuple[Issue, ...]]:
    """Choose the background of a scan: the last of its frame that was taken before it.

    Parameters
    ----------
    backgrounds
        All of the project, by time.
    scan
        The file that stands for the scan in a finding.
    scanned_at, frame
        As the scan's log says; None and ``""`` where there is none.

    Returns
    -------
    background : Background or None
        A usable one.
    issues : tuple of Issue
        ``background-older``, ``background-after-scan``, ``scan-date-missing`` or ``background-missing``.
    """
    fitting = [one for one in backgrounds if not frame or not one.frame or one.frame == frame]
    usable = [one for one in fitting if one.usable]
    if not usable:
        return None, (faults.background_missing(scan),)
    dated = [one for one in fitting if one.taken_at is not None]
    if scanned_at is None or not dated:
        last = usable[-1]
        return last, (faults.background_undated(scan, last),) if len(usable) > 1 else ()
    before = [one for one in dated if one.taken_at is not None and one.taken_at <= scanned_at]
    usable_before = [one for one in before if one.usable]
    if not usable_before:
        first = next((one for one in usable if one.taken_at is not None), usable[-1])
        return first, (faults.background_later(scan, first),)
    chosen = usable_before[-1]
    return chosen, (faults.background_older(scan, before[-1], chosen),) if chosen is not before[-1] else ()


def background_dpi(background: Background, rows: int, dpi: int | None) -> int | None:
    """Return the resolution of a background beside a scan of so many rows; its size tells, else its tag."""
    if dpi and background.rows and rows:
        for ratio in RATIOS:
            if abs(rows / background.rows / ratio - 1) <= RATIO_TOLERANCE:
                return round(dpi / ratio)
    return background.dpi


def _background(name: str, roles: Mapping[str, str]) -> Background:
    about = next((found for file in roles.values() if (found := background_name(file))), None)
    return Background(
        name=name,
        taken_at=about.taken_at if about else None,
        frame=about.frame if about else "",
        raw_1=roles.get("raw_1", ""),
        raw_2=roles.get("raw_2", ""),
        back_1=roles.get("back_1", ""),
        back_2=roles.get("back_2", ""),
        whole=roles.get("whole", ""),
        log=roles.get("log", ""),
    )


def _checked(source: Source, background: Background, sizes: Mapping[str, int]) -> tuple[Background, list[Issue]]:
    pair = background.raw_pair
    if pair is None:
        # Old projects keep the log and the result of backgrounds whose raw images were deleted: no fault by itself.
        is_half = bool(background.raw_1 or background.raw_2)
        return replace(background, usable=False), [faults.background_half(background)] if is_half else []
    headers: list[TiffHeader] = []
    for name in pair:
        try:
            with opened(source, name, sizes.get(name, 0)) as stream:
                headers.append(read_raw_header(stream, file=name, size=sizes.get(name, 0)))
        except PelagiaError as error:
            return replace(background, usable=False), [finding(error, severity="warning")]
    first, second = headers
    if (first.rows, first.cols) != (second.rows, second.cols):
        told = [f"{one.cols} × {one.rows}" for one in headers]
        return replace(background, usable=False), [faults.background_sizes(background, *told)]
    return replace(background, rows=first.rows, cols=first.cols, dpi=first.dpi), []


def _order(background: Background) -> tuple[datetime, str]:
    return background.taken_at or datetime.min, background.name
