"""The particles of a run, streamed in one form whatever wrote the file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.core.result import Issue
from pelagia.core.table import Column
from pelagia.io.findings import finding
from pelagia.io.flowcam.columns import PARTICLE_COLUMNS
from pelagia.io.flowcam.duplicates import find_duplicates, no_sightings
from pelagia.io.flowcam.header import HEAD_BYTES, ListHeader, read_header
from pelagia.io.flowcam.normalise import Setting, numbers, particle_table, passed_columns, sightings_of, sizes_of
from pelagia.io.flowcam.rows import RowFindings, row_tables
from pelagia.io.flowcam.runs import RunFiles
from pelagia.io.flowcam.sizes import CHECKED, Floats, differences
from pelagia.io.flowcam.spreadsheet import read_spreadsheet_header
from pelagia.io.sources import Source

BATCH_ROWS = 8192
_READ_ERRORS = (OSError, EOFError, zlib.error, zipfile.BadZipFile)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was met on the way through a list; complete when all particles have been read.

    Parameters
    ----------
    listed
        Rows given out: one for each row of the list that could be read.
    unreadable
        Rows that could not be read; each is in a finding.
    merged_fragments
        Particles that consist of several fragments (ppc > 1).
    stuck_duplicates
        Particles that repeat one stuck to the flow cell.
    size_mismatches
        Particles with a size that differs from its formula.
    """

    listed: int = 0
    unreadable: int = 0
    merged_fragments: int = 0
    stuck_duplicates: int = 0
    size_mismatches: int = 0
    times_unreadable: int = 0
    ids_missing: int = 0
    ids_repeated: int = 0
    truncated: bool = False
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mismatch:
    """The worst disagreement between a formula and the file."""

    times: float = 0.0
    particle_id: int = 0
    column: str = ""
    stated: float = 0.0
    computed: float = 0.0


class ParticleReader:
    """One pass over the particles of a run: iterate for the batches, then look at :attr:`tally`.

    Parameters
    ----------
    source
        Where the run's files stand.
    files
        The run.
    setting
        Pixel size, fringe and clock offset for what the list does not say; see
        :func:`pelagia.io.flowcam.run.run_setting`.
    rows
        The rows of a batch; the last one may have fewer.
    """

    def __init__(self, source: Source, files: RunFiles, setting: Setting, rows: int = BATCH_ROWS) -> None:
        self.tally = Tally()
        self.columns: tuple[Column, ...] = ()
        self._source, self._files, self._setting, self._rows = source, files, setting, rows
        self._memory = no_sightings()
        self._worst = _Mismatch()
        self._ids: list[npt.NDArray[np.int64]] = []

    def __iter__(self) -> Iterator[pa.Table]:
        findings = RowFindings()
        header: ListHeader | None = None
        trouble: list[Issue] = []
        try:
            header = list_header(self._source, self._files)
            self.columns = (*PARTICLE_COLUMNS, *passed_columns(header))
            with self._source.open(self._files.particles) as stream:
                tables = (self._normalised(rows) for rows in row_tables(stream, header, findings))
                yield from _in_batches(tables, self._rows)
        except PelagiaError as error:
            trouble.append(finding(error))
        except _READ_ERRORS as error:
            trouble.append(_interrupted_issue(self._files.particles, str(error), self.tally.listed))
        self._close(header, findings, trouble)

    def _normalised(self, rows: pa.Table) -> pa.Table:
        sizes = sizes_of(rows, self._setting)
        sightings = sightings_of(rows, sizes)
        duplicate_of, self._memory = find_duplicates(self._memory, sightings)
        mismatch = self._mismatches(rows, sizes, sightings.first_id)
        marks = {
            "duplicate_of": pa.array(duplicate_of, mask=duplicate_of == -1),
            "size_mismatch": pa.array(mismatch),
        }
        table = particle_table(rows, sizes, marks, self.columns, self._setting)
        self._count(table, sightings.first_id)
        return table

    def _mismatches(
        self, rows: pa.Table, sizes: dict[str, Floats], particle_id: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        stated = {name: numbers(rows, name) for name in CHECKED.values()}
        found = differences(sizes, stated)
        for name, times in found.items():
            row = int(np.argmax(times))
            if times[row] > max(1.0, self._worst.times):
                self._worst = _Mismatch(
                    times=float(times[row]),
                    particle_id=int(particle_id[row]),
                    column=CHECKED[name],
                    stated=float(stated[CHECKED[name]][row]),
                    computed=float(sizes[name][row]),
                )
        return np.asarray(np.max(np.stack(list(found.values())), axis=0) > 1, dtype=np.bool_)

    def _count(self, table: pa.Table, particle_id: npt.NDArray[np.int64]) -> None:
        tally = self.tally
        tally.listed += table.num_rows
        tally.merged_fragments += _true(pc.greater(table["ppc"], 1))
        tally.stuck_duplicates += _true(pc.is_valid(table["duplicate_of"]))
        tally.size_mismatches += _true(table["size_mismatch"])
        tally.ids_missing += int((particle_id < 0).sum())
        if self._setting.utc_offset is not None:
            is_unreadable = pc.and_(pc.is_valid(table["acquired_at_local"]), pc.is_null(table["acquired_at_utc"]))
            tally.times_unreadable += _true(is_unreadable)
        self._ids.append(particle_id)

    def _close(self, header: ListHeader | None, findings: RowFindings, trouble: list[Issue]) -> None:
        tally, file = self.tally, self._files.particles or self._files.main
        tally.unreadable = findings.malformed + (findings.truncated is not None)
        tally.truncated = bool(findings.truncated or findings.cut_short or trouble) or _lacks_columns(header)
        ids = np.sort(np.concatenate(self._ids)) if self._ids else np.empty(0, np.int64)
        tally.ids_repeated = int((ids[1:] == ids[:-1]).sum())
        self._ids = []
        from_head = header.issues if header else ()
        from_rows = findings.issues(file, len(header.columns)) if header else ()
        if header and not tally.listed and not trouble:
            trouble.append(_no_rows_issue(file))
        tally.issues = (*from_head, *from_rows, *trouble, *_tally_issues(tally, self._worst, file))


def list_header(source: Source, files: RunFiles) -> ListHeader:
    """Read the head of a run's list, or of its exported table where there is none.

    Raises
    ------
    BadInput
        There are no particles: no list, an empty one, or something else under its name.
    """
    if not files.particles:
        raise BadInput(
            "The run has no particle list",
            remedy="Copy the .lst of the run beside its other files.",
            file=files.main,
            code="list-missing",
        )
    try:
        with source.open(files.particles) as stream:
            head = stream.read(HEAD_BYTES)
    except _READ_ERRORS as error:
        raise BadInput(
            "The particle list cannot be read",
            value=error,
            remedy="Copy the file again; it or the place it stands in is damaged.",
            file=files.particles,
            code="list-unreadable",
        ) from error
    return read_header(head, files.list) if files.list else read_spreadsheet_header(head, files.spreadsheet)


def _in_batches(tables: Iterator[pa.Table], rows: int) -> Iterator[pa.Table]:
    """Regroup tables into ones of `rows` rows."""
    waiting: list[pa.Table] = []
    held = 0
    for table in tables:
        waiting.append(table)
        held += table.num_rows
        if held >= rows:
            joined = pa.concat_tables(waiting)
            whole = held - held % rows
            for start in range(0, whole, rows):
                yield joined.slice(start, rows).combine_chunks()
            waiting, held = [joined.slice(whole)], held - whole
    if held:
        yield pa.concat_tables(waiting).combine_chunks()


def _lacks_columns(header: ListHeader | None) -> bool:
    return header is not None and any(issue.code == "list-header-mismatch" for issue in header.issues)


def _true(flags: pa.ChunkedArray) -> int:
    return int(pc.sum(pc.cast(flags, pa.int64())).as_py() or 0)


def _interrupted_issue(file: str, reason: str, rows: int) -> Issue:
    return Issue(
        file=file,
        code="list-unreadable",
        message=f"Reading the list failed behind row {rows}: {reason}.",
        value=reason,
        remedy="Copy the file again; it or the place it stands in is damaged.",
        severity="error",
    )


def _no_rows_issue(file: str) -> Issue:
    return Issue(
        file=file,
        code="list-no-rows",
        message="The list has a header but no particles.",
        value="0 rows",
        remedy="Check that the run captured particles and that the list was copied whole.",
    )


def _tally_issues(tally: Tally, worst: _Mismatch, file: str) -> list[Issue]:
    issues = []
    if tally.size_mismatches:
        issues.append(_mismatch_issue(tally.size_mismatches, worst, file))
    if tally.ids_repeated or tally.ids_missing:
        issues.append(_ids_issue(tally, file))
    if tally.times_unreadable:
        issues.append(
            Issue(
                file=file,
                code="list-time-invalid",
                message=f"{tally.times_unreadable} particles have a time that cannot be read.",
                value=str(tally.times_unreadable),
                remedy="Check the column 'timestamp' of the list.",
                objects=tally.times_unreadable,
            )
        )
    return issues + _trap_issues(tally, file)


def _trap_issues(tally: Tally, file: str) -> list[Issue]:
    issues = []
    if tally.merged_fragments:
        issues.append(
            Issue(
                file=file,
                code="merged-fragments",
                message=f"{tally.merged_fragments} of {tally.listed} particles consist of several fragments (ppc > 1): "
                "they are counted as one particle each, and ppc is not a number of cells.",
                value=str(tally.merged_fragments),
                remedy="None needed; a smaller 'distance to nearest neighbour' merges less.",
                severity="note",
                objects=tally.merged_fragments,
            )
        )
    if tally.stuck_duplicates:
        issues.append(
            Issue(
                file=file,
                code="stuck-duplicates",
                message=f"{tally.stuck_duplicates} of {tally.listed} particles repeat one seen earlier at the same "
                "place with the same shape: it was stuck to the flow cell. They are marked, not removed.",
                value=str(tally.stuck_duplicates),
                remedy="Leave them out of counts, or clean the flow cell and run the sample again.",
                severity="note",
                objects=tally.stuck_duplicates,
            )
        )
    return issues


def _mismatch_issue(count: int, worst: _Mismatch, file: str) -> Issue:
    return Issue(
        file=file,
        code="size-mismatch",
        message=(
            f"{count} particles have a size that differs from its formula; the largest: particle {worst.particle_id}, "
            f"{worst.column} {worst.stated:.4f} in the list, {worst.computed:.4f} recomputed. "
            "The recomputed sizes are used."
        ),
        value=f"{worst.column} {worst.stated:.4f}, recomputed {worst.computed:.4f}",
        remedy="Check that the calibration constant and fringe size of the list are those of the run.",
        objects=count,
    )


def _ids_issue(tally: Tally, file: str) -> Issue:
    what = f"{tally.ids_repeated} particle numbers are used twice" if tally.ids_repeated else ""
    lacking = (
        f"{tally.ids_missing} particles have no number and were given minus their row" if tally.ids_missing else ""
    )
    return Issue(
        file=file,
        code="list-id-repeated" if tally.ids_repeated else "list-id-missing",
        message=f"{' and '.join(part for part in (what, lacking) if part)}.",
        value=str(tally.ids_repeated or tally.ids_missing),
        remedy="Check whether several lists were joined; the column list_row tells the rows apart.",
        objects=tally.ids_repeated + tally.ids_missing,
    )
