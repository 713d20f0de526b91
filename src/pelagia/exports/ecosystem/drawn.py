"""The films of a result with the boxes drawn on them, as a picture or as one film: what clients of DEEPaaS ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pelagia.core.errors import NothingUsable
from pelagia.core.result import Result
from pelagia.exports.ecosystem.films import Films
from pelagia.exports.ecosystem.frames_of import Seen, clips_of, frames_of, is_known, labels_of
from pelagia.exports.litter.colours import Colour, class_colours
from pelagia.exports.litter.plain_text import without_controls
from pelagia.io.video.reading import open_video
from pelagia.io.video.writing import ViewWriter

Rgb = NDArray[np.uint8]

SLOWEST, USUAL_FRAMES_PER_S = 0.1, 5.0
LEAST_TEXT_PX = 10


def write_picture(
    result: Result, folder: Path, *, with_boxes: bool = True, with_labels: bool = True, with_scores: bool = True
) -> Path:
    """Write the frame that shows most as a PNG; of one picture, that picture.

    Parameters
    ----------
    result
        With its films.
    folder
        An existing one.
    with_boxes, with_labels, with_scores
        What is drawn.

    Raises
    ------
    NothingUsable
        If no frame was searched, or no films were kept.
    """
    best: tuple[int, Seen, Rgb] | None = None
    for seen, rgb, _ in _shown(result):
        if best is None or len(seen.boxes) > best[0]:
            best = len(seen.boxes), seen, rgb
    if best is None:
        raise _nothing()
    drawn = _drawn(best[2], best[1], class_colours(labels_of(result)), with_boxes, with_labels, with_scores)
    path = folder / "output.png"
    Image.fromarray(drawn).save(path)
    return path


def write_film(
    result: Result, folder: Path, *, with_boxes: bool = True, with_labels: bool = True, with_scores: bool = True
) -> Path:
    """Write every searched frame as one film in MP4, clip after clip; parameters as of :func:`write_picture`."""
    path, colours = folder / "output.mp4", class_colours(labels_of(result))
    writer: ViewWriter | None = None
    try:
        for seen, rgb, rate in _shown(result):
            if writer is None:
                writer = ViewWriter(path, height_px=rgb.shape[0], width_px=rgb.shape[1], frames_per_s=rate)
            writer.add(_drawn(rgb, seen, colours, with_boxes, with_labels, with_scores))
    except BaseException:
        if writer is not None:
            writer.abandon()
        raise
    if writer is None:
        raise _nothing()
    writer.close()
    return path


def _shown(result: Result) -> Iterator[tuple[Seen, Rgb, float]]:
    """Yield every frame that is in a film, with its boxes, its pixels there, and how many a second the film shows."""
    films, clips = Films(result), clips_of(result)
    for name, group in groupby(frames_of(result, clips), key=lambda seen: seen.frame["view"]):
        film = films.find(name) if name else None
        if film is None:
            continue
        wanted = {seen.frame["view_frame"]: seen for seen in group}
        with open_video(film.path, file=name) as reader:
            rate = max(SLOWEST, reader.facts.average_rate or USUAL_FRAMES_PER_S)
            for number, frame in enumerate(reader.frames()):
                if number in wanted:
                    yield wanted[number], frame.rgb(), rate


def _drawn(
    rgb: Rgb, seen: Seen, colours: Mapping[str, Colour], with_boxes: bool, with_labels: bool, with_scores: bool
) -> Rgb:
    image = Image.fromarray(rgb)
    draw = ImageDraw.Draw(image)
    height, width = rgb.shape[:2]
    down, right = height / seen.clip["height_px"], width / seen.clip["width_px"]
    thick = max(1, round(max(height, width) / 400))
    font = ImageFont.load_default(max(LEAST_TEXT_PX, max(height, width) / 48))
    for box in seen.boxes:
        colour = colours[box["taxon"]]
        top, left = box["row_px"] * down, box["col_px"] * right
        edges = (left, top, left + box["width_px"] * right, top + box["height_px"] * down)
        if with_boxes:
            draw.rectangle(edges, outline=colour, width=thick)
        text = _text(box, with_labels, with_scores)
        if text:
            _write(draw, text, (edges[0], edges[1] - thick), colour, font)
    return np.asarray(image)


def _text(box: Mapping[str, Any], with_labels: bool, with_scores: bool) -> str:
    parts = [without_controls(box["taxon"])] if with_labels else []
    if with_scores and is_known(box["score"]):
        parts.append(f"{box['score']:.2f}")
    return " ".join(parts)


def _write(draw: ImageDraw.ImageDraw, text: str, place: tuple[float, float], colour: Colour, font: Any) -> None:
    """Write on a ground of the box's colour, above the box where there is room, else within."""
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    col, row = max(0.0, place[0]), place[1] - (bottom - top) - 3
    row = row if row >= 0 else place[1] + 3
    draw.rectangle((col, row, col + right - left + 4, row + bottom - top + 3), fill=colour)
    light = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] > 140
    draw.text((col + 2 - left, row + 1 - top), text, fill=(0, 0, 0) if light else (255, 255, 255), font=font)


def _nothing() -> NothingUsable:
    return NothingUsable(
        "there is no frame to draw on: none was searched, or no films were kept",
        remedy="Ask for application/json, which says what was found wrong; do not turn views off.",
    )
