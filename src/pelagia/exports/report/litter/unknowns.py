"""What is not known, and how privacy was kept: in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.litter.pictures import lies_somewhere
from pelagia.exports.report.litter.densities import Densities
from pelagia.exports.report.numbers import many, quantity, whole

PEOPLE_ROLE = "people"

Row = Mapping[str, Any]


def privacy(result: Result, pictures: Sequence[Row]) -> str:
    """Say whether people were looked for, and what was done with those found."""
    asked = result.provenance.params.get("blur_people", True)
    model = any(one.role == PEOPLE_ROLE for one in result.provenance.models)
    counts = [row["people"] for row in pictures]
    if not asked:
        return "People were not looked for, as the settings of this run say: they may be seen in its pictures."
    if not model:
        return "There was no model that finds people, so that none were looked for: they may be seen in the pictures."
    looked = [count for count in counts if count is not None]
    said = (
        f"{many(sum(looked), 'person was', 'people were')} found; every picture of this result shows them blurred."
        if sum(looked)
        else "People were looked for, and none were found."
    )
    if len(looked) < len(counts):
        said += f" In {many(len(counts) - len(looked), 'picture')} nobody was looked for."
    return f"{said} A model finds most people, not all: look at pictures before you publish them."


def not_known(pictures: Sequence[Row], densities: Densities) -> tuple[str, ...]:
    """Return what the figures lack, and what would mend it."""
    return tuple(_unknowns(pictures, densities))


def _unknowns(pictures: Sequence[Row], densities: Densities) -> Iterator[str]:
    total = len(pictures)
    unsized = sum(row["gsd_cm"] is None for row in pictures)
    if unsized:
        yield (
            f"For {_of(unsized, total)} it is not known how large a pixel is on the ground. There are items and classes"
            " of tiles, but no sizes, no square metres and no densities. Tell it with --gsd-cm, or give files that say"
            " it."
        )
    lost = sum(not lies_somewhere(row) for row in pictures)
    if lost:
        yield (
            f"For {_of(lost, total)} it is not known where on the map it would be. Items are told in pixels and are on"
            " no map; those that two such pictures show cannot be told to be the same."
        )
    vague = [row["position_error_m"] for row in pictures if (row["position_error_m"] or 0) >= 1]
    if vague:
        yield (
            f"For {_of(len(vague), total)} the place is known to {_range(vague)} m only (standard deviation), as GPS"
            " gives it. Items are as uncertain: the map is for finding the place again, not for measuring distances"
            " between photos."
        )
    if pictures and not densities.any_length:
        yield (
            "How long the beach is that was surveyed is not known, so that there are no items per 100 m. Draw a survey"
            " line on the map of the web app, give one as a file, or tell the length (--length-m)."
        )
    undated = sum(not row["taken_at"] for row in pictures)
    if undated:
        yield f"For {_of(undated, total)} it is not known when it was taken."


def _range(values: Sequence[float]) -> str:
    return "–".join(dict.fromkeys(quantity(float(value), 2) for value in (min(values), max(values))))


def _of(number: int, total: int) -> str:
    if total == 1:
        return "the picture"
    return f"all {whole(total)} pictures" if number == total else f"{whole(number)} of {whole(total)} pictures"
