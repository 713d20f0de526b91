"""Vignettes for the gallery: cut in a process beside this one, kept on disk, many to a request.

A ship's line has a delay of half a second and more, so that a hundred small pictures fetched one by one take longer
than their bytes. A bundle brings as many as are seen at once: a line of JSON that lists them, then their bytes.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pelagia.core.errors import BadParameter, NotFound
from pelagia.orders.named import call_named
from pelagia.orders.object_index import ObjectIndex
from pelagia.runtime.warm import WarmProcesses

MOST_AT_ONCE = 120
MOST_OF_ONE_FILE = 400
"""Vignettes of a collage that is decoded anyway are cut along with those asked for, up to so many."""
KEPT_BYTES = 256_000_000
"""Of vignettes kept on disk for one result; the oldest give way."""
KEPT_SHARE = 0.75
TIMEOUT_SECONDS = 120.0
BUNDLE = "application/vnd.pelagia.vignettes"

CUT = "pelagia.orders.vignette_cutting:cut"
CUT_WHOLE = "pelagia.orders.vignette_cutting:cut_whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vignette:
    """A vignette as WebP, and the size of the image it was made of; without bytes where it cannot be read."""

    row: int
    width_px: int
    height_px: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class VignetteStore:
    """The vignettes of one result that were cut before: one file, bounded in size.

    Parameters
    ----------
    path
        The file.
    kept_bytes
        The most bytes of vignettes in it.
    """

    path: Path
    kept_bytes: int = KEPT_BYTES

    def get(self, rows: Sequence[int]) -> dict[int, Vignette]:
        """Return those that are kept."""
        if not self.path.exists():
            return {}
        marks = ", ".join("?" * len(rows))
        query = f"SELECT row, width, height, data FROM vignettes WHERE row IN ({marks})"  # noqa: S608 - marks only
        with self._open() as connection:
            found = connection.execute(query, list(rows)).fetchall()
        return {row: Vignette(row=row, width_px=w, height_px=h, data=data) for row, w, h, data in found}

    def put(self, vignettes: Sequence[Vignette]) -> None:
        """Keep some; the oldest give way where there are too many."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        values = [(one.row, one.width_px, one.height_px, one.data) for one in vignettes]
        with self._open() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO vignettes (row, width, height, data) VALUES (?,?,?,?)", values
            )
            (size,) = connection.execute("SELECT coalesce(sum(length(data)), 0) FROM vignettes").fetchone()
            if size > self.kept_bytes:
                self._forget(connection, size - int(KEPT_SHARE * self.kept_bytes))

    def _forget(self, connection: sqlite3.Connection, surplus: int) -> None:
        last = 0
        for number, length in connection.execute("SELECT number, length(data) FROM vignettes ORDER BY number"):
            last, surplus = number, surplus - length
            if surplus <= 0:
                break
        connection.execute("DELETE FROM vignettes WHERE number <= ?", (last,))

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        try:
            # All of it can be made again: nothing is lost where the power fails.
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vignettes (number INTEGER PRIMARY KEY AUTOINCREMENT, row INTEGER UNIQUE, "
                "width INTEGER, height INTEGER, data BLOB)"
            )
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()


def vignettes(warm: WarmProcesses, index: ObjectIndex, store: VignetteStore, rows: Sequence[int]) -> list[Vignette]:
    """Return the vignettes of some objects, in this order.

    Raises
    ------
    BadParameter
        Where too many, or rows that are not there, are asked for.
    """
    if len(rows) > MOST_AT_ONCE or any(not 0 <= row < index.rows for row in rows):
        raise BadParameter(
            "These vignettes cannot be had at once",
            value=f"{len(rows)} rows",
            remedy=f"Ask for at most {MOST_AT_ONCE} rows that the list of objects named.",
        )
    found = store.get(rows)
    missing = [row for row in rows if row not in found]
    if missing:
        places = [(row, index.place(row)) for row in _with_neighbours(index, missing)]
        cut = warm.call(call_named, CUT, places, timeout_s=TIMEOUT_SECONDS)
        fresh = [Vignette(row=row, width_px=width, height_px=height, data=data) for row, width, height, data in cut]
        store.put([one for one in fresh if one.data])
        found |= {one.row: one for one in fresh}
    return [found[row] for row in rows]


def whole_vignette(warm: WarmProcesses, index: ObjectIndex, row: int) -> bytes:
    """Return one vignette without loss, as PNG.

    Raises
    ------
    NotFound
        Where there is no such object, or it has no image.
    PelagiaError
        Where the image cannot be read.
    """
    place = index.place(row) if 0 <= row < index.rows else None
    data: bytes = b""
    if place is not None and place["source_file"]:
        data = warm.call(call_named, CUT_WHOLE, place, timeout_s=TIMEOUT_SECONDS)
    if not data:
        raise NotFound("This object has no image", value=row, remedy="See the findings of the run.")
    return data


def bundle(vignettes: Sequence[Vignette]) -> bytes:
    """Return vignettes as one body: a line of JSON that lists row, size and number of bytes of each, then the bytes."""
    listed: list[Mapping[str, int]] = [
        {"row": one.row, "width": one.width_px, "height": one.height_px, "bytes": len(one.data)} for one in vignettes
    ]
    return json.dumps(listed, separators=(",", ":")).encode() + b"\n" + b"".join(one.data for one in vignettes)


def _with_neighbours(index: ObjectIndex, rows: Sequence[int]) -> list[int]:
    wanted = dict.fromkeys(rows)
    if not index.has_boxes:
        return list(wanted)
    files: set[tuple[int, int]] = set()
    for row in rows:
        file = (int(index.numbers("source_uri")[row]), int(index.numbers("source_file")[row]))
        if file in files:
            continue
        files.add(file)
        beside = index.neighbours(row)
        if len(beside) <= MOST_OF_ONE_FILE:
            wanted.update(dict.fromkeys(np.asarray(beside).tolist()))
    return list(wanted)
