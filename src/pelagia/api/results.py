"""Results: figures, findings, tables by page or whole, files, all of it as one archive."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from pelagia.api.files import FILE_RESPONSES, file_response
from pelagia.api.findings import FindingOut
from pelagia.api.jobs import JobId
from pelagia.api.table_streams import arrow_stream, csv_stream
from pelagia.api.zip_stream import zip_stream
from pelagia.core.errors import BadParameter
from pelagia.core.table import Table, columns_of
from pelagia.http.asking import Bench, Reader
from pelagia.http.looks import counted_download
from pelagia.orders.outputs import file_in, files_in, issues_of, output_folder, summary_of, table_in, tables_in
from pelagia.orders.own_jobs import seen_job
from pelagia.orders.rows import Selection, rows_of, schema_of

router = APIRouter(prefix="/v1/jobs/{job_id}/results", tags=["results"])

TableName = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,63}$", examples=["counts"])]
Format = Literal["json", "csv", "arrow", "parquet"]
TYPES: Mapping[str, Format] = {
    "application/json": "json",
    "text/csv": "csv",
    "application/vnd.apache.arrow.stream": "arrow",
    "application/vnd.apache.parquet": "parquet",
}
LARGEST_PAGE = 5000


class FigureOut(BaseModel):
    """One number of the summary, with its unit and, for an estimate, its 95 % interval."""

    value: float | int | str | None
    description: str
    unit: str
    low: float | None
    high: float | None


class ColumnOut(BaseModel):
    """A column of a table."""

    name: str
    type: str
    unit: str
    description: str


class TableOut(BaseModel):
    """A table of a result."""

    rows: int
    columns: list[ColumnOut]
    link: str


class ResultFileOut(BaseModel):
    """A file of a result."""

    path: str
    bytes: int
    link: str


class ResultOut(BaseModel):
    """A result."""

    summary: dict[str, FigureOut]
    notes: list[str]
    tables: dict[str, TableOut]
    findings: list[FindingOut]
    files: list[ResultFileOut]
    archive: str = Field(description="All files as one zip archive.")


class RowsOut(BaseModel):
    """Some rows of a table."""

    columns: list[ColumnOut]
    rows: list[dict[str, Any]]
    offset: int
    total: int = Field(description="How many rows there are of those wanted.")


@router.get("", operation_id="getResults")
def show(job_id: JobId, bench: Bench, principal: Reader) -> ResultOut:
    """Show a result: its figures, findings, tables, files."""
    job = seen_job(bench, principal, job_id, whole=True)
    settings = bench.runtime.settings
    folder = output_folder(settings, job)
    here, summary = f"/v1/jobs/{job.id}/results", summary_of(folder)
    return ResultOut(
        summary={name: FigureOut(**figure) for name, figure in summary.get("figures", {}).items()},
        notes=summary.get("notes", []),
        tables={name: _described(table, f"{here}/tables/{name}") for name, table in tables_in(folder).items()},
        findings=[FindingOut.of(issue) for issue in issues_of(settings, job)],
        files=[
            ResultFileOut(path=file.path, bytes=file.bytes, link=f"{here}/files/{file.path}")
            for file in files_in(folder)
        ],
        archive=f"{here}/archive.zip",
    )


@router.get(
    "/tables/{name}",
    operation_id="getTable",
    response_model=RowsOut,
    responses={200: {"content": {kind: {} for kind in TYPES if kind != "application/json"}}},
)
def show_table(
    job_id: JobId,
    name: TableName,
    request: Request,
    bench: Bench,
    principal: Reader,
    columns: Annotated[str, Query(max_length=4000, description="Names, separated by commas; all where empty.")] = "",
    where: Annotated[
        list[str] | None,
        Query(
            max_length=10,
            description="Only rows with `column=value`; `column=` for a missing value. More than one: all must hold.",
        ),
    ] = None,
    sort: Annotated[str, Query(max_length=200, description="A column; with `-` before it, largest first.")] = "",
    offset: Annotated[int, Query(ge=0, le=10**12)] = 0,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
    form: Annotated[
        Format | None, Query(alias="format", description="By default what `Accept` asks for. All but json are whole.")
    ] = None,
) -> Response | RowsOut:
    """Return rows of a table: a page as JSON, or all of them as CSV, Arrow or Parquet."""
    job = seen_job(bench, principal, job_id, whole=True)
    table = table_in(output_folder(bench.runtime.settings, job), name)
    selection = Selection(columns=_names(columns), equal=_equal(where or []), sort=sort)
    wanted = form or _accepted(request)
    if wanted == "parquet":
        whole = file_response(table.path, request, f"{name}.parquet", download=True)
        return counted_download(whole, request, bench, principal, job.service)
    if wanted != "json":
        return counted_download(_whole(table, selection, wanted), request, bench, principal, job.service)
    rows = rows_of(table, selection, offset=offset, limit=limit)
    return RowsOut(
        columns=_columns(rows.table.schema),
        rows=[{key: _plain(value) for key, value in row.items()} for row in rows.table.to_pylist()],
        offset=offset,
        total=rows.total,
    )


@router.head("/files/{path:path}", include_in_schema=False)
@router.get(
    "/files/{path:path}",
    operation_id="getResultFile",
    response_class=Response,
    responses=FILE_RESPONSES,
)
def show_file(
    job_id: JobId,
    path: Annotated[str, Path(max_length=1000, examples=["report.html"])],
    request: Request,
    bench: Bench,
    principal: Reader,
    download: Annotated[bool, Query(description="Whether a browser shall save it rather than show it.")] = False,
) -> Response:
    """Return a file of a result; `Range` asks for a part."""
    job = seen_job(bench, principal, job_id, whole=True)
    found = file_in(output_folder(bench.runtime.settings, job), path)
    shown = file_response(found, request, path, download=download)
    return counted_download(shown, request, bench, principal, job.service)


@router.get(
    "/archive.zip",
    operation_id="getResultArchive",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
)
def archive(job_id: JobId, request: Request, bench: Bench, principal: Reader) -> Response:
    """Return all files of a result as one zip archive, made as it is sent."""
    job = seen_job(bench, principal, job_id, whole=True)
    folder = output_folder(bench.runtime.settings, job)
    named = [(file.path, folder / file.path) for file in files_in(folder)]
    answer = StreamingResponse(
        zip_stream(named), media_type="application/zip", headers=_saved_as(f"{job.service}-{job.id}.zip")
    )
    return counted_download(answer, request, bench, principal, job.service)


def _whole(table: Table, selection: Selection, form: Format) -> Response:
    if selection.sort:
        raise BadParameter(
            "Only pages are sorted", value=selection.sort, remedy="Ask for format=json, or leave it out."
        )
    schema_of(table, selection)
    streams: Mapping[str, tuple[Callable[[Table, Selection], Iterator[bytes]], str]] = {
        "csv": (csv_stream, "text/csv; charset=utf-8"),
        "arrow": (arrow_stream, "application/vnd.apache.arrow.stream"),
    }
    stream, media_type = streams[form]
    return StreamingResponse(stream(table, selection), media_type=media_type, headers=_saved_as(f"{table.name}.{form}"))


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}


def _accepted(request: Request) -> Format:
    """Return the first kind named in `Accept` that there is; JSON where none is."""
    for part in request.headers.get("accept", "").split(","):
        kind = part.partition(";")[0].strip().lower()
        if kind in TYPES:
            return TYPES[kind]
    return "json"


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in (part.strip() for part in text.split(",")) if name)


def _equal(where: list[str]) -> dict[str, str]:
    equal = {}
    for condition in where:
        name, sign, value = condition.partition("=")
        if not sign or not name:
            raise BadParameter("This is no condition", value=condition[:80], remedy="Write column=value.")
        equal[name] = value
    return equal


def _described(table: Table, link: str) -> TableOut:
    return TableOut(rows=table.rows, columns=_columns_of(table), link=link)


def _columns_of(table: Table) -> list[ColumnOut]:
    return [
        ColumnOut(name=one.name, type=str(one.type), unit=one.unit, description=one.description)
        for one in table.columns
    ]


def _columns(schema: Any) -> list[ColumnOut]:
    return [
        ColumnOut(name=one.name, type=str(one.type), unit=one.unit, description=one.description)
        for one in columns_of(schema)
    ]


def _plain(value: Any) -> Any:
    """Return a value as JSON can say it: a number that is none is null, bytes are left out."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if isinstance(value, bytes) else value
