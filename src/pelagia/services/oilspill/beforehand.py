"""What a forecast needs, checked before any long work: oil, time, and forcing that reaches over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pelagia.core.service import Request
from pelagia.io.forcing.dialect import Kind
from pelagia.io.forcing.facts import ForcingFacts, describe_forcing
from pelagia.io.forcing.faults import no_variables
from pelagia.io.forcing.names import WORDS
from pelagia.io.forcing.schedule import check_ends
from pelagia.io.scenes.facts import Scene
from pelagia.services.oilspill.given import comparable
from pelagia.services.oilspill.service import OilspillParams
from pelagia.services.oilspill.starting import find_oils, span_s, start_times

KINDS: tuple[Kind, ...] = ("currents", "wind", "waves")

Record = dict[str, Any]


def scene_starts(scenes: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Return what is known of the slicks of scenes before anybody looked for them: file and time.

    Parameters
    ----------
    scenes
        Facts of each; one without a place starts no forecast.
    """
    known = [Scene.from_record(facts) for facts in scenes]
    return [
        {
            "slick_id": f"a slick of {scene.file}",
            "file": scene.file,
            "time_s": datetime.fromisoformat(scene.observed_utc).timestamp() if scene.observed_utc else None,
            "oil": "",
            "api": None,
        }
        for scene in known
        if scene.is_georeferenced
    ]


def check_scenes(
    request: Request[OilspillParams], scenes: Sequence[Mapping[str, Any]], observed: Sequence[Record]
) -> None:
    """Check that the slicks of scenes, whatever they are, can be forecast.

    Parameters
    ----------
    request
        With parameters and files.
    scenes
        Facts of each.
    observed
        Records of the slicks seen later.

    Raises
    ------
    BadInput, BadParameter
        Nobody knows the oil or the time, or the forcing does not reach over it.
    """
    starts = scene_starts(scenes)
    if not starts:
        return
    find_oils(request, starts)
    times_s = needed_s(request.params, start_times(request.params, starts), observed)
    for kind in KINDS:
        uris = request.inputs.get(kind, ())
        if uris:
            check_reach(describe_forcing(uris), kind, times_s, uris[0])


def needed_s(params: OilspillParams, times_s: Sequence[float], observed: Sequence[Record]) -> tuple[float, float]:
    """Return from when to when forcing is needed, Unix time, s.

    Parameters
    ----------
    params
        With direction and hours.
    times_s
        When the oil of each slick is there.
    observed
        Records of the slicks seen later.
    """
    start_s, end_s = span_s(params, times_s)
    later = (slick["time_s"] for slick in comparable(observed, start_s))
    return min(start_s, end_s), max(start_s, end_s, *later)


def check_reach(facts: ForcingFacts, kind: Kind, needed: tuple[float, float] | None, file: str) -> None:
    """Check that files hold what they are given for, over the time that is needed, by their headers.

    Parameters
    ----------
    facts
        Of the files.
    kind
        What they are given for.
    needed
        First and last time, Unix, s; ``None`` where that is not known yet.
    file
        To name in the error.

    Raises
    ------
    BadInput
        ``forcing-no-variables``, ``forcing-starts-late``, ``forcing-ends-early``.
    """
    if kind not in facts.kinds:
        raise no_variables(file, WORDS[kind], ", ".join(facts.variables))
    if needed is not None and facts.start_s is not None and facts.end_s is not None:
        check_ends((facts.start_s, facts.end_s), facts.step_s, needed, file)
