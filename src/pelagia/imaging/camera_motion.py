"""How the camera moved between two frames: shift, turn and zoom of the scene, whatever swims before it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Complex = NDArray[np.complex128]

CANDIDATES = 6
"""Peaks of the phase correlation that are tried: letters on the screen, a shoal and the ground have one each."""
BLOCKS = (5, 9)
"""Rows and columns of the blocks that are looked for one by one."""
CLOSE_SECOND = 0.5
"""The second best candidate is looked at closely where the pictures are so much alike under it, of the best."""
LEAST_CONTRAST = 1.5
"""A block that varies less (standard deviation, grey levels) shows nothing."""
MATCH_FROM = 0.45
"""Least correlation of a block that was found; blocks of noise reach 0.3 by chance."""
NEAR_PX = 1.5
"""A block agrees with a motion that brings it so near to where it was found, in pixels of the picture at hand."""
ENOUGH_BLOCKS = 10
"""With fewer blocks that agree, the motion is less sure: chance, or a thing that covers a corner."""
KNOWN_FROM = 0.08
"""Least confidence of a motion that is worth using: pictures of two different places reach 0.04 by chance."""
LARGEST_TURN_RAD, LARGEST_ZOOM = 0.3, 1.25
LEAST_SIDE_PX = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """What became of the scene since the frame before.

    Parameters
    ----------
    shift_row_px, shift_col_px
        How far what was in the middle of the picture moved down and right, px.
    rotation_rad
        How far the scene turned about the middle of the picture, clockwise.
    zoom
        How many times larger it became.
    confidence
        0 (nothing is known) to 1: how much of the picture agrees.

    Notes
    -----
    A point at ``p`` from the middle of the picture is afterwards at ``zoom * R(rotation_rad) p + shift``.
    """

    shift_row_px: float = 0.0
    shift_col_px: float = 0.0
    rotation_rad: float = 0.0
    zoom: float = 1.0
    confidence: float = 1.0

    @property
    def is_known(self) -> bool:
        """Whether enough of the picture agrees for the motion to be used."""
        return self.confidence >= KNOWN_FROM

    def scaled(self, factor: float) -> Motion:
        """Return the same motion in pixels of a picture that is ``factor`` times as large."""
        return replace(self, shift_row_px=self.shift_row_px * factor, shift_col_px=self.shift_col_px * factor)

    @property
    def turn(self) -> complex:
        """Zoom and turn as a number that places (col + i row, from the middle) are multiplied with."""
        return self.zoom * complex(math.cos(self.rotation_rad), math.sin(self.rotation_rad))

    @property
    def shift(self) -> complex:
        """The shift, col + i row."""
        return complex(self.shift_col_px, self.shift_row_px)


STILL = Motion()
UNKNOWN_MOTION = Motion(confidence=0.0)


def estimate_motion(before: Luma, now: Luma) -> Motion:
    """Return how the scene moved from one small picture to the next.

    Parameters
    ----------
    before, now
        (height, width) luma of equal size, 0 to 255; 320 × 180 or so.

    Returns
    -------
    Motion
        In pixels of these pictures. Where little is to be seen or nothing agrees, its confidence is below
        ``KNOWN_FROM``: the motion is then better taken for unknown.

    Notes
    -----
    Peaks of the phase correlation (Kuglin & Hines 1975) of pictures of half the size are candidates; the one under
    which most of the picture looks alike is kept. Local contrast is made equal first, so that a laser dot or the
    letters of a screen weigh no more than the mud about them. Then blocks are looked for one by one, and the shift,
    turn and zoom that most of them agree with (RANSAC, Fischler & Bolles 1981, doi 10.1145/358669.358692) are fitted
    to those that agree: first at half the size, for what is far, then at full size, for fractions of a pixel. What
    moves by itself is outvoted as long as it covers less of the picture than what stands still.
    """
    if before.shape != now.shape or before.ndim != 2 or min(before.shape) < LEAST_SIDE_PX:
        return UNKNOWN_MOTION
    small_before, small_now = _halved(before), _halved(now)
    evened_before, evened_now = _evened(small_before), _evened(small_now)
    best = UNKNOWN_MOTION
    for shift in _shifts(evened_before, evened_now):
        start = Motion(shift_row_px=shift[0], shift_col_px=shift[1])
        found = _by_blocks(small_before, small_now, start, block=16, search=7)
        if found.confidence > best.confidence:
            best = found
    if best.confidence == 0:
        return UNKNOWN_MOTION
    fine = _by_blocks(before, now, best.scaled(2.0), block=20, search=4)
    return fine if fine.confidence > 0 else replace(best.scaled(2.0), confidence=best.confidence / 2)


def _halved(luma: Luma) -> Luma:
    """Return a picture of half the size without specks of one pixel, such as marine snow."""
    rows, cols = luma.shape
    half = cv2.resize(luma, (cols // 2, rows // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.medianBlur(half, 3), np.uint8)


def _evened(luma: Luma) -> Singles:
    """Return the picture with its local mean taken off and its local contrast made equal, at most ±2."""
    wide = luma.astype(np.float32)
    smooth = cv2.GaussianBlur(wide, (0, 0), 1.0)
    detail = smooth - cv2.boxFilter(smooth, -1, (21, 21))
    # What the filter carries along may leave a variance of nothing a little below it.
    spread = np.sqrt(np.maximum(cv2.boxFilter(detail * detail, -1, (21, 21)), 0))
    return np.clip(detail / (spread + 1.5), -2, 2).astype(np.float32)


@lru_cache(maxsize=8)
def _window(rows: int, cols: int) -> Singles:
    """Return a window that is 1 within and falls to 0 over an eighth of each side."""

    def side(length: int) -> Floats:
        from_edge = np.minimum(np.arange(length), np.arange(length)[::-1]) + 0.5
        return 0.5 - 0.5 * np.cos(np.pi * np.minimum(from_edge / (length / 8), 1.0))

    return np.outer(side(rows), side(cols)).astype(np.float32)


def _shifts(before: Singles, now: Singles) -> list[tuple[int, int]]:
    """Return the shifts (rows, cols) that are worth a closer look, the likeliest first."""
    rows, cols = before.shape
    window = _window(rows, cols)
    first, second = np.fft.rfft2(before * window), np.fft.rfft2(now * window)
    cross = second * np.conj(first)
    surface = np.fft.irfft2(cross / (np.abs(cross) + 1e-3), s=(rows, cols)).astype(np.float32)
    surface = np.asarray(cv2.GaussianBlur(np.fft.fftshift(surface), (0, 0), 1.2), np.float32)
    middle = (rows // 2, cols // 2)
    tried = {(0, 0): _alikeness(before, now, 0, 0)}
    for _ in range(CANDIDATES):
        row, col = divmod(int(surface.argmax()), cols)
        surface[max(0, row - 4) : row + 5, max(0, col - 4) : col + 5] = -np.inf
        shift = (row - middle[0], col - middle[1])
        tried[shift] = _alikeness(before, now, *shift)
    ordered = sorted(tried, key=lambda shift: (-tried[shift], abs(shift[0]) + abs(shift[1]), shift))
    return [shift for shift in ordered[:2] if tried[shift] >= CLOSE_SECOND * tried[ordered[0]]]


def _alikeness(before: Singles, now: Singles, row: int, col: int) -> float:
    """Return how alike the pictures are where they overlap, less where that is little."""
    rows, cols = before.shape
    one = before[max(0, -row) : rows - max(0, row), max(0, -col) : cols - max(0, col)]
    other = now[max(0, row) : rows - max(0, -row), max(0, col) : cols - max(0, -col)]
    if one.size < before.size // 8:
        return -1.0
    return float((one * other).mean()) * math.sqrt(one.size / before.size)


def _by_blocks(before: Luma, now: Luma, start: Motion, *, block: int, search: int) -> Motion:
    """Return the motion most blocks agree with, looked for near a first guess."""
    rows, cols = now.shape
    turn, shift = start.turn, start.shift
    middle = complex(cols / 2, rows / 2)
    # The picture before as the guess makes it; what is left of the motion is small.
    to = np.array([[turn.real, -turn.imag, 0.0], [turn.imag, turn.real, 0.0]])
    offset = middle + shift - turn * middle + (turn - 1) * complex(0.5, 0.5)  # middles of pixels are at .5
    to[:, 2] = offset.real, offset.imag
    warped = cv2.warpAffine(before, to, (cols, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = np.asarray(warped, np.uint8)
    contrast = _contrast(inside, block)
    where, found, looked_at = [], [], 0
    for row, col in _corners(rows, cols, block, search):
        origin = (complex(col + block / 2, row + block / 2) - middle - shift) / turn + middle
        if not (block / 3 <= origin.real <= cols - block / 3 and block / 3 <= origin.imag <= rows - block / 3):
            continue
        looked_at += 1
        if contrast[row + block // 2, col + block // 2] < LEAST_CONTRAST:
            continue
        piece = inside[row : row + block, col : col + block]
        away = _found(piece, now[row - search : row + block + search, col - search : col + block + search], search)
        if away is not None:
            where.append(complex(col + block / 2, row + block / 2) - middle)
            found.append(where[-1] + away)
    if len(where) < 3:
        return UNKNOWN_MOTION
    # `where` is in the warped picture: back to where it was before.
    origins = (np.array(where) - shift) / turn
    return _agreed(origins, np.array(found), looked_at)


def _contrast(luma: Luma, block: int) -> Singles:
    """Return the standard deviation within the block about each pixel."""
    wide = luma.astype(np.float32)
    mean = cv2.boxFilter(wide, -1, (block, block))
    return np.sqrt(np.maximum(cv2.sqrBoxFilter(wide, -1, (block, block)) - mean * mean, 0.0)).astype(np.float32)


@lru_cache(maxsize=8)
def _corners(rows: int, cols: int, block: int, search: int) -> tuple[tuple[int, int], ...]:
    """Return the upper left corners of the blocks, so that each can be looked for within the picture."""
    down = np.linspace(search, rows - block - search, BLOCKS[0]).astype(int)
    across = np.linspace(search, cols - block - search, BLOCKS[1]).astype(int)
    return tuple((int(row), int(col)) for row in down for col in across)


def _found(piece: Luma, around: Luma, search: int) -> complex | None:
    """Return how far a block is from where it was expected (col + i row); ``None`` where it is not found."""
    match = cv2.matchTemplate(around, piece, cv2.TM_CCOEFF_NORMED)
    _, best, _, (col, row) = cv2.minMaxLoc(match)
    last = 2 * search
    if best < MATCH_FROM or not (0 < row < last and 0 < col < last):
        return None
    by_row = _peak(match[row - 1, col], best, match[row + 1, col])
    by_col = _peak(match[row, col - 1], best, match[row, col + 1])
    return complex(col - search + by_col, row - search + by_row)


def _peak(low: float, top: float, high: float) -> float:
    """Return where a parabola through three values at -1, 0, 1 is highest."""
    bend = float(low) - 2 * float(top) + float(high)
    return 0.0 if bend > -1e-9 else 0.5 * (float(low) - float(high)) / bend


@lru_cache(maxsize=64)
def _pairs(count: int) -> NDArray[np.int64]:
    """Return pairs of numbers below ``count`` to try: all, or 150 of them, always the same."""
    every = np.array([(a, b) for a in range(count) for b in range(a)], np.int64)
    return every if len(every) <= 150 else np.random.default_rng(0).permutation(every)[:150]


def _agreed(before: Complex, now: Complex, looked_at: int) -> Motion:
    """Return the motion that most places agree with, fitted to these."""
    first, second = _pairs(len(before)).T
    span = before[first] - before[second]
    turns = np.divide(now[first] - now[second], span, out=np.ones_like(span), where=np.abs(span) > 20)
    size, angle = np.abs(turns), np.abs(np.angle(turns))
    sound = (size < LARGEST_ZOOM) & (size > 1 / LARGEST_ZOOM) & (angle < LARGEST_TURN_RAD)
    from_pairs = now[first] - turns * before[first]
    turns = np.concatenate([turns[sound], np.ones(len(before), np.complex128)])
    shifts = np.concatenate([from_pairs[sound], now - before])
    misses = np.abs(now[None] - turns[:, None] * before[None] - shifts[:, None])
    agree = misses[int((misses < NEAR_PX).sum(axis=1).argmax())] < NEAR_PX
    turn, shift = complex(1), complex(0)
    for near in (NEAR_PX, NEAR_PX / 2):
        if agree.sum() < 3:
            return UNKNOWN_MOTION
        turn, shift = _fitted(before[agree], now[agree])
        agree = np.abs(now - turn * before - shift) < near
    agreeing = int(agree.sum())
    confidence = agreeing / max(looked_at, 1) * min(1.0, agreeing / ENOUGH_BLOCKS)
    return Motion(
        shift_row_px=shift.imag,
        shift_col_px=shift.real,
        rotation_rad=float(np.angle(turn)),
        zoom=abs(turn),
        confidence=min(1.0, confidence),
    )


def _fitted(before: Complex, now: Complex) -> tuple[complex, complex]:
    """Return turn and shift by least squares; no turn where the places are too close together to tell."""
    centre, to = before.mean(), now.mean()
    arms = before - centre
    spread = float((np.abs(arms) ** 2).sum())
    turn = complex((np.conj(arms) * (now - to)).sum() / spread) if spread > 20.0**2 * 4 else complex(1)
    return turn, complex(to - turn * centre)
