"""Which files belong together: a video is a clip of its own, the pictures of a folder and a camera are a series."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pelagia.io.video.clip_ids import clip_ids

MOST_CAMERAS = 16
LEAST_PICTURES = 3
"""Pictures a camera must have taken on average for what their names have in common to be its name."""
NUMBER = re.compile(r"[ ._-]*\(?\d+\)?$")
LETTER = re.compile(r"[^\W\d_]")
SIDE = "\0"
MOST_DISTINCT = 256

_Key = tuple[str, tuple[str, ...], str, str]


class Groups:
    """Clips and series, collected file by file, named when all are known."""

    def __init__(self) -> None:
        self._members: dict[_Key, int] = {}
        self._keys: list[_Key] = []
        self._distinct = Counter[tuple[str, ...]]()
        self._counts = array("l")
        self._streams: list[str] = []

    def add(self, kind: str, folders: tuple[str, ...], base: str, rest: str, origin: int) -> int:
        """Take a file.

        Parameters
        ----------
        kind, folders, base
            What it is, where it stands, what it is called.
        rest
            What its name says besides the time; empty where it tells no time.
        origin
            What it was found in.

        Returns
        -------
        int
            The number of what it may belong to.
        """
        stem = base.rpartition(".")[0] or base
        if kind == "video":
            key = (kind, folders, f"{base}{SIDE}{origin}", rest)
        else:
            key = (kind, folders, "" if rest else NUMBER.sub("", stem), rest)
            key = self._of_few(key)
        number = self._members.setdefault(key, len(self._keys))
        if number == len(self._keys):
            self._keys.append(key)
            self._counts.append(0)
        self._counts[number] += 1
        return number

    def _of_few(self, key: _Key) -> _Key:
        """Bring together names of which each picture of a folder has another, as counters make them."""
        kind, folders, base, rest = key
        if key in self._members or self._distinct[folders] < MOST_DISTINCT:
            self._distinct[folders] += key not in self._members
            return key
        plain = (kind, folders, base, NUMBER.sub("", rest))
        if plain in self._members or self._distinct[folders] < 2 * MOST_DISTINCT:
            self._distinct[folders] += plain not in self._members
            return plain
        return kind, folders, "", ""

    def stream(self, name: str) -> None:
        """Take a live stream."""
        self._streams.append(name)

    def named(self, members: NDArray[np.int32]) -> tuple[NDArray[np.int32], list[str], list[str]]:
        """Return the group of each file, and the clip_id and camera of each group.

        Parameters
        ----------
        members
            What :meth:`add` returned, for each file.
        """
        self._by_folder()
        keys = [(kind, folders, base, camera) for kind, folders, base, camera in self._final]
        groups = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        number_of = np.array([groups[key] for key in keys], np.int32)
        ids = clip_ids([*(_path(key) for key in groups), *(_stream_path(name) for name in self._streams)])
        self._stream_ids = ids[len(groups) :]
        folders = _folder_cameras([key[1] for key in groups if not key[3]])
        return number_of[members], ids[: len(groups)], [key[3] or folders[key[1]] for key in groups]

    def stream_ids(self) -> list[str]:
        """Return the clip_ids of the streams, in the order they were taken."""
        if not self._keys:
            self._stream_ids = clip_ids([_stream_path(name) for name in self._streams])
        return self._stream_ids

    def _by_folder(self) -> None:
        """Decide for each folder which cameras its names tell."""
        folders: dict[tuple[str, tuple[str, ...]], list[int]] = {}
        for number, (kind, folder, _, _) in enumerate(self._keys):
            folders.setdefault((kind, folder), []).append(number)
        self._final = list(self._keys)
        for numbers in folders.values():
            for number, camera in zip(numbers, self._cameras(numbers), strict=True):
                kind, folder, base, _ = self._keys[number]
                self._final[number] = (kind, folder, base if kind == "video" else "", camera)

    def _cameras(self, numbers: Sequence[int]) -> list[str]:
        """Return the camera that each name of a folder tells; nothing where names tell something else."""
        rests = [self._keys[number][3] or self._keys[number][2].partition(SIDE)[0] for number in numbers]
        timed = [bool(self._keys[number][3]) for number in numbers]
        if self._keys[numbers[0]][0] == "video":
            rests = [rest if is_timed else "" for rest, is_timed in zip(rests, timed, strict=True)]
        for names in (rests, [NUMBER.sub("", rest) for rest in rests]):
            found = Counter[str]()
            for number, name in zip(numbers, names, strict=True):
                found[name] += self._counts[number]
            few = len(found) <= min(MOST_CAMERAS, max(1, sum(found.values()) // LEAST_PICTURES))
            if few and (any(timed) or len(found) > 1):
                return [name.strip(" ._-") if LETTER.search(name) else "" for name in names]
        return ["" for _ in numbers]


def _folder_cameras(folders: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """Return the camera that folders are named after: the innermost that is no day or number, as archives have them.

    Where different cameras are called alike, the folders around tell them apart.
    """
    named = {folder: tuple(part for part in folder if LETTER.search(part)) or folder[-1:] for folder in folders}
    depths = dict.fromkeys(named.values(), 1)
    while True:
        times = Counter(_inner(path, depth) for path, depth in depths.items())
        alike = [path for path, depth in depths.items() if times[_inner(path, depth)] > 1 and depth < len(path)]
        if not alike:
            return {folder: _inner(path, depths[path]) for folder, path in named.items()}
        for path in alike:
            depths[path] += 1


def _inner(path: tuple[str, ...], depth: int) -> str:
    return "/".join(path[-depth:])


def _path(key: _Key) -> tuple[str, ...]:
    """Return what a group is named by: the folders it stands in, the outermost first, and its own name."""
    kind, folders, base, camera = key
    if kind == "video":
        base = base.partition(SIDE)[0]
        return *folders, base.rpartition(".")[0] or base
    folder = folders[-1] if folders else ""
    return *folders[:-1], "-".join(part for part in (folder, camera) if part) or "series"


def _stream_path(name: str) -> tuple[str, ...]:
    """Return what a stream is named by: its whole address, since its last part alone is often the same."""
    return ("-".join(part for part in name.removesuffix(".m3u8").split("/") if part),)
