"""Download a file once, resume where the line broke, keep it for the next caller."""

from __future__ import annotations

import fcntl
import json
import netrc
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import Message
from hashlib import sha256
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import httpx
import platformdirs

from pelagia.core.errors import BadInput, NotFound, Unavailable
from pelagia.io.sources.address import without_secrets
from pelagia.io.sources.allowed import VARIABLE, may_be_sent_to
from pelagia.io.sources.protocol import is_clutter, name_problem

MAX_DOWNLOAD_BYTES = 64 << 30
SPARE_DISK_BYTES = 1 << 30
CHECK_BYTES = 256 << 20
KEPT_DAYS = 7
MAX_REDIRECTS = 5
ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.5
TIMEOUT = httpx.Timeout(60.0, connect=10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file fetched from the web.

    Parameters
    ----------
    path
        Where its content stands now.
    name
        What the server calls it.
    size
        In bytes.
    etag, last_modified
        What tells this state of the file from another, as the server says.
    """

    path: Path
    name: str
    size: int
    etag: str = ""
    last_modified: str = ""

    @property
    def version(self) -> str:
        """The state of the file in one word."""
        return self.etag or self.last_modified


def download(url: str, limit_bytes: int = MAX_DOWNLOAD_BYTES) -> Download:
    """Fetch a file from the web into the cache, or find it there unchanged.

    Parameters
    ----------
    url
        ``http://…`` or ``https://…``; a password is taken from ``user:password@`` or from netrc.
    limit_bytes
        The most it may have.

    Raises
    ------
    NotFound, BadInput, Unavailable
        With the address free of secrets.

    Notes
    -----
    A broken connection is taken up again by a range request, also by a later process. The server
    is asked each time whether its file changed; one that gives neither ETag nor Last-Modified is
    asked for the whole file. Files not used for seven days are removed. Where the installation says
    which addresses are allowed, a server may send us on to these only.
    """
    folder = _folder()
    _forget_old(folder)
    key = sha256(url.encode()).hexdigest()[:32]
    with (
        _locked(folder / f"{key}.lock"),
        httpx.Client(
            auth=None if "@" in urlsplit(url).netloc else _netrc(),
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            timeout=TIMEOUT,
            headers={"Accept-Encoding": "identity"},
            event_hooks={"request": [_only_to_allowed(url)]},
        ) as client,
    ):
        return _Fetch(url=url, limit_bytes=limit_bytes, base=folder / key, client=client).run()


class _BrokenError(Exception):
    """The connection or the server failed in a way that another attempt may mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetch:
    """One file on its way: ``<base>.part`` grows until it becomes ``<base>.data``."""

    url: str
    limit_bytes: int
    base: Path
    client: httpx.Client

    def run(self) -> Download:
        problem = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                return self.once()
            except _BrokenError as error:
                problem = str(error)
            except httpx.UnsupportedProtocol:
                raise self._bad("The address leads to something that is not on the web", "no http") from None
            except httpx.TransportError as error:
                problem = type(error).__name__
            except httpx.TooManyRedirects:
                raise self._bad("The address leads in circles", f"more than {MAX_REDIRECTS} redirects") from None
            except httpx.InvalidURL:
                raise self._bad("The address is not valid", "") from None
        # The cause is not chained: its text may hold the address with its secrets.
        raise Unavailable(
            "The server does not answer as it should",
            remedy="Check the address and the network, then try again; the download goes on where it broke.",
            value=problem,
            file=without_secrets(self.url),
            code="http-unreachable",
        ) from None

    def once(self) -> Download:
        """Ask for the file, or for what is still missing of it."""
        whole, part = _load(self.base, ".data"), _load(self.base, ".part")
        have = part.path.stat().st_size if part else 0
        with self.client.stream("GET", self.url, headers=_headers(whole, part, have)) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED and whole:
                os.utime(whole.path)
                return whole
            self._check(answer)
            goes_on = answer.status_code == httpx.codes.PARTIAL_CONTENT
            if goes_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                _remove(self.base, ".part")
                raise _BrokenError("a range that was not asked for")
            state = part if part and goes_on else self._state(answer)
            _save(self.base, ".part", state)
            self._receive(answer, state, mode="ab" if goes_on else "wb")
        return _finish(self.base, state)

    def _receive(self, answer: httpx.Response, state: Download, *, mode: str) -> None:
        with state.path.open(mode) as file:
            received = checked = file.tell()
            for piece in answer.iter_raw():
                received += len(piece)
                if received > self.limit_bytes:
                    raise self._too_large(f"more than {self.limit_bytes:,} bytes")
                if received - checked > CHECK_BYTES:  # a server need not say how much will come
                    self._check_disk(0)
                    checked = received
                file.write(piece)
        if received != state.size and state.size >= 0:
            raise _BrokenError(f"the connection ended after {received:,} of {state.size:,} bytes")

    def _state(self, answer: httpx.Response) -> Download:
        size = int(answer.headers.get("Content-Length", "-1"))
        if size > self.limit_bytes:
            raise self._too_large(f"{size:,} bytes")
        self._check_disk(max(size, 0))
        return Download(
            path=self.base.with_suffix(".part"),
            name=_file_name(answer),
            size=size,
            etag=answer.headers.get("ETag", ""),
            last_modified=answer.headers.get("Last-Modified", ""),
        )

    def _check_disk(self, needed_bytes: int) -> None:
        free = shutil.disk_usage(self.base.parent).free
        if free < needed_bytes + SPARE_DISK_BYTES:
            raise Unavailable(
                "There is not enough disk space to download the file",
                remedy="Free some space, or set PELAGIA_HOME to a folder on a larger disk.",
                value=f"{free:,} bytes free",
                file=without_secrets(self.url),
                code="disk-full",
            )

    def _check(self, answer: httpx.Response) -> None:
        status, encoding = answer.status_code, answer.headers.get("Content-Encoding", "identity")
        if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            _remove(self.base, ".part")
        if status >= 500 or status in {408, 416, 429}:
            raise _BrokenError(f"status {status}")
        if status in {404, 410}:
            raise NotFound(
                "There is no such file on the server",
                remedy="Check the address.",
                value=f"status {status}",
                file=without_secrets(self.url),
            )
        if status in {401, 403}:
            raise self._bad("The server refuses to hand out the file", f"status {status}", code="http-refused")
        if status not in {200, 206} or encoding != "identity":
            raise self._bad("The server does not give the file as it is", f"status {status}, {encoding}")

    def _bad(self, what: str, value: str, *, code: str = "http-answer") -> BadInput:
        remedy = "Use an address that leads to the file itself (https://…, with user:password@ or as a signed link)."
        return BadInput(what, remedy=remedy, value=value, file=without_secrets(self.url), code=code)

    def _too_large(self, value: str) -> BadInput:
        _remove(self.base, ".part")
        return BadInput(
            f"The file on the server is larger than the {self.limit_bytes:,} bytes it may have",
            remedy="Check the address; split the file if it is the right one.",
            value=value,
            file=without_secrets(self.url),
            code="file-too-large",
        )


def _only_to_allowed(url: str) -> Callable[[httpx.Request], None]:
    """Return what looks at each request before it is sent: the address itself, and all that servers send us on to."""

    def check(request: httpx.Request) -> None:
        if str(request.url) != str(httpx.URL(url)) and not may_be_sent_to(str(request.url)):
            raise BadInput(
                "The server sends us on to an address that cannot be used here",
                value=without_secrets(str(request.url))[:200],
                remedy=f"Upload the file; or those who run this installation add the address to {VARIABLE}.",
                file=without_secrets(url),
                code="address-not-allowed",
            )

    return check


def _netrc() -> httpx.NetRCAuth | None:
    """Return the passwords of the user's netrc file, each of which goes to its own host only."""
    path = Path(os.environ.get("NETRC") or "~/.netrc").expanduser()
    try:
        return httpx.NetRCAuth(str(path)) if path.is_file() else None
    except (OSError, netrc.NetrcParseError) as error:
        raise BadInput(
            "The file of passwords for web servers cannot be read",
            remedy="Correct it; its lines read: machine HOST login USER password PASSWORD.",
            value=type(error).__name__,
            file=str(path),
            code="http-netrc",
        ) from None


def _headers(whole: Download | None, part: Download | None, have: int) -> dict[str, str]:
    """Ask for the rest of a broken download, or for the file if it changed."""
    if part and have:
        # A weak ETag does not promise equal bytes, so it cannot hold two parts together.
        state = part.last_modified if part.etag.startswith("W/") else part.version
        return {"Range": f"bytes={have}-", "If-Range": state} if state else {}
    if whole and whole.etag:
        return {"If-None-Match": whole.etag}
    if whole and whole.last_modified:
        return {"If-Modified-Since": whole.last_modified}
    return {}


def _finish(base: Path, state: Download) -> Download:
    """Put a complete download under its final name."""
    whole = replace(state, path=base.with_suffix(".data"), size=state.path.stat().st_size)
    base.with_suffix(".data.json").unlink(missing_ok=True)
    state.path.replace(whole.path)
    _save(base, ".data", whole)
    _remove(base, ".part")
    return whole


def _file_name(answer: httpx.Response) -> str:
    """Return the last part of the name the server gives the file, free of any folder."""
    message = Message()
    message["Content-Disposition"] = answer.headers.get("Content-Disposition", "")
    stated = message.get_filename() or unquote(urlsplit(str(answer.url)).path)
    name = PurePosixPath(stated.replace("\\", "/")).name
    return "download" if not name or name_problem(name) or is_clutter(name) else name


def _save(base: Path, suffix: str, state: Download) -> None:
    told = {"name": state.name, "size": state.size, "etag": state.etag, "last_modified": state.last_modified}
    new = base.with_suffix(".new")
    new.write_text(json.dumps(told), encoding="utf-8")
    new.replace(base.with_suffix(f"{suffix}.json"))


def _load(base: Path, suffix: str) -> Download | None:
    path = base.with_suffix(suffix)
    try:
        told = json.loads(base.with_suffix(f"{suffix}.json").read_text(encoding="utf-8"))
        return Download(path=path, **told) if path.is_file() else None
    except (OSError, ValueError, TypeError):
        return None


def _remove(base: Path, suffix: str) -> None:
    for name in (suffix, f"{suffix}.json"):
        base.with_suffix(name).unlink(missing_ok=True)


def _folder() -> Path:
    home = os.environ.get("PELAGIA_HOME")
    folder = (Path(home) / "cache" if home else platformdirs.user_cache_path("pelagia", appauthor=False)) / "downloads"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Unavailable(
            "The folder for downloads cannot be made",
            remedy="Set PELAGIA_HOME to a folder you may write to.",
            value=error.strerror or "",
            file=str(folder),
        ) from error
    return folder


def _forget_old(folder: Path) -> None:
    oldest = time.time() - KEPT_DAYS * 86_400
    for path in folder.iterdir():
        if path.suffix != ".lock" and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time fetch a file; the others then find it whole."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
