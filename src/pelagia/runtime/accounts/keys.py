"""The secret keys of an installation: files in its home folder that only its account may read, never in the database.

The key of the pseudonyms stands apart from that of tokens and sessions: it must stay the same for as long as users are
counted, and is destroyed after the audit. The key of the visits lasts a day and is then gone, so that nobody, we
included, can tell on Tuesday who came on Monday.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path

from pelagia.core.errors import Unavailable

KEY_BYTES = 32
VISITS = re.compile(r"^visits-(\d{4}-\d{2}-\d{2})\.key$")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of an installation; safe to use from many threads.

    Parameters
    ----------
    folder
        Where the files stand.
    pseudonyms
        Makes the pseudonyms of accounts.
    tokens
        Makes the digests of tokens and sessions.
    """

    folder: Path
    pseudonyms: bytes = field(repr=False)
    tokens: bytes = field(repr=False)
    _visits: dict[str, bytes] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def visits(self, day: dt.date) -> bytes:
        """Return the key of the visits of a day (UTC); older ones are deleted when a new one is made."""
        name = day.isoformat()
        with self._lock:
            if name not in self._visits:
                self._visits.clear()
                self._visits[name] = _read_or_make(self.folder / f"visits-{name}.key")
                _delete_visits_before(self.folder, name)
            return self._visits[name]


def open_keys(home: Path) -> Keys:
    """Read the keys of an installation, and make those that are missing.

    Raises
    ------
    Unavailable
        Where the folder may not be written to, or a key is damaged.
    """
    folder = home / "keys"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Keys(folder, _read_or_make(folder / "pseudonyms.key"), _read_or_make(folder / "tokens.key"))
    except OSError as error:
        raise Unavailable(
            f"The keys of the installation cannot be read or made: {error.strerror}",
            remedy="See that PELAGIA_HOME may be written to by the account that runs Pelagia.",
            file=str(error.filename or folder),
        ) from error


def key_problems(home: Path) -> list[str] | None:
    """Return what is wrong with the keys of an installation, in words; ``None`` where there are none yet."""
    folder = home / "keys"
    keys = sorted(folder.glob("*.key")) if folder.is_dir() else []
    if not keys:
        return None
    open_to_others = [path for path in (folder, *keys) if path.stat().st_mode & 0o077]
    damaged = [path for path in keys if path.stat().st_size != KEY_BYTES]
    return [
        *(f"others may use {path}: chmod go= {path}" for path in open_to_others),
        *(f"{path} is damaged: restore it from a copy of the home folder" for path in damaged),
    ]


def _read_or_make(path: Path) -> bytes:
    """Return the key in a file; where several processes start at once, all get that of the first."""
    if not path.exists():
        make_key(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise Unavailable(
            "A key of the installation is damaged", file=str(path), remedy="Restore it from a copy of the home folder."
        )
    return key


def make_key(path: Path) -> None:
    """Make the file of a key, which only the account that runs Pelagia may read; one that is there stays."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # A link is made whole or not at all, and never over a file that is there.
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink()


def _delete_visits_before(folder: Path, day: str) -> None:
    for path in folder.iterdir():
        match = VISITS.match(path.name)
        if match is not None and match[1] < day:
            path.unlink(missing_ok=True)
