"""How the figures of footage are to be read, and what is not known: in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pelagia.exports.report.ecosystem.clips import Clips
from pelagia.exports.report.ecosystem.readings import Total
from pelagia.exports.report.numbers import many, percent, whole


def reading(clips: Clips) -> str:
    """Say what intervals leave out and how much was looked at."""
    told = (
        "Intervals are of counting alone: what the detector misses or takes for an animal is in none of them; look at"
        " some of the footage in the player."
    )
    share = clips.searched_share
    if share is None or share > 0.995:
        return told
    return (
        f"{told} The detector looked at {percent(share)} of the usable time, where something seemed to be; the rest"
        " counts as showing no animals."
    )


def not_known(clips: Clips, totals: Sequence[Total]) -> tuple[str, ...]:
    """Return what the figures lack, and what would mend it."""
    return tuple(_unknowns(clips, totals))


def _unknowns(clips: Clips, totals: Sequence[Total]) -> Iterator[str]:
    found = next((one for one in totals if one.max_n), None)
    if found is not None and not found.validated:
        yield (
            "How many of the boxes are right, and how many animals were missed, is unknown: no person has looked at"
            " them yet. Correct some in the player of the web app or in CVAT before you publish figures."
        )
    if clips.undated:
        yield (
            f"When {_of(clips.undated, clips.number)} began is unknown: counted from the start of the clip, without"
            " day, night or environment. Tell it by the names, a table of times, or the begin of the first one."
        )
    if clips.unplaced:
        yield (
            f"Where {_of(clips.unplaced, clips.number)} lies is unknown, so that day and night are not told apart."
            " Tell latitude and longitude, or give a table of places."
        )


def caveats(totals: Sequence[Total], *, has_tows: bool) -> tuple[str, ...]:
    """Return how the figures are to be read."""
    told = [
        "MaxN is the largest number of individuals on one usable frame: a least number of individuals, not how many"
        " there were.",
        "The mean is over the usable time; frames of no interest, which the detector did not look at, count as showing"
        " no animals.",
        "A gap is time without any usable footage: nobody knows what was there. A zero is a count.",
        "Boxes marked “predicted” were found by a model and seen by no person; “validated” ones were decided on by a"
        " person.",
    ]
    if any(one.tracks is not None for one in totals):
        told.append("A track is one animal followed without a break; one that leaves and comes back is a new track.")
    if has_tows:
        told.append(
            "Densities stand on the field of view and the distance over ground; the interval is that of counting alone."
        )
    return tuple(told)


def _of(number: int, total: int) -> str:
    if total == 1:
        return "the clip"
    return f"each of the {whole(total)} clips" if number == total else f"{many(number, 'clip')} of {whole(total)}"
