"""The output folder of a run: tables, figures, findings, report, exports and where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue, Result
from pelagia.exports.issues_csv import issues_csv
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.output import SUMMARY_NAME, OutputFolder, WrittenFile
from pelagia.exports.registry import Exporter, find_exporters, missing_columns
from pelagia.exports.report.render import report_html
from pelagia.exports.ro_crate import METADATA_NAME, crate_json
from pelagia.exports.summary import summary_json

REPORT_NAME = "report.html"
ISSUES_NAME = "issues.csv"
EXPORTS_FOLDER = "exports"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exported:
    """What one chosen export came to: the names it has in the output folder, and its findings."""

    exporter: Exporter
    names: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()


def write_folder(
    result: Result,
    out: Path,
    exporters: Sequence[str],
    *,
    options: ExportOptions,
    job_id: str = "",
    linked: bool = False,
) -> tuple[Issue, ...]:
    """Write a result into its output folder; equal results give byte-equal files.

    Every file appears complete or not at all, ``summary.json`` last of all. Files of an earlier
    run into the same folder that this one does not write are removed; others are left alone.

    Parameters
    ----------
    result
        What the service gave back.
    out
        The folder; made where it does not exist.
    exporters
        Names from :data:`pelagia.exports.registry.EXPORTERS`.
    options
        What the exporters are told; ``options.created`` is the only date written that is not data.
    job_id
        Noted in ``summary.json`` where given.
    linked
        Whether tables and files may be further names of those of the result: where nobody writes into the folder.

    Returns
    -------
    The findings of the exporters, what two of them found being told once. One that fails becomes a finding, and
    the others go on.

    Raises
    ------
    NotFound
        Where an exporter is not known; nothing is written then.
    """
    chosen = find_exporters(exporters)
    folder = OutputFolder(out, linked=linked)
    for name, table in result.tables.items():
        folder.add_copy(f"{name}.parquet", table.path)
    for artifact in result.artifacts:
        folder.add_copy(artifact.name, artifact.path)
    exported = [_export(result, folder, exporter, options) for exporter in chosen]
    added = tuple(dict.fromkeys(issue for export in exported for issue in export.issues))
    issues = tuple(dict.fromkeys((*result.issues, *added)))
    folder.add_bytes(ISSUES_NAME, issues_csv(issues))
    listed = folder.names_with(REPORT_NAME, METADATA_NAME, SUMMARY_NAME)
    folder.add_bytes(REPORT_NAME, report_html(result, issues=issues, files=listed, options=options).encode())
    summary = summary_json(
        result,
        issues=issues,
        files=listed,
        exports={export.exporter.name: export.names for export in exported},
        options=options,
        job_id=job_id,
    )
    described = (*folder.files, WrittenFile.of_bytes(SUMMARY_NAME, summary))
    folder.add_bytes(METADATA_NAME, crate_json(result, files=described, options=options))
    folder.finish(summary)
    return added


def _export(result: Result, folder: OutputFolder, exporter: Exporter, options: ExportOptions) -> _Exported:
    missing = missing_columns(result, exporter.needs)
    if missing:
        return _Exported(exporter=exporter, issues=(_lacking(exporter, missing),))
    staging = folder.staging(exporter.name)
    try:
        outcome = exporter.load().write(result, staging, options)
    except PelagiaError as error:
        return _Exported(exporter=exporter, issues=(_failed(exporter, error),))
    names = []
    for path in sorted(outcome.files):
        name = f"{EXPORTS_FOLDER}/{path.relative_to(staging).as_posix()}"
        folder.add_staged(name, path)
        names.append(name)
    return _Exported(exporter=exporter, names=tuple(names), issues=outcome.issues)


def _lacking(exporter: Exporter, missing: Sequence[str]) -> Issue:
    return Issue(
        file=f"{EXPORTS_FOLDER}/{exporter.name}",
        code="export-columns-missing",
        severity="error",
        message=f"The export {exporter.name!r} was not written: this result has no {', '.join(missing)}.",
        value=", ".join(missing),
        remedy="Choose another export, or run a service that gives these tables and columns.",
    )


def _failed(exporter: Exporter, error: PelagiaError) -> Issue:
    return Issue(
        file=error.file or f"{EXPORTS_FOLDER}/{exporter.name}",
        code="export-failed",
        severity="error",
        message=f"The export {exporter.name!r} was not written: {error.what}.",
        value=error.value,
        remedy=error.remedy,
    )
