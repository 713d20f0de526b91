"""The content of the report of an ecosystem result, gathered from a Result; the template only sets it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pelagia.core.provenance import Provenance
from pelagia.core.result import Figure, Issue, Result
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.report.ecosystem.caveats import caveats, not_known, reading
from pelagia.exports.report.ecosystem.clips import Clips, Row, read_clips, read_tows
from pelagia.exports.report.ecosystem.drawings import CameraDrawing, draw_camera
from pelagia.exports.report.ecosystem.readings import Total, read_cameras, read_totals
from pelagia.exports.report.ecosystem.rhythms import Rhythm, days, years
from pelagia.exports.report.edits import Changes, read_changes
from pelagia.exports.report.findings import Group, group_findings
from pelagia.exports.report.numbers import many, percent
from pelagia.exports.report.page import TableInFolder, Tile, contents, listed, settings, tile, verdict_of

TAXA_AT_MOST = 100
TIMELINE_LIMIT_BYTES = 4 << 20
_MODEL_FIGURE, _PEAK_FIGURE = "model_", "max_n_"
_PEAKS_AT_MOST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FootagePage:
    """Everything the report of footage says."""

    title: str
    facts: tuple[str, ...]
    verdict: str
    needs_you: bool
    tiles: tuple[Tile, ...]
    reading: str
    not_known: tuple[str, ...]
    timeline: str
    cameras: tuple[CameraDrawing, ...]
    cameras_left_out: int
    days: tuple[Rhythm, ...]
    years: tuple[Rhythm, ...]
    totals: tuple[Total, ...]
    totals_left_out: int
    clips: Clips
    tows: tuple[Row, ...]
    tows_left_out: int
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
    thing: str = "clip"
    unreadable: int = 0

    def has_file(self, name: str) -> bool:
        """Tell whether a file (or a folder of many) is beside the report."""
        return any(one == name or one.startswith(f"{name}/") or name.startswith(one) for one, _ in self.files)


def read_page(result: Result, *, issues: Sequence[Issue], files: Sequence[str], options: ExportOptions) -> FootagePage:
    """Gather what the report of footage says; the tables are read row by row."""
    table = result.tables["time_series"]
    totals, clips, findings = read_totals(table), read_clips(result), group_findings(issues)
    cameras, left_out = read_cameras(table, totals)
    drawn = tuple(drawing for camera in cameras if (drawing := draw_camera(camera)) is not None)
    tows, tows_left_out = read_tows(result)
    return FootagePage(
        title=_title(result, cameras[0].key[0] if len(cameras) == 1 else "", options),
        facts=_facts(clips, result, options),
        verdict=verdict_of(findings),
        needs_you=any(group.severity != "note" for group in findings),
        tiles=_tiles(result, model=False),
        reading=reading(clips),
        not_known=not_known(clips, totals),
        timeline=_timeline(result),
        cameras=drawn,
        cameras_left_out=left_out if drawn else 0,
        days=days(table, cameras),
        years=years(table, cameras),
        totals=tuple(totals[:TAXA_AT_MOST]),
        totals_left_out=len(totals[TAXA_AT_MOST:]),
        clips=clips,
        tows=tows,
        tows_left_out=tows_left_out,
        changes=read_changes(result),
        findings=findings,
        model_tiles=_tiles(result, model=True),
        notes=result.notes,
        caveats=caveats(totals, has_tows=bool(tows)),
        provenance=result.provenance,
        settings=settings(result.provenance),
        contents=contents(result),
        files=listed(files),
        licence=options.dataset.licence,
        created=options.created.isoformat(),
    )


def _title(result: Result, site: str, options: ExportOptions) -> str:
    if options.dataset.title:
        return options.dataset.title
    return f"Ecosystem: {site}" if site else "Ecosystem report"


def _facts(clips: Clips, result: Result, options: ExportOptions) -> tuple[str, ...]:
    facts = [many(clips.number, "clip"), many(clips.recordings, "recording")]
    if clips.first_utc:
        facts.append("begun on " + " to ".join(dict.fromkeys((clips.first_utc[:10], clips.last_utc[:10]))))
    facts += [f"model {model.name} {model.version}" for model in result.provenance.models]
    return (*facts, f"report of {options.created.isoformat()}")


def _tiles(result: Result, *, model: bool) -> tuple[Tile, ...]:
    """Return the figures that are known; of MaxN those of few taxa, as all stand in the table."""
    told = []
    peaks = 0
    for name, figure in result.summary.items():
        if name.startswith(_MODEL_FIGURE) is not model or figure.value is None:
            continue
        peaks += name.startswith(_PEAK_FIGURE)
        if not name.startswith(_PEAK_FIGURE) or peaks <= _PEAKS_AT_MOST:
            told.append(_tile(figure))
    return tuple(told)


def _tile(figure: Figure) -> Tile:
    """Return a figure as the page sets it: a share as percent."""
    made = tile(figure)
    if figure.unit == "share" and isinstance(figure.value, float):
        return replace(made, value=percent(figure.value), unit="")
    return made


def _timeline(result: Result) -> str:
    """Return the picture of the scores over time as an address of the page; empty where there is none."""
    for artifact in result.artifacts:
        if artifact.role == "timeline" and artifact.path.stat().st_size <= TIMELINE_LIMIT_BYTES:
            return f"data:image/png;base64,{base64.b64encode(artifact.path.read_bytes()).decode()}"
    return ""
