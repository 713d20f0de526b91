"""Zip files of tables and vignettes, each complete in itself and small enough to be uploaded."""

from __future__ import annotations

import csv
import io
import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from pelagia.exports.archive import new_archive, zip_entry
from pelagia.exports.ecotaxa.columns import Layout, text_of
from pelagia.exports.vignettes import file_stem

LARGEST_ZIP_BYTES = 480_000_000
"""EcoTaxa takes uploads of up to 500 MB."""

MOST_TABLES = 900
"""EcoTaxa takes 1,000 tables in one import."""

MOST_OBJECTS = 200_000
"""The directory of a zip file is held in memory while it is written: about 150 MB for this many."""

ENTRY_OVERHEAD_BYTES = 256
ONLY_NAME = "ecotaxa.zip"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Bundle:
    """The zip files of one export; a new one is begun when the last is full.

    Used with ``with``: at the end the last archive is completed, after an error nothing is left. Rows wait in
    files beside the archives until theirs is complete, so that memory does not grow.

    Parameters
    ----------
    folder
        Where the archives shall stand.
    layout
        The columns.
    largest_bytes
        The most bytes of one archive; what is measured is an upper bound.
    """

    def __init__(self, folder: Path, layout: Layout, largest_bytes: int = LARGEST_ZIP_BYTES) -> None:
        self.files: tuple[Path, ...] = ()
        self._folder = folder
        self._layout = layout
        self._largest_bytes = largest_bytes
        self._rows = folder / f".ecotaxa-rows.{os.getpid()}"
        self._open = ExitStack()
        self._archive: zipfile.ZipFile | None = None
        self._plain_tables: dict[str, bool] = {}
        self._header = layout.header
        self._bytes = self._objects = 0

    def add(self, group: str, cells: Mapping[str, object], vignette: bytes) -> None:
        """Add one object with its vignette.

        Parameters
        ----------
        group
            What has a folder and a table of its own: the sample, or the scan.
        cells
            Its cells by column; what the header does not name is left out.
        vignette
            The image file as it is.
        """
        line = _line([text_of(cells.get(name)) for name in self._header])
        name = f"{file_stem(group)}/{cells['img_file_name']}"
        growth = len(vignette) + len(line.encode()) + 2 * len(name) + ENTRY_OVERHEAD_BYTES
        archive = self._room_for(group, growth)
        archive.writestr(zip_entry(name, stored=True), vignette)
        with self._table(group).open("a", encoding="utf-8", newline="") as file:
            file.write(line)
        self._plain_tables[group] = self._plain_tables.get(group, True) and line.isascii()
        self._bytes += growth
        self._objects += 1

    def __enter__(self) -> Bundle:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
                if len(self.files) == 1:
                    self.files = (self.files[0].replace(self._folder / ONLY_NAME),)
            else:
                self._open.__exit__(kind, error, trace)
                for file in self.files:
                    file.unlink(missing_ok=True)
        finally:
            shutil.rmtree(self._rows, ignore_errors=True)

    def _table(self, group: str) -> Path:
        return self._rows / f"{file_stem(group)}.tsv"

    def _room_for(self, group: str, growth: int) -> zipfile.ZipFile:
        if self._archive is not None and self._is_full(group, growth):
            self._finish()
        if self._archive is None:
            self._rows.mkdir(exist_ok=True)
            path = self._folder / f"ecotaxa-{len(self.files) + 1}.zip"
            self._archive = self._open.enter_context(new_archive(path))
            self.files = (*self.files, path)
        return self._archive

    def _is_full(self, group: str, growth: int) -> bool:
        more_tables = group not in self._plain_tables and len(self._plain_tables) >= MOST_TABLES
        return more_tables or self._objects >= MOST_OBJECTS or self._bytes + growth > self._largest_bytes

    def _finish(self) -> None:
        if self._archive is None:
            return
        header = _line(self._header) + _line(self._layout.types)
        for group, plain in self._plain_tables.items():
            stem = file_stem(group)
            with (
                self._archive.open(zip_entry(f"{stem}/ecotaxa_{stem}.tsv"), "w") as entry,
                self._table(group).open("rb") as rows,
            ):
                # EcoTaxa takes a table for Latin-1 unless it begins with this mark.
                entry.write((b"" if plain else BYTE_ORDER_MARK) + header.encode())
                shutil.copyfileobj(rows, entry)
            self._table(group).unlink()
        self._open.close()
        self._archive, self._plain_tables = None, {}
        self._bytes = self._objects = 0


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerow(cells)
    return text.getvalue()
