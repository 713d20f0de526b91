"""The slicks of the inputs on a small map, for a person to see that they lie where they should."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pelagia.core.service import Request
from pelagia.io.findings import Findings
from pelagia.services.oilspill.given import OBSERVED, START, given_slicks, point_slick
from pelagia.services.oilspill.service import OilspillParams

SIDE_IN, DPI = 3.2, 100
COLOURS = {START: "#E4572E", OBSERVED: "#0E7C86"}
WORDS = {START: "at the start", OBSERVED: "observed later"}

Record = Mapping[str, Any]


def preview(request: Request[OilspillParams], count: int, /) -> list[bytes]:
    """Return a map of the slicks as PNG, none where there are none.

    Parameters
    ----------
    request
        With the inputs.
    count
        How many pictures at most.
    """
    # What cannot be read is told by the estimate; here it is only not shown.
    findings = Findings()
    slicks = given_slicks(request.inputs.get("slick", ()), START, findings) + point_slick(request)
    slicks += given_slicks(request.inputs.get("observed", ()), OBSERVED, findings)
    return [_draw(slicks)] if slicks and count else []


def _draw(slicks: Sequence[Record]) -> bytes:
    figure = Figure(figsize=(SIDE_IN, SIDE_IN), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    for slick in slicks:
        colour = COLOURS[slick["role"]]
        for ring in slick["rings"]:
            outline = np.array([*ring, ring[0]])
            axes.fill(outline[:, 1], outline[:, 0], facecolor=colour, edgecolor=colour, alpha=0.5)
        if not slick["rings"]:
            axes.plot(slick["lon"], slick["lat"], "o", color=colour)
    axes.set_aspect(1.0 / max(math.cos(math.radians(slicks[0]["lat"])), 0.1))
    axes.margins(0.25)
    axes.tick_params(labelsize=7)
    axes.set_title(", ".join(f"{_colour_word(role)}: {WORDS[role]}" for role in _roles(slicks)), fontsize=8)
    FigureCanvasAgg(figure)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def _roles(slicks: Sequence[Record]) -> list[str]:
    return [role for role in COLOURS if any(slick["role"] == role for slick in slicks)]


def _colour_word(role: str) -> str:
    return {START: "orange", OBSERVED: "teal"}[role]
