"""One still picture of a series, as every frame is: rows, columns, RGB."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pelagia.io.findings import Findings
from pelagia.io.images import decode_image
from pelagia.io.video import faults
from pelagia.io.video.recordings import Recording

MAX_STILL_BYTES = 512 << 20


def read_still(recording: Recording, path: Path, findings: Findings) -> NDArray[np.uint8]:
    """Read a still picture.

    Parameters
    ----------
    recording
        What it is.
    path
        Where it stands on this machine.
    findings
        Takes what was changed on the way.

    Returns
    -------
    ndarray
        Shape (row, column, 3), uint8, RGB, as stored: an orientation in EXIF data is ignored, as boxes refer to it.

    Raises
    ------
    BadInput
        ``file-unreadable``, ``file-too-large``, and the codes of :func:`pelagia.io.images.decode_image`.
    """
    try:
        size = path.stat().st_size
        if size > MAX_STILL_BYTES:
            raise faults.too_large_file(recording.file, size, MAX_STILL_BYTES)
        data = path.read_bytes()
    except OSError as error:
        raise faults.unreadable(recording.file, error.strerror or type(error).__name__) from error
    picture = decode_image(data, file=recording.file)
    findings.add_all(replace(note, objects=1) for note in picture.notes)
    return picture.array
