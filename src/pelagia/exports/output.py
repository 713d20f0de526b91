"""Files put into an output folder one by one, each complete or absent, and all of them known."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pelagia.core.errors import Conflict

SUMMARY_NAME = "summary.json"
_STAGING = ".partial"
_JOURNAL = ".files-written"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """One file of the output folder: its name with forward slashes, its size and checksum."""

    name: str
    size_bytes: int
    sha256: str

    @classmethod
    def of_bytes(cls, name: str, data: bytes) -> WrittenFile:
        """Describe a file that is still in memory."""
        return cls(name=name, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


class OutputFolder:
    """An output folder being written.

    Each file is made under a temporary name and renamed, so that a name in the folder always
    stands for a complete file. The names written are noted in a journal until the folder is
    complete: a file of an earlier, different run can be told from a file of the user's own and
    is removed at the end.

    Parameters
    ----------
    root
        The folder; it is made where it does not exist. Its completion mark, ``summary.json``,
        is taken away until :meth:`finish`.
    linked
        Whether copies may be further names of their sources, where the disk allows that: for a folder that nobody
        writes into afterwards, such as that of a server.
    """

    def __init__(self, root: Path, *, linked: bool = False) -> None:
        self.root = root
        self._linked = linked
        self.files: list[WrittenFile] = []
        self._staging = root / _STAGING
        self._journal = root / _JOURNAL
        root.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._staging, ignore_errors=True)
        self._staging.mkdir()
        self._earlier = self._files_of_earlier_runs()
        self._journal.write_text("".join(f"{json.dumps(name)}\n" for name in sorted(self._earlier)), encoding="utf-8")
        (root / SUMMARY_NAME).unlink(missing_ok=True)

    def add_bytes(self, name: str, data: bytes) -> Path:
        """Write a file from memory."""
        partial = self._staging / "file"
        partial.write_bytes(data)
        return self.add_staged(name, partial)

    def add_copy(self, name: str, source: Path) -> Path:
        """Copy a file into the folder; one that already stands there under this name is kept."""
        target = self.root / checked_name(name)
        if target.exists() and target.samefile(source):
            return self._note(name, target)
        partial = self._staging / "file"
        partial.unlink(missing_ok=True)
        if not (self._linked and _is_linked(source, partial)):
            shutil.copyfile(source, partial)
        return self.add_staged(name, partial)

    def add_staged(self, name: str, partial: Path) -> Path:
        """Move a finished file of :meth:`staging` to its place."""
        target = self.root / checked_name(name)
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(f"{json.dumps(name)}\n")
        target.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(target)
        return self._note(name, target)

    def staging(self, name: str) -> Path:
        """Return an empty folder on the same disk, for files that are not finished yet."""
        folder = self._staging / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def names_with(self, *more: str) -> tuple[str, ...]:
        """Return the names of all files written so far and of some still to come, sorted."""
        return tuple(sorted({file.name for file in self.files} | set(more)))

    def finish(self, summary: bytes) -> None:
        """Remove what earlier runs wrote and this one did not, then set the completion mark."""
        kept = set(self.names_with(SUMMARY_NAME))
        for name in sorted(self._earlier - kept):
            self._remove(name)
        self.add_bytes(SUMMARY_NAME, summary)
        shutil.rmtree(self._staging)
        self._journal.unlink()

    def _note(self, name: str, target: Path) -> Path:
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.files.append(WrittenFile(name=name, size_bytes=target.stat().st_size, sha256=digest))
        return target

    def _files_of_earlier_runs(self) -> set[str]:
        found: set[str] = set()
        if self._journal.is_file():
            found |= {json.loads(line) for line in self._journal.read_text(encoding="utf-8").splitlines()}
        # No summary, or one that is not ours: then nothing in the folder is known to be ours.
        with suppress(OSError, ValueError, KeyError, TypeError):
            found |= set(json.loads((self.root / SUMMARY_NAME).read_text(encoding="utf-8"))["files"])
        return {name for name in found if _is_inside(name)}

    def _remove(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)
        for folder in list((self.root / name).parents)[: len(PurePosixPath(name).parts) - 1]:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def _is_linked(source: Path, name: Path) -> bool:
    """Give a file a further name; says whether the disk allowed it."""
    try:
        name.hardlink_to(source)
    except OSError:
        return False
    return True


def checked_name(name: str) -> str:
    """Return a name that stays inside the output folder, or say that it does not.

    Raises
    ------
    Conflict
        Where the name is absolute, leads out of the folder or is one the folder needs itself.
    """
    if not _is_inside(name):
        raise Conflict(
            "A file of the result cannot be placed in the output folder",
            value=name,
            remedy="Its name must be relative, with forward slashes, and must not lead out of the folder.",
        )
    return name


def _is_inside(name: object) -> bool:
    if not isinstance(name, str) or "\\" in name or "\0" in name:
        return False
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and parts[0] not in {_STAGING, _JOURNAL}
