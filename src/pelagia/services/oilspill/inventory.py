"""The inventory: scenes, slicks at the start, slicks observed later, and all files that will be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pelagia.core.errors import NothingUsable, PelagiaError
from pelagia.core.service import Request
from pelagia.io.findings import Findings
from pelagia.io.sources import open_source
from pelagia.io.sources.checksums import list_files
from pelagia.services.oilspill.detecting import all_scene_facts
from pelagia.services.oilspill.given import OBSERVED, START, given_slicks, point_slick, without_time
from pelagia.services.oilspill.service import SERVICE, OilspillParams

Record = dict[str, Any]


def take_inventory(request: Request[OilspillParams], workdir: Path) -> Record:
    """Look at everything that is given.

    Parameters
    ----------
    request
        With the inputs.
    workdir
        Takes the table of files.

    Returns
    -------
    dict
        ``scenes``: facts of each that can be read; ``slicks``, ``observed``: records; ``files``: path of the table of
        files; ``issues``: findings as dictionaries.
    """
    findings = Findings()
    told = look(request, findings)
    files = workdir / "files.parquet"
    list_files(reachable(request, Findings()), files, findings)
    return told | {"files": str(files), "issues": findings.records()}


def look(request: Request[OilspillParams], findings: Findings) -> Record:
    """Return scenes, slicks at the start and slicks observed.

    Parameters
    ----------
    request
        With the inputs.
    findings
        Takes what cannot be used.

    Raises
    ------
    NothingUsable
        Where nothing is left to begin with.
    """
    scenes = _scenes(request.inputs.get("scenes", ()), findings)
    slicks = given_slicks(request.inputs.get("slick", ()), START, findings) + point_slick(request)
    observed = given_slicks(request.inputs.get("observed", ()), OBSERVED, findings)
    findings.add_all(without_time(observed))
    if not scenes and not slicks:
        raise nothing(findings)
    return {
        "scenes": scenes,
        "slicks": slicks,
        "observed": [slick for slick in observed if slick["time_s"] is not None],
    }


def reachable(request: Request[OilspillParams], findings: Findings) -> list[str]:
    """Return the addresses of all inputs that lead somewhere."""
    good: list[str] = []
    for slot in SERVICE.inputs:
        for uri in request.inputs.get(slot.name, ()):
            try:
                open_source(uri)
            except PelagiaError as error:
                findings.add_error(error, objects=0)
            else:
                good.append(uri)
    return list(dict.fromkeys(good))


def nothing(findings: Findings) -> NothingUsable:
    """Return the error of a run in which nothing could be used, told by its first finding."""
    issues = findings.issues()
    first = next(iter(sorted(issues, key=lambda issue: issue.severity != "error")), None)
    return NothingUsable(
        "no scene and no slick could be used"
        + (f"; the first finding: {first.file}: {first.message}" if first else ""),
        value=(first.value or first.code) if first else "nothing found",
        remedy=first.remedy if first else "Give a scene, a file of slicks, or a point.",
    )


def _scenes(uris: Sequence[str], findings: Findings) -> list[Record]:
    scenes: list[Record] = []
    for uri in uris:
        try:
            found, issues = all_scene_facts(uri)
        except PelagiaError as error:
            findings.add_error(error)
        else:
            scenes += found
            findings.add_records(issues)
    return scenes
