"""Objects of an S3 bucket."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath
from types import TracebackType
from typing import Any, BinaryIO, cast

import obstore
from obstore import exceptions
from obstore.store import S3Store

from pelagia.core.errors import BadInput, NotFound, PelagiaError, Unavailable
from pelagia.core.result import Issue
from pelagia.io.sources.address import without_secrets
from pelagia.io.sources.archive import open_zip
from pelagia.io.sources.folder import RUN_SUFFIXES, belongs_to_run
from pelagia.io.sources.protocol import (
    READ_LIMIT_BYTES,
    Entry,
    Source,
    checked_name,
    is_clutter,
    missing,
    name_issue,
    name_problem,
    too_large,
)

ENDPOINT_VARIABLES = ("PELAGIA_S3_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
IDENTITY_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_METADATA_ENDPOINT",
)
CONNECT_SECONDS = 10
READ_SECONDS = 60
WHOLE_REQUEST_SECONDS = 3600
RETRIES = 4
LIST_PAGE = 1000
STREAM_BUFFER_BYTES = 4 << 20
FAILURES = (exceptions.BaseError, OSError, ValueError)
NOT_FOUND = (exceptions.NotFoundError, FileNotFoundError)
REFUSED = (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError, PermissionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Source:
    """The objects of a bucket under a prefix, or one object of it.

    Parameters
    ----------
    uri
        ``s3://bucket/prefix``.
    store
        The bucket, its root set to the prefix.
    listed
        Which names :meth:`entries` offers, ``None`` for all.
    only
        The one name that exists in this source, ``""`` for no such limit.
    """

    uri: str
    store: S3Store
    listed: Callable[[str], bool] | None = None
    only: str = ""

    def entries(self, after: str = "") -> Iterator[Entry]:
        """List all objects by name."""
        found = (item for item in self._walk() if isinstance(item, Entry) and item.name > after)
        return iter(sorted(found, key=lambda entry: entry.name))

    def issues(self) -> tuple[Issue, ...]:
        """Say which objects were left out and why."""
        return tuple(item for item in self._walk() if isinstance(item, Issue))

    def read(self, name: str, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        """Read a whole object."""
        self._check(name)
        try:
            result = obstore.get(self.store, name)
            size = result.meta["size"]
            if size > limit_bytes:
                raise too_large(name, size, limit_bytes)
            return bytes(result.bytes())
        except FAILURES as error:
            raise _told(error, name, self.uri) from error

    def open(self, name: str) -> BinaryIO:
        """Open an object as a seekable stream."""
        self._check(name)
        return stream(self.store, name, self._head(name)["size"])

    def __enter__(self) -> S3Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def _head(self, name: str) -> Any:
        try:
            return obstore.head(self.store, name)
        except FAILURES as error:
            raise _told(error, name, self.uri) from error

    def _check(self, name: str) -> None:
        if checked_name(name) != (self.only or name):
            raise missing(name, self.uri)

    def _walk(self) -> Iterator[Entry | Issue]:
        for item in [self._head(self.only)] if self.only else _list(self.store, self.uri):
            name = item["path"]
            if is_clutter(name) or (self.listed is not None and not self.listed(name)):
                continue
            if name_problem(name):
                yield name_issue(name, "the bucket")
            else:
                changed = int(item["last_modified"].timestamp() * 1e6) * 1000
                yield Entry(name=name, size=item["size"], modified_ns=changed, version=item.get("e_tag") or "")


class _Ranges(io.RawIOBase):
    """An object read piece by piece where it is asked for."""

    def __init__(self, store: S3Store, name: str, size: int) -> None:
        self._store, self._name, self._size, self._at = store, name, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        piece = self._fetch(min(self._at + len(buffer), self._size))
        buffer[: len(piece)] = piece
        return len(piece)

    def readall(self) -> bytes:
        # The inherited one would ask for 8 kB at a time.
        return self._fetch(self._size)

    def _fetch(self, end: int) -> bytes:
        if end <= self._at:
            return b""
        try:
            piece = bytes(obstore.get_range(self._store, self._name, start=self._at, end=end))
        except FAILURES as error:
            raise _told(error, self._name, "the bucket") from error
        self._at += len(piece)
        return piece


def stream(store: S3Store, name: str, size: int) -> BinaryIO:
    """Return a seekable stream over an object, which fetches a few megabytes at a time."""
    return cast(BinaryIO, io.BufferedReader(_Ranges(store, name, size), STREAM_BUFFER_BYTES))


def open_s3(uri: str) -> Source:
    """Open ``s3://bucket/prefix``, or one object: a zip archive, a run with its files, an image.

    Parameters
    ----------
    uri
        The address, without keys.

    Raises
    ------
    NotFound, BadInput, Unavailable
    """
    if without_secrets(uri) != uri:
        raise BadInput(
            "An S3 address must not hold keys",
            remedy="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead, and give s3://bucket/prefix.",
            file=without_secrets(uri),
            code="address-secret",
        )
    # A key may hold any character, also ? and #, which have no meaning in this kind of address.
    bucket, _, path = uri.partition("://")[2].partition("/")
    key = path.strip("/")
    size = None if not key or path.endswith("/") else _object_size(_store(bucket, ""), key, uri)
    if size is not None:
        return _open_object(uri, bucket, key, size)
    source = S3Source(uri=uri, store=_store(bucket, key))
    if next(_list(source.store, uri), None) is None:
        raise NotFound("There is nothing in the bucket under this prefix", remedy="Check both names.", file=uri)
    return source


def _open_object(uri: str, bucket: str, key: str, size: int) -> Source:
    path = PurePosixPath(key)
    store = _store(bucket, "" if str(path.parent) == "." else str(path.parent))
    if path.suffix.lower() == ".zip":
        return open_zip(uri, stream(store, path.name, size))
    if path.suffix.lower() not in RUN_SUFFIXES:
        return S3Source(uri=uri, store=store, only=path.name)
    beside = [item["path"] for item in _list(store, uri) if "/" not in item["path"]]
    runs = [name for name in beside if PurePosixPath(name).suffix.lower() in RUN_SUFFIXES]
    belongs = belongs_to_run(path.name, runs)
    return S3Source(uri=uri, store=store, listed=lambda name: "/" not in name and belongs(name))


def _store(bucket: str, prefix: str) -> S3Store:
    """Return the bucket as the environment says it is reached (``AWS_*``, ``PELAGIA_S3_ENDPOINT``)."""
    options: dict[str, Any] = {}
    endpoint = next((os.environ[name] for name in ENDPOINT_VARIABLES if os.environ.get(name)), "")
    if endpoint:
        options["endpoint"] = endpoint
        options["virtual_hosted_style_request"] = False
    if not any(os.environ.get(name) for name in IDENTITY_VARIABLES):
        options["skip_signature"] = True  # a public bucket; asking a cloud's metadata service would hang elsewhere
    try:
        return S3Store(
            bucket,
            prefix=prefix or None,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                "read_timeout": timedelta(seconds=READ_SECONDS),
                "timeout": timedelta(seconds=WHOLE_REQUEST_SECONDS),
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=READ_SECONDS)},
            **options,
        )
    except FAILURES as error:
        raise _told(error, "", f"s3://{bucket}") from error


def _list(store: S3Store, uri: str) -> Iterator[Any]:
    try:
        for page in obstore.list(store, chunk_size=LIST_PAGE):
            yield from page
    except FAILURES as error:
        raise _told(error, "", uri) from error


def _object_size(store: S3Store, key: str, uri: str) -> int | None:
    try:
        return int(obstore.head(store, key)["size"])
    except FAILURES as error:
        if isinstance(error, NOT_FOUND):
            return None
        raise _told(error, "", uri) from error


def _told(error: Exception, name: str, uri: str) -> PelagiaError:
    """Return the error of the store in our words."""
    if isinstance(error, NOT_FOUND):
        return missing(name, uri)
    text = str(error).splitlines()[0][:200]
    if isinstance(error, REFUSED):
        return BadInput(
            "The object store refuses to hand out the data",
            remedy="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to keys that may read this bucket.",
            file=name or uri,
            code="s3-refused",
        )
    return Unavailable(
        "The object store does not answer as it should",
        remedy="Check PELAGIA_S3_ENDPOINT, AWS_REGION, the AWS keys and the network, then try again.",
        value=text,
        file=name or uri,
        code="s3-unreachable",
    )
