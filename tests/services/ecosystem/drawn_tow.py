"""A drawn tow as the service sees it: the movement estimated from the pictures, openings found by their darkness."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.camera_motion import estimate_motion
from pelagia.services.ecosystem.sample.tow import Tow
from pelagia.services.ecosystem.sample.truth import Truth

Record = dict[str, Any]
Places = list[tuple[float, float, float, float]]

DARK_SHARE = 0.62
"""Openings are darker than this share of the mud about them."""
LEAST_PX, LARGEST_PX = 5, 60


def film(tow: Tow) -> tuple[Truth, list[Record], list[Record]]:
    """Return the truth, and the rows of frames and of boxes of a tow that was looked at."""
    truth = Truth(tow.height_px, tow.width_px, tow.frames_per_s)
    count = round(tow.duration_s * tow.frames_per_s)
    times = [number / tow.frames_per_s for number in range(count)]
    frames: list[Record] = []
    boxes: list[Record] = []
    before: NDArray[np.uint8] | None = None
    for time_s, canvas in zip(times, tow.draw(truth, iter(times)), strict=True):
        luma = canvas.luma.copy()
        small = np.ascontiguousarray(luma[::2, ::2])
        frames.append(_frame(time_s, before, small))
        boxes += [_box(frames[-1], number, place) for number, place in enumerate(openings(luma))]
        before = small
    return truth, frames, boxes


def openings(luma: NDArray[np.uint8]) -> Places:
    """Return the boxes of dark spots; the dark plate behind the clock is one as well."""
    wide = luma.astype(np.float32)
    about = cv2.blur(wide, (81, 81))
    dark = (cv2.blur(wide, (3, 3)) < DARK_SHARE * about).astype(np.uint8)
    dark = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, _, told, _ = cv2.connectedComponentsWithStats(dark)
    found = []
    for left, top, width, height, area in told[1:].tolist():
        if min(width, height) >= LEAST_PX and area >= 0.4 * width * height:
            found.append((float(top), float(left), float(height), float(width)))
    return found


def _frame(time_s: float, before: NDArray[np.uint8] | None, small: NDArray[np.uint8]) -> Record:
    row: Record = {"object_id": f"tow:{round(time_s * 1000):09d}", "time_s": time_s, "is_searched": True}
    names = ("shift_row_px", "shift_col_px", "rotation_rad", "zoom", "motion_confidence")
    if before is None:
        return row | dict.fromkeys(names)
    motion = estimate_motion(before, small).scaled(2)
    told = (motion.shift_row_px, motion.shift_col_px, motion.rotation_rad, motion.zoom, motion.confidence)
    return row | dict(zip(names, told, strict=True))


def _box(frame: Record, number: int, place: tuple[float, float, float, float]) -> Record:
    return {
        **{"object_id": f"{frame['object_id']}:{number}", "clip_id": "tow", "frame_id": frame["object_id"]},
        **{"file": "tow.mp4", "site": "", "camera": "", "deployment": "", "time_s": frame["time_s"], "time_utc": ""},
        **dict(zip(("row_px", "col_px", "height_px", "width_px"), place, strict=True)),
        **{"score": 0.9, "predicted_class": "burrow opening", "taxon": "burrow opening", "aphia_id": None},
        **{"track_id": "", "status": "predicted", "source": "model", "is_deleted": False},
        **{"validated_by": "", "validated_at": ""},
    }
