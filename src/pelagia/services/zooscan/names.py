"""Under which names the files of a scan stand in a result; imports nothing, so that a web process may ask."""

from __future__ import annotations

import hashlib
import re

NOT_IN_A_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]")


def stem_of(scan_id: str) -> str:
    """Return the name of a scan as the files of the result have it."""
    plain = NOT_IN_A_FILE_NAME.sub("_", scan_id).lstrip(".")
    if plain == scan_id:
        return plain
    # Two names that become the same are told apart.
    return f"{plain}-{hashlib.sha256(scan_id.encode()).hexdigest()[:8]}"


def picture_name(scan_id: str) -> str:
    """Return the path, in the output folder, of the picture of a scan without its background."""
    return f"scans/{stem_of(scan_id)}.tif"


def pack_name(scan_id: str) -> str:
    """Return the path, in the output folder, of the objects cut out of a scan."""
    return f"regions/{stem_of(scan_id)}.parquet"
