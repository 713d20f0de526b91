"""What the scanner sees without organisms: two empty scans combined, enlarged, and taken from the scan."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.imaging.limits import FrameLimits, cropped
from pelagia.imaging.resizing import Enlarged
from pelagia.imaging.rounding import whole
from pelagia.imaging.strips import over_strips

# The disc of ImageJ's Mean filter of radius 3: rows of 3, 5, 7, 7, 7, 5, 3 pixels.
DISC = np.array([[abs(col) <= reach for col in range(-3, 4)] for reach in (1, 2, 3, 3, 3, 2, 1)], np.float32)
WHITE = 255
TOLERANCE = 0.05  # of a background's size by that of the scan
FINE_LINE_DPI = 2400  # at this resolution the lines of the frame are 1 px, otherwise 2 px wide
GAP_PX = 4  # in each line, so that they do not close
STRIP_ROWS = 64


def combine_backgrounds(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the mean of two backgrounds as ZooProcess makes it: both halved, rounded up, added.

    Parameters
    ----------
    first, second
        (height, width), 8 bits.
    """
    if first.shape != second.shape:
        raise BadInput(
            "The two backgrounds differ in size",
            value=" and ".join(f"{shape[1]} × {shape[0]} pixels" for shape in (first.shape, second.shape)),
            remedy="Use two backgrounds that were scanned one after the other",
            code="background-pair",
        )
    combined = np.empty_like(first)

    def combine(start: int, stop: int) -> None:
        one, other = first[start:stop], second[start:stop]
        combined[start:stop] = cv2.add((one >> 1) + (one & 1), (other >> 1) + (other & 1))

    for _ in over_strips(combine, len(first)):
        pass
    return combined


def smooth(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the mean over a disc of 37 pixels, as ImageJ's Mean filter of radius 3; edges repeat."""
    return np.asarray(cv2.filter2D(image, -1, DISC / DISC.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8)


def remove_background(
    scan_8: NDArray[np.uint8],
    background_8: NDArray[np.uint8],
    limits: FrameLimits,
    *,
    dpi: float,
    background_dpi: float,
    out: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Return vis1: white where the scan is as its background, darker by every grey of difference.

    Parameters
    ----------
    scan_8
        (height, width), 8 bits, turned.
    background_8
        The combined background, 8 bits, turned.
    limits
        Of the frame in the scan.
    dpi, background_dpi
        Resolutions, pixels per inch.
    out
        Where to put the result, of the scan's shape; may be the scan itself.

    Returns
    -------
    (height, width), uint8, cropped on the right a tenth of the way from the frame's limit to the edge; white outside
    of the frame's limits, which are drawn as black lines.

    Notes
    -----
    vis1 = 255 - |background - scan|. The bottom right part of the background, of the scan's size at its own
    resolution, is smoothed and enlarged.
    """
    out = np.empty_like(scan_8) if out is None else out
    scan, vis1 = cropped(scan_8), cropped(out)
    wide = _enlarged(background_8, scan.shape, ratio=dpi / background_dpi)
    height, width = min(scan.shape[0], wide.height), min(scan.shape[1], wide.width)
    right_side = min(whole(limits.right + (scan.shape[1] - limits.right) / 10), width)
    inside = slice(limits.left, limits.left + min(limits.right - limits.left, right_side))

    def subtract(start: int, stop: int) -> None:
        rows = vis1[start:stop, :right_side]
        difference = cv2.absdiff(wide.rows(start, stop)[:, :right_side], scan[start:stop, :right_side])
        np.subtract(WHITE, difference, out=rows)
        rows[:, : inside.start] = rows[:, inside.stop :] = WHITE

    for _ in over_strips(subtract, height, rows=STRIP_ROWS):
        pass
    vis1 = vis1[:height, :right_side]
    vis1[: limits.top] = vis1[limits.bottom :] = WHITE
    _draw_frame(vis1, limits, height=scan.shape[0], line_px=1 if dpi == FINE_LINE_DPI else 2)
    return vis1


def _enlarged(background_8: NDArray[np.uint8], scan_shape: tuple[int, ...], *, ratio: float) -> Enlarged:
    """Return the smoothed background at the resolution of the scan."""
    (height, width), (scan_height, scan_width) = background_8.shape, scan_shape
    for there, here in ((scan_width, width * ratio), (scan_height, height * ratio)):
        if not (1 - TOLERANCE) * here <= there <= (1 + TOLERANCE) * here:
            raise BadInput(
                "The background does not fit the scan",
                value=f"{width * ratio:.0f} × {height * ratio:.0f} pixels at the scan's resolution, "
                f"the scan has {scan_width} × {scan_height}",
                remedy="Use a background of the same frame (large or narrow), and check both resolutions",
                code="background-size",
            )
    part = background_8[max(whole(height - scan_height / ratio), 0) :, max(whole(width - scan_width / ratio), 0) :]
    return Enlarged(smooth(part), int(height * ratio), int(width * ratio))


def _draw_frame(vis1: NDArray[np.uint8], limits: FrameLimits, *, height: int, line_px: int) -> None:
    """Draw the limits as lines through the whole picture, each with a gap after a quarter."""
    width = vis1.shape[1]
    if limits.right < width:
        _draw_line(vis1.T, limits.right, height, line_px)
    if limits.left != 0:
        _draw_line(vis1.T, limits.left, height, line_px)
    if limits.bottom != height:
        _draw_line(vis1, limits.bottom, width, line_px)
    if limits.top != 0:
        _draw_line(vis1, limits.top, width, line_px)


def _draw_line(image: NDArray[np.uint8], row: int, length: int, line_px: int) -> None:
    # ImageJ draws from the first to the last pixel inclusive; a broad line lies on the pixels before as well.
    before = line_px - 1
    lines = slice(max(row - before, 0), row + 1)
    image[lines, : whole(length / 4) + 1] = 0
    image[lines, whole(length / 4 + GAP_PX) - before : length + 1] = 0
