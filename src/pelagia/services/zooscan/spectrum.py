"""The normalised biovolume size spectrum: biovolume of a size class per cubic metre, per width of the class.

References
----------
Platt, T., Denman, K. (1977). Organisation in the pelagic ecosystem. Helgoländer wissenschaftliche Meeresuntersuchungen
30, 575-581, doi:10.1007/BF02207862.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pelagia.services.zooscan.abundance import NOTHING, Estimate, biovolume_per_m3, weighted_interval
from pelagia.services.zooscan.biovolume import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeClass:
    """One octave of volume: from ``low_mm3`` (included) to twice that.

    Parameters
    ----------
    counted
        Objects counted.
    per_m3
        Individuals, m⁻³.
    biovolume
        mm³ m⁻³.
    nbss
        Biovolume / width of the class: mm³ m⁻³ mm⁻³, that is m⁻³.
    is_complete
        Whether objects of every size in the class could have been counted: not where the class begins below the
        smallest object that is measured at all.
    """

    low_mm3: float
    high_mm3: float
    counted: int
    per_m3: Estimate
    biovolume: Estimate
    nbss: Estimate
    is_complete: bool

    @property
    def width_mm3(self) -> float:
        """How wide the class is, mm³."""
        return self.high_mm3 - self.low_mm3

    @property
    def label(self) -> str:
        """Return the class in words."""
        return f"{self.low_mm3:.4g}–{self.high_mm3:.4g} mm³"


def octaves(volumes_mm3: ArrayLike) -> NDArray[np.int64]:
    """Return the octave of each volume: k where 2ᵏ ≤ V < 2ᵏ⁺¹ (mm³).

    Parameters
    ----------
    volumes_mm3
        (N,) positive and finite.

    Notes
    -----
    By the exponent of the float itself, so that a power of two is never put one class too low by a logarithm.
    """
    _, exponents = np.frexp(np.asarray(volumes_mm3, dtype=np.float64))
    return exponents.astype(np.int64) - 1


def size_spectrum(
    volumes_mm3: ArrayLike, weights: ArrayLike, *, heaviest: float | None = None, smallest_mm3: float = 0.0
) -> tuple[SizeClass, ...]:
    """Return the spectrum of objects, from the smallest class that holds one to the largest, empty ones between too.

    Parameters
    ----------
    volumes_mm3
        (N,) volume of each object, mm³; what is not known (NaN) is in no class.
    weights
        (N,) what each object stands for, m⁻³.
    heaviest
        The largest weight among the scans of the sample, for the upper bounds; by default that of the objects.
    smallest_mm3
        Volume of the smallest object that is measured, mm³.

    Raises
    ------
    ValueError
        Where volumes and weights are not as many.
    """
    volumes, each = np.asarray(volumes_mm3, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if volumes.shape != each.shape:
        raise ValueError(f"{volumes.size} volumes and {each.size} weights")
    good = np.isfinite(volumes) & (volumes > 0)
    volumes, each = volumes[good], each[good]
    if not volumes.size:
        return ()
    classes = octaves(volumes)
    most = float(each.max()) if heaviest is None else heaviest
    return tuple(
        _size_class(int(k), volumes[classes == k], each[classes == k], most, smallest_mm3)
        for k in range(int(classes.min()), int(classes.max()) + 1)
    )


def _size_class(octave: int, volumes: Floats, weights: Floats, heaviest: float, smallest_mm3: float) -> SizeClass:
    low, high = math.ldexp(1.0, octave), math.ldexp(1.0, octave + 1)
    known = bool(np.isfinite(weights).all()) and math.isfinite(heaviest)
    biovolume = NOTHING
    if known:
        # Of an unseen object of this class the size is known: at most that of its upper bound.
        biovolume = biovolume_per_m3(volumes, weights) if volumes.size else weighted_interval(weights, heaviest * high)
    return SizeClass(
        low_mm3=low,
        high_mm3=high,
        counted=int(volumes.size),
        per_m3=weighted_interval(weights, heaviest) if known else NOTHING,
        biovolume=biovolume,
        nbss=_divided(biovolume, high - low),
        is_complete=low >= smallest_mm3,
    )


def _divided(estimate: Estimate, by: float) -> Estimate:
    return Estimate(*(None if part is None else part / by for part in (estimate.value, estimate.low, estimate.high)))
