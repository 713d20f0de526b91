"""Files as answers: parts by range, nothing that could act in a browser as a part of this site."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from email.utils import formatdate
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from fastapi import Request
from fastapi.responses import FileResponse, Response
from starlette.datastructures import Headers
from starlette.responses import MalformedRangeHeader, RangeNotSatisfiable

from pelagia.core.errors import BadParameter, NotFound
from pelagia.http.headers import FILE_POLICY

# What a browser may show; all else is only downloaded.
SHOWN: Mapping[str, str] = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".tsv": "text/tab-separated-values; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".xml": "text/xml; charset=utf-8",
    ".pdf": "application/pdf",
    ".mp4": "video/mp4",
}
DOWNLOADED: Mapping[str, str] = {
    ".zip": "application/zip",
    ".parquet": "application/vnd.apache.parquet",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".nc": "application/x-netcdf",
    ".onnx": "application/octet-stream",
}

# What a route that gives files back answers; its type is that of the file.
FILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {"*/*": {}}},
    206: {"description": "The part of it that `Range` asks for.", "content": {"*/*": {}}},
    304: {"description": "It is as `If-None-Match` says."},
}


def file_response(path: Path, request: Request, name: str, *, download: bool = False) -> Response:
    """Return a file, or the part of it that is asked for.

    Parameters
    ----------
    path
        Where it stands; it must have been confined.
    request
        For `Range`, `If-Range`, `If-None-Match`.
    name
        What it is called when saved, and by whose ending its type is judged.
    download
        Whether a browser shall save it rather than show it.

    Raises
    ------
    NotFound
        Where it is not there.
    BadParameter
        Where the range does not fit.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound("There is no such file", value=name, remedy="See the list of files.") from error
    if not stat.S_ISREG(status.st_mode):
        raise NotFound("There is no such file", value=name, remedy="See the list of files.")
    suffix = PurePosixPath(name).suffix.lower()
    etag = f'"{sha256(f"{status.st_ino} {status.st_mtime_ns} {status.st_size}".encode()).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Last-Modified": formatdate(status.st_mtime, usegmt=True),
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": FILE_POLICY,
    }
    if etag in [part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    _check_range(request.headers, status.st_size)
    return FileResponse(
        path,
        headers=headers,
        media_type=SHOWN.get(suffix) or DOWNLOADED.get(suffix, "application/octet-stream"),
        filename=PurePosixPath(name).name,
        stat_result=status,
        content_disposition_type="inline" if suffix in SHOWN and not download else "attachment",
    )


def _check_range(headers: Headers, size: int) -> None:
    """Refuse a range in our words; the response would do it in its own."""
    asked = headers.get("range")
    if asked is None:
        return
    try:
        FileResponse._parse_range_header(asked, size)
    except MalformedRangeHeader as error:
        raise BadParameter(
            "The header Range cannot be read", value=asked[:80], remedy="Send bytes=FIRST-LAST.", code="bad-request"
        ) from error
    except RangeNotSatisfiable as error:
        raise BadParameter(
            "The file does not reach so far",
            value=asked[:80],
            remedy=f"It has {size:,} bytes.",
            code="range-not-satisfiable",
        ) from error
