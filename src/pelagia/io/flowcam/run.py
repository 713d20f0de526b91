"""One run as its files describe it: instrument, clocks, volume, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

import pyarrow as pa

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.core.table import Column
from pelagia.io.findings import finding
from pelagia.io.flowcam.classification import Classification, parse_classifications
from pelagia.io.flowcam.clocks import Clock, run_clock
from pelagia.io.flowcam.columns import PARTICLE_COLUMNS
from pelagia.io.flowcam.context import Context, number, parse_context
from pelagia.io.flowcam.crosscheck import check_spreadsheet
from pelagia.io.flowcam.normalise import Setting, passed_columns
from pelagia.io.flowcam.particles import BATCH_ROWS, ParticleReader, Tally, list_header
from pelagia.io.flowcam.runs import RunFiles
from pelagia.io.flowcam.summaries import Summary, parse_notes, parse_run_summary, parse_summary
from pelagia.io.flowcam.volume import ImagedVolume, run_volume
from pelagia.io.sources import Source

SMALL_FILE_BYTES = 64 << 20
CROSSCHECK_ROWS = 200_000
"""Longer lists are not compared with their exported table, which would have to be held in memory."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCamRun:
    """All that is known of a run besides its particles.

    Parameters
    ----------
    mode
        ``AutoImage`` or ``Trigger``; None where not known.
    started_utc, ended_utc, started_local, ended_local
        The two clocks of the run.
    utc_offset
        Local time less UTC; None where only one clock is at hand.
    volume
        The volume of the whole run, also where the operator deleted particles afterwards.
    columns
        The columns of its particles: the common ones, then ``lst_*``.
    counted
        How many particles the instrument counted, by the run summary.
    listed
        Rows of the list; None before they are read (``read_run(…, scan=False)``).
    deleted_by_operator
        Particles counted but no longer listed; None where that cannot be told.
    """

    sample_id: str
    files: RunFiles
    context: Context | None = None
    software_version: str | None = None
    magnification: str | None = None
    serial_number: str | None = None
    mode: str | None = None
    started_utc: datetime | None = None
    ended_utc: datetime | None = None
    started_local: datetime | None = None
    ended_local: datetime | None = None
    utc_offset: timedelta | None = None
    latitude: float | None = None
    longitude: float | None = None
    volume: ImagedVolume = field(default_factory=ImagedVolume)
    pixel_size_um: float | None = None
    fringe_size_px: float | None = None
    flow_cell_depth_um: float | None = None
    operator_notes: str = ""
    columns: tuple[Column, ...] = ()
    counted: int | None = None
    listed: int | None = None
    unreadable: int = 0
    deleted_by_operator: int | None = None
    merged_fragments: int | None = None
    stuck_duplicates: int | None = None
    issues: tuple[Issue, ...] = ()

    @property
    def setting(self) -> Setting:
        """What the particles need to know of the run."""
        nothing = float("nan")
        return Setting(
            pixel_size_um=self.pixel_size_um or nothing,
            fringe_px=nothing if self.fringe_size_px is None else self.fringe_size_px,
            utc_offset=self.utc_offset,
        )


def read_run(source: Source, files: RunFiles, *, scan: bool = True) -> FlowCamRun:
    """Read all that is known of a run.

    Parameters
    ----------
    source
        Where its files stand.
    files
        As :func:`~pelagia.io.flowcam.runs.find_runs` gave them.
    scan
        Pass once over the list, to count its rows and find what is wrong with them; without it only the
        head of the list is read.

    Returns
    -------
    FlowCamRun
        Never an exception for bad content: what is wrong is in ``issues``.
    """
    issues: list[Issue] = []
    context = _read(source, files.context, lambda data: _context(data, files.context, issues), issues)
    summaries = _summaries(source, files, issues)
    clock, clock_issues = run_clock(context, summaries, files.main)
    volume, volume_issues = run_volume(context, summaries, files.main)
    run = _described(files, context, summaries, clock, volume)
    notes = _read(source, files.notes, parse_notes, issues) or ""
    location_issues = _location_issues(context)
    run = replace(run, operator_notes=notes, issues=(*issues, *clock_issues, *volume_issues, *location_issues))
    if not scan:
        return _with_header(source, run)
    reader = ParticleReader(source, files, run.setting)
    pixel_size_um = None
    for batch in reader:
        if pixel_size_um is None:
            pixel_size_um = batch["pixel_size_um"][0].as_py()
    run = with_tally(replace(run, columns=reader.columns), reader.tally, pixel_size_um)
    if reader.tally.listed > CROSSCHECK_ROWS:
        return run
    return replace(run, issues=(*run.issues, *check_spreadsheet(source, files)))


def particle_batches(source: Source, files: RunFiles, rows: int = BATCH_ROWS) -> Iterator[pa.Table]:
    """Stream the particles of a run.

    Parameters
    ----------
    rows
        The rows of a batch; the last one may have fewer.

    Yields
    ------
    pyarrow.Table
        The columns of :data:`~pelagia.io.flowcam.columns.PARTICLE_COLUMNS`, then ``lst_*``; one row for
        each row of the list that can be read, in its order. Findings are those of :func:`read_run`; to have
        both in one pass use :class:`~pelagia.io.flowcam.particles.ParticleReader`.
    """
    yield from ParticleReader(source, files, run_setting(source, files), rows)


def run_setting(source: Source, files: RunFiles) -> Setting:
    """Return what the particles need to know of a run: pixel size, fringe, clock offset."""
    return read_run(source, files, scan=False).setting


def read_classifications(source: Source, files: RunFiles) -> tuple[tuple[Classification, ...], tuple[Issue, ...]]:
    """Read the classes given in VisualSpreadsheet; none, with a finding, where the file is damaged."""
    issues: list[Issue] = []
    found = _read(source, files.classification, lambda data: parse_classifications(data, files.classification), issues)
    return found or (), tuple(issues)


def with_tally(run: FlowCamRun, tally: Tally, list_pixel_size_um: float | None = None) -> FlowCamRun:
    """Return the run with what a pass over its list brought to light.

    Parameters
    ----------
    tally
        Of a :class:`~pelagia.io.flowcam.particles.ParticleReader` that was read to its end.
    list_pixel_size_um
        Pixel size of the first particle, compared with the context's.
    """
    rows = tally.listed + tally.unreadable
    deleted, count_issues = _deleted(run, rows, truncated=tally.truncated)
    calibration_issues = _calibration_issues(run, list_pixel_size_um)
    return replace(
        run,
        pixel_size_um=list_pixel_size_um or run.pixel_size_um,
        listed=tally.listed,
        unreadable=tally.unreadable,
        deleted_by_operator=deleted,
        merged_fragments=tally.merged_fragments,
        stuck_duplicates=tally.stuck_duplicates,
        issues=tuple(dict.fromkeys((*run.issues, *tally.issues, *count_issues, *calibration_issues))),
    )


def _read(source: Source, name: str, parse: Callable[[bytes], T], issues: list[Issue]) -> T | None:
    """Read and parse a small file; None, with a finding, where that fails or there is none."""
    if not name:
        return None
    try:
        return parse(source.read(name, limit_bytes=SMALL_FILE_BYTES))
    except PelagiaError as error:
        issues.append(finding(error, severity="warning"))
        return None


def _context(data: bytes, file: str, issues: list[Issue]) -> Context:
    context, found = parse_context(data, file)
    issues.extend(found)
    return context


def _summaries(source: Source, files: RunFiles, issues: list[Issue]) -> list[Summary]:
    found = (
        _read(source, files.summary, lambda data: parse_summary(data, files.summary), issues),
        _read(source, files.run_summary, lambda data: parse_run_summary(data, files.run_summary), issues),
    )
    return [summary for summary in found if summary is not None]


def _described(
    files: RunFiles, context: Context | None, summaries: list[Summary], clock: Clock, volume: ImagedVolume
) -> FlowCamRun:
    settings = context or Context(file="")

    def stated(*labels: str) -> str | None:
        return next((text for summary in summaries if (text := summary.text(*labels))), None)

    software = (stated("software") or "").removeprefix("VisualSpreadsheet").strip()
    counted = next((figure for summary in summaries if (figure := summary.number("particle count", "count"))), None)
    return FlowCamRun(
        sample_id=files.sample_id,
        files=files,
        context=context,
        software_version=settings.text("Software.SoftwareVersion") or software or None,
        magnification=settings.text("Software.CameraMagnification")
        or (stated("magnification") or "").rstrip("xX")
        or None,
        serial_number=settings.text("Software.SerialNo") or stated("serialno"),
        mode=_mode(settings, stated("mode")),
        started_utc=clock.started_utc,
        ended_utc=clock.ended_utc,
        started_local=clock.started_local,
        ended_local=clock.ended_local,
        utc_offset=clock.utc_offset,
        latitude=_degrees(settings, "Latitude", 90),
        longitude=_degrees(settings, "Longitude", 180),
        volume=volume,
        pixel_size_um=settings.number("Fluid.CalibrationConstant"),
        fringe_size_px=settings.number("Fluid.FringeSize"),
        flow_cell_depth_um=settings.number("Fluid.FlowCellDepth"),
        counted=None if counted is None else int(counted),
    )


def _mode(context: Context, stated: str | None) -> str | None:
    is_auto = context.flag("Camera.AutoTriggerFlag")
    if is_auto is None:
        return stated
    return "AutoImage" if is_auto else "Trigger"


def _degrees(context: Context, name: str, most: float) -> float | None:
    value = number(context.text(f"General.Location{name}"))
    return value if value is not None and abs(value) <= most else None


def _location_issues(context: Context | None) -> list[Issue]:
    if context is None:
        return []
    issues = []
    for name, most in (("Latitude", 90), ("Longitude", 180)):
        text = context.text(f"General.Location{name}")
        if text and _degrees(context, name, most) is None:
            issues.append(
                Issue(
                    file=context.file,
                    code="location-unreadable",
                    message=f"The {name.lower()} '{text}' is not a number of degrees and was left out.",
                    value=text,
                    remedy="Give the position in decimal degrees, north and east positive.",
                )
            )
    return issues


def _with_header(source: Source, run: FlowCamRun) -> FlowCamRun:
    try:
        header = list_header(source, run.files)
    except PelagiaError as error:
        return replace(run, issues=(*run.issues, finding(error)))
    columns = (*PARTICLE_COLUMNS, *passed_columns(header))
    return replace(run, columns=columns, issues=(*run.issues, *header.issues))


def _deleted(run: FlowCamRun, rows: int, *, truncated: bool) -> tuple[int | None, list[Issue]]:
    """Compare the rows of the list with the particles the instrument counted."""
    if run.counted is None or not run.files.particles:
        return None, []
    missing = run.counted - rows
    if missing == 0:
        return 0, []
    if missing < 0 or truncated:
        return None, [_count_issue(run, rows)]
    return missing, [
        Issue(
            file=run.files.main,
            code="rows-deleted-by-operator",
            message=f"The instrument counted {run.counted} particles and {rows} are listed: {missing} were deleted "
            "afterwards. The volume of the whole run is kept.",
            value=str(missing),
            remedy="None needed if only blanks, bubbles or duplicates were deleted; otherwise use the whole list.",
            severity="note",
            objects=missing,
        )
    ]


def _count_issue(run: FlowCamRun, rows: int) -> Issue:
    return Issue(
        file=run.files.main,
        code="count-mismatch",
        message=f"The instrument counted {run.counted} particles, but {rows} are listed.",
        value=str(rows),
        remedy="Check that the list is whole, and that list and summary belong to the same run.",
        objects=abs((run.counted or 0) - rows),
    )


def _calibration_issues(run: FlowCamRun, list_pixel_size_um: float | None) -> list[Issue]:
    stated = run.context.number("Fluid.CalibrationConstant") if run.context else None
    if stated is None or list_pixel_size_um is None or abs(stated - list_pixel_size_um) <= 1e-4:
        return []
    return [
        Issue(
            file=run.files.main,
            code="calibration-mismatch",
            message=f"A pixel is {list_pixel_size_um:g} µm in the list and {stated:g} µm in the context: "
            "sizes follow the list, the volume follows the context.",
            value=f"{list_pixel_size_um:g} µm",
            remedy="Check that list and context belong to the same run, and which constant is right.",
        )
    ]
