"""The content of the report of an oil spill, gathered from a Result; the template only sets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pelagia.core.provenance import Provenance
from pelagia.core.result import Figure, Issue, Result
from pelagia.exports.oilspill.words import duration, minute
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.report.edits import Changes, read_changes
from pelagia.exports.report.findings import Group, group_findings
from pelagia.exports.report.numbers import interval, many, percent, quantity
from pelagia.exports.report.oilspill.answers import answers, caveats
from pelagia.exports.report.oilspill.balance import BalanceChart, draw_balance, read_balance
from pelagia.exports.report.oilspill.coast import Coast, read_coast
from pelagia.exports.report.oilspill.fit import Fit, read_fit
from pelagia.exports.report.oilspill.maps import Maps, draw_maps
from pelagia.exports.report.oilspill.slicks import Scene, Slick, read_scenes, read_slicks, set_slicks
from pelagia.exports.report.page import TableInFolder, contents, listed, settings, verdict_of

_SAID_ELSEWHERE = ("centre_", "closure_error", "fitted_", "fss_", "members")
_OF_SLICKS = ("slicks_", "area_")
"""Figures that have a place of their own on the page; those of slicks beside a forecast."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpillTile:
    """A figure of the summary; ``range`` says what it is a range of."""

    label: str
    value: str
    unit: str
    range: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpillPage:
    """Everything the report of a spill says."""

    title: str
    facts: tuple[str, ...]
    verdict: str
    needs_you: bool
    answers: tuple[tuple[str, str], ...]
    tiles: tuple[SpillTile, ...]
    maps: Maps | None
    balance: BalanceChart | None
    is_backward: bool
    coast: Coast
    fit: Fit | None
    slicks: tuple[Slick, ...]
    slicks_left_out: int
    scenes: tuple[Scene, ...]
    scenes_left_out: int
    unreadable: int
    assumptions: tuple[str, ...]
    changes: Changes | None
    findings: tuple[Group, ...]
    caveats: tuple[str, ...]
    provenance: Provenance
    settings: tuple[tuple[str, str], ...]
    contents: tuple[TableInFolder, ...]
    files: tuple[tuple[str, int], ...]
    licence: str
    created: str
    thing: str = "slick"
    model_tiles: tuple[()] = ()
    notes: tuple[()] = ()

    def has_file(self, name: str) -> bool:
        """Tell whether a file (or a folder of many) is beside the report."""
        return any(one == name or one.startswith(f"{name}/") or name.startswith(one) for one, _ in self.files)


def read_page(result: Result, *, issues: Sequence[Issue], files: Sequence[str], options: ExportOptions) -> SpillPage:
    """Gather what the report of a spill says."""
    slicks, balance, findings = read_slicks(result), read_balance(result), group_findings(issues)
    coast, stretches = read_coast(result)
    shown, fit = set_slicks(slicks), read_fit(result)
    scenes, scenes_left_out, unreadable = read_scenes(result)
    is_backward = bool(balance) and balance[-1]["hours"] < 0
    return SpillPage(
        title=_title(balance, slicks, options),
        facts=_facts(balance, slicks, result, options),
        verdict=_verdict(findings),
        needs_you=any(group.severity != "note" for group in findings),
        answers=answers(result, balance, coast, stretches, slicks, fit),
        tiles=() if is_backward else _tiles(result),
        maps=draw_maps(result, balance, slicks),
        balance=None if is_backward else draw_balance(result, balance),
        is_backward=is_backward,
        coast=coast,
        fit=fit,
        slicks=shown,
        slicks_left_out=len(slicks) - len(shown),
        scenes=scenes,
        scenes_left_out=scenes_left_out,
        unreadable=unreadable,
        assumptions=result.notes,
        changes=read_changes(result),
        findings=findings,
        caveats=caveats(balance, result),
        provenance=result.provenance,
        settings=settings(result.provenance),
        contents=contents(result),
        files=listed(files),
        licence=options.dataset.licence,
        created=options.created.isoformat(),
    )


def _verdict(findings: Sequence[Group]) -> str:
    """Say whether the input asks for a person; the spill itself does in any case."""
    if any(group.severity != "note" for group in findings):
        return f"About the input: {verdict_of(findings)}"
    notes = sum(group.number for group in findings)
    return "No problem was found with the input" + (f"; {many(notes, 'note')} for you to know" if notes else "")


def _title(balance: Sequence[Row], slicks: Sequence[Row], options: ExportOptions) -> str:
    if options.dataset.title:
        return options.dataset.title
    if balance:
        kind = "where it came from" if balance[-1]["hours"] < 0 else "where it goes"
        return f"Oil spill of {balance[0]['time_utc'][:10]}: {kind}"
    seen = sorted({row["observed_utc"][:10] for row in slicks if row["observed_utc"]})
    return f"Oil slicks of {seen[0]}" if len(seen) == 1 else "Oil slicks"


def _facts(balance: Sequence[Row], slicks: Sequence[Row], result: Result, options: ExportOptions) -> tuple[str, ...]:
    facts = []
    if balance:
        facts.append(f"{minute(balance[0]['time_utc'])} to {minute(balance[-1]['time_utc'])}")
        facts.append(duration(balance[-1]["hours"]))
        oils = sorted({row["oil"] for row in slicks if row["role"] != "observed" and row["oil"]})
        facts += [f"oil {', '.join(oils)}"] if oils else []
    found = sum(row["role"] == "detected" for row in slicks)
    facts += [f"{many(found, 'slick')} found in scenes"] if found else []
    if "members" in result.tables:
        facts.append(many(result.tables["members"].rows, "forecast of the ensemble", "forecasts of the ensemble"))
    return (*facts, f"report of {options.created.isoformat()}")


def _tiles(result: Result) -> tuple[SpillTile, ...]:
    elsewhere = (*_SAID_ELSEWHERE, *_OF_SLICKS) if "mass_balance" in result.tables else _SAID_ELSEWHERE
    return tuple(
        _tile(name, figure)
        for name, figure in result.summary.items()
        if figure.value is not None and not name.startswith(elsewhere)
    )


def _tile(name: str, figure: Figure) -> SpillTile:
    is_share = figure.unit == "share" and isinstance(figure.value, (int, float))
    value = percent(float(figure.value)) if is_share else quantity(figure.value)  # type: ignore[arg-type]
    bounds = ""
    if figure.low is not None and figure.high is not None:
        bounds = f"{percent(figure.low)} to {percent(figure.high)}" if is_share else interval(figure.low, figure.high)
    return SpillTile(
        label=figure.description,
        value=value,
        unit="" if is_share else figure.unit,
        range=f"95 %: {bounds}" if bounds else "",
    )
