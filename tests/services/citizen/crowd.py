"""People who mark animals whose place is known: how well, how often, and what they invent is told for each of them."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tests.services.direct_steps import DirectSteps

from pelagia.core.result import Result
from pelagia.core.service import Request
from pelagia.io.images import encode_png
from pelagia.services.citizen import pipeline
from pelagia.services.citizen.service import CitizenParams

HEIGHT, WIDTH = 540, 960
FIELDS = ("shapes", "x1", "y1", "x2", "y2", "polygon_values", "name_img", "name_sp", "pseudo")
BLANK = encode_png(np.full((HEIGHT, WIDTH), 90, np.uint8))


@dataclass(frozen=True)
class Animal:
    """Middle and sides of an upright box, px."""

    row: float
    col: float
    height: float
    width: float
    species: str = "crab"

    @property
    def edges(self) -> np.ndarray:
        half = np.array([self.height, self.width]) / 2
        middle = np.array([self.row, self.col])
        return np.concatenate([middle - half, middle + half])


@dataclass(frozen=True)
class Person:
    """``noise`` of every edge in sizes, share of animals ``seen``, marks ``invented`` an image, ``scale`` of boxes."""

    name: str
    noise: float = 0.12
    seen: float = 0.75
    invented: float = 0.1
    scale: float = 1.0
    shape: str = "box"


@dataclass
class World:
    """Images with animals, and the marks of people on them."""

    animals: dict[str, list[Animal]] = field(default_factory=dict)
    marks: list[tuple] = field(default_factory=list)
    views: list[tuple[str, str]] = field(default_factory=list)


def people(number: int, **traits) -> list[Person]:
    return [Person(f"p{at:02d}", **traits) for at in range(number)]


def simulate(seed: int, images: int, persons: list[Person], *, watched: float = 1.0, deployments: int = 4) -> World:
    """Draw animals that keep clear of each other, and marks of everybody who looks at an image."""
    rng = np.random.default_rng(seed)
    world = World()
    for number in range(images):
        name = f"site{number % deployments}/img_{number:04d}.png"
        world.animals[name] = placed(rng, int(rng.integers(0, 5)))
        for person in persons:
            if rng.random() < watched:
                look(world, rng, name, person)
    return world


def placed(rng: np.random.Generator, number: int) -> list[Animal]:
    found: list[Animal] = []
    while len(found) < number:
        height, width = rng.uniform(30, 90, 2)
        row, col = rng.uniform(60, HEIGHT - 60), rng.uniform(60, WIDTH - 60)
        if all(math.hypot(one.row - row, one.col - col) > 140 for one in found):
            found.append(Animal(row, col, height, width, ("crab", "snail")[int(rng.random() < 0.4)]))
    return found


def look(world: World, rng: np.random.Generator, image: str, person: Person) -> None:
    world.views.append((image, person.name))
    for animal in world.animals[image]:
        if rng.random() < person.seen:
            mark(world, rng, image, person, animal)
    for _ in range(rng.poisson(person.invented)):
        mark(world, rng, image, person, Animal(rng.uniform(50, HEIGHT - 50), rng.uniform(50, WIDTH - 50), 50, 50))


def mark(world: World, rng: np.random.Generator, image: str, person: Person, animal: Animal) -> None:
    sides = np.array([animal.height, animal.width] * 2)
    middle = np.array([animal.row, animal.col] * 2)
    edges = middle + (animal.edges - middle) * person.scale + rng.normal(0, person.noise, 4) * sides
    top, left, bottom, right = (float(edge) for edge in edges)
    if bottom - top < 4 or right - left < 4:
        return
    world.marks.append(row_of(person, animal.species, image, top, left, bottom, right))


def row_of(person: Person, species: str, image: str, top: float, left: float, bottom: float, right: float) -> tuple:
    ends = tuple(round(value, 2) for value in (left, top, right, bottom))
    if person.shape == "point":
        ends = (round((left + right) / 2, 2), round((top + bottom) / 2, 2), "", "")
    polygon = ""
    if person.shape == "polygon":
        polygon = json.dumps(
            [{"x": x, "y": y} for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]
        )
        ends = ("", "", "", "")
    return (person.shape, *ends, polygon, image, species, person.name)


def write(world: World, folder: Path, *, views: bool = True, rows: list[tuple] | None = None) -> dict[str, tuple]:
    """Write images, marks and views; returns the inputs of a request."""
    for image in world.animals:
        path = folder / "images" / image
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(BLANK)
    (folder / "marks.csv").write_text(table(FIELDS, world.marks if rows is None else rows), encoding="utf-8")
    inputs: dict[str, tuple] = {"marks": (str(folder / "marks.csv"),), "images": (str(folder / "images"),)}
    if views:
        (folder / "views.csv").write_text(table(("image", "annotator"), world.views), encoding="utf-8")
        inputs["views"] = (str(folder / "views.csv"),)
    return inputs


def table(head, rows, delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", delimiter=delimiter)
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


def request_of(inputs: dict[str, tuple], seed: int = 0, **params) -> Request:
    made = CitizenParams(**params)
    return Request(service="citizen", service_version="1.0.0", inputs=inputs, params=made, seed=seed)


def run(inputs: dict[str, tuple], folder: Path, seed: int = 0, **params) -> Result:
    """Run the service; the estimate must have told how many steps and images there are."""
    workdir = folder / "work"
    workdir.mkdir()
    request = request_of(inputs, seed, **params)
    expected = pipeline.estimate(request)
    steps = DirectSteps(workdir)
    result = pipeline.run(request, steps)
    assert (steps.billed, len(steps.keys)) == (expected.units, expected.steps)
    return result


def rows(result: Result, name: str) -> list[dict]:
    return result.tables[name].read().to_pylist()


def edges(row: dict) -> np.ndarray:
    top, left = row["row_px"], row["col_px"]
    return np.array([top, left, top + row["height_px"], left + row["width_px"]])


def iou(one: np.ndarray, other: np.ndarray) -> float:
    inner = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    if (inner <= 0).any():
        return 0.0
    shared = float(np.prod(inner))
    return shared / (float(np.prod(one[2:] - one[:2])) + float(np.prod(other[2:] - other[:2])) - shared)
