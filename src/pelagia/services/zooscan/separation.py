"""Which objects of a run are several organisms, and where the lines between them should go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pelagia.imaging.region import Region
from pelagia.learning.multiples import multiple_probabilities
from pelagia.learning.segment_objects import Proposal, propose_cuts


def propose(regions: Sequence[Region], item: Mapping[str, Any]) -> list[Proposal]:
    """Tell several organisms from one, and draw lines between them where that was asked for.

    Parameters
    ----------
    regions
        The objects.
    item
        ``separation`` (model, watershed or none), ``multiple_from``, ``min_area_px``, ``multiples``, ``separator``.
    """
    if item["separation"] == "none":
        found = multiple_probabilities(regions, item["multiples"])
        return [Proposal(probability=float(one), cuts=()) for one in found]
    return propose_cuts(
        regions,
        min_area_px=item["min_area_px"],
        multiples=item["multiples"],
        separator=item["separator"] if item["separation"] == "model" else None,
        least_probability=item["multiple_from"],
    )
