"""The collages of a run: particles laid out in rows, with their masks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from pelagia.services.flowcam.sample.camera import FRAME_SHAPE, grey
from pelagia.services.flowcam.sample.drawing import Vignette

GAP_PX = 2


def write_image(path: Path, image: np.ndarray) -> None:
    """Write a TIFF with LZW compression; colour as RGB."""
    pixels = image if image.ndim == 2 else image[..., ::-1]
    done, data = cv2.imencode(".tif", pixels, [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    if not done:
        raise OSError(path)
    path.write_bytes(data.tobytes())


def page_name(name: str, number: int, fields: int = 65) -> str:
    """Return the file name of a collage; Macro instruments put ``_images`` before the number."""
    return f"{name}{'_images' if fields == 53 else ''}_{number:06d}.tif"


def write_pages(
    folder: Path, name: str, vignettes: Sequence[Vignette], per_page: int, *, is_grey: bool
) -> list[tuple[int, int, int, int]]:
    """Lay the vignettes out in rows on pages, and write collages and masks; return their boxes."""
    boxes = []
    for start in range(0, len(vignettes), per_page):
        page = np.zeros((*FRAME_SHAPE, 3), np.uint8)
        mask = np.zeros(FRAME_SHAPE, np.uint8)
        for vignette, box in zip(vignettes[start:], _layout(vignettes[start : start + per_page]), strict=False):
            x, y, width, height = box
            page[y : y + height, x : x + width] = vignette.rgb
            mask[y : y + height, x : x + width] = vignette.mask
            boxes.append(box)
        number = start // per_page + 1
        pixels: np.ndarray = np.round(grey(page.astype(float))).astype(np.uint8) if is_grey else page
        file = page_name(name, number, 53 if is_grey else 65)
        write_image(folder / file, pixels)
        write_image(folder / file.replace(".tif", "_bin.tif"), mask)
    return boxes


def _layout(vignettes: Sequence[Vignette]) -> Iterator[tuple[int, int, int, int]]:
    x = y = tallest = 0
    for vignette in vignettes:
        height, width = vignette.mask.shape
        if x + width > FRAME_SHAPE[1]:
            x, y, tallest = 0, y + tallest + GAP_PX, 0
        if y + height > FRAME_SHAPE[0]:
            raise ValueError("the particles of a page do not fit on it")
        yield x, y, width, height
        x, tallest = x + width + GAP_PX, max(tallest, height)


def repeat_pages(folder: Path, name: str, drawn: int, pages: int, fields: int) -> tuple[str, ...]:
    """Let the drawn pages stand for as many as are wanted, as hard links; return all names."""
    names = [page_name(name, number + 1, fields) for number in range(pages)]
    for number in range(drawn, pages):
        for ending in (".tif", "_bin.tif"):
            copy = folder / names[number].replace(".tif", ending)
            copy.unlink(missing_ok=True)
            os.link(folder / names[number % drawn].replace(".tif", ending), copy)
    return tuple(names)
