"""Files that were uploaded to this installation: ``upload://<id>`` is a folder in its home."""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs

from pelagia.core.errors import BadInput, NotFound

ADDRESS = re.compile(r"^upload://(?P<id>[a-z0-9]{8,32})(?:/(?P<path>.*))?$")


def upload_path(uri: str) -> Path:
    """Return the path on this machine that an ``upload://`` address stands for.

    Parameters
    ----------
    uri
        ``upload://<id>`` for all that was uploaded together, ``upload://<id>/<path>`` for a file or folder of it.

    Raises
    ------
    BadInput
        Where it is no such address or leads out of the upload.
    NotFound
        Where nothing of it is there.
    """
    match = ADDRESS.match(uri)
    parts = (match["path"] or "").split("/") if match else [".."]
    if match is None or ".." in parts or "\0" in uri or "\\" in uri:
        raise BadInput("This is no address of an upload", value=uri, remedy="Use upload://ID.", code="address-unknown")
    home = os.environ.get("PELAGIA_HOME")
    root = (Path(home) if home else Path(platformdirs.user_data_dir("pelagia", appauthor=False))) / "uploads"
    path = root / match["id"] / (match["path"] or "")
    if not path.exists():
        raise NotFound("The upload is no longer there", value=uri, remedy="Upload the files again.", file=uri)
    return path
