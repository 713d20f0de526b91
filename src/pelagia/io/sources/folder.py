"""Files in a folder of this machine."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from pelagia.core.errors import BadInput, NotFound
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.sources.protocol import (
    READ_LIMIT_BYTES,
    Entry,
    checked_name,
    is_clutter,
    missing,
    name_issue,
    name_problem,
    read_bounded,
    too_large,
)

RUN_SUFFIXES = frozenset({".lst", ".flb"})


def _everything(_name: str) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSource:
    """The files of a folder and its subfolders; links are followed only where they stay inside.

    Parameters
    ----------
    uri
        The path as given.
    root
        The folder, resolved.
    recursive
        Whether subfolders belong to it.
    listed
        Which names :meth:`entries` offers.
    readable
        Which names may be read; more than the listed ones where a run names images of another.
    """

    uri: str
    root: Path
    recursive: bool = True
    listed: Callable[[str], bool] = _everything
    readable: Callable[[str], bool] = _everything

    def entries(self, after: str = "") -> Iterator[Entry]:
        """List all files by name."""
        return (found for found in self.walk() if isinstance(found, Entry) and found.name > after)

    def issues(self) -> tuple[Issue, ...]:
        """Say which files were left out and why."""
        return tuple(found for found in self.walk() if isinstance(found, Issue))

    def walk(self) -> Iterator[Entry | Issue]:
        """List all files by name, and between them say which were left out and why."""
        return self._walk("")

    def read(self, name: str, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        """Read a whole file."""
        with self.open(name) as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > limit_bytes:
                raise too_large(name, size, limit_bytes)
            return read_bounded(stream, name, limit_bytes)

    def open(self, name: str) -> BinaryIO:
        """Open a file as a stream."""
        path = self.root / checked_name(name)
        if not self.readable(name) or (not self.recursive and "/" in name):
            raise missing(name, self.uri)
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.root):
            raise _leads_out(name, real)
        try:
            if not stat.S_ISREG(real.stat().st_mode):
                raise missing(name, self.uri)
            return real.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            raise missing(name, self.uri) from None
        except OSError as error:
            raise _unreadable(name, error) from error

    def __enter__(self) -> FolderSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def _walk(self, folder: str) -> Iterator[Entry | Issue]:
        try:
            with os.scandir(self.root / folder) as found:
                # "a-b" < "a/c" but "a" < "a-b": a folder sorts as if its slash were part of its name.
                items = sorted(found, key=lambda item: item.name + "/" * item.is_dir(follow_symlinks=False))
        except OSError as error:
            yield finding(_unreadable(folder or ".", error))
            return
        for item in items:
            name = f"{folder}{item.name}"
            if is_clutter(item.name):
                continue
            if name_problem(name):
                yield name_issue(name, "the folder")
            elif item.is_dir(follow_symlinks=False):
                if self.recursive:
                    yield from self._walk(f"{name}/")
            elif self.listed(name):
                yield from self._one(name, item)

    def _one(self, name: str, item: os.DirEntry[str]) -> Iterator[Entry | Issue]:
        if item.is_symlink():
            real = Path(os.path.realpath(item.path))
            if not real.is_relative_to(self.root):
                yield finding(_leads_out(name, real))
                return
            if real.is_dir():
                return  # its files are listed where they stand
        try:
            status = item.stat()
        except OSError as error:
            yield finding(_unreadable(name, error))
            return
        if stat.S_ISREG(status.st_mode):
            yield Entry(name=name, size=status.st_size, modified_ns=status.st_mtime_ns)


def open_folder(uri: str, path: Path) -> FolderSource:
    """Open a folder of this machine."""
    return FolderSource(uri=uri, root=Path(os.path.realpath(path)))


def open_file(uri: str, path: Path) -> FolderSource:
    """Open one file of this machine; a run file brings the files of its run, which stand beside it."""
    real = Path(os.path.realpath(path))
    root, name = real.parent, real.name
    if real.suffix.lower() in RUN_SUFFIXES:
        return FolderSource(uri=uri, root=root, recursive=False, listed=belongs_to_run(name, _run_files(root)))
    return FolderSource(uri=uri, root=root, recursive=False, listed=name.__eq__, readable=name.__eq__)


def _run_files(root: Path) -> list[str]:
    return [item.name for item in root.iterdir() if item.suffix.lower() in RUN_SUFFIXES]


def belongs_to_run(run_file: str, run_files: list[str]) -> Callable[[str], bool]:
    """Return the test whether a file belongs to a run.

    Parameters
    ----------
    run_file
        The name of its ``.lst`` or ``.flb`` file.
    run_files
        The names of all such files beside it; the longest stem a name starts with owns it.
    """
    mine = Path(run_file).stem
    others = [stem for stem in (Path(name).stem for name in run_files) if stem != mine]

    def belongs(name: str) -> bool:
        if Path(name).suffix.lower() in RUN_SUFFIXES:
            return name == run_file
        if name.startswith("cal_image"):
            return True
        longest = max((len(stem) for stem in others if name.startswith(stem)), default=0)
        return name.startswith(mine) and len(mine) > longest

    return belongs


def _leads_out(name: str, target: Path) -> BadInput:
    return BadInput(
        "The file is a link that leads out of the source",
        remedy="Copy the file itself into the folder, or give the folder it stands in.",
        value=target,
        file=name,
        code="link-outside",
    )


def _unreadable(name: str, error: OSError) -> BadInput:
    return BadInput(
        "The file cannot be read",
        remedy="Check its permissions and the disk it stands on.",
        value=error.strerror or error,
        file=name,
        code="file-unreadable",
    )


def no_such_path(uri: str) -> NotFound:
    """Return the error for a path of this machine that does not exist."""
    return NotFound("There is no such file or folder", remedy="Check the path.", value=uri, file=uri)
