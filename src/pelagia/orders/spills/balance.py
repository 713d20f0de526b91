"""Where the oil is, time after time; and in an ensemble, how far its forecasts differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pelagia.orders.spills.tables import BALANCE, ENSEMBLE_BALANCE, Record, read_rows
from pelagia.services.oilspill.columns import FATES

MOST_TIMES = 400
"""That are drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The mass balance of a run.

    Parameters
    ----------
    rows
        Some of its times, in order, the first and the last among them.
    fates
        Those that any oil has at any time.
    spilled_t
        Oil spilled in the whole run, t.
    worst_closure
        Largest deviation of the sum of all shares from one, of all times.
    spread
        Of an ensemble at its last time: mean, 5 % and 95 % of the shares, by fate; empty without one.
    """

    rows: Sequence[Record]
    fates: Sequence[str]
    spilled_t: float
    worst_closure: float
    spread: Mapping[str, tuple[float, float, float]]

    @property
    def last(self) -> Record:
        """The last time."""
        return self.rows[-1]


def balance_of(folder: Path) -> Balance | None:
    """Return the mass balance of a result; ``None`` where nothing was forecast."""
    rows = read_rows(folder, BALANCE)
    if not rows:
        return None
    step = -(-len(rows) // MOST_TIMES)
    shown = rows if step <= 1 else [*rows[:-1:step], rows[-1]]
    return Balance(
        rows=shown,
        fates=[fate for fate in FATES if any(row[f"{fate}_fraction"] or 0.0 for row in rows)],
        spilled_t=float(rows[-1]["spilled_t"] or 0.0),
        worst_closure=max(abs(row["closure_error"] or 0.0) for row in rows),
        spread=_spread(folder),
    )


def _spread(folder: Path) -> dict[str, tuple[float, float, float]]:
    rows = read_rows(folder, ENSEMBLE_BALANCE)
    if not rows:
        return {}
    # Backward in time the last hours are the least.
    last = max((row["hours"] for row in rows), key=abs)
    return {row["fate"]: (row["mean"], row["low"], row["high"]) for row in rows if row["hours"] == last}
