"""SHA-256 of the images that were read, so that a result can be traced to its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from pelagia.core.provenance import InputRecord
from pelagia.io.sources.checksums import sha256_of
from pelagia.services.zooscan.images import source_of


def checksum_scan(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``files``: name, size and checksum of every file a scan was made of.

    Parameters
    ----------
    item
        Of :func:`pelagia.services.zooscan.items.scan_items`.
    """
    source = source_of(item)
    return {
        "uri": item["place"]["uri"],
        "files": [
            {"name": name, "size": size, "sha256": sha256_of(source, name)}
            for name, size in sorted(item["sizes"].items())
        ],
    }


def source_records(parts: Iterable[Mapping[str, Any]]) -> Iterator[InputRecord]:
    """Sum up the checksums per source; a background that several scans share counts once."""
    by_uri: dict[str, dict[str, Mapping[str, Any]]] = {}
    for part in parts:
        by_uri.setdefault(part["uri"], {}).update({file["name"]: file for file in part["files"]})
    for uri, files in by_uri.items():
        lines = sha256()
        for name in sorted(files):
            lines.update(f"{files[name]['sha256']}  {name}\n".encode())
        only = next(iter(files.values()))["sha256"] if len(files) == 1 else lines.hexdigest()
        yield InputRecord(uri=uri, files=len(files), bytes=sum(file["size"] for file in files.values()), sha256=only)
