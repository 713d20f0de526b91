"""Answers made of a result, in the process that has it."""

from __future__ import annotations

import json
import math
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pelagia.api.deepaas.originals import original_of
from pelagia.api.deepaas.served import ZIP
from pelagia.api.deepaas.told import Told
from pelagia.core.errors import PelagiaError
from pelagia.core.result import Result
from pelagia.core.service import Request
from pelagia.exports.folder import write_folder
from pelagia.exports.outcome import ExportOptions
from pelagia.orders.delivery import exports_for
from pelagia.orders.fulfil import request_of_record
from pelagia.orders.named import call_named
from pelagia.runtime.jobs import Job
from pelagia.runtime.registry import find_face
from pelagia.runtime.result_file import read_result
from pelagia.runtime.settings import Settings

# More rows of a table are in the archive only.
MOST_ROWS = 10_000


class AnswerFault(PelagiaError):
    """What a service answers is not what its description says."""

    code = "internal"


def json_answer(result: Result, request: Request[Any], _told: object) -> bytes:
    """Return the body of an answer in the shape of the original module, else in one of our own.

    Parameters
    ----------
    result
        What the service gave back.
    request
        What it was asked.
    """
    original = original_of(request.service)
    if original is None:
        return _body({"status": "OK", "predictions": _plain(result)})
    predictions = original.predictions(result, request)
    if original.schema is None:
        return _body({"status": "OK", "predictions": predictions})
    try:
        original.schema.model_validate(predictions)
    except ValidationError as error:
        raise AnswerFault(
            "ERROR validating model response, check server logs.",
            value=str(error.errors()[0]["loc"]),
            remedy="Tell those who run this installation.",
        ) from error
    return _body(predictions)


def zip_answer(result: Result, request: Request[Any], told: Told) -> str:
    """Write the files of the original, else the output folder of a result, into a zip archive and return its path.

    Parameters
    ----------
    result
        What the service gave back.
    request
        What it was asked.
    told
        Where the archive shall stand, and what it shall hold.
    """
    out = Path(told.folder) / "output"
    original = original_of(request.service)
    if original is not None and original.archive:
        out.mkdir(parents=True, exist_ok=True)
        call_named(original.archive, result, out, **told.answer)
    else:
        created = datetime.now().astimezone().date()
        write_folder(result, out, exports_for(result, ()), options=ExportOptions(created=created))
    return pack(out, told.folder)


def drawn_answer(result: Result, request: Request[Any], told: Told) -> str:
    """Write what the original drew, as one file, and return its path.

    Parameters
    ----------
    result
        What the service gave back.
    request
        What it was asked.
    told
        Where it shall stand, of which media type, and what shall be drawn.
    """
    original = original_of(request.service)
    assert original is not None
    return str(call_named(original.drawings[told.media_type], result, Path(told.folder), **told.answer))


def pack(out: Path, folder: str) -> str:
    """Pack an output folder into a zip archive and return its path."""
    path = Path(folder) / "output.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(out.rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                archive.write(file, file.relative_to(out).as_posix())
    return str(path)


def answer_of_job(settings: Settings, job: Job, media_type: str, told: Told) -> Any:
    """Make the answer of a job that has succeeded, in a warm process.

    Parameters
    ----------
    settings
        Of the installation.
    job
        The job.
    media_type
        Of the answer.
    told
        Where an archive shall stand, and what it shall hold.
    """
    original = original_of(job.service)
    if media_type == ZIP and (original is None or not original.archive):
        return pack(settings.result_folder(job.id), told.folder)
    request = request_of_record(find_face(job.service), job.request, settings.home)
    result = read_result(settings.workdir(job.id))
    if media_type == ZIP:
        return zip_answer(result, request, told)
    make = drawn_answer if original is not None and media_type in original.drawings else json_answer
    return make(result, request, told)


def _body(content: Any) -> bytes:
    return json.dumps(_finite(content), allow_nan=False).encode()


def _plain(result: Result) -> dict[str, Any]:
    """Return a result as JSON types: figures, findings, and the rows of the tables."""
    tables: dict[str, Any] = {}
    left_out: dict[str, int] = {}
    for name, table in result.tables.items():
        rows: list[Any] = []
        for row in table.records():
            if len(rows) == MOST_ROWS:
                left_out[name] = table.rows - MOST_ROWS
                break
            rows.append(row)
        tables[name] = rows
    return {
        "summary": {
            name: {"value": figure.value, "unit": figure.unit, "low": figure.low, "high": figure.high}
            for name, figure in result.summary.items()
        },
        "tables": tables,
        "issues": [
            {"file": issue.file, "code": issue.code, "message": issue.message, "remedy": issue.remedy}
            for issue in result.issues
        ],
        **({"rows_left_out": left_out} if left_out else {}),
    }


def _finite(value: Any) -> Any:
    """Return a value with what JSON cannot say put in its terms: no number → null, a time → text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
