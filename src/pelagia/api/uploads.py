"""Uploads: sets of files a person brings together, sent whole, in batches, or in parts (see :mod:`transfers`)."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from functools import partial
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Path, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from pelagia.api.batches import BatchReceiver
from pelagia.api.files import FILE_RESPONSES, file_response
from pelagia.api.findings import FindingOut
from pelagia.api.paging import Cursor, Limit, cursor_of, name_after, time_and_id
from pelagia.http.asking import Bench, Reader, Runner
from pelagia.http.streams import write_pieces
from pelagia.orders.uploads import (
    Taken,
    accept,
    accept_all,
    delete_file,
    delete_upload,
    own_upload,
    receive,
    receive_next,
    room_for,
    with_received,
)
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.upload_paths import confined, safe_path
from pelagia.runtime.uploads import Upload, UploadFile, create_upload, files_of, find_file, list_uploads

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])

UploadId = Annotated[str, Path(pattern="^[a-z0-9]{8,32}$", examples=["0123456789abcdef0123456789abcdef"])]
FilePath = Annotated[str, Path(description="Path in the upload, with forward slashes.", examples=["run1/image.tif"])]
Sha256 = Annotated[
    str | None,
    Header(
        alias="Content-SHA256",
        pattern="^[0-9a-f]{64}$",
        description="SHA-256 of the file, hexadecimal; where it does not agree with what came, the file is refused.",
    ),
]


class NewUpload(BaseModel):
    """What a new upload is called."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Helgoland, March"}]})

    name: str = Field(default="", max_length=200, pattern=r"^[^\x00]*$", description="What the person calls it.")


class UploadOut(BaseModel):
    """An upload."""

    id: str
    name: str
    address: str = Field(description="What an order names as input.", examples=["upload://0123456789abcdef"])
    created_at: dt.datetime
    files: int = Field(description="Finished files.")
    bytes: int = Field(description="Their size together.")


class UploadPage(BaseModel):
    """Some uploads, the newest first."""

    items: list[UploadOut]
    next: str | None = Field(description="`cursor` of the next page; null at the end.")


class FileOut(BaseModel):
    """A file of an upload."""

    id: str
    path: str
    address: str = Field(description="What an order names as input.")
    bytes: int
    received: int
    sha256: str | None = Field(description="As announced, or as found once it is finished.")
    finished: bool
    findings: list[FindingOut] = Field(
        default=[], description="What is wrong with parts of it, right after it was sent; it can be used all the same."
    )


class FilePage(BaseModel):
    """Some files of an upload, by path."""

    items: list[FileOut]
    next: str | None = Field(description="`cursor` of the next page; null at the end.")


class BatchOut(BaseModel):
    """What became of the files of a batch."""

    files: list[str] = Field(description="Paths of the files that are in their places.")
    refused: list[FindingOut] = Field(description="The files that were refused, or have faulty parts, and why.")


@router.post("", status_code=status.HTTP_201_CREATED, operation_id="createUpload")
def create(body: NewUpload, bench: Bench, principal: Runner, response: Response) -> UploadOut:
    """Begin an upload."""
    upload = create_upload(bench.runtime.database, principal.asker, body.name)
    response.headers["Location"] = f"/v1/uploads/{upload.id}"
    return upload_out(upload)


@router.get("", operation_id="listUploads")
def listing(bench: Bench, principal: Reader, limit: Limit = 50, cursor: Cursor = "") -> UploadPage:
    """List one's own uploads, the newest first."""
    found = list_uploads(bench.runtime.database, principal.asker, limit=limit + 1, before=time_and_id(cursor))
    more = cursor_of(found[limit - 1].created_at, found[limit - 1].id) if len(found) > limit else None
    return UploadPage(items=[upload_out(upload) for upload in found[:limit]], next=more)


@router.get("/{upload_id}", operation_id="getUpload")
def show(upload_id: UploadId, bench: Bench, principal: Reader) -> UploadOut:
    """Show an upload."""
    return upload_out(own_upload(bench, principal, upload_id))


@router.delete("/{upload_id}", status_code=status.HTTP_204_NO_CONTENT, operation_id="deleteUpload")
def delete(upload_id: UploadId, bench: Bench, principal: Runner) -> None:
    """Delete an upload with all its files; one that a run needs is kept."""
    delete_upload(bench, own_upload(bench, principal, upload_id))


@router.get("/{upload_id}/files", operation_id="listUploadFiles")
def list_files(
    upload_id: UploadId, bench: Bench, principal: Reader, limit: Limit = 1000, cursor: Cursor = ""
) -> FilePage:
    """List the files of an upload by path."""
    upload = own_upload(bench, principal, upload_id)
    found = files_of(bench.runtime.database, upload.id, after=name_after(cursor), limit=limit + 1)
    more = cursor_of(found[limit - 1].path) if len(found) > limit else None
    return FilePage(items=[file_out(with_received(bench, file)) for file in found[:limit]], next=more)


@router.put(
    "/{upload_id}/files/{path:path}",
    status_code=status.HTTP_201_CREATED,
    operation_id="putUploadFile",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def put_file(
    upload_id: UploadId, path: FilePath, request: Request, bench: Bench, principal: Runner, sha256: Sha256 = None
) -> FileOut:
    """Send a whole file as the body of one request.

    It is checked before it takes its place; one that is refused leaves nothing behind.
    """
    name = safe_path(path)
    upload = await run_sync(own_upload, bench, principal, upload_id)
    taken = await _receive_one(request, bench, principal, upload, name=name, sha256=sha256)
    return file_out(taken.file, taken)


@router.get(
    "/{upload_id}/files/{path:path}",
    operation_id="getUploadFile",
    response_class=Response,
    responses=FILE_RESPONSES,
)
def get_file(upload_id: UploadId, path: FilePath, request: Request, bench: Bench, principal: Reader) -> Response:
    """Return a finished file; `Range` asks for a part."""
    upload = own_upload(bench, principal, upload_id)
    file = find_file(bench.runtime.database, upload.id, path=safe_path(path))
    return file_response(confined(bench.runtime.settings.upload_folder(upload.id), file.path), request, file.path)


@router.delete(
    "/{upload_id}/files/{path:path}", status_code=status.HTTP_204_NO_CONTENT, operation_id="deleteUploadFile"
)
def remove_file(upload_id: UploadId, path: FilePath, bench: Bench, principal: Runner) -> None:
    """Delete a file of an upload."""
    upload = own_upload(bench, principal, upload_id)
    delete_file(bench, upload, find_file(bench.runtime.database, upload.id, path=safe_path(path)))


@router.post(
    "/{upload_id}/batch",
    operation_id="uploadBatch",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                        "required": ["files"],
                    }
                }
            },
        }
    },
)
async def batch(upload_id: UploadId, request: Request, bench: Bench, principal: Runner) -> BatchOut:
    """Send many small files in one request; the `filename` of each part is its path in the upload.

    A file that is refused does not keep the others.
    """
    upload = await run_sync(own_upload, bench, principal, upload_id)
    room = await run_sync(room_for, bench, principal, upload)
    with BatchReceiver(request.headers.get("content-type", ""), partial(receive_next, bench, room)) as receiver:
        await write_pieces(request, receiver.write)
        receiver.finish()
        files, issues = await run_sync(accept_all, bench, principal, upload, receiver.files)
    return BatchOut(files=files, refused=[FindingOut.of(issue) for issue in issues])


def upload_out(upload: Upload) -> UploadOut:
    """Return an upload as the interface shows it."""
    return UploadOut(
        id=upload.id,
        name=upload.name,
        address=upload.address,
        created_at=upload.created_at,
        files=upload.files,
        bytes=upload.bytes,
    )


def file_out(file: UploadFile, taken: Taken | None = None) -> FileOut:
    """Return a file as the interface shows it."""
    return FileOut(
        **{name: asdict(file)[name] for name in ("id", "path", "bytes", "received", "sha256")},
        address=f"upload://{file.upload_id}/{file.path}",
        finished=file.is_finished,
        findings=[FindingOut.of(issue) for issue in (taken.issues if taken is not None else ())],
    )


async def _receive_one(
    request: Request, bench: Workbench, principal: Principal, upload: Upload, *, name: str, sha256: str | None
) -> Taken:
    stated = request.headers.get("content-length", "")
    size = int(stated) if stated.isdecimal() else None
    incoming = await run_sync(lambda: receive(bench, principal, upload, size=size))
    with incoming:
        await write_pieces(request, incoming.write)
        return await run_sync(lambda: accept(bench, principal, upload, incoming, path=name, sha256=sha256))
