"""An ecosystem result with what people changed: boxes and tracks. All counts and series follow.

No recording is looked at again; frames, films and what was proposed to be labelled are taken over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.errors import NotFound
from pelagia.core.result import Issue, Result
from pelagia.core.service import Decision, Edit, Request
from pelagia.core.table import Table, write_table
from pelagia.io.findings import gather
from pelagia.learning.card import read_card
from pelagia.services.ecosystem.account import MADE_BY_ACCOUNT, account
from pelagia.services.ecosystem.changing import TABLES, Naming, change_tables
from pelagia.services.ecosystem.editor import DETECTION, KEPT, TRACK
from pelagia.services.ecosystem.edits import EDIT_COLUMNS, Changes
from pelagia.services.ecosystem.service import EcosystemParams
from pelagia.services.ecosystem.summary import notes, summarise

Record = dict[str, Any]
_TRACK_NAME = re.compile(r":[tp]\d+(:2)*$")
_BOX_NAME = re.compile(r":\d{9,}:p?\d+$")


def revise(
    request: Request[EcosystemParams],
    result: Result,
    decisions: Mapping[str, Decision],
    workdir: Path,
    /,
    edits: Sequence[Edit] = (),
) -> Result:
    """Change boxes and tracks, then account anew.

    A decision on an object is taken as an edit that keeps the box or track and names it.
    """
    changes = Changes()
    before = {name: result.tables[name].path for name in TABLES}
    naming = Naming(params=request.params, aphia_ids=classes_of(request))
    paths = change_tables([*_as_edits(decisions), *edits], before, workdir / "changed", naming, changes)
    told = account(request, paths["clips"], paths["frames"], paths["detections"], paths["tracks"], workdir)
    tables = {name: Path(path) for name, path in {**paths, **told["tables"]}.items()}
    trail = [*(_records(result, "edits") if "edits" in result.tables else ()), *changes.trail]
    return Result(
        tables={
            **result.tables,
            **{name: Table(name=name, path=path) for name, path in tables.items()},
            "edits": write_table("edits", workdir, EDIT_COLUMNS, trail),
        },
        summary=summarise(request, told),
        issues=gather(_issues(result, changes, told)),
        provenance=result.provenance,
        artifacts=result.artifacts,
        notes=notes(request, told),
    )


def classes_of(request: Request[EcosystemParams]) -> dict[str, int | None]:
    """Return the classes of the model with their AphiaIDs; none where it is not at hand any more."""
    try:
        card = read_card(Path(request.models["animals"].path))
    except NotFound:
        return {}
    return {one.name: one.aphia_id for one in card.classes}


def _as_edits(decisions: Mapping[str, Decision]) -> Iterator[Edit]:
    for name, one in decisions.items():
        is_track = _TRACK_NAME.search(name) and not _BOX_NAME.search(name)
        value = {"state": KEPT, "taxon": one.label}
        yield Edit(kind=TRACK if is_track else DETECTION, subject=name, value=value, by=one.by, at=one.at)


def _issues(result: Result, changes: Changes, told: Mapping[str, Any]) -> Iterator[Issue]:
    yield from (issue for issue in result.issues if issue.code not in MADE_BY_ACCOUNT)
    yield from changes.issues
    yield from (Issue(**record) for record in told["issues"])


def _records(result: Result, table: str) -> list[Record]:
    records: list[Record] = result.tables[table].read().to_pylist()
    return records
