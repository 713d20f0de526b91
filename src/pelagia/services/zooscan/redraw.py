"""Lines that people drew: the objects they are on, cut, measured, drawn and named anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from pelagia.core.result import Artifact, Issue, Result
from pelagia.core.service import Edit, Request
from pelagia.core.table import Table
from pelagia.imaging.cuts import Cut
from pelagia.services.zooscan.items import object_item
from pelagia.services.zooscan.names import stem_of
from pelagia.services.zooscan.objects import Organism, cut_records, describe, separated
from pelagia.services.zooscan.pack import read_objects
from pelagia.services.zooscan.service import ZooScanParams

Record = dict[str, Any]
KIND = "cuts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawn:
    """The lines a person wants on one object; none where it shall stay whole."""

    scan_id: str
    number: int
    cuts: tuple[Cut, ...]
    by: str
    at: str


@dataclass(slots=True)
class Anew:
    """What redrawn lines made: rows of ``objects`` by the object cut, rows of ``cuts``, archives of vignettes.

    Parameters
    ----------
    missing
        Objects that lines were drawn on and that are not in the result.
    """

    rows: dict[str, list[Record]] = field(default_factory=dict)
    cuts: list[Record] = field(default_factory=list)
    archives: list[Artifact] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def read_redrawn(edits: Iterable[Edit]) -> dict[str, Redrawn]:
    """Return what holds of the lines on every object somebody changed them on."""
    held: dict[str, Edit] = {}
    for edit in edits:
        if edit.kind == KIND:
            held.pop(edit.subject, None)
            if edit.value is not None:
                held[edit.subject] = edit
    found: dict[str, Redrawn] = {}
    for name, edit in held.items():
        scan_id, _, number = name.rpartition("_")
        number = number if number.isdigit() else "0"
        lines = tuple(
            Cut(points=tuple((float(row), float(col)) for row, col in line), source="person") for line in edit.value
        )
        found[name] = Redrawn(scan_id=scan_id, number=int(number), cuts=lines, by=edit.by, at=edit.at)
    return found


def cut_again(
    request: Request[ZooScanParams],
    result: Result,
    redrawn: Mapping[str, Redrawn],
    tables: tuple[Sequence[Record], Sequence[Record]],
    workdir: Path,
) -> Anew:
    """Cut, measure, draw and name what was redrawn.

    Parameters
    ----------
    request
        What the service was asked.
    result
        As the machine gave it, with the packs of its scans.
    redrawn
        Object → its lines.
    tables
        Rows of ``scans`` and ``samples``.
    workdir
        Where the vignettes are written.
    """
    scans, samples = tables
    packs = {Path(one.name).stem: one.path for one in result.artifacts if one.role == "regions"}
    by_sample = {sample["sample_id"]: sample for sample in samples}
    scores = _scores(result.tables["objects"], redrawn)
    anew = Anew()
    for scan in scans:
        mine = {name: one for name, one in redrawn.items() if one.scan_id == scan["scan_id"]}
        if mine:
            archive = f"vignettes/{stem_of(scan['scan_id'])}-redrawn.zip"
            pack = str(packs[stem_of(scan["scan_id"])])
            item = object_item(request, scan, by_sample[scan["sample_id"]], pack, {})
            _cut_scan(item | {"archive": str(workdir / archive), "archive_name": archive}, mine, scores, anew)
    anew.missing += [name for name in redrawn if name not in anew.rows and name not in anew.missing]
    return anew


def _cut_scan(item: Record, mine: Mapping[str, Redrawn], scores: Mapping[str, float], anew: Anew) -> None:
    regions = read_objects(Path(item["pack"]), [one.number for one in mine.values()])
    organisms: list[Organism] = []
    there = {name: one for name, one in mine.items() if one.number in regions}
    for name, one in there.items():
        found, applied = separated(item, one.number, regions[one.number], scores.get(name), one.cuts)
        organisms += found
        anew.cuts += cut_records(item, one.number, one.cuts, applied=applied, by=one.by, at=one.at)
    if not organisms:
        return
    table = describe(organisms, item)
    for name, one in there.items():
        anew.rows[name] = table.filter(pc.equal(table["number"], one.number)).to_pylist()
    anew.archives.append(
        Artifact(
            role="vignettes",
            name=item["archive_name"],
            path=Path(item["archive"]),
            media_type="application/zip",
            description=f"Vignettes of {item['scan_id']} whose lines people changed",
        )
    )


def _scores(objects: Table, redrawn: Mapping[str, Redrawn]) -> dict[str, float]:
    wanted = set(redrawn)
    found: dict[str, float] = {}
    for row in objects.records(["scan_id", "number", "multiple_score"]):
        name = f"{row['scan_id']}_{row['number']}"
        if name in wanted and row["multiple_score"] is not None:
            found[name] = float(str(row["multiple_score"]))
    return found


def no_object(name: str) -> Issue:
    """Return the finding on lines whose object is not there."""
    return Issue(
        file="the lines drawn in the editor",
        code="cut-without-object",
        message="Lines were drawn on an object that is not in the result.",
        value=name,
        remedy="Open the scan again and draw them anew.",
    )
