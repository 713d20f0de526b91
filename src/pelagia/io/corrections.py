"""A person's decisions, read from a CSV: they go before the model's."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.core.spreadsheet import as_typed
from pelagia.io.sources import open_source

REQUIRED = ("object_id", "taxon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided on one object."""

    taxon: str
    validated_by: str | None = None
    validated_at: str | None = None


@dataclass(slots=True)
class Corrections:
    """All decisions of a file; those that meet their object are ticked off with :meth:`take`."""

    file: str = ""
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def take(self, object_id: str) -> Decision | None:
        """Return the decision on an object, if there is one."""
        decision = self.decisions.get(object_id)
        if decision is not None:
            self._taken.add(object_id)
        return decision

    def left_over(self) -> Iterator[Issue]:
        """Return the findings on decisions whose object was not met."""
        missing = sorted(set(self.decisions) - self._taken)
        if missing:
            yield Issue(
                file=self.file,
                code="correction-without-object",
                message=f"{len(missing):,} decisions name objects that are not in the input",
                value=", ".join(missing[:5]) + (" …" if len(missing) > 5 else ""),
                remedy="Take the object_id from objects.parquet or objects.csv of the same input.",
                objects=len(missing),
            )


def read_corrections(uri: str) -> Corrections:
    """Read a CSV with the columns ``object_id`` and ``taxon`` and, if known, ``validated_by``, ``validated_at``.

    Commas, semicolons and tabs are understood. A later decision on the same object replaces an earlier one.

    Raises
    ------
    BadInput
        If the file cannot be read or lacks a required column.
    """
    source = open_source(uri)
    name = PurePosixPath(uri.replace("\\", "/")).name
    text = source.read(name).decode("utf-8-sig", errors="replace")
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=separator)
    missing = [column for column in REQUIRED if column not in (rows.fieldnames or ())]
    if missing:
        raise BadInput(
            f"the corrections have no column {' and no column '.join(missing)}",
            value=head.strip()[:120],
            remedy="The first line names the columns: object_id,taxon,validated_by,validated_at.",
            file=name,
            code="corrections-columns",
        )
    corrections = Corrections(file=name)
    decisions: dict[str, Decision] = {}
    for number, row in enumerate(rows, start=2):
        object_id, taxon = (as_typed((row[name] or "").strip()) for name in REQUIRED)
        if not object_id or not taxon:
            corrections.issues.append(_incomplete(name, number, object_id or taxon))
            continue
        decisions[object_id] = Decision(
            taxon=taxon,
            validated_by=as_typed((row.get("validated_by") or "").strip()) or None,
            validated_at=(row.get("validated_at") or "").strip() or None,
        )
    corrections.decisions = decisions
    return corrections


def _incomplete(file: str, line: int, value: str) -> Issue:
    return Issue(
        file=file,
        code="correction-incomplete",
        message=f"line {line} has no object_id or no taxon and was left out",
        value=value,
        remedy="Fill in both, or delete the line.",
        objects=1,
    )
