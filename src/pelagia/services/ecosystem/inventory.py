"""The inventory: which recordings the inputs hold, when and where each was made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.core.service import Request
from pelagia.io.findings import Findings
from pelagia.io.sources import open_source
from pelagia.io.sources.checksums import list_files
from pelagia.io.video.inventory import find_recordings
from pelagia.io.video.places import Place, read_places
from pelagia.io.video.searching import is_stream
from pelagia.io.video.times import TimeRules, read_times
from pelagia.services.ecosystem.service import EcosystemParams

BESIDE = ("places", "times", "environment", "navigation", "labels", "corrections")
"""The inputs that are no recordings."""


def take_inventory(request: Request[EcosystemParams], workdir: Path) -> dict[str, Any]:
    """List every recording of the inputs.

    Parameters
    ----------
    request
        With the inputs.
    workdir
        For the tables.

    Returns
    -------
    dict
        ``recordings``: path of that table; ``count``: its rows; ``files``: path of the table of the files that were
        read; ``issues``: findings as dictionaries.
    """
    findings = Findings()
    files, recordings = workdir / "files.parquet", workdir / "recordings.parquet"
    uris = usable(request.inputs["recordings"], findings)
    list_files([uri for uri in (*uris, *usable(beside(request), findings)) if not is_stream(uri)], files, findings)
    count, issues = list_recordings(request, uris, recordings, findings)
    findings.add_all(issues)
    return {"recordings": str(recordings), "count": count, "files": str(files), "issues": findings.records()}


def list_recordings(
    request: Request[EcosystemParams], uris: Sequence[str], path: Path, findings: Findings
) -> tuple[int, list[Issue]]:
    """Write the table of recordings and return how many there are.

    Parameters
    ----------
    request
        With what the user says of times and places.
    uris
        Where to look.
    path
        For the table.
    findings
        Takes what is wrong with the tables of times and places.
    """
    params = request.params
    times: dict[str, float] = {}
    places: list[Place] = []
    for uri in request.inputs.get("times", ()):
        try:
            times, issues = read_times(uri, params.utc_offset_h)
        except PelagiaError as error:
            findings.add_error(error, objects=0)
        else:
            findings.add_all(issues)
    for uri in request.inputs.get("places", ()):
        try:
            places, issues = read_places(uri, params.utc_offset_h)
        except PelagiaError as error:
            findings.add_error(error, objects=0)
        else:
            findings.add_all(issues)
    return find_recordings(
        uris,
        rules=TimeRules(
            pattern=params.time_pattern, utc_offset_h=params.utc_offset_h, started_at=params.started_at, told=times
        ),
        places=places,
        site=params.site,
        camera=params.camera,
        deployment=params.deployment,
        path=path,
    )


def beside(request: Request[EcosystemParams]) -> tuple[str, ...]:
    """Return the addresses of what is no recording."""
    return tuple(uri for slot in BESIDE for uri in request.inputs.get(slot, ()))


def usable(uris: Sequence[str], findings: Findings) -> list[str]:
    """Return the addresses that lead somewhere; another one costs only itself."""
    good: list[str] = []
    for uri in uris:
        try:
            if not is_stream(uri):
                open_source(uri)
        except PelagiaError as error:
            findings.add_error(error, objects=0)
        else:
            good.append(uri)
    return good
