"""A sea floor made from nothing, with crabs and snails that drawn people marked, to try the service with.

Nothing in it is copied from an image, and nobody marked anything: animals, marks and errors are drawn from a seed.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pelagia.core.service import Sample
from pelagia.services.citizen.sample.drawing import draw_image
from pelagia.services.citizen.sample.people import Animal, marks_of, place_animals

SEED = 7
DEPLOYMENTS = ("tower-2023", "tower-2024", "vent-2023", "vent-2024")
IMAGES = 5
HEIGHT_PX, WIDTH_PX = 360, 480
PEOPLE = tuple(f"diver_{number}" for number in range(1, 9))
CARELESS = "whirlwind"
"""Draws boxes twice too large, and animals where none are."""
FIELDS = ("shapes", "x1", "y1", "x2", "y2", "polygon_values", "name_img", "species", "user")


def make_sample(folder: Path, /) -> Sample:
    """Write images, marks and views into an empty folder."""
    rng = np.random.default_rng(SEED)
    marks, views = [], []
    for deployment in DEPLOYMENTS:
        place = folder / "images" / deployment
        place.mkdir(parents=True)
        for number in range(IMAGES):
            animals = place_animals(rng, HEIGHT_PX, WIDTH_PX, number % 4)
            name = f"{deployment}_{number:03d}.png"
            (place / name).write_bytes(draw_image(rng, HEIGHT_PX, WIDTH_PX, animals))
            for person in (*PEOPLE, CARELESS):
                if rng.random() < 0.75:
                    views.append((name, person))
                    marks += _rows(rng, animals, name, person)
    (folder / "marks.csv").write_text(_csv(FIELDS, marks), encoding="utf-8")
    (folder / "views.csv").write_text(_csv(("image", "user"), views), encoding="utf-8")
    return Sample(inputs={"marks": ("marks.csv",), "images": ("images",), "views": ("views.csv",)})


def _rows(rng: np.random.Generator, animals: list[Animal], name: str, person: str) -> list[tuple[object, ...]]:
    size = (HEIGHT_PX, WIDTH_PX)
    rows: list[tuple[object, ...]] = []
    for mark in marks_of(rng, animals, size, is_careless=person == CARELESS):
        polygon = json.dumps([{"x": x, "y": y} for x, y in mark.polygon]) if mark.polygon else ""
        rows.append((mark.shape, *mark.numbers, polygon, name, mark.species, person))
    return rows


def _csv(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
