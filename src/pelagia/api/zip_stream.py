"""A zip archive made as it is sent: never more of it in memory than a piece, and never on the disk."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from pelagia.api.sinks import Sink
from pelagia.exports.archive import zip_entry

PIECE_BYTES = 1 << 20
PACKED = frozenset({".png", ".jpg", ".jpeg", ".zip", ".parquet", ".gz", ".onnx", ".docx", ".mp4"})


def zip_stream(files: Iterable[tuple[str, Path]]) -> Iterator[bytes]:
    """Yield an archive piece by piece.

    Parameters
    ----------
    files
        Name in the archive, and the file.
    """
    sink = Sink()
    with zipfile.ZipFile(sink, "w", allowZip64=True) as archive:
        for name, path in files:
            entry = zip_entry(name, stored=PurePosixPath(name).suffix.lower() in PACKED)
            entry.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                while piece := source.read(PIECE_BYTES):
                    target.write(piece)
                    if sink.size >= PIECE_BYTES:
                        yield sink.taken()
    yield sink.taken()
