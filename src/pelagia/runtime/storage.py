"""Where large values are kept: a folder or an S3 bucket, with the same few functions."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from obstore.exceptions import BaseError
from obstore.exceptions import NotFoundError as ObjectMissing
from obstore.store import LocalStore, S3Store

from pelagia.core.errors import BadParameter, NotFound, Unavailable
from pelagia.runtime.faults import DISK_FULL

PROBE = "probe/pelagia"
ENDPOINT_VARIABLES = ("PELAGIA_S3_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A place that keeps named bytes.

    Parameters
    ----------
    address
        Where it is, for people.
    store
        The store of obstore.
    folder
        Its folder where it is on this machine.
    """

    address: str
    store: LocalStore | S3Store
    folder: Path | None = None

    def put(self, name: str, data: bytes) -> None:
        """Keep bytes under a name; a reader sees all of them or none, also after a power cut."""
        with _clear_errors(self.address):
            self.store.put(name, data)
            if self.folder is not None:
                _flush(self.folder / name)

    def get(self, name: str) -> bytes:
        """Return the bytes kept under a name.

        Raises
        ------
        NotFound
            Where there are none.
        """
        with _clear_errors(self.address):
            try:
                return bytes(self.store.get(name).bytes())
            except (ObjectMissing, FileNotFoundError) as error:
                raise NotFound(
                    "A stored value is missing",
                    value=name,
                    file=self.address,
                    remedy="Make a new run; on the command line with --force.",
                ) from error

    def delete_under(self, prefix: str) -> int:
        """Delete everything whose name starts with ``prefix/``; return how many it was."""
        with _clear_errors(self.address):
            count = 0
            for batch in self.store.list(prefix=prefix):
                self.store.delete([item["path"] for item in batch])
                count += len(batch)
            return count

    def check(self) -> None:
        """Write, read and delete something.

        Raises
        ------
        Unavailable
            Where that fails.
        """
        self.put(PROBE, b"written by pelagia")
        self.get(PROBE)
        with _clear_errors(self.address):
            self.store.delete(PROBE)


def open_storage(url: str) -> Storage:
    """Open a storage.

    Parameters
    ----------
    url
        A folder, ``file://…`` or ``s3://BUCKET/PREFIX``. The keys and the endpoint of S3 come from the usual
        variables ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``, ``PELAGIA_S3_ENDPOINT``.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return _open_s3(url, parts.netloc, parts.path.strip("/"))
    if parts.scheme not in {"", "file"} and not Path(url).drive:
        raise BadParameter(
            "Storage is a folder or an S3 address", value=url, remedy="Set PELAGIA_STORAGE_URL to one of these."
        )
    folder = Path(unquote(parts.path) if parts.scheme == "file" else url).absolute()
    with _clear_errors(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        return Storage(address=str(folder), store=LocalStore(folder), folder=folder)


def _open_s3(url: str, bucket: str, prefix: str) -> Storage:
    if not bucket:
        raise BadParameter("The S3 address has no bucket", value=url, remedy="Use s3://BUCKET/PREFIX.")
    endpoint = next((os.environ[name] for name in ENDPOINT_VARIABLES if os.environ.get(name)), None)
    with _clear_errors(url):
        if endpoint is None:
            return Storage(address=url, store=S3Store(bucket, prefix=prefix or None))
        store = S3Store(
            bucket,
            prefix=prefix or None,
            endpoint=endpoint,
            virtual_hosted_style_request=False,
            client_options={"allow_http": endpoint.startswith("http://")},
        )
        return Storage(address=url, store=store)


def _flush(path: Path) -> None:
    """Make a file and its name outlast a power cut."""
    for place, flags in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))):
        handle = os.open(place, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _clear_errors(address: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unavailable(address, str(error), full=error.errno == errno.ENOSPC) from error
    except BaseError as error:
        text = str(error)
        raise _unavailable(address, text.splitlines()[0], full="No space left" in text) from error


def _unavailable(address: str, text: str, *, full: bool) -> Unavailable:
    if full:
        return Unavailable(
            "The disk is full", value=text, file=address, remedy="Make room, then start again.", code=DISK_FULL
        )
    return Unavailable(
        "The storage does not answer or may not be written to",
        value=text,
        file=address,
        remedy="See PELAGIA_STORAGE_URL and, for S3, the AWS_… variables; finished work is kept.",
    )
