"""How far a job is, and how long it will still take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is.

    Parameters
    ----------
    done_steps, total_steps
        Finished steps, and all of them by the estimate.
    done_units, total_units
        Likewise.
    new_steps, new_units
        Of the finished ones, those done since this start; the others were done before.
    elapsed_s
        Time since this start, in seconds.
    """

    done_steps: int
    total_steps: int
    done_units: int
    total_units: int
    new_steps: int
    new_units: int
    elapsed_s: float

    @property
    def share(self) -> float:
        """The finished share, 0 to 1."""
        return min(1.0, self.done_steps / self.total_steps) if self.total_steps else 0.0

    @property
    def units_per_s(self) -> float | None:
        """Units per second since this start; ``None`` while nothing is known."""
        return self.new_units / self.elapsed_s if self.new_units and self.elapsed_s > 0 else None

    @property
    def remaining_s(self) -> float | None:
        """Seconds still to go at the pace since this start; ``None`` while nothing is known."""
        if not self.new_steps:
            return None
        return max(0, self.total_steps - self.done_steps) * self.elapsed_s / self.new_steps


OnProgress = Callable[[Progress], None]
