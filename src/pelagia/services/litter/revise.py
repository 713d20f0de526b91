"""A litter result with what people changed: items, survey, lengths of beach. All totals follow.

No picture is looked at again; tiles, views and vignettes are taken over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.result import Issue, Result
from pelagia.core.service import Decision, Edit, Request
from pelagia.io.findings import gather
from pelagia.services.litter.account import MADE_BY_ACCOUNT, account, write_accounts
from pelagia.services.litter.editor import ITEM, KEPT
from pelagia.services.litter.edits import Changes, change_lengths, change_survey
from pelagia.services.litter.item_edits import change_items
from pelagia.services.litter.service import LitterParams
from pelagia.services.litter.summary import notes, summarise

Record = dict[str, Any]


def revise(
    request: Request[LitterParams],
    result: Result,
    decisions: Mapping[str, Decision],
    workdir: Path,
    /,
    edits: Sequence[Edit] = (),
) -> Result:
    """Change items, survey and lengths, then account anew.

    A decision on an object is taken as an edit that keeps the item and names its class.
    """
    changes = Changes()
    pictures = _records(result, "pictures")
    named = [*_as_edits(decisions), *edits]
    items = change_items(named, result.tables["items"], pictures, workdir / "items.parquet", changes)
    survey = change_survey(named, _records(result, "survey"), pictures, request.params.strip_width_m, changes)
    lengths_m = change_lengths(named, pictures, request.params.length_m, changes)
    told = account(request, pictures, str(result.tables["tiles"].path), str(items.path), survey, lengths_m)
    trail = [*(_records(result, "edits") if "edits" in result.tables else ()), *changes.trail]
    return Result(
        tables={**result.tables, "items": items, **write_accounts(told, trail, workdir)},
        summary=summarise(request, told),
        issues=gather(_issues(result, changes, told)),
        provenance=result.provenance,
        artifacts=result.artifacts,
        notes=notes(request, told),
    )


def _as_edits(decisions: Mapping[str, Decision]) -> Iterator[Edit]:
    for name, one in decisions.items():
        yield Edit(kind=ITEM, subject=name, value={"state": KEPT, "item_class": one.label}, by=one.by, at=one.at)


def _issues(result: Result, changes: Changes, told: Mapping[str, Any]) -> Iterator[Issue]:
    yield from (issue for issue in result.issues if issue.code not in MADE_BY_ACCOUNT)
    yield from changes.issues
    yield from (Issue(**record) for record in told["issues"])


def _records(result: Result, table: str) -> list[Record]:
    records: list[Record] = result.tables[table].read().to_pylist()
    return records
