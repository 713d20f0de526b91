"""Who passes a fixed camera, and when."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pelagia.services.ecosystem.sample.sprites import JELLY, SWIMMERS

LONGEST_S = 12.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One animal comes, passes and leaves.

    Parameters
    ----------
    taxon
        One of :data:`~pelagia.services.ecosystem.sample.sprites.SWIMMERS`.
    start_s, end_s
        It enters at the one and has left at the other.
    row
        Height at which it swims, 0 at the top to 1.
    length
        Its length by the width of the frame.
    to_left
        Whether it comes from the right.
    turns
        Whether it turns in the middle and leaves where it came from.
    haze
        How much water lies between, 0 to 1.
    """

    taxon: str
    start_s: float
    end_s: float
    row: float = 0.5
    length: float = 0.14
    to_left: bool = False
    turns: bool = False
    haze: float = 0.15

    def at(self, time_s: float) -> tuple[float, float, bool] | None:
        """Return its middle at a time, and whether it looks to the left.

        Returns
        -------
        tuple of float, float, bool
            Row by the height and column by the width of the frame; ``None`` where it is not there.
        """
        if not self.start_s <= time_s <= self.end_s:
            return None
        share = (time_s - self.start_s) / (self.end_s - self.start_s)
        leaving = self.turns and share > 0.5
        way = 2 * min(share, 1 - share) * 0.62 if self.turns else share
        col = -self.length / 2 + way * (1 + self.length)
        row = self.row + 0.03 * math.sin(2.1 * (time_s - self.start_s))
        return row, 1 - col if self.to_left else col, self.to_left != leaving

    def phase(self, time_s: float) -> float:
        """Return how many beats it made."""
        return (time_s - self.start_s) * (0.8 if self.taxon == JELLY else 2.2)


def draw_visits(
    seed: int, duration_s: float, *, share: float = 0.5, taxa: tuple[str, ...] = SWIMMERS, together: float = 0.35
) -> tuple[Visit, ...]:
    """Return visits that fill about so much of a time.

    Parameters
    ----------
    seed
        Equal seeds give equal visits.
    duration_s
        Of the clip.
    share
        Of the time in which something is to be seen.
    taxa
        Who may come.
    together
        How often one more comes while one is there, so that ways cross.
    """
    rng = np.random.default_rng((seed, 0))
    wanted = share * duration_s
    lengths: list[float] = []
    while sum(lengths) < wanted - 0.5:
        lengths.append(min(float(rng.uniform(4, LONGEST_S)), max(2.0, wanted - sum(lengths)), duration_s))
    free = max(0.0, duration_s - sum(lengths))
    gaps = np.sort(rng.random(len(lengths))) * free
    visits: list[Visit] = []
    before = 0.0
    for gap, length in zip(gaps.tolist(), lengths, strict=True):
        start = gap + before
        before += length
        visits.append(_visit(rng, taxa, start, start + length))
        while rng.random() < together:
            late = start + float(rng.uniform(0, 0.3)) * length
            visits.append(_visit(rng, taxa, late, start + length))
    return tuple(visits)


def _visit(rng: np.random.Generator, taxa: tuple[str, ...], start_s: float, end_s: float) -> Visit:
    return Visit(
        taxon=taxa[int(rng.integers(len(taxa)))],
        start_s=round(start_s, 3),
        end_s=round(end_s, 3),
        row=float(rng.uniform(0.25, 0.72)),
        length=float(rng.uniform(0.08, 0.2)),
        to_left=bool(rng.random() < 0.5),
        turns=bool(rng.random() < 0.25),
        haze=float(rng.uniform(0.05, 0.4)),
    )
