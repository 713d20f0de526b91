"""Merges: single organisms laid on one another as light passes through them, with the truth of who is where.

Each organism is turned, mirrored, scaled, made lighter or darker; the next is pushed towards what lies there already
until it touches or overlaps a little; what light is left behind one is what falls on the other. What hangs together
then is one object, as segmentation would find it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.imaging.region import Region
from pelagia.imaging.segmentation import segment
from pelagia.imaging.watershed import distance_to_edge
from pelagia.learning.train.separation.sources import Organism

Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

WHITE = 255
STEP_PX = 2  # an organism is pushed by so much until it touches
LEAST_INSIDE = 0.9  # share of each organism that must belong to the object
ATTEMPTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What merges look like; sizes are those of a scan at 2400 dpi.

    Parameters
    ----------
    shares
        Of objects of one, two, three … organisms; they sum to 1.
    esd_px
        Equivalent diameter of the largest organism of an object, drawn evenly on a logarithmic scale.
    size_ratio
        Least diameter of another organism by that of the largest.
    least_area_px
        Area of the smallest organism, px.
    most_enlarged
        Largest factor by which an organism is enlarged.
    overlap
        Largest share of an organism's area that may lie on others.
    touching
        Share of organisms that only touch.
    density
        Largest change of optical density, as ± natural logarithm.
    blur_px, noise
        Largest standard deviations of blur and of noise, px and grey levels.
    """

    shares: tuple[float, ...] = (0.4, 0.4, 0.2)
    esd_px: tuple[float, float] = (32.0, 140.0)
    size_ratio: float = 0.35
    least_area_px: int = 400
    most_enlarged: float = 4.0
    overlap: float = 0.12
    touching: float = 0.5
    density: float = 0.35
    blur_px: float = 0.8
    noise: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Merge:
    """One object made of organisms.

    Parameters
    ----------
    region
        As segmentation finds it.
    organisms
        (n, height, width) of its box: what each organism covers; they may overlap.
    """

    region: Region
    organisms: Mask

    @property
    def count(self) -> int:
        """How many organisms it is."""
        return len(self.organisms)

    def parts(self) -> npt.NDArray[np.int32]:
        """Return (height, width) int32: 0 outside, else 1 + the organism; what several cover goes to the nearest."""
        own = self.organisms & (self.organisms.sum(axis=0) == 1)
        nearest = np.stack([distance_to_edge(~one) for one in own]).argmin(axis=0)
        parts: npt.NDArray[np.int32] = np.where(self.region.filled, nearest + 1, 0).astype(np.int32)
        return parts


def make_merges(organisms: Sequence[Organism], look: Look, rng: np.random.Generator) -> Iterator[Merge]:
    """Yield merges of these organisms without end; the same seed gives the same ones."""
    while True:
        count = 1 + int(rng.choice(len(look.shares), p=look.shares))
        for _ in range(ATTEMPTS):  # as many organisms as were drawn, whoever they are: shares stay as asked for
            merge = _try_merge(organisms, count, look, rng)
            if merge is not None:
                yield merge
                break


def _try_merge(organisms: Sequence[Organism], count: int, look: Look, rng: np.random.Generator) -> Merge | None:
    low, high = np.log(look.esd_px)
    largest = float(np.exp(rng.uniform(low, high)))
    drawn = []
    for number in range(count):
        one = organisms[int(rng.integers(len(organisms)))]
        esd_px = largest if number == 0 else largest * rng.uniform(look.size_ratio, 1.0)
        turned = _draw(one.region, esd_px, look, rng)
        if turned is None:
            return None
        drawn.append(turned)
    side = 2 * sum(max(grey.shape) for grey, _ in drawn) + 8
    light = np.ones((side, side), np.float32)
    covered = np.zeros((count, side, side), np.bool_)
    for number, (grey, mask) in enumerate(drawn):
        place = _place(np.asarray(covered.any(axis=0)), mask, number == 0, look, rng)
        if place is None:
            return None
        box = np.s_[place[0] : place[0] + mask.shape[0], place[1] : place[1] + mask.shape[1]]
        light[box] *= np.where(mask, grey, WHITE).astype(np.float32) / WHITE
        covered[number][box] |= mask
    return _as_object(light, covered, look, rng)


def _draw(region: Region, esd_px: float, look: Look, rng: np.random.Generator) -> tuple[Grey, Mask] | None:
    """Turn, mirror and scale an organism and change its density; none if that would enlarge it too much."""
    scale = esd_px / math.sqrt(4 / math.pi * float(region.filled.sum()))
    if scale > look.most_enlarged:
        return None
    angle, mirror = rng.uniform(0, 2 * math.pi), rng.choice((-1.0, 1.0))
    matrix = scale * np.array(
        [[mirror * math.cos(angle), -math.sin(angle)], [mirror * math.sin(angle), math.cos(angle)]]
    )
    half = np.abs(matrix) @ np.array([region.width, region.height]) / 2
    width, height = (int(v) for v in np.ceil(2 * half) + 4)
    middle = np.array([region.width - 1, region.height - 1]) / 2
    shift = np.array([width - 1, height - 1]) / 2 - matrix @ middle
    grey = region.grey if scale > 1 else cv2.GaussianBlur(region.grey, (0, 0), 0.4 / scale)
    turned = cv2.warpAffine(
        grey, np.column_stack([matrix, shift]), (width, height), flags=cv2.INTER_LINEAR, borderValue=WHITE
    )
    density = math.exp(rng.uniform(-look.density, look.density))
    dense: Grey = np.rint(255 * (np.asarray(turned, np.float32) / 255) ** density).astype(np.uint8)
    found = segment(dense, min_area_px=look.least_area_px, max_area_px=dense.size, open_frame=False).regions
    if not found:
        return None
    one = max(found, key=lambda piece: int(piece.filled.sum()))
    return one.grey, one.filled


def _place(taken: Mask, mask: Mask, first: bool, look: Look, rng: np.random.Generator) -> tuple[int, int] | None:
    """Return where an organism comes to lie, its upper left corner.

    It is pushed from outside, in a line to a point of what lies there, until it touches, or on to as large an
    overlap as was drawn.
    """
    side = len(taken)
    if first:
        return (side - mask.shape[0]) // 2, (side - mask.shape[1]) // 2
    near = cv2.dilate(taken.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    rows, cols = np.nonzero(taken)
    aim = int(rng.integers(len(rows)))
    angle = rng.uniform(0, 2 * math.pi)
    way = np.array([math.sin(angle), math.cos(angle)])
    target = np.array([rows[aim], cols[aim]]) - np.array(mask.shape) / 2
    wished = 0.0 if rng.random() < look.touching else rng.uniform(0, look.overlap)
    area = float(mask.sum())
    touching = None
    for distance in range(side, -side, -STEP_PX):
        row, col = (int(v) for v in np.rint(target + distance * way))
        if row < 1 or col < 1 or row + mask.shape[0] >= side or col + mask.shape[1] >= side:
            continue
        box = np.s_[row : row + mask.shape[0], col : col + mask.shape[1]]
        if not (near[box] & mask).any():
            continue
        overlap = float((taken[box] & mask).sum()) / area
        if overlap <= max(wished, 0.02):
            touching = row, col
        if overlap >= wished:
            break
    return touching


def _as_object(light: npt.NDArray[np.float32], covered: Mask, look: Look, rng: np.random.Generator) -> Merge | None:
    """Segment what lies together; none unless it is one object that holds nearly all of every organism."""
    rows, cols = np.nonzero(covered.any(axis=0))
    box = np.s_[rows.min() - 3 : rows.max() + 4, cols.min() - 3 : cols.max() + 4]
    light, covered = light[box] * 255, covered[(slice(None), *box)]
    blur = rng.uniform(0, look.blur_px)
    if blur > 0.2:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), blur), np.float32)
    noisy = light + rng.uniform(0, look.noise) * rng.standard_normal(light.shape, np.float32)
    grey = np.rint(np.clip(np.where(light > 250, light, noisy), 0, 255)).astype(np.uint8)
    found = segment(grey, min_area_px=1, max_area_px=grey.size, open_frame=False).regions
    if not found:
        return None
    region = max(found, key=lambda piece: int(piece.filled.sum()))
    inner = np.s_[region.row : region.row + region.height, region.col : region.col + region.width]
    own = covered[(slice(None), *inner)] & region.filled
    if (own.sum(axis=(1, 2)) < LEAST_INSIDE * covered.sum(axis=(1, 2))).any():
        return None
    alone = own & (own.sum(axis=0) == 1)
    if (alone.sum(axis=(1, 2)) < 0.5 * own.sum(axis=(1, 2))).any():
        return None
    return Merge(region=region, organisms=own)
