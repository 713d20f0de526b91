"""The times of a field that lies in several files: which time is read from which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.io.forcing.dialect import Window
from pelagia.io.forcing.faults import utc, wrong_times
from pelagia.io.forcing.layout import Layout

Double = NDArray[np.float64]
Whole = NDArray[np.int64]

SNAPSHOT_S = 86_400.0
"""A single time stands for a day before and after it, no longer."""
GAP_STEPS = 3.0
GAP_S = 2 * 86_400.0
"""Times more than so many steps apart are a gap, unless they are no farther apart than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Times in order, and where each is read.

    Parameters
    ----------
    time_s
        (T,) increasing.
    piece, index
        (T,) number of the file among those given, and of the time within it.
    """

    time_s: Double
    piece: Whole
    index: Whole

    def runs(self) -> list[tuple[int, int, int, slice]]:
        """Return first and last + 1 position, piece, and slice of its times, of all that is read at once."""
        breaks = np.flatnonzero((np.diff(self.piece) != 0) | (np.diff(self.index) != 1)) + 1
        edges = [0, *breaks.tolist(), len(self.time_s)]
        return [
            (first, end, int(self.piece[first]), slice(int(self.index[first]), int(self.index[end - 1]) + 1))
            for first, end in pairwise(edges)
        ]


def schedule(layouts: Sequence[Layout]) -> Schedule:
    """Return all times of a field in several files.

    Where files overlap, the one that begins later holds: of forecasts it is the newer one.
    """
    order = sorted(range(len(layouts)), key=lambda number: (float(layouts[number].time_s[0]), number))
    time_s, piece, index = np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64)
    for number in order:
        own = layouts[number].time_s
        kept = (time_s < own[0] - 0.5) | (time_s > own[-1] + 0.5)
        time_s = np.concatenate([time_s[kept], own])
        piece = np.concatenate([piece[kept], np.full(len(own), number)])
        index = np.concatenate([index[kept], np.arange(len(own))])
        sorted_ = np.argsort(time_s, kind="stable")
        time_s, piece, index = time_s[sorted_], piece[sorted_], index[sorted_]
    return Schedule(time_s=time_s, piece=piece, index=index)


def step_s(time_s: Double) -> float:
    """Return the usual distance of times, 0 for a single one."""
    return float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0


def within(whole: Schedule, window: Window, file: str, *, spare_s: float = 0.0) -> Schedule:
    """Return the times a window needs: those inside it, and one before and after.

    Half a step may be missing at either end, where means are told at the middle of what they are means of.

    Parameters
    ----------
    spare_s
        What may be missing at either end at least; so much is read beyond it as well.

    Raises
    ------
    BadInput
        ``forcing-starts-late``, ``forcing-ends-early`` or ``forcing-times`` (a gap).
    """
    start_s, end_s = min(window.start_s, window.end_s), max(window.start_s, window.end_s)
    time_s = whole.time_s
    check_ends(_ends(time_s), max(step_s(time_s), 2 * spare_s), (start_s, end_s), file)
    start_s, end_s = start_s - spare_s, end_s + spare_s
    first = max(int(np.searchsorted(time_s, start_s, "right")) - 1, 0)
    last = min(int(np.searchsorted(time_s, end_s, "left")), len(time_s) - 1)
    first = min(first, last)
    part = slice(first, last + 1)
    _check_gaps(time_s[part], step_s(time_s), file)
    return Schedule(time_s=time_s[part], piece=whole.piece[part], index=whole.index[part])


def check_covers(time_s: Double, all_s: Double, window: Window, file: str) -> None:
    """Check that times still cover a window after some were left out; raises as :func:`within`."""
    usual_s = step_s(all_s)
    check_ends(_ends(time_s), usual_s, (min(window.start_s, window.end_s), max(window.start_s, window.end_s)), file)
    _check_gaps(time_s, usual_s, file)


def check_ends(ends_s: tuple[float, float], usual_s: float, needed: tuple[float, float], file: str) -> None:
    """Check that times from a first to a last one reach over what is needed.

    Parameters
    ----------
    ends_s
        First and last time, Unix, s.
    usual_s
        Usual distance of times, of which half may be missing; 0 for a single one.
    needed
        From when to when, Unix, s.
    file
        To name in the error.

    Raises
    ------
    BadInput
        ``forcing-starts-late`` or ``forcing-ends-early``.
    """
    spare_s = usual_s / 2 if usual_s else SNAPSHOT_S
    if needed[0] < ends_s[0] - spare_s - 1.0:
        raise _missing("starts", "late", ends_s, needed, file)
    if needed[1] > ends_s[1] + spare_s + 1.0:
        raise _missing("ends", "early", ends_s, needed, file)


def _check_gaps(time_s: Double, usual_s: float, file: str) -> None:
    steps = np.diff(time_s)
    wide = np.flatnonzero(steps > max(GAP_STEPS * usual_s, GAP_S if usual_s >= GAP_S / GAP_STEPS else 0.0))
    if len(wide):
        at = int(wide[0])
        raise wrong_times(
            file,
            f"There is a gap in the times of the forcing: they usually come every {usual_s / 3600:g} h",
            f"nothing from {utc(time_s[at])} to {utc(time_s[at + 1])}",
        )


def _ends(time_s: Double) -> tuple[float, float]:
    return float(time_s[0]), float(time_s[-1])


def _missing(verb: str, how: str, ends_s: tuple[float, float], needed: tuple[float, float], file: str) -> BadInput:
    return BadInput(
        f"The forcing {verb} too {how}: {utc(needed[0])} to {utc(needed[1])} is needed",
        remedy="Give files of that time as well, or change start and hours"
        + (" (are day and month swapped?)." if _is_swapped(ends_s, needed) else "."),
        value=f"{utc(ends_s[0])} to {utc(ends_s[1])}",
        file=file,
        code=f"forcing-{verb}-{how}",
    )


def _is_swapped(ends_s: tuple[float, float], needed: tuple[float, float]) -> bool:
    """Tell whether the forcing holds the start with its day and month changed for each other."""
    day = np.datetime64(int(needed[0]), "s").astype("datetime64[D]")
    year, month, number = (int(part) for part in str(day).split("-"))
    if number > 12 or number == month:
        return False
    other_s = float(np.datetime64(f"{year:04d}-{number:02d}-{month:02d}", "s").astype(np.int64))
    return bool(ends_s[0] - 86_400.0 <= other_s <= ends_s[1])
