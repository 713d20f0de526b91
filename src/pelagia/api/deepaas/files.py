"""The files of a request: a folder of their own for as long as they are needed."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path

from pelagia.orders.uploads import checked
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.settings import Settings
from pelagia.runtime.upload_folder import Incoming, place, require_room
from pelagia.runtime.upload_paths import safe_path

# Tells these folders from uploads that people made.
PREFIX = "deepaas"
ADDRESS = "upload://"
MADE = "0-made"
"""Folder, within that of a slot, of files that were made of arguments."""
PLACE = re.compile(rf"{ADDRESS}{PREFIX}[0-9a-f]{{24}}(?:/\w+/(?:\d+|{MADE}))?/?")


class RequestFolder:
    """Where the files of one request stand; made when the first comes.

    Parameters
    ----------
    settings
        Of the installation.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._is_kept = False

    @cached_property
    def id(self) -> str:
        """As in the addresses of its files."""
        return f"{PREFIX}{secrets.token_hex(12)}"

    @cached_property
    def path(self) -> Path:
        """The folder; made when first asked for."""
        path = self._settings.upload_folder(self.id)
        path.mkdir(parents=True)
        return path

    def take(self, bench: Workbench, files: Mapping[str, list[tuple[str, Incoming]]]) -> dict[str, list[str]]:
        """Move the files of each slot to their place and return their addresses.

        Raises
        ------
        BadInput
            Where one is refused: its name, or what is in it.
        """
        found: dict[str, list[str]] = {}
        root = self.path
        for slot, named in files.items():
            for position, (name, incoming) in enumerate(named):
                plain = plain_name(name)
                checked(bench, incoming.path, plain)
                # Files of one name may come together; each stands in a folder of its own.
                path = f"{slot}/{position}/{plain}"
                place(self._settings, root.name, path, incoming.path)
                found.setdefault(slot, []).append(f"{ADDRESS}{root.name}/{path}")
        return found

    def write(self, slot: str, name: str, content: bytes) -> str:
        """Write a file that was made of arguments, and return its address."""
        path = self.path / slot / MADE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return f"{ADDRESS}{self.path.name}/{slot}/{MADE}/{name}"

    def keep(self) -> None:
        """Leave the files to a job that goes on; :func:`sweep` deletes them later."""
        self._is_kept = True

    def remove(self) -> None:
        """Delete all."""
        if not self._is_kept and "path" in self.__dict__:
            shutil.rmtree(self.path, ignore_errors=True)


def as_sent(text: str) -> str:
    """Return a text in which the files of requests have the names that they were sent by."""
    return PLACE.sub("", text)


def plain_name(name: str) -> str:
    """Return the name of a file without the folders that some clients send along."""
    return safe_path(name.replace("\\", "/").rsplit("/", 1)[-1].strip() or "file")


def opener(settings: Settings, principal: Principal) -> partial[Incoming]:
    """Return what opens a place for the next file of a request; all of its files together have a limit."""
    most = settings.try_out_bytes if principal.is_anonymous else settings.upload_file_bytes
    opened: list[Incoming] = []
    return partial(_open, settings, most, opened)


def _open(settings: Settings, most_bytes: int, opened: list[Incoming]) -> Incoming:
    require_room(settings, 0)
    opened.append(Incoming(settings, limit_bytes=most_bytes - sum(incoming.bytes for incoming in opened)))
    return opened[-1]


def sweep(settings: Settings) -> None:
    """Delete the folders of requests that a power cut ended, once no job can need them any more."""
    uploads = settings.upload_folder("any").parent
    oldest = time.time() - settings.keep_visit_days * 86_400
    for folder in uploads.glob(f"{PREFIX}*") if uploads.is_dir() else ():
        if folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
