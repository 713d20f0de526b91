"""Animals on a drawn sea floor, and the marks that drawn people make of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

SPECIES = ("Bythograeidae", "Buccinidae")
SEEN = 0.8
JITTER = 0.1
"""Of a size."""


@dataclass(frozen=True, slots=True)
class Animal:
    """Middle, length and width in pixels, and the direction of the body in radians from the right."""

    species: str
    row: float
    col: float
    length: float
    width: float
    direction: float


@dataclass(frozen=True, slots=True)
class DrawnMark:
    """A mark as the table has it: x1, y1, x2, y2, or the corners of a polygon."""

    shape: str
    species: str
    numbers: tuple[object, ...]
    polygon: tuple[tuple[float, float], ...] = ()


def place_animals(rng: np.random.Generator, height: int, width: int, number: int) -> list[Animal]:
    """Return so many animals that do not overlap."""
    animals: list[Animal] = []
    while len(animals) < number:
        length = float(rng.uniform(45, 75))
        row, col = (float(rng.uniform(length, side - length)) for side in (height, width))
        if all(math.hypot(one.row - row, one.col - col) > one.length + length for one in animals):
            species = SPECIES[int(rng.integers(2))]
            share = 0.75 if species == SPECIES[0] else 0.5
            animals.append(Animal(species, row, col, length, share * length, float(rng.uniform(0, math.pi))))
    return animals


def marks_of(
    rng: np.random.Generator, animals: list[Animal], size: tuple[int, int], *, is_careless: bool
) -> list[DrawnMark]:
    """Return what a person marks; a careless one draws twice too large, and things that are not there."""
    marks = [_mark(rng, animal, 2.0 if is_careless else 1.0) for animal in animals if rng.random() < SEEN]
    invented = 2 if is_careless else int(rng.random() < 0.05)
    for _ in range(invented):
        row, col = (float(rng.uniform(40, side - 40)) for side in size)
        marks.append(_mark(rng, Animal(SPECIES[0], row, col, 50, 40, 0.0), 1.0))
    return marks


def _mark(rng: np.random.Generator, animal: Animal, scale: float) -> DrawnMark:
    row, col = (middle + float(rng.normal(0, JITTER)) * animal.length for middle in (animal.row, animal.col))
    length = animal.length * scale * math.exp(float(rng.normal(0, JITTER)))
    across, along = math.sin(animal.direction) * length / 2, math.cos(animal.direction) * length / 2
    kind = rng.random()
    if kind < 0.2:
        return DrawnMark("point", animal.species, (round(col, 1), round(row, 1), "", ""))
    if kind < 0.7:
        ends = (round(col - along, 1), round(row - across, 1), round(col + along, 1), round(row + across, 1))
        return DrawnMark("lines", animal.species, ends)
    half = animal.width / animal.length * length / 2
    corners = []
    for number in range(8):
        turn = 2 * math.pi * number / 8
        ahead, aside = math.cos(turn) * length / 2, math.sin(turn) * half
        corners.append(
            (
                round(col + ahead * math.cos(animal.direction) - aside * math.sin(animal.direction), 1),
                round(row + ahead * math.sin(animal.direction) + aside * math.cos(animal.direction), 1),
            )
        )
    return DrawnMark("polygon", animal.species, ("", "", "", ""), tuple(corners))
