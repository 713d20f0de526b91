"""Labelled pictures of some sources made ready for a training: read in pieces, grouped, recorded."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from pelagia.core.provenance import InputRecord
from pelagia.core.result import Artifact
from pelagia.io.sources import without_secrets
from pelagia.learning.name_pattern import groups_by_pattern

IMAGES_PER_CHUNK = 200
MEDIA_TYPES = {".onnx": "application/octet-stream", ".json": "application/json", ".md": "text/markdown"}
MEDIA_TYPES |= {".png": "image/png", ".parquet": "application/vnd.apache.parquet"}


def chunks(folder: Path, uris: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the work of reading so many pictures, some hundred a piece."""
    return [
        {
            "folder": str(folder),
            "first": first,
            "uris": list(uris[first : first + IMAGES_PER_CHUNK]),
            "names": list(names[first : first + IMAGES_PER_CHUNK]),
        }
        for first in range(0, len(names), IMAGES_PER_CHUNK)
    ]


def groups_of(
    uris: Sequence[str], names: Sequence[str], *, group_from: str, pattern: str = "", above: int = 1
) -> list[str]:
    """Return the group of each picture: those of one group are all trained on or all measured on.

    Parameters
    ----------
    uris, names
        Their sources, and their paths there.
    group_from
        ``pattern``: what the pattern finds in the file name; ``folder``: a folder above the picture; anything else:
        each picture alone.
    pattern
        Of :func:`pelagia.learning.name_pattern.check_pattern`.
    above
        How many folders above the picture the group's one is: 1 for its own, 2 for that above the class folder.
    """
    if group_from == "pattern":
        found = groups_by_pattern(pattern, [PurePosixPath(name).name for name in names])
        return [group if group else f"alone:{name}" for group, name in zip(found, names, strict=True)]
    if group_from == "folder":
        parents = [PurePosixPath(name).parents for name in names]
        folders = [str(one[min(above, len(one)) - 1]) for one in parents]
        many = len(set(uris)) > 1
        return [f"{stem_of(uri)}/{folder}" if many else folder for uri, folder in zip(uris, folders, strict=True)]
    return [f"alone:{stem_of(uri)}/{name}" for uri, name in zip(uris, names, strict=True)]


def stem_of(uri: str) -> str:
    """Return the name of a source without its ending and without secrets."""
    return PurePosixPath(without_secrets(uri).rstrip("/")).stem


def input_records(
    uris: Sequence[str], names: Sequence[str], digests: Sequence[str], sizes: Sequence[int]
) -> tuple[InputRecord, ...]:
    """Return what is told of each source: its pictures that could be read, and one SHA-256 over theirs.

    Parameters
    ----------
    uris, names, digests, sizes
        Of the pictures: source, path, SHA-256 (empty if it could not be read), bytes.
    """
    records = []
    for uri in dict.fromkeys(uris):
        rows = [i for i, one in enumerate(uris) if one == uri and digests[i]]
        lines = "".join(f"{digests[i]}  {names[i]}\n" for i in sorted(rows, key=lambda i: names[i]))
        records.append(
            InputRecord(
                uri=without_secrets(uri),
                files=len(rows),
                bytes=sum(sizes[i] for i in rows),
                sha256=sha256(lines.encode()).hexdigest(),
            )
        )
    return tuple(records)


def model_files(folder: Path) -> tuple[Artifact, ...]:
    """Return the files of a model package as parts of a result."""
    found = [
        Artifact(
            role="model",
            name=path.relative_to(folder).as_posix(),
            path=path,
            media_type=MEDIA_TYPES.get(path.suffix, "text/plain"),
        )
        for path in folder.rglob("*")
        if path.is_file()
    ]
    return tuple(sorted(found, key=lambda artifact: artifact.name))
