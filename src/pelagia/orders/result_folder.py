"""The output folder of a job of the server: as wanted when it was asked for, the first time and at each revision."""

from __future__ import annotations

from pathlib import Path

from pelagia.core.result import Result
from pelagia.exports.folder import write_folder
from pelagia.exports.outcome import DatasetInfo, ExportOptions
from pelagia.orders.delivery import NO_EXPORT, exports_for
from pelagia.runtime.jobs import Job


def write_result_folder(job: Job, result: Result, out: Path) -> None:
    """Write what is wanted of a result: the exports, and the words on the data set.

    Parameters
    ----------
    job
        The job; its ``wanted`` says what. Nothing said is all exports that fit, an empty list none.
    result
        What the service gave back, or a revision of it.
    out
        The folder.
    """
    wanted = job.wanted or {}
    chosen = wanted.get("exports")
    options = ExportOptions(
        created=job.created_at.date(), dataset=DatasetInfo.model_validate(wanted.get("dataset") or {})
    )
    exports = exports_for(result, () if chosen is None else (chosen or (NO_EXPORT,)))
    # A ZooScan result has 200 MB a scan: every revision would copy all of it.
    write_folder(result, out, exports, options=options, linked=True)
