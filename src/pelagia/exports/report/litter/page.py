"""The content of the report of a litter survey, gathered from a Result; the template only sets it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pelagia.core.provenance import Provenance
from pelagia.core.result import Figure, Issue, Result
from pelagia.exports.litter.pictures import read_pictures
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.report.edits import Changes, read_changes
from pelagia.exports.report.findings import Group, group_findings
from pelagia.exports.report.litter.densities import Densities, read_densities
from pelagia.exports.report.litter.examples import Examples, choose_examples
from pelagia.exports.report.litter.ground_classes import Ground, read_ground
from pelagia.exports.report.litter.maps import Maps, draw_maps
from pelagia.exports.report.litter.unknowns import not_known, privacy, reading
from pelagia.exports.report.numbers import many, percent
from pelagia.exports.report.page import TableInFolder, Tile, contents, listed, settings, tile, verdict_of
from pelagia.exports.tables import records

PICTURES_AT_MOST = 100
GROUNDS_AT_MOST = 40
_SCORES = ("accuracy", "macro_f1")
_SAID_ELSEWHERE = frozenset({"people", "pictures", "areas", "litter_m2", "litter_m3", "litter_items", "boxes_m2"})
"""Figures that have a place of their own on the page."""
_TOLD_IF_ANY = frozenset({"not_counted", "validated"})

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyPage:
    """Everything the report of a survey says."""

    title: str
    facts: tuple[str, ...]
    verdict: str
    needs_you: bool
    tiles: tuple[Tile, ...]
    reading: str
    maps: Maps
    densities: Densities
    ground: tuple[Ground, ...]
    ground_left_out: int
    examples: Examples
    pictures: tuple[Row, ...]
    pictures_left_out: int
    privacy: str
    not_known: tuple[str, ...]
    changes: Changes | None
    findings: tuple[Group, ...]
    model_tiles: tuple[Tile, ...]
    notes: tuple[str, ...]
    caveats: tuple[str, ...]
    provenance: Provenance
    settings: tuple[tuple[str, str], ...]
    contents: tuple[TableInFolder, ...]
    files: tuple[tuple[str, int], ...]
    licence: str
    created: str
    thing: str = "object"

    @property
    def unreadable(self) -> int:
        """How many images chosen for the report could not be read."""
        return self.examples.unreadable

    def has_file(self, name: str) -> bool:
        """Tell whether a file (or a folder of many) is beside the report."""
        return any(one == name or one.startswith(f"{name}/") for one, _ in self.files)


def read_page(result: Result, *, issues: Sequence[Issue], files: Sequence[str], options: ExportOptions) -> SurveyPage:
    """Gather what the report of a survey says; large tables are read piece by piece."""
    pictures = read_pictures(result)
    rows = [_complete(row) for row in pictures.values()]
    counts = _class_counts(result)
    densities, findings, ground = read_densities(result), group_findings(issues), read_ground(result)
    return SurveyPage(
        title=_title(rows, options),
        facts=_facts(rows, counts, result, options),
        verdict=verdict_of(findings),
        needs_you=any(group.severity != "note" for group in findings),
        tiles=_tiles(result, model=False),
        reading=reading(densities),
        maps=draw_maps(result, {row["image_id"]: row for row in rows}, list(counts)),
        densities=densities,
        ground=ground[:GROUNDS_AT_MOST],
        ground_left_out=len(ground[GROUNDS_AT_MOST:]),
        examples=choose_examples(result, counts),
        pictures=tuple(rows[:PICTURES_AT_MOST]),
        pictures_left_out=max(0, len(rows) - PICTURES_AT_MOST),
        privacy=privacy(result, rows),
        not_known=not_known(rows, densities),
        changes=read_changes(result),
        findings=findings,
        model_tiles=_tiles(result, model=True),
        notes=result.notes,
        caveats=_caveats(densities),
        provenance=result.provenance,
        settings=settings(result.provenance),
        contents=contents(result),
        files=listed(files),
        licence=options.dataset.licence,
        created=options.created.isoformat(),
    )


_PICTURE_COLUMNS = ("people", "position_error_m", "view", "gsd_cm", "gsd_source", "taken_at", "altitude_m")


def _complete(row: Row) -> dict[str, Any]:
    """Return a row with every column the report asks for."""
    return {**dict.fromkeys(_PICTURE_COLUMNS), **row}


def _class_counts(result: Result) -> dict[str, int]:
    counts = Counter(
        row["item_class"] or ""
        for row in records(result.tables["items"], ("item_class", "is_counted"))
        if row["is_counted"]
    )
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _title(pictures: Sequence[Row], options: ExportOptions) -> str:
    if options.dataset.title:
        return options.dataset.title
    areas = list(dict.fromkeys(row["area_id"] for row in pictures))
    return f"Litter: {areas[0]}" if len(areas) == 1 else "Litter report"


def _facts(
    pictures: Sequence[Row], counts: Mapping[str, int], result: Result, options: ExportOptions
) -> tuple[str, ...]:
    areas = len({row["area_id"] for row in pictures})
    facts = [many(len(pictures), "picture"), many(areas, "area"), many(sum(counts.values()), "item")]
    dates = sorted(row["taken_at"][:10] for row in pictures if row["taken_at"])
    if dates:
        facts.append("taken on " + " to ".join(dict.fromkeys((dates[0], dates[-1]))))
    facts += [f"model {model.name} {model.version}" for model in result.provenance.models]
    return (*facts, f"report of {options.created.isoformat()}")


def _tiles(result: Result, *, model: bool) -> tuple[Tile, ...]:
    """Return the figures that are known; what is not is said in words."""
    ours = {f"{one.role}_{score}" for one in result.provenance.models for score in _SCORES}
    return tuple(
        _tile(figure) for name, figure in result.summary.items() if (name in ours) is model and _is_told(name, figure)
    )


def _is_told(name: str, figure: Figure) -> bool:
    if name in _SAID_ELSEWHERE or figure.value is None:
        return False
    return bool(figure.value) or name not in _TOLD_IF_ANY


def _tile(figure: Figure) -> Tile:
    """Return a figure as the page sets it: a share as percent."""
    made = tile(figure)
    if figure.unit == "share" and isinstance(figure.value, float):
        return replace(made, value=percent(figure.value), unit="")
    return made


def _caveats(densities: Densities) -> tuple[str, ...]:
    told = [
        "Items marked “predicted” were found by a model and seen by no person; “validated” ones were decided on by a"
        " person.",
        "An item is what a box was drawn around: what lies under sand or other litter is not counted, a heap may"
        " count as one.",
        "The ground that items cover is that of their boxes, an upper bound.",
    ]
    if any(count.method == "poisson" for count in densities.wholes):
        told.append(
            "Where there are too few pieces of ground to compare, an interval is that of chance alone (Poisson)."
        )
    return tuple(told)
