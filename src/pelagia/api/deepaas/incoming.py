"""What a request brings: query, form, JSON body; its files go to the disk as they come."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import anyio
import anyio.to_thread
from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from pelagia.core.errors import BadInput, TooMuch
from pelagia.runtime.upload_folder import Incoming

MOST_FILES = 2000
MOST_FIELDS = 1000
MOST_HEADER_BYTES = 8192
# Of all that is not a file together.
MOST_TEXT_BYTES = 4 << 20
# Larger bodies are written by another thread, so that a slow disk keeps nobody waiting.
QUICK_BYTES = 1 << 20
# For so long a client may be silent in the middle of a body.
PIECE_SECONDS = 60.0

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

Texts = Mapping[str, list[str]]
OpenIncoming = Callable[[], Incoming]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a request brought.

    Parameters
    ----------
    query, form
        Name → values, in their order.
    files
        Name of the field → name of the file, and the file.
    body
        The JSON body where it is an object.
    """

    query: Texts
    form: Texts = field(default_factory=dict)
    files: Mapping[str, list[tuple[str, Incoming]]] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


class BadBody(BadInput):
    """The body of a request cannot be read."""

    code = "bad-request"


async def read_request(scope: Scope, receive: Receive, open_incoming: OpenIncoming, stack: ExitStack) -> Brought:
    """Read a request.

    Parameters
    ----------
    scope, receive
        The request.
    open_incoming
        Opens a place for the next file.
    stack
        Deletes, when it is closed, the files that were not moved elsewhere.

    Raises
    ------
    BadBody, TooMuch
        Where the body cannot be read, or is more than may be sent.
    """
    query = _texts(scope["query_string"].decode("latin-1"))
    if all(name != b"content-type" for name, _ in scope["headers"]):
        return Brought(query=query)
    headers = Headers(scope=scope)
    kind, options = parse_options_header(headers.get("content-type", ""))
    if kind == b"multipart/form-data":
        if b"boundary" not in options:
            raise _malformed("it has no boundary")
        form = _Form(options[b"boundary"], open_incoming, stack)
        await _feed(form, receive, headers)
        return Brought(query=query, form=form.fields, files=form.files)
    if kind == b"application/x-www-form-urlencoded":
        return Brought(query=query, form=_texts((await _text(receive)).decode("utf-8", "replace")))
    if kind == b"application/json":
        return Brought(query=query, body=_json(await _text(receive)))
    return Brought(query=query)


def _texts(encoded: str) -> dict[str, list[str]]:
    if not encoded:
        return {}
    found: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(encoded, keep_blank_values=True, max_num_fields=MOST_FIELDS):
            found.setdefault(name, []).append(value)
    except ValueError as error:
        raise _too_many() from error
    return found


def _json(text: bytes) -> Mapping[str, Any]:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadJson() from error
    return found if isinstance(found, dict) else {}


class BadJson(BadBody):
    """A body says that it is JSON, and is not."""

    def __init__(self) -> None:
        super().__init__("Invalid JSON body.", remedy="Send valid JSON.")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), ()


async def _text(receive: Receive) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in _pieces(receive):
        size += len(piece)
        if size > MOST_TEXT_BYTES:
            raise _too_long()
        pieces.append(piece)
    return b"".join(pieces)


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        try:
            with anyio.fail_after(PIECE_SECONDS):
                message = await receive()
        except TimeoutError as error:
            raise _too_slow() from error
        if message["type"] == "http.disconnect":
            raise _malformed("the client hung up")
        piece: bytes = message.get("body", b"")
        if piece:
            yield piece
        if not message.get("more_body", False):
            return


async def _feed(form: _Form, receive: Receive, headers: Headers) -> None:
    size = headers.get("content-length", "")
    is_quick = size.isdecimal() and int(size) <= QUICK_BYTES
    async for piece in _pieces(receive):
        if is_quick:
            form.write(piece)
        else:
            await anyio.to_thread.run_sync(form.write, piece)
    form.finish()


class _Form:
    """Takes a multipart form apart."""

    def __init__(self, boundary: bytes, open_incoming: OpenIncoming, stack: ExitStack) -> None:
        self.fields: dict[str, list[str]] = {}
        self.files: dict[str, list[tuple[str, Incoming]]] = {}
        self._open_incoming = open_incoming
        self._stack = stack
        self._counts = {"files": 0, "fields": 0, "bytes": 0}
        self._name = self._header = self._value = self._disposition = b""
        self._text: list[bytes] = []
        self._file: Incoming | None = None
        self._is_whole = False
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }
        self._parser = MultipartParser(boundary, callbacks)

    def write(self, piece: bytes) -> None:
        try:
            self._parser.write(piece)
        except MultipartParseError as error:
            raise _malformed(str(error)) from error

    def finish(self) -> None:
        if not self._is_whole:
            raise _malformed("its end is missing")

    def _begin(self) -> None:
        self._header = self._value = self._disposition = b""
        self._text = []

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header = _bounded(self._header + data[start:end])

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value = _bounded(self._value + data[start:end])

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"")
        if b"filename" not in options:
            self._count("fields", MOST_FIELDS)
            return
        self._count("files", MOST_FILES)
        self._file = self._stack.enter_context(self._open_incoming())
        name = options[b"filename"].decode("utf-8", "replace")
        self.files.setdefault(self._name.decode("utf-8", "replace"), []).append((name, self._file))

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        piece = bytes(data[start:end])
        if self._file is not None:
            self._file.write(piece)
            return
        self._counts["bytes"] += len(piece)
        if self._counts["bytes"] > MOST_TEXT_BYTES:
            raise _too_long()
        self._text.append(piece)

    def _on_part_end(self) -> None:
        if self._file is None:
            text = b"".join(self._text).decode("utf-8", "replace")
            self.fields.setdefault(self._name.decode("utf-8", "replace"), []).append(text)
        else:
            self._file.close()
        self._file = None

    def _on_end(self) -> None:
        self._is_whole = True

    def _count(self, what: str, most: int) -> None:
        self._counts[what] += 1
        if self._counts[what] > most:
            raise _too_many()


def _bounded(text: bytes) -> bytes:
    if len(text) > MOST_HEADER_BYTES:
        raise _malformed("a part of it has a header that is too long")
    return text


def _malformed(why: str) -> BadBody:
    return BadBody("The body of the request cannot be read", value=why, remedy="Send it again.")


def _too_slow() -> BadBody:
    return BadBody(
        f"Nothing came for {PIECE_SECONDS:g} s", remedy="Send it again, or by parts: see /v1/uploads.", code="too-slow"
    )


def _too_long() -> TooMuch:
    return TooMuch(
        f"What is not a file may have up to {MOST_TEXT_BYTES >> 20} MiB",
        remedy="Send files as files.",
        code="too-large",
    )


def _too_many() -> TooMuch:
    return TooMuch(
        f"A request may have up to {MOST_FILES:,} files and {MOST_FIELDS:,} values",
        remedy="Send a zip archive.",
        code="too-large",
    )
