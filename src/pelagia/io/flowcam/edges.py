"""Outlines of particles: the chain codes of the ``.edg`` file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pelagia.core.errors import BadInput
from pelagia.io.flowcam.context import decoded

STEPS = np.array([(1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1)], dtype=np.int64)
"""Step in (column, row) of the codes 1 to 8: east, then counter-clockwise as seen on the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One outline; a particle of several fragments has several.

    Parameters
    ----------
    points_px
        (n + 1, 2) column and row in the camera frame, from the start along n steps.
    """

    particle_id: int
    points_px: npt.NDArray[np.int64]


def parse_edges(data: bytes, file: str) -> Iterator[Edge]:
    """Read the outlines of a ``.edg``, one after the other.

    Parameters
    ----------
    data
        Its bytes: lines ``particle,steps,column,row,codes`` with one code (1 to 8) a step.
    file
        Its name, for errors.

    Raises
    ------
    BadInput
        A line does not follow this form.

    Notes
    -----
    The meaning of the codes was recovered from real runs: with it every outline closes, and stands
    inside the box of its particle in the frame.
    """
    for number, line in enumerate(decoded(data).splitlines(), start=1):
        if line.strip():
            yield _edge(line, number, file)


def _edge(line: str, number: int, file: str) -> Edge:
    parts = line.strip().split(",")
    codes = parts[-1].strip()
    is_whole = len(parts) == 5 and all(part.strip().lstrip("-").isdecimal() for part in parts[:4])
    if not is_whole or len(codes) != int(parts[1]) or set(codes) - set("12345678"):
        raise BadInput(
            f"Line {number} of the outlines is not 'particle,steps,column,row,codes'",
            value=line[:80],
            remedy="Copy the .edg again from the instrument; nothing but the outlines depends on it.",
            file=file,
            code="edges-unreadable",
        )
    steps = STEPS[np.frombuffer(codes.encode(), dtype=np.uint8) - ord("1")]
    start = np.array([[int(parts[2]), int(parts[3])]], dtype=np.int64)
    return Edge(particle_id=int(parts[0]), points_px=np.concatenate([start, start + np.cumsum(steps, axis=0)]))
