"""Live streams opened so that a hostile one can harm nobody: no file of this machine, no host that is not allowed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Self

import av
import httpx
from av.container import InputContainer
from av.error import EOFError as EndOfStream
from av.error import ExitError, FFmpegError, InvalidDataError
from av.stream import Disposition
from av.video.stream import VideoStream

from pelagia.core.errors import BadInput
from pelagia.io.sources.address import local_path, scheme_of
from pelagia.io.sources.allowed import may_be_sent_to
from pelagia.io.video.formats import DEMUXERS

WEB, LOCAL, RTSP = ("http", "https"), ("", "file"), ("rtsp", "rtsps")
STREAM_DEMUXERS = f"{DEMUXERS},rtsp,hls"
MOST_REDIRECTS = 5
BUFFER_BYTES = 1 << 16
FAILURES = (FFmpegError, httpx.HTTPError, OSError, ValueError, RuntimeError, MemoryError, BadInput)
"""What may come of an address that somebody else answers."""


def is_live(uri: str, container: InputContainer) -> bool:
    """Whether frames come as they are taken: over a network, and without an end that is known beforehand."""
    return scheme_of(uri) not in LOCAL and container.duration is None


@contextmanager
def open_stream(
    uri: str, *, open_timeout_s: float, read_timeout_s: float
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open an address, find its picture, and hang up in the end.

    Parameters
    ----------
    uri
        ``rtsp://``, ``http(s)://`` (HLS, or a video without end), any other that FFmpeg knows, or a local file.
    open_timeout_s, read_timeout_s
        How long to wait for the first answer, and for the next packet.

    Raises
    ------
    FAILURES
        Whose words may hold the address with its password: tell them by :func:`reason`.
    """
    scheme = scheme_of(uri)
    options = {
        "format_whitelist": STREAM_DEMUXERS,
        "protocol_whitelist": _protocols(scheme),
        "max_streams": "64",
        "probesize": "5000000",
        "analyzeduration": "5000000",
    }
    web = None
    if scheme in RTSP:
        # Over one connection: what a camera sends by UDP is lost behind firewalls, and could be sent to others.
        options |= {"analyzeduration": "2000000", "fpsprobesize": "1", "rtsp_transport": "tcp"}
    elif scheme in WEB:
        options |= {"http_persistent": "0"}
        web = _Web(uri, open_timeout_s, read_timeout_s)
    place = str(local_path(uri).absolute()) if scheme in LOCAL else uri
    with web or nullcontext():
        container = av.open(
            place,
            container_options=options,
            metadata_errors="replace",
            timeout=(open_timeout_s, read_timeout_s),
            io_open=web.open if web else None,
        )
        try:
            yield container, _picture(container)
        finally:
            container.close()


def reason(error: BaseException, *, waited: bool = False) -> str:
    """Return what went wrong, without any address.

    Parameters
    ----------
    error
        One of :data:`FAILURES`.
    waited
        Whether the time for an answer was over: of a silent server FFmpeg says that its answer made no sense.
    """
    if waited or isinstance(error, ExitError | httpx.TimeoutException | TimeoutError):
        return "nothing came in time"
    if isinstance(error, httpx.HTTPStatusError):
        return f"the server answered {error.response.status_code}"
    if isinstance(error, InvalidDataError):
        return "what came is no video"
    if isinstance(error, EndOfStream):
        return "the stream ended"
    if isinstance(error, BadInput):
        return error.what
    return str(getattr(error, "strerror", "") or type(error).__name__)


def _protocols(scheme: str) -> str:
    """Return the ways of the network that an address may take; those to files are none."""
    if scheme in LOCAL:
        return "file"
    return ",".join(dict.fromkeys((scheme, "tcp", "tls", "udp")))


def _picture(container: InputContainer) -> VideoStream:
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise BadInput("The stream has no picture", remedy="Check its address.")


class _Web:
    """Opens what a stream on the web is made of; each address is looked at, where a server sends on too.

    Parameters
    ----------
    uri
        Of the stream: whoever named it might.
    open_timeout_s, read_timeout_s
        How long to wait.
    """

    def __init__(self, uri: str, open_timeout_s: float, read_timeout_s: float) -> None:
        self._first = str(httpx.URL(uri))
        self._client = httpx.Client(
            follow_redirects=True,
            max_redirects=MOST_REDIRECTS,
            timeout=httpx.Timeout(read_timeout_s, connect=open_timeout_s),
            event_hooks={"request": [self._check]},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def open(self, url: str, flags: int, options: dict[str, Any]) -> _Body:
        """Return the content of an address, as FFmpeg asks for it."""
        if scheme_of(url) not in WEB:
            raise _elsewhere()
        answer = self._client.send(self._client.build_request("GET", url), stream=True)
        try:
            answer.raise_for_status()
        except BaseException:
            answer.close()
            raise
        return _Body(answer)

    def _check(self, request: httpx.Request) -> None:
        url = str(request.url)
        if url != self._first and not may_be_sent_to(url):
            raise _elsewhere()


class _Body:
    """The content of an answer, as PyAV reads files.

    Parameters
    ----------
    answer
        Of the server.
    """

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer
        self._parts: Iterator[bytes] = answer.iter_bytes(BUFFER_BYTES)
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most so many; none at the end."""
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return b""
            self._rest = part
        given, self._rest = self._rest[:size], self._rest[size:]
        return given

    def close(self) -> None:
        """Hang up."""
        self._answer.close()


def _elsewhere() -> BadInput:
    return BadInput(
        "The stream leads to another server, which may not be asked",
        remedy="Let the provider of this installation allow that server too.",
        code="address-not-allowed",
    )
