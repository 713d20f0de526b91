"""Random numbers that depend on what they are for, not on when they are drawn.

Each is a function of (seed, step, purpose, element). So a simulation that is stopped and taken on, or whose elements
are moved in another order, ends equal to the bit.

References
----------
Steele, Lea & Flood 2014, Fast splittable pseudorandom number generators, doi:10.1145/2660193.2660195: a stream of
SplitMix64 for each (seed, step, purpose), its state after ``element`` draws.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

DIFFUSION, VERTICAL, DISPERSING, SHORE, PLACE, SPREAD = range(1, 7)
"""What a number is for."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = 2.0**-32


@njit(cache=True, error_model="numpy")
def _mixed(bits: np.uint64) -> np.uint64:
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


@njit(cache=True, error_model="numpy")
def stream(seed: int, step: int, purpose: int) -> np.uint64:
    """Return where the numbers of a seed, a step and a purpose begin (for :func:`two_uniforms`)."""
    bits = _mixed(np.uint64(seed) + _GOLDEN)
    bits = _mixed(bits ^ (np.uint64(step) * _GOLDEN + np.uint64(1)))
    return _mixed(bits ^ (np.uint64(purpose) * _GOLDEN + np.uint64(2)))


@njit(cache=True, error_model="numpy")
def two_uniforms(begin: np.uint64, element: int) -> tuple[float, float]:
    """Return two independent numbers of an element, uniform in [0, 1), of 32 bits each."""
    bits = _mixed(begin + np.uint64(element) * _GOLDEN + _GOLDEN)
    return _HALF * np.float64(bits >> np.uint64(32)), _HALF * np.float64(bits & _LOW)


@njit(cache=True, error_model="numpy")
def uniforms(seed: int, step: int, purpose: int, first: int, count: int) -> NDArray[np.float64]:
    """Return the numbers of elements one after another.

    Parameters
    ----------
    seed, step, purpose
        See above; a draw that is repeated until it suits counts the attempts as steps.
    first, count
        The elements.

    Returns
    -------
    ndarray
        (count, 2) float64, uniform in [0, 1).
    """
    out = np.empty((count, 2))
    begin = stream(seed, step, purpose)
    for i in range(count):
        out[i, 0], out[i, 1] = two_uniforms(begin, first + i)
    return out


def normals(seed: int, step: int, purpose: int, first: int, count: int) -> NDArray[np.float64]:
    """Return two independent standard normal numbers of each element, (count, 2) (Box and Muller 1958)."""
    flat = uniforms(seed, step, purpose, first, count)
    radius = np.sqrt(-2.0 * np.log1p(-flat[:, 0]))
    angle = 2.0 * np.pi * flat[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
