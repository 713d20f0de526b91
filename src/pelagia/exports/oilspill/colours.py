"""Colours of oil, the same in film, report and map of the web: amounts, probabilities and fates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Colours = tuple[tuple[int, int, int], ...]

VIRIDIS: Colours = (
    (68, 1, 84), (71, 44, 122), (59, 81, 139), (44, 113, 142), (33, 144, 141),
    (39, 173, 129), (92, 200, 99), (170, 220, 50), (253, 231, 37),
)  # fmt: skip
CIVIDIS: Colours = (
    (0, 34, 78), (30, 54, 110), (65, 77, 107), (95, 100, 110), (124, 123, 120),
    (156, 148, 117), (188, 175, 108), (221, 203, 89), (254, 232, 56),
)  # fmt: skip
INK, SEA, LAND, SLICK, SHORE_OIL = "#0B2239", "#E6ECF1", "#DDD6C8", "#E4572E", "#A3521B"
DECADES = 5
"""Of a scale of amounts: less than a hundred-thousandth of the most is shown as that."""
LEAST_KG_M2 = 1e-6
"""A film of about one nanometre: no eye and no radar sees less."""
USUAL_DENSITY_KG_M3 = 900.0
"""To tell how thick so much oil on an area is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From values to colours.

    Parameters
    ----------
    low, high
        Values of its ends.
    colours
        Stops from least to most.
    is_log
        Whether equal factors, not equal differences, are equally far apart.
    """

    low: float
    high: float
    colours: Colours
    is_log: bool

    def place(self, values: Any) -> NDArray[np.float64]:
        """Return where values lie on the scale, 0 to 1; what is less or more lies at its ends."""
        values = np.asarray(values, np.float64)
        if self.is_log:
            values = np.log(np.maximum(values, self.low) / self.low) / math.log(self.high / self.low)
        else:
            values = (values - self.low) / (self.high - self.low)
        return np.asarray(np.clip(values, 0.0, 1.0), np.float64)

    def rgba(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """Return (rows, cols, 4) uint8 of (rows, cols) values: clear where there is nothing."""
        shares = self.place(values)
        stops = np.linspace(0.0, 1.0, len(self.colours))
        bands = [np.interp(shares, stops, [colour[band] for colour in self.colours]) for band in range(3)]
        return np.stack([*bands, np.where(values > 0, 255, 0)], axis=-1).round().astype(np.uint8)

    def hexadecimal(self, share: float) -> str:
        """Return the colour of a place on the scale."""
        stops = np.linspace(0.0, 1.0, len(self.colours))
        bands = (np.interp(share, stops, [colour[band] for colour in self.colours]) for band in range(3))
        return "#{:02x}{:02x}{:02x}".format(*(round(band) for band in bands))


def scale_of_amounts(most_kg_m2: float) -> Scale:
    """Return the scale of oil by area: whole decades up to the most there is.

    Parameters
    ----------
    most_kg_m2
        Largest value of the run; any scale will do where it is 0.
    """
    high = 10.0 ** math.ceil(math.log10(most_kg_m2) - 1e-6) if most_kg_m2 > 0 else 1.0
    low = min(max(high / 10**DECADES, LEAST_KG_M2), high / 10)
    return Scale(low=low, high=high, colours=VIRIDIS, is_log=True)


SCALE_OF_SHARES = Scale(low=0.0, high=1.0, colours=CIVIDIS, is_log=False)


def film_um(kg_m2: float) -> float:
    """Return how thick a film of so much oil is, µm."""
    return kg_m2 / USUAL_DENSITY_KG_M3 * 1e6
