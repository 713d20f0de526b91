"""Files sent in parts that can be gone on with after a break: the protocol tus 1.0, core and creation."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Path, Request, Response, status
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pelagia.api.uploads import FileOut, UploadId, file_out
from pelagia.core.errors import BadInput, BadParameter, Conflict
from pelagia.http.asking import Bench, Reader, Runner
from pelagia.http.streams import pieces, write_pieces
from pelagia.orders.uploads import Taken, announce, delete_file, own_upload, settle, with_received
from pelagia.orders.workbench import Workbench
from pelagia.runtime.upload_folder import append, appending
from pelagia.runtime.uploads import Upload, UploadFile, find_file, too_large

VERSION = "1.0.0"
PART_TYPE = "application/offset+octet-stream"
TUS = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
MAX_BODY_BYTES = 64 << 10
FileId = Annotated[str, Path(pattern="^[a-z0-9]{32}$", examples=["0123456789abcdef0123456789abcdef"])]


def same_version(request: Request) -> None:
    """Refuse a tus client that speaks another version."""
    asked = request.headers.get("tus-resumable", VERSION)
    if asked != VERSION:
        raise BadInput(
            "This version of tus is not spoken here", value=asked, remedy=f"Use {VERSION}.", code="wrong-version"
        )


router = APIRouter(prefix="/v1/uploads", tags=["uploads"], dependencies=[Depends(same_version)])


class NewFile(BaseModel):
    """A file that will be sent in parts."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"path": "run1/image.tif", "bytes": 123456}]}
    )

    path: str = Field(min_length=1, max_length=1024, description="Path in the upload, with forward slashes.")
    bytes: int = Field(ge=0, description="Its size.")
    sha256: str | None = Field(
        default=None, pattern="^[0-9a-f]{64}$", description="SHA-256 of the file; it is checked when all is there."
    )


@router.post(
    "/{upload_id}/files",
    status_code=status.HTTP_201_CREATED,
    operation_id="announceUploadFile",
    responses={
        201: {
            "headers": {
                "Location": {"description": "Where the parts are sent.", "schema": {"type": "string"}},
                "Upload-Offset": {"description": "How much is there.", "schema": {"type": "string"}},
            }
        }
    },
    openapi_extra={
        "requestBody": {
            "description": "As JSON; or nothing, with the headers `Upload-Length` and `Upload-Metadata` of tus.",
            "content": {"application/json": {"schema": NewFile.model_json_schema()}},
        }
    },
)
async def announce_file(
    upload_id: UploadId, request: Request, response: Response, bench: Bench, principal: Runner
) -> FileOut:
    """Announce a file that is sent in parts; the same announcement again goes on with the same file."""
    upload = await run_sync(own_upload, bench, principal, upload_id)
    new = _from_headers(request) if "upload-length" in request.headers else await _from_body(request)
    file = await run_sync(lambda: announce(bench, principal, upload, path=new.path, size=new.bytes, sha256=new.sha256))
    taken = Taken(file=file)
    if request.headers.get("content-type") == PART_TYPE:
        taken = await _append(request, bench, file, offset=0)
    elif not file.bytes:
        taken = await run_sync(_create_empty, bench, file)
    response.headers.update({**TUS, "Location": f"/v1/uploads/{upload.id}/transfers/{file.id}"})
    shown = await run_sync(with_received, bench, taken.file)
    response.headers["Upload-Offset"] = str(shown.received)
    return file_out(shown, taken)


@router.options("/{upload_id}/files", status_code=status.HTTP_204_NO_CONTENT, operation_id="describeTransfers")
def describe(upload_id: UploadId, bench: Bench, response: Response) -> None:
    """Tell a tus client what is spoken here."""
    response.headers.update(
        {
            **TUS,
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,creation-with-upload,termination",
            "Tus-Max-Size": str(bench.runtime.settings.upload_file_bytes),
        }
    )


@router.head("/{upload_id}/transfers/{file_id}", operation_id="getTransferOffset", response_class=Response)
def offset_of(upload_id: UploadId, file_id: FileId, bench: Bench, principal: Reader) -> Response:
    """Tell in `Upload-Offset` how much of a file is there."""
    file = with_received(bench, _find(bench, own_upload(bench, principal, upload_id), file_id))
    if not file.is_finished and file.received == file.bytes:
        # All of it came, but the server was stopped before it was put in its place.
        file = settle(bench, file).file
    return Response(headers=_progress(file))


@router.patch(
    "/{upload_id}/transfers/{file_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    operation_id="sendTransferPart",
    response_class=Response,
    openapi_extra={
        "parameters": [
            {
                "name": "Upload-Offset",
                "in": "header",
                "required": True,
                "description": "Where the part begins; it must be how much is there.",
                "schema": {"type": "integer", "minimum": 0},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {PART_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
    },
)
async def send_part(
    upload_id: UploadId, file_id: FileId, request: Request, bench: Bench, principal: Runner
) -> Response:
    """Send the next part of a file; with the last one it is checked and takes its place."""
    if request.headers.get("content-type") != PART_TYPE:
        raise BadInput(
            "A part of a file has another media type",
            value=request.headers.get("content-type", "")[:80],
            remedy=f"Send it as {PART_TYPE}.",
            code="wrong-media-type",
        )
    upload = await run_sync(own_upload, bench, principal, upload_id)
    file = await run_sync(_find, bench, upload, file_id)
    taken = await _append(request, bench, file, offset=_number(request, "Upload-Offset"))
    file = await run_sync(with_received, bench, taken.file)
    return Response(status_code=status.HTTP_204_NO_CONTENT, headers=_progress(file))


@router.delete(
    "/{upload_id}/transfers/{file_id}", status_code=status.HTTP_204_NO_CONTENT, operation_id="deleteTransfer"
)
def give_up(upload_id: UploadId, file_id: FileId, bench: Bench, principal: Runner, response: Response) -> None:
    """Give a file up, or delete it where it is finished."""
    upload = own_upload(bench, principal, upload_id)
    delete_file(bench, upload, find_file(bench.runtime.database, upload.id, file_id=file_id))
    response.headers.update(TUS)


def _find(bench: Workbench, upload: Upload, file_id: str) -> UploadFile:
    return find_file(bench.runtime.database, upload.id, file_id=file_id)


def _progress(file: UploadFile) -> dict[str, str]:
    received = file.bytes if file.is_finished else file.received
    return {**TUS, "Upload-Offset": str(received), "Upload-Length": str(file.bytes)}


async def _append(request: Request, bench: Workbench, file: UploadFile, *, offset: int) -> Taken:
    """Write what comes to the end of a file, and put it in its place once it is whole."""
    if file.is_finished:
        raise Conflict("The file is finished", value=file.path, remedy="Send no more of it.", code="wrong-offset")
    is_whole = await _write(request, bench, file, offset)
    return await run_sync(settle, bench, file) if is_whole else Taken(file=file)


async def _write(request: Request, bench: Workbench, file: UploadFile, offset: int) -> bool:
    end = offset
    opened = appending(bench.runtime.settings, file.id, offset)
    descriptor = await run_sync(opened.__enter__)

    def write(piece: bytes) -> None:
        nonlocal end
        if end + len(piece) > file.bytes:
            raise too_large(end + len(piece), file.bytes)
        append(bench.runtime.settings, descriptor, piece)
        end += len(piece)

    try:
        await write_pieces(request, write)
    finally:
        opened.__exit__(None, None, None)
    return end == file.bytes


def _create_empty(bench: Workbench, file: UploadFile) -> Taken:
    if not file.is_finished:
        with appending(bench.runtime.settings, file.id, 0):
            pass
    return settle(bench, file)


async def _from_body(request: Request) -> NewFile:
    body = bytearray()
    async for piece in pieces(request):
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise too_large(len(body), MAX_BODY_BYTES)
    try:
        return NewFile.model_validate_json(bytes(body))
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in error.errors()]) from error


def _from_headers(request: Request) -> NewFile:
    """Read the announcement of a tus client: the path is `relativePath`, else `filename`."""
    named = _metadata(request.headers.get("upload-metadata", ""))
    path = next((named[name] for name in ("relativePath", "path", "filename", "name") if named.get(name)), "")
    try:
        return NewFile(path=path, bytes=_number(request, "Upload-Length"), sha256=named.get("sha256") or None)
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("header", *one["loc"])} for one in error.errors()]) from error


def _metadata(header: str) -> dict[str, str]:
    found = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeError) as error:
            raise BadParameter(
                "The header Upload-Metadata cannot be read",
                value=pair[:80],
                remedy="Send name and Base64 value of each, separated by commas.",
                code="bad-request",
            ) from error
    return found


def _number(request: Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not text.isdecimal() or len(text) > 18:
        raise BadParameter(
            f"The header {name} is no whole number", value=text[:40], remedy="Send it.", code="bad-request"
        )
    return int(text)
