"""Many files in one multipart body, each written to the disk as it comes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType

from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header

from pelagia.core.errors import BadInput, TooMuch
from pelagia.runtime.upload_folder import Incoming

MAX_FILES = 2000
MAX_HEADER_BYTES = 8192


class BatchReceiver:
    """Takes a multipart body apart; use it in a ``with`` block, which deletes what was not placed.

    Parameters
    ----------
    content_type
        The header of the request, with the boundary.
    open_incoming
        Opens a place for the next file; it is told how many bytes the files before it have.
    """

    def __init__(self, content_type: str, open_incoming: Callable[[int], Incoming]) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise BadInput(
                "The body is not a multipart form",
                value=content_type[:80],
                remedy="Send multipart/form-data with one part a file.",
                code="wrong-media-type",
            )
        self.files: list[tuple[str, Incoming]] = []
        self._open_incoming = open_incoming
        self._stack = ExitStack()
        self._current: Incoming | None = None
        self._header = b""
        self._value = b""
        self._disposition = b""
        self._is_whole = False
        self._bytes = 0
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def write(self, piece: bytes) -> None:
        """Take the next piece of the body.

        Raises
        ------
        BadInput, TooMuch
            Where it is no multipart body, or more than may be sent at once.
        """
        try:
            self._parser.write(piece)
        except MultipartParseError as error:
            raise _malformed(str(error)) from error

    def finish(self) -> None:
        """End the body.

        Raises
        ------
        BadInput
            Where a part of it is missing.
        """
        if not self._is_whole:
            raise _malformed("the end is missing")

    def __enter__(self) -> BatchReceiver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _on_part_begin(self) -> None:
        self._disposition = self._header = self._value = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header = self._bounded(self._header + data[start:end])

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value = self._bounded(self._value + data[start:end])

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"filename") or options.get(b"name") or b""
        if len(self.files) >= MAX_FILES:
            raise TooMuch(
                f"A batch may have up to {MAX_FILES:,} files",
                remedy="Send the others in a further one.",
                code="too-large",
            )
        self._current = self._stack.enter_context(self._open_incoming(self._bytes))
        self.files.append((_text(name), self._current))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current is not None:
            self._current.write(bytes(data[start:end]))

    def _on_part_end(self) -> None:
        if self._current is not None:
            self._current.close()
            self._bytes += self._current.bytes
        self._current = None

    def _on_end(self) -> None:
        self._is_whole = True

    def _bounded(self, header: bytes) -> bytes:
        if len(header) > MAX_HEADER_BYTES:
            raise _malformed("a header is too long")
        return header


def _text(name: bytes) -> str:
    # As browsers write names: UTF-8, with quotes and line breaks escaped.
    text = name.decode(errors="surrogateescape")
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _malformed(value: str) -> BadInput:
    return BadInput(
        "The multipart body is damaged",
        value=value[:200],
        remedy="Send it again.",
        code="bad-request",
    )
