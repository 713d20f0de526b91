"""The inventory: which pictures the inputs hold, where they lie, what was surveyed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.errors import PelagiaError
from pelagia.core.service import Request
from pelagia.io.findings import Findings
from pelagia.io.rasters.inventory import find_pictures
from pelagia.io.sources import open_source
from pelagia.io.sources.checksums import list_files
from pelagia.services.litter.service import LitterParams
from pelagia.services.litter.survey import read_survey


def take_inventory(request: Request[LitterParams], workdir: Path) -> dict[str, Any]:
    """List every picture of the inputs.

    Parameters
    ----------
    request
        With the inputs.
    workdir
        Takes a copy of what is not a file of this machine.

    Returns
    -------
    dict
        ``pictures``: as records of :class:`pelagia.io.rasters.picture.Picture`; ``survey``: rows of that table;
        ``files``: path of the table of the files that were read; ``issues``: findings as dictionaries.
    """
    findings = Findings()
    params = request.params
    uris = usable(request.inputs["pictures"], findings)
    files = workdir / "files.parquet"
    list_files([*uris, *usable(others(request), findings)], files, findings)
    pictures, issues = find_pictures(uris, gsd_cm=params.gsd_cm, area_id=params.area_id, workdir=workdir / "pictures")
    findings.add_all(issues)
    records = [picture.to_record() for picture in pictures]
    survey = survey_rows(request, records, findings)
    return {
        "pictures": records,
        "survey": survey,
        "files": str(files),
        "issues": findings.records(),
    }


def others(request: Request[LitterParams]) -> tuple[str, ...]:
    """Return the addresses of what is no picture: survey and corrections."""
    return (*request.inputs.get("survey", ()), *request.inputs.get("corrections", ()))


def survey_rows(
    request: Request[LitterParams], pictures: Sequence[Mapping[str, Any]], findings: Findings
) -> list[dict[str, Any]]:
    """Return the rows of ``survey``; one that cannot be read costs only itself.

    Parameters
    ----------
    request
        With the inputs.
    pictures
        As records.
    findings
        Takes what is wrong with the survey.
    """
    found: list[dict[str, Any]] = []
    for uri in request.inputs.get("survey", ()):
        try:
            rows, issues = read_survey(uri, pictures, request.params.strip_width_m)
        except PelagiaError as error:
            findings.add_error(error, objects=0)
        else:
            found += rows
            findings.add_all(issues)
    return found


def usable(uris: Sequence[str], findings: Findings) -> list[str]:
    """Return the addresses that lead somewhere; another one costs only itself."""
    good: list[str] = []
    for uri in uris:
        try:
            open_source(uri)
        except PelagiaError as error:
            findings.add_error(error, objects=0)
        else:
            good.append(uri)
    return good
