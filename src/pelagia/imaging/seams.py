"""Seams: the lines along which the parts of a labelled object meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Corner = tuple[int, int]
Point = tuple[float, float]
Graph = dict[Corner, list[Corner]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """A line between two parts.

    Parameters
    ----------
    first, second
        Labels of the parts, the smaller one first.
    points
        Of the polyline, (row, col) each, pixels of the label image: (0, 0) is the middle of its first pixel.
    """

    first: int
    second: int
    points: tuple[Point, ...]


def find_seams(labels: NDArray[np.int32], *, smooth_px: float) -> list[Seam]:
    """Return the lines between the parts of a label image.

    Parameters
    ----------
    labels
        (height, width); 0 is outside.
    smooth_px
        How far a line may leave the sides of the pixels to have fewer corners, px; its ends stay.

    Notes
    -----
    Parts that meet at corners of pixels only have a short seam across the corner. A pair of parts has as many seams
    as there are places where they meet.
    """
    padded = np.pad(labels, 1)  # a corner (row, col) is then the upper left one of the pixel (row, col) of `labels`
    graphs = _sides(padded)
    for pair, corner, along in _diagonals(padded):
        if corner not in graphs[pair]:
            far = (corner[0] + along, corner[1] - 1)
            graphs[pair][corner] = [far]
            graphs[pair].setdefault(far, []).append(corner)
    return [
        Seam(first=pair[0], second=pair[1], points=_smooth(chain, smooth_px))
        for pair in sorted(graphs)
        for chain in _chains(graphs[pair])
    ]


def _sides(padded: NDArray[np.int32]) -> defaultdict[tuple[int, int], Graph]:
    """Return for every pair of labels the sides of pixels between them, as a graph of corners."""
    graphs: defaultdict[tuple[int, int], Graph] = defaultdict(dict)
    for down, right in ((0, 1), (1, 0)):
        one, other = padded[: padded.shape[0] - down, : padded.shape[1] - right], padded[down:, right:]
        rows, cols = np.nonzero((one != other) & (one > 0) & (other > 0))
        for row, col in zip(rows.tolist(), cols.tolist(), strict=True):
            pair = _pair(one[row, col], other[row, col])
            start, end = (row - 1 + down, col - 1 + right), (row, col)
            for a, b in ((start, end), (end, start)):
                graphs[pair].setdefault(a, []).append(b)
    return graphs


def _diagonals(padded: NDArray[np.int32]) -> Iterator[tuple[tuple[int, int], Corner, int]]:
    """Yield pairs of labels that meet across a corner: the pair, the corner, and down or up for the way across."""
    here, right = padded[:-1, :-1], padded[:-1, 1:]
    below, across = padded[1:, :-1], padded[1:, 1:]
    for one, other, along in ((here, across, 1), (right, below, -1)):
        rows, cols = np.nonzero((one != other) & (one > 0) & (other > 0))
        for row, col in zip(rows.tolist(), cols.tolist(), strict=True):
            yield _pair(one[row, col], other[row, col]), (row, col), along


def _pair(one: np.int32, other: np.int32) -> tuple[int, int]:
    return min(int(one), int(other)), max(int(one), int(other))


def _chains(graph: Graph) -> Iterator[list[Corner]]:
    """Walk along all sides once: first from where lines end or fork, then round those that have no end."""
    left = {corner: list(ends) for corner, ends in graph.items()}
    ends = sorted(corner for corner, near in graph.items() if len(near) != 2)
    for start in _while_any(ends, left):
        yield _walk(start, left, graph)
    for start in _while_any(sorted(graph), left):
        yield _walk(start, left, graph)


def _while_any(corners: Iterable[Corner], left: Graph) -> Iterator[Corner]:
    for corner in corners:
        while left[corner]:
            yield corner


def _walk(start: Corner, left: Graph, graph: Graph) -> list[Corner]:
    chain = [start]
    while left[chain[-1]]:
        here = chain[-1]
        there = left[here].pop()
        left[there].remove(here)
        chain.append(there)
        if len(graph[there]) != 2 or there == start:
            break
    return chain


def _smooth(chain: list[Corner], smooth_px: float) -> tuple[Point, ...]:
    line: NDArray[np.float32] = np.array(chain, np.float32) - np.float32(0.5)
    if smooth_px > 0 and chain[0] != chain[-1]:
        line = np.asarray(cv2.approxPolyDP(line.reshape(-1, 1, 2), smooth_px, False), np.float32).reshape(-1, 2)
    return tuple((float(row), float(col)) for row, col in line)
