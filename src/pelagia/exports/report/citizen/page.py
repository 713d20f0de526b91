"""The content of the report of a consensus, gathered from a Result; the template only sets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pelagia.core.provenance import Provenance
from pelagia.core.result import Figure, Issue, Result
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.report.citizen.persons import Persons, read_persons
from pelagia.exports.report.citizen.pictures import Pictures, choose_pictures
from pelagia.exports.report.findings import Group, group_findings
from pelagia.exports.report.numbers import interval, many, percent
from pelagia.exports.report.page import TableInFolder, Tile, contents, listed, settings, tile, verdict_of
from pelagia.exports.tables import records

CLASSES_AT_MOST = 60
_TOLD_IF_ANY = frozenset({"experts", "marks_duplicate", "outliers"})
_SAID_ELSEWHERE = frozenset({"images_train", "images_validation", "images_test", "rounds", "annotators"})

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfSet:
    """A part of the training set, a number of boxes for each class."""

    name: str
    images: int
    boxes: int
    deployments: tuple[str, ...]
    by_class: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsensusPage:
    """Everything the report of a consensus says."""

    title: str
    facts: tuple[str, ...]
    verdict: str
    needs_you: bool
    tiles: tuple[Tile, ...]
    pictures: Pictures
    persons: Persons
    parts: tuple[PartOfSet, ...]
    classes: tuple[str, ...]
    classes_left_out: int
    findings: tuple[Group, ...]
    notes: tuple[str, ...]
    caveats: tuple[str, ...]
    provenance: Provenance
    settings: tuple[tuple[str, str], ...]
    contents: tuple[TableInFolder, ...]
    files: tuple[tuple[str, int], ...]
    licence: str
    created: str
    model_tiles: tuple[Tile, ...] = ()
    changes: None = None
    thing: str = "mark"

    @property
    def unreadable(self) -> int:
        """How many images chosen for the report could not be read."""
        return self.pictures.unreadable

    def has_file(self, name: str) -> bool:
        """Tell whether a file (or a folder of many) is beside the report."""
        return any(one == name or one.startswith(f"{name}/") for one, _ in self.files)


def read_page(
    result: Result, *, issues: Sequence[Issue], files: Sequence[str], options: ExportOptions
) -> ConsensusPage:
    """Gather what the report of a consensus says; large tables are read piece by piece."""
    findings, parts = group_findings(issues), _parts(result)
    totals: dict[str, int] = {}
    for part in parts:
        for name, number in part.by_class.items():
            totals[name] = totals.get(name, 0) + number
    classes = sorted(totals, key=lambda name: (-totals[name], name))
    return ConsensusPage(
        title=options.dataset.title or "What annotators agree on",
        facts=_facts(result, options),
        verdict=verdict_of(findings),
        needs_you=any(group.severity != "note" for group in findings),
        tiles=tuple(_tile(figure) for name, figure in result.summary.items() if _is_told(name, figure)),
        pictures=choose_pictures(result),
        persons=read_persons(result),
        parts=parts,
        classes=tuple(classes[:CLASSES_AT_MOST]),
        classes_left_out=len(classes[CLASSES_AT_MOST:]),
        findings=findings,
        notes=result.notes,
        caveats=_caveats(),
        provenance=result.provenance,
        settings=settings(result.provenance),
        contents=contents(result),
        files=listed(files),
        licence=options.dataset.licence,
        created=options.created.isoformat(),
    )


def _facts(result: Result, options: ExportOptions) -> tuple[str, ...]:
    figures = result.summary
    return (
        many(int(figures["images"].value or 0), "image"),
        many(int(figures["annotators"].value or 0), "annotator"),
        many(int(figures["marks"].value or 0), "mark"),
        f"report of {options.created.isoformat()}",
    )


def _is_told(name: str, figure: Figure) -> bool:
    if name in _SAID_ELSEWHERE or figure.value is None:
        return False
    return bool(figure.value) or name not in _TOLD_IF_ANY


def _tile(figure: Figure) -> Tile:
    """Return a figure as the page sets it: a share as percent."""
    made = tile(figure)
    if figure.unit != "share" or not isinstance(figure.value, float):
        return made
    bounds = [None if bound is None else round(100 * bound, 1) for bound in (figure.low, figure.high)]
    told = interval(*bounds)
    return replace(made, value=percent(figure.value), unit="", interval=f"{told} %" if told else "")


def _parts(result: Result) -> tuple[PartOfSet, ...]:
    rows = list(records(result.tables["split"], ("part", "deployment", "item_class", "images", "boxes")))
    parts = []
    for name in dict.fromkeys(row["part"] for row in rows):
        own = [row for row in rows if row["part"] == name]
        whole = next(row for row in own if row["deployment"] == "all" and row["item_class"] == "all")
        parts.append(
            PartOfSet(
                name=name,
                images=whole["images"],
                boxes=whole["boxes"],
                deployments=tuple(dict.fromkeys(row["deployment"] for row in own if row["deployment"] != "all")),
                by_class={
                    row["item_class"]: row["boxes"]
                    for row in own
                    if row["deployment"] == "all" and row["item_class"] != "all"
                },
            )
        )
    return tuple(parts)


def _caveats() -> tuple[str, ...]:
    return (
        "“Accepted” says that enough people marked it, not that it is right: only images that experts looked at tell "
        "how often it is.",
        "What nobody marked is in no table. Agreement on an animal says nothing of those that all overlooked.",
        "Intervals of means take boxes of one image together, since they resemble each other.",
        "Lengths are in pixels of the image: without a scale they compare animals of one camera at one distance.",
    )
