"""The vignettes of items, as the run kept them in its archives."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pelagia.core.errors import NotFound
from pelagia.core.result import OWN_FILE
from pelagia.orders.outputs import file_in

MOST_BYTES = 4_000_000


def vignette_in(folder: Path, item: Mapping[str, Any]) -> bytes | None:
    """Return the vignette of an item as JPEG, ``None`` where the run kept none.

    Parameters
    ----------
    folder
        The output folder.
    item
        Its row of the table ``items``.
    """
    uri, member = str(item.get("source_uri") or ""), item.get("source_file")
    if not uri.startswith(OWN_FILE) or not member:
        return None
    try:
        with zipfile.ZipFile(file_in(folder, uri.removeprefix(OWN_FILE))) as archive:
            about = archive.getinfo(str(member))
            return archive.read(about) if about.file_size <= MOST_BYTES else None
    except (KeyError, NotFound, zipfile.BadZipFile):
        return None
