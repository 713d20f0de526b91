"""Slicks whose outline lies on land in part: what is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pelagia.core.result import Issue
from pelagia.ocean.coast.crossing import coast_arrays
from pelagia.ocean.coast.shoreline import Shoreline
from pelagia.ocean.release import share_on_land
from pelagia.ocean.setting import Source

LEAST_SHARE = 0.02
"""Share of a slick on land that is worth a word: shorelines are not exact."""


def partly_on_land(
    sources: Sequence[Source], slicks: Sequence[Mapping[str, Any]], shoreline: Shoreline | None
) -> list[Issue]:
    """Return a finding on each slick of which a part lies on land; one that lies there whole is refused at its start.

    Parameters
    ----------
    sources
        Their longitudes as those of the shoreline go on.
    slicks
        Records of the slicks they are of, in this order.
    shoreline
        ``None`` for an open sea.
    """
    coast = coast_arrays(shoreline)
    shares = [share_on_land(source, coast) for source in sources]
    return [
        Issue(
            file=slick["file"],
            code="slick-partly-on-land",
            message=f"{share:.0%} of the outline of {slick['slick_id']} lies on land: its oil begins in the rest",
            remedy="Check the outline, and how much oil it is where the area tells that; or give the shoreline there.",
            value=f"{share:.1%}",
            severity="warning",
        )
        for slick, share in zip(slicks, shares, strict=True)
        if LEAST_SHARE <= share < 1.0
    ]
