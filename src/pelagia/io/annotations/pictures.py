"""What the pictures of the frames of recordings are called in sets of annotations."""

from __future__ import annotations

from pathlib import PurePosixPath


def base_name(file: str) -> str:
    """Return the last part of a path or an address."""
    return PurePosixPath(file.split("?", 1)[0].replace("\\", "/")).name


def picture_name(clip_id: str, frame_id: str, file: str, *, is_still: bool) -> str:
    """Return the name of the picture of a frame, in a folder of its clip.

    Parameters
    ----------
    clip_id, frame_id, file
        Of the frame, as the tables have them; the name of a frame ends with its time in milliseconds.
    is_still
        Whether the frame is a picture of its own, which keeps its name.
    """
    return f"{clip_id}/{base_name(file) if is_still else frame_id.rpartition(':')[2] + '.jpg'}"
