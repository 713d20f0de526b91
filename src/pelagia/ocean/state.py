"""Where all oil is at a moment: elements and slicks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNRELEASED, SURFACE, DISPERSED, BEACHED, SEDIMENTED, OUTSIDE = range(6)
"""Status of an element: not yet in the sea; at its surface; in the water below; on the shore; on the bottom; where the
forcing tells nothing. The last two are for good."""

STATUS_NAMES = ("unreleased", "surface", "dispersed", "beached", "sedimented", "outside")

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpillState:
    """All of a simulation at a moment; with its setup it is all that the rest of the simulation depends on.

    Parameters
    ----------
    time_s
        Unix time, s.
    step
        Steps done.
    lat_deg, lon_deg
        (N,) float64 of each element; longitudes go on beyond 180 as those of the forcing do. Of an element that is not
        released yet: where it will be.
    depth_m
        (N,) float64, positive down.
    status
        (N,) int8, see ``STATUS_NAMES``.
    slick, source
        (N,) int32, the row of ``slicks`` and the source it belongs to.
    mass_kg
        (N,) float64 of fresh oil, constant.
    evaporated, seeped
        (N,) float64, shares of that mass. An element at the surface or on the shore has evaporated as its slick has,
        in the water or on the bottom it keeps what it had; what seeped into a shore stays there when the rest of the
        element is washed off.
    segment
        (N,) int32, of the shoreline; -1 for an element that is not on it.
    release_s
        (N,) float64, Unix time at which it enters the sea.
    stretch_first_s
        (stretches,) float64, Unix time at which the first oil reached it; inf for never.
    segment_seeped_kg
        (segments,) float64, oil that seeped into each.
    slicks
        (S,) of :data:`pelagia.ocean.weathering.slicks.SLICK_DTYPE`.
    """

    time_s: float
    step: int
    lat_deg: Doubles
    lon_deg: Doubles
    depth_m: Doubles
    status: NDArray[np.int8]
    slick: NDArray[np.int32]
    source: NDArray[np.int32]
    mass_kg: Doubles
    evaporated: Doubles
    seeped: Doubles
    segment: NDArray[np.int32]
    release_s: Doubles
    stretch_first_s: Doubles
    segment_seeped_kg: Doubles
    slicks: NDArray[Any]

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return all of it as arrays without objects, as an NPZ file holds them."""
        return {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> SpillState:
        """Make it again, equal to the bit."""
        values: dict[str, Any] = {field.name: arrays[field.name] for field in fields(cls)}
        return cls(**values | {"time_s": float(values["time_s"]), "step": int(values["step"])})

    def copy(self) -> SpillState:
        """Return the same with arrays of its own."""
        own: dict[str, Any] = {
            field.name: value.copy()
            for field in fields(self)
            if isinstance(value := getattr(self, field.name), np.ndarray)
        }
        return replace(self, **own)
