"""How well a separation does on merges whose truth is known: counts, and parts against organisms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from pelagia.imaging.cuts import Cut, apply_cuts
from pelagia.imaging.region import Region
from pelagia.learning.train.separation.merges import Merge

Mask = npt.NDArray[np.bool_]
Propose = Callable[[Region], Sequence[Cut]]

MATCH = 0.5  # least intersection over union of a part and an organism that are the same
RESAMPLES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One merge: organisms in truth, parts found, how many of them match and the sum of their IoU."""

    organisms: int
    parts: int
    matched: int
    iou: float

    @property
    def quality(self) -> float:
        """Sum of the IoU of the matches by the mean of the counts, 0 to 1 (panoptic quality of one object)."""
        return 2 * self.iou / (self.organisms + self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merit:
    """The figures of merit over many merges.

    Parameters
    ----------
    merges, organisms
        How many.
    count_error
        Mean of |parts found − organisms|.
    right_count
        Share of objects with as many parts as organisms.
    matched
        Share of organisms that a part matches at an IoU of 0.5 or more (Hungarian matching).
    matched_iou
        Mean IoU of these.
    quality
        Mean panoptic quality; ``quality_low`` and ``quality_high`` its 95 % interval over merges.
    singles_cut
        Share of single organisms that were cut.
    whole_merges
        Share of objects of several organisms that were left whole.
    """

    merges: int
    organisms: int
    count_error: float
    right_count: float
    matched: float
    matched_iou: float
    quality: float
    quality_low: float
    quality_high: float
    singles_cut: float
    whole_merges: float


def outcome(merge: Merge, pieces: Sequence[Region]) -> Outcome:
    """Compare the pieces that a separation made with the organisms of a merge.

    Parameters
    ----------
    merge
        The truth.
    pieces
        Of :func:`pelagia.imaging.cuts.apply_cuts`.

    Notes
    -----
    Pixels that several organisms cover belong to none and to all: they are left out of the comparison.
    """
    clear = merge.organisms.sum(axis=0) < 2
    truth = (merge.organisms & clear).reshape(merge.count, -1)
    found = np.zeros((len(pieces), clear.size), np.bool_)  # none where every piece was too small
    for row, piece in zip(found, pieces, strict=True):
        row[:] = (_in_box(piece, merge.region) & clear).ravel()
    shared = truth.astype(np.float32) @ found.astype(np.float32).T
    united = truth.sum(axis=1)[:, None] + found.sum(axis=1)[None] - shared
    iou = shared / np.maximum(united, 1)
    rows, cols = linear_sum_assignment(-np.where(iou >= MATCH, iou, 0))
    matches = iou[rows, cols][iou[rows, cols] >= MATCH]
    return Outcome(
        organisms=merge.count, parts=len(pieces), matched=len(matches), iou=float(matches.sum(dtype=np.float64))
    )


def measure_separation(merges: Iterable[Merge], propose: Propose, *, min_area_px: int) -> list[Outcome]:
    """Separate merges, cut lines drawn and objects segmented again as in a run, and compare with the truth.

    Parameters
    ----------
    merges
        The truth.
    propose
        Gives the cuts of an object.
    min_area_px
        Area of the smallest piece that is an object, px.
    """
    return [
        outcome(merge, apply_cuts(merge.region, propose(merge.region), min_area_px=min_area_px)) for merge in merges
    ]


def summarise(outcomes: Sequence[Outcome], rng: np.random.Generator) -> Merit:
    """Return the figures of merit.

    Parameters
    ----------
    outcomes
        Of :func:`measure_separation`.
    rng
        For the interval (bootstrap over merges).
    """
    true, found, matched = (
        np.array([getattr(one, name) for one in outcomes]) for name in ("organisms", "parts", "matched")
    )
    quality = np.array([one.quality for one in outcomes])
    resampled = quality[rng.integers(len(quality), size=(RESAMPLES, len(quality)))].mean(axis=1)
    single = true == 1
    return Merit(
        merges=len(outcomes),
        organisms=int(true.sum()),
        count_error=float(np.abs(found - true).mean()),
        right_count=float((found == true).mean()),
        matched=float(matched.sum() / true.sum()),
        matched_iou=float(sum(one.iou for one in outcomes) / max(int(matched.sum()), 1)),
        quality=float(quality.mean()),
        quality_low=float(np.quantile(resampled, 0.025)),
        quality_high=float(np.quantile(resampled, 0.975)),
        singles_cut=_share(found[single] > 1),
        whole_merges=_share(found[~single] == 1),
    )


def _share(flags: npt.NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def _in_box(piece: Region, region: Region) -> Mask:
    mask = np.zeros(region.filled.shape, np.bool_)
    top, left = piece.row - region.row, piece.col - region.col
    mask[top : top + piece.height, left : left + piece.width] = piece.filled
    return mask
