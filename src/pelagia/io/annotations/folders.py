"""A folder for each class: the label of an image is the name of the folder it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from pelagia.io.annotations.gathering import Gathering
from pelagia.io.images import is_image_name


def in_folders(names: Sequence[str]) -> bool:
    """Tell whether any image stands in a folder of its own class."""
    return any(is_image_name(name) and "/" in name for name in names)


def read_folders(names: Sequence[str], gathering: Gathering) -> None:
    """Take every image with the name of its folder as label; images are not opened.

    Parameters
    ----------
    names
        The files of the source.
    gathering
        Takes what is found.
    """
    for name in names:
        if not is_image_name(name):
            continue
        folder = PurePosixPath(name).parent.name
        label = gathering.declare(folder) if folder else None
        if label is None:
            gathering.leave_out(
                "class-unknown",
                "an image stands in no folder of a class and was left out",
                value=name,
                remedy="Put it into the folder of its class.",
            )
            continue
        gathering.add_image(name, file=name, label=label)
