"""What a run does with its objects: ask which are several, and propose cuts for those, by whatever model is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pelagia.imaging.cuts import Cut
from pelagia.imaging.region import Region
from pelagia.imaging.watershed import watershed_cuts
from pelagia.learning.multiples import EXPECTED_SHARE, LEAST_PROBABILITY, multiple_probabilities
from pelagia.learning.segment import load_separator


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is proposed for one object.

    Parameters
    ----------
    probability
        That it is several organisms, 0 to 1; none where no model was asked.
    cuts
        Lines to divide it along; none where it is held to be one organism, or nothing was found to cut.
    """

    probability: float | None
    cuts: tuple[Cut, ...]


def propose_cuts(
    regions: Sequence[Region],
    *,
    min_area_px: int,
    multiples: str | Path | None = None,
    separator: str | Path | None = None,
    expected_share: float = EXPECTED_SHARE,
    least_probability: float = LEAST_PROBABILITY,
    threads: int | None = None,
) -> list[Proposal]:
    """Propose cuts for objects, in order.

    Parameters
    ----------
    regions
        The objects; a few hundred at a time.
    min_area_px
        Parts smaller than this are not cut off, px.
    multiples
        The folder of a model that tells objects of several organisms; without it all are looked at.
    separator
        The folder of a separation model; without it the watershed on the distance to the edge cuts.
    expected_share
        Share of objects of several organisms in scans like these.
    least_probability
        From which an object is looked at as several.
    threads
        Threads of one inference; by default ``PELAGIA_WORKER_THREADS``, else all cores this process may use.
    """
    probabilities: list[float | None] = [None] * len(regions)
    if multiples is not None:
        asked = multiple_probabilities(regions, multiples, expected_share=expected_share, threads=threads)
        probabilities = [float(p) for p in asked]
    several = [i for i, p in enumerate(probabilities) if p is None or p >= least_probability]
    chosen = [regions[i] for i in several]
    if separator is not None:
        found = list(load_separator(separator, threads=threads).separate(chosen, min_area_px=min_area_px))
    else:
        found = [watershed_cuts(region, min_area_px=min_area_px) for region in chosen]
    cuts_of = dict(zip(several, found, strict=True))
    return [Proposal(probability=p, cuts=tuple(cuts_of.get(i, ()))) for i, p in enumerate(probabilities)]
