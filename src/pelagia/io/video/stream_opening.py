"""Live streams opened so that a hostile one can harm nobody: no file of this machine, no host that is not allowed."""

from __future__ import annotations

import netrc
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Self
from urllib.parse import quote, urlsplit, urlunsplit

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
        web = _Web(_with_login(uri), open_timeout_s, read_timeout_s)
    place = str(local_path(uri).absolute()) if scheme in LOCAL else _with_login(uri)
    with web or nullcontext():
        try:
            container = av.open(
                place,
                container_options=options,
                metadata_errors="replace",
                timeout=(open_timeout_s, read_timeout_s),
                io_open=web.open if web else None,
            )
        except FAILURES:
            if web and web.error is not None:
                raise web.error from None
            raise
        try:
            yield container, _picture(container)
        finally:
            container.close()
        if web and web.error is not None:
            raise web.error


def reason(error: BaseException, *, waited: bool = False) -> str:
    """Return what went wrong, without any address.

    Parameters
    ----------
    error
        One of :data:`FAILURES`.
    waited
        Whether the time for an answer was over: of a silent server FFmpeg says that its answer made no sense.
    """
    if isinstance(error, BadInput):
        return error.what
    if waited or isinstance(error, ExitError | httpx.TimeoutException | TimeoutError):
        return "nothing came in time"
    if isinstance(error, InvalidDataError):
        return "what came is no video"
    if isinstance(error, EndOfStream):
        return "the stream ended"
    return str(getattr(error, "strerror", "") or type(error).__name__)


def _with_login(uri: str) -> str:
    """Return an address with the user and the password that the netrc file has for its host, where it names none."""
    parts = urlsplit(uri)
    if "@" in parts.netloc or not parts.hostname:
        return uri
    try:
        known = netrc.netrc(os.environ.get("NETRC")).authenticators(parts.hostname)
    except (OSError, netrc.NetrcParseError):
        return uri
    if known is None:
        return uri
    user, _, password = known
    login = f"{quote(user, safe='')}:{quote(password or '', safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))


def _protocols(scheme: str) -> str:
    """Return the ways of the network that an address may take; those to files are none."""
    if scheme in LOCAL:
        return "file"
    return ",".join(dict.fromkeys((scheme, "tcp", "tls", "udp")))


def _picture(container: InputContainer) -> VideoStream:
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise BadInput("it has no picture", remedy="Check its address.")


class _Web:
    """Opens what a stream on the web is made of; each address is looked at, where a server sends on too.

    PyAV prints what is raised here, with the address: what went wrong is kept instead, and nothing comes.

    Parameters
    ----------
    uri
        Of the stream: whoever named it might.
    open_timeout_s, read_timeout_s
        How long to wait.
    """

    def __init__(self, uri: str, open_timeout_s: float, read_timeout_s: float) -> None:
        self.error: Exception | None = None
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
        try:
            if scheme_of(url) not in WEB:
                raise _elsewhere()
            answer = self._client.send(self._client.build_request("GET", url), stream=True)
            if answer.is_error:
                answer.close()
                raise _answered(answer.status_code)
        except FAILURES as error:
            self.error = error
            return _Body(None, self)
        self.error = None
        return _Body(answer, self)

    def _check(self, request: httpx.Request) -> None:
        url = str(request.url)
        if url != self._first and not may_be_sent_to(url):
            raise _elsewhere()


class _Body:
    """The content of an answer, as PyAV reads files.

    Parameters
    ----------
    answer
        Of the server; ``None`` where there is none.
    web
        Told what goes wrong.
    """

    def __init__(self, answer: httpx.Response | None, web: _Web) -> None:
        self._answer, self._web = answer, web
        self._parts: Iterator[bytes] = iter(()) if answer is None else answer.iter_bytes(BUFFER_BYTES)
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most so many; none at the end."""
        while not self._rest:
            try:
                self._rest = next(self._parts, b"")
            except FAILURES as error:
                self._web.error = error
                return b""
            if not self._rest:
                return b""
        given, self._rest = self._rest[:size], self._rest[size:]
        return given

    def close(self) -> None:
        """Hang up."""
        if self._answer is not None:
            self._answer.close()


def _answered(status: int) -> BadInput:
    return BadInput(f"the server answered {status}", remedy="Check the address.", code="http-answer")


def _elsewhere() -> BadInput:
    return BadInput(
        "the stream leads to another server, which may not be asked",
        remedy="Let the provider of this installation allow that server too.",
        code="address-not-allowed",
    )
