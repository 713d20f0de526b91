"""CVAT for images 1.1: the boxes on a series of still pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO
from xml.etree.ElementTree import Element, SubElement

from pelagia.exports.ecosystem.cvat_xml import FOOT, Task, add_attributes, edges_of, encoded, source_of, write_head
from pelagia.exports.ecosystem.frames_of import Row
from pelagia.exports.litter.plain_text import without_controls


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of the task: what it is called there, its size, its boxes."""

    name: str
    height_px: int
    width_px: int
    boxes: Sequence[Row]


def write_images(file: IO[bytes], task: Task, pictures: Sequence[Picture]) -> None:
    """Write a file of pictures, those without a box among them.

    Parameters
    ----------
    file
        To be written to.
    task
        It is for.
    pictures
        In order.
    """
    write_head(file, task)
    for number, picture in enumerate(pictures):
        file.write(encoded(_image(number, picture, task)))
    file.write(FOOT)


def _image(number: int, picture: Picture, task: Task) -> Element:
    told: Mapping[str, str] = {
        "id": str(number),
        "name": without_controls(picture.name),
        "width": str(picture.width_px),
        "height": str(picture.height_px),
    }
    image = Element("image", dict(told))
    for box in picture.boxes:
        if not box["taxon"]:
            continue
        label = without_controls(box["taxon"])
        facts = {"label": label, "source": source_of(box), "occluded": "0", **edges_of(box, task), "z_order": "0"}
        add_attributes(SubElement(image, "box", facts), box, box["taxon"], task.model)
    return image
