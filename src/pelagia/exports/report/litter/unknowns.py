"""What is not known, what figures leave out, and how privacy was kept: in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.litter.pictures import lies_somewhere
from pelagia.exports.report.litter.densities import Densities
from pelagia.exports.report.numbers import many, quantity, whole

PEOPLE_ROLE = "people"
M2_PER_KM2 = 1e6

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
    return (
        f"{said} A model does not find everybody, and one of faces does not find people seen from above or from behind:"
        " look at the pictures before you publish them."
    )


def reading(densities: Densities) -> str:
    """Say what the intervals leave out, and from how little beach and ground densities are reckoned up."""
    told = (
        "95 % intervals are of counting alone: what a model misses or takes for litter is in none of them; look at some"
        " of the pictures by eye."
    )
    whole = next((count for count in reversed(densities.wholes) if not count.transect), None)
    if whole is None:
        return told
    names, grounds = [], []
    if whole.per_100m.value is not None and whole.length_m and whole.length_m < 100:
        names.append("per 100 m")
        grounds.append(f"{quantity(whole.length_m)} m of beach")
    if whole.per_km2.value is not None and whole.covered_m2 and whole.covered_m2 < M2_PER_KM2:
        names.append("per km²")
        grounds.append(f"{quantity(whole.covered_m2)} m² of ground")
    if not names:
        return told
    return (
        f"{told} Items {' and '.join(names)} are reckoned up from {' and '.join(grounds)}: they hold for what was"
        " looked at, not for what lies beside it."
    )


def not_known(pictures: Sequence[Row], densities: Densities) -> tuple[str, ...]:
    """Return what the figures lack, and what would mend it."""
    return tuple(_unknowns(pictures, densities))


def _unknowns(pictures: Sequence[Row], densities: Densities) -> Iterator[str]:
    total = len(pictures)
    everything = next((count for count in reversed(densities.wholes) if not count.transect), None)
    if everything is not None and everything.items.value and not everything.validated:
        yield (
            "How many of the items are right, and how many were missed, is unknown: no person has looked at them yet."
            " Correct some on the map of the web app or in CVAT before you publish figures."
        )
    unsized = sum(row["gsd_cm"] is None for row in pictures)
    if unsized:
        yield (
            f"How large a pixel is on the ground is unknown for {_of(unsized, total)}. There are items and classes of"
            " tiles, but no sizes, no square metres and no densities. Tell it, or give files that say it."
        )
    lost = sum(not lies_somewhere(row) for row in pictures)
    if lost:
        yield (
            f"The place on the map is unknown for {_of(lost, total)}. Items are told in pixels and are on no map; those"
            " that two such pictures show cannot be told to be the same."
        )
    vague = [row["position_error_m"] for row in pictures if (row["position_error_m"] or 0) >= 1]
    if vague:
        yield (
            f"The place is known to {_range(vague)} m only (standard deviation) for {_of(len(vague), total)}, as GPS"
            " gives it. Items are as uncertain: the map is for finding the place again, not for measuring distances"
            " between photos."
        )
    if pictures and not densities.any_length:
        yield (
            "How long the beach is that was surveyed is unknown, so that there are no items per 100 m. Draw a survey"
            " line on the map of the web app, give one as a file, or tell the length."
        )
    undated = sum(not row["taken_at"] for row in pictures)
    if undated:
        yield f"The date is unknown for {_of(undated, total)}."


def _range(values: Sequence[float]) -> str:
    return "–".join(dict.fromkeys(quantity(float(value), 2) for value in (min(values), max(values))))


def _of(number: int, total: int) -> str:
    if total == 1:
        return "the picture"
    return f"all {whole(total)} pictures" if number == total else f"{whole(number)} of {whole(total)} pictures"
