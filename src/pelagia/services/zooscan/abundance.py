"""From counted objects to individuals and biovolume per cubic metre, with what is not known left unknown.

Notes
-----
A scan shows a part of a fraction of a sample, and each of its objects stands for ``sub_part`` of the sample's; the
sample was filtered from ``volume_m3`` of water. So each object weighs ``w = sub_part / volume_m3`` (m⁻³), and an
abundance is the sum of the weights over all scans of the sample: they are the fractions of one haul. Where a fraction
was scanned in ``n`` parts (``d2_1_sur_2``, ``d2_2_sur_2``), the ``sub_part`` that people enter is that of all parts
together (8 → 4); it is not divided again, and a part that is missing would leave out a share of the animals.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pelagia.core.result import Issue
from pelagia.learning.quantify import chi2_quantile

Floats = NDArray[np.float64]

LEVEL = 0.95
UNKNOWN_NUMBERS = frozenset({9_999.0, 99_999.0, 999_999.0})
"""What ZooProcess writes for a number that is not known."""

PART = re.compile(r"^(?P<fraction>.+)_(?P<part>\d+)_sur_(?P<parts>\d+)$")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval; None where it cannot be told."""

    value: float | None
    low: float | None
    high: float | None


NOTHING = Estimate(None, None, None)


def known(value: object) -> float | None:
    """Return a positive number, or None for what is missing, not finite, not positive, or a code for unknown."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(str(value))
    except ValueError:
        return None
    if not math.isfinite(number) or number <= 0 or number in UNKNOWN_NUMBERS:
        return None
    return number


def weighted_interval(weights: ArrayLike, heaviest: float, level: float = LEVEL) -> Estimate:
    """Return the sum of the weights of counted objects, and the interval of its expectation.

    Parameters
    ----------
    weights
        (N,) what each counted object stands for: of an abundance its w, of a biovolume w times its volume.
    heaviest
        The largest weight an object that was not seen could have had; for abundances that of the least sampled
        fraction.
    level
        Probability with which the interval holds, at least.

    Notes
    -----
    The gamma interval of Fay and Feuer (1997), Statistics in Medicine 16, 791-801, for weighted sums of Poisson
    counts: with y = Σw, v = Σw² and k the heaviest weight, v/2y · χ²(α/2; 2y²/v) to
    (v+k²)/2(y+k) · χ²(1-α/2; 2(y+k)²/(v+k²)). For equal weights it is the exact Poisson interval (Garwood 1936). Of a
    biovolume it holds the chance of which animals came into the sub-sample, large ones among them; not the error of a
    volume told from two axes.
    """
    given = np.asarray(weights, dtype=np.float64)
    total, spread, tail = float(given.sum()), float((given**2).sum()), (1 - level) / 2
    low = 0.0
    if total > 0:
        low = spread / (2 * total) * float(chi2_quantile(tail, 2 * total**2 / spread))
    more, wider = total + heaviest, spread + heaviest**2
    high = wider / (2 * more) * float(chi2_quantile(1 - tail, 2 * more**2 / wider)) if more > 0 else 0.0
    return Estimate(total, low, high)


def scan_weights(
    scans: Sequence[Mapping[str, Any]], samples: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, float | None], tuple[Issue, ...]]:
    """Return what an object of each scan stands for (m⁻³), None where that cannot be told, and why.

    Parameters
    ----------
    scans
        Rows with ``scan_id, sample_id, fraction_id, sub_part``.
    samples
        Rows with ``sample_id, volume_m3``.

    Returns
    -------
    dict
        Scan → weight. If one scan of a sample has none, no scan of it has: the sum would lack a fraction.
    tuple of Issue
        ``volume-unknown``, ``sub-part-unknown``, ``fraction-incomplete``.
    """
    volumes = {sample["sample_id"]: known(sample["volume_m3"]) for sample in samples}
    stated = {sample["sample_id"]: sample["volume_m3"] for sample in samples}
    by_sample: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for scan in scans:
        by_sample[scan["sample_id"]].append(scan)
    weights: dict[str, float | None] = {}
    issues: list[Issue] = []
    for sample_id, mine in by_sample.items():
        volume = volumes.get(sample_id)
        if volume is None:
            issues.append(_volume_unknown(sample_id, stated.get(sample_id)))
        unknown = [scan for scan in mine if known(scan["sub_part"]) is None]
        issues += [_sub_part_unknown(scan) for scan in unknown]
        incomplete = _incomplete(sample_id, mine)
        issues += incomplete
        told = volume is not None and not unknown and not incomplete
        for scan in mine:
            part = known(scan["sub_part"])
            weights[scan["scan_id"]] = part / volume if told and part is not None and volume is not None else None
    return weights, tuple(issues)


def abundance_per_m3(counted: Mapping[str, int], weights: Mapping[str, float | None]) -> Estimate:
    """Return the individuals per m³ of a sample, with their interval.

    Parameters
    ----------
    counted
        Scan → objects counted; a scan without any may be left out.
    weights
        Scan → weight, of all scans of the sample: also one that shows none of the taxon says how many there could be.
    """
    if not weights or any(weight is None for weight in weights.values()):
        return NOTHING
    told = {scan: float(weight) for scan, weight in weights.items() if weight is not None}
    each = np.repeat([told[scan] for scan in counted], list(counted.values())) if counted else np.empty(0)
    return weighted_interval(each, max(told.values()))


def biovolume_per_m3(volumes_mm3: ArrayLike, weights: ArrayLike) -> Estimate:
    """Return the biovolume per m³ (mm³ m⁻³) of objects, with its interval.

    Parameters
    ----------
    volumes_mm3
        (N,) volume of each object, mm³; if one is not known (NaN) the sum is not.
    weights
        (N,) weight of the scan of each object, m⁻³.

    Notes
    -----
    Without any object the sum is 0 and has no upper bound: nobody knows how large the unseen would have been.
    """
    each = np.asarray(volumes_mm3, dtype=np.float64) * np.asarray(weights, dtype=np.float64)
    if each.size == 0:
        return Estimate(0.0, 0.0, None)
    if not np.isfinite(each).all():
        return NOTHING
    return weighted_interval(each, float(each.max()))


def _incomplete(sample_id: str, scans: Iterable[Mapping[str, Any]]) -> list[Issue]:
    """Find fractions of which a part was not scanned, or is not among these scans."""
    found: dict[tuple[str, int], set[int]] = defaultdict(set)
    for scan in scans:
        match = PART.match(str(scan["fraction_id"] or ""))
        if match:
            found[match["fraction"], int(match["parts"])].add(int(match["part"]))
    issues = []
    for (fraction, parts), present in found.items():
        missing = sorted(set(range(1, parts + 1)) - present)
        if missing:
            issues.append(
                Issue(
                    file=sample_id,
                    code="fraction-incomplete",
                    message=f"Fraction {fraction} was scanned in {parts} parts, and part "
                    f"{', '.join(str(part) for part in missing)} is not here; no abundances were computed.",
                    remedy="Add the missing scans, or correct the names of the fractions.",
                    value=f"{len(present)} of {parts}",
                )
            )
    return issues


def _volume_unknown(sample_id: str, stated: object) -> Issue:
    return Issue(
        file=sample_id,
        code="volume-unknown",
        message="The volume of water the net filtered is not known; no abundances were computed.",
        remedy="Give it in the metadata of the sample, in m³, or as the parameter water volume.",
        value="" if stated is None else f"{stated:g}" if isinstance(stated, float) else str(stated),
    )


def _sub_part_unknown(scan: Mapping[str, Any]) -> Issue:
    return Issue(
        file=str(scan["scan_id"]),
        code="sub-part-unknown",
        message="It is not known which part of the sample was scanned; no abundances of the sample were computed.",
        remedy="Give the fraction (sub_part: 8 for an eighth) in the metadata of the scan.",
        value="" if scan["sub_part"] is None else str(scan["sub_part"]),
    )
