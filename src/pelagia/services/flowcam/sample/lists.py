"""The particle list of a run, in the columns of three versions of VisualSpreadsheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pelagia.services.flowcam.sample.camera import (
    BOTTOM,
    CAPTURE_DELAY_S,
    FRAMES_PER_SECOND,
    FRINGE_PX,
    LEFT,
    PARTICLES_PER_FRAME,
    PIXEL_UM,
    RIGHT,
    START_UTC,
    TOP,
    UTC_OFFSET_HOURS,
)
from pelagia.services.flowcam.sample.drawing import Vignette

_FLUORESCENCE = tuple(f"ch{channel}_{what}" for channel in (1, 2, 3) for what in ("peak", "width", "area"))
_COLOUR = ("avg_red", "avg_green", "avg_blue", *_FLUORESCENCE)
_PLACE = ("id", "image_x", "image_y", "image_w", "image_h", "src_x", "src_y", "src_image", "cal_image", "ppc", "camera")
_SPHERES = ("sphere_count", "raw_sphere_volume", "raw_sphere_complement", "raw_sphere_unknown")
_RAW = ("raw_area", "raw_feret_max", "raw_feret_min", "raw_feret_mean", "raw_perimeter", "raw_convex_perimeter")
_LEGENDRE = ("raw_legendre_major", "raw_legendre_minor")
_SIZES = ("abd_area", "abd_diameter", "length", "width", "esd_diameter")
_GREY = ("perimeter", "convex_perimeter", "intensity", "sigma_intensity", "sum_intensity", "compactness", "elongation")
_FIT = ("circle_fit", "symmetry", "circularity_hu", "intensity_calimage", "raw_convex_hull_area", "raw_filled_area")
_ANGLES = ("filled_area", "feret_max_angle", "feret_min_angle")
_EDGE = ("roughness", "edge_gradient")
_VS4 = (*_PLACE, "cal_const", "fringe_size", *_SPHERES, *_RAW, *_LEGENDRE, *_SIZES, "fd_diameter", *_GREY, *_EDGE)
FIELDS = {
    53: (*_VS4, "elapsed_time", *_FIT, *_ANGLES, "timestamp", "collage_file", "image_id"),
    57: (
        *(*_PLACE, "cal_const", "fringe_size", *_RAW, *_SIZES, "aspect_ratio", *_GREY, *_EDGE, *_FIT, *_ANGLES),
        *(*_COLOUR, "timestamp", "collage_file"),
    ),
    65: (*_VS4, "elapsed_time", *_FIT, *_ANGLES, *_COLOUR, "timestamp", "collage_file", "image_id"),
}
"""The columns of lists as VisualSpreadsheet 4 Macro, 3 and 4 write them."""

_TYPES = {
    "timestamp": "timestamp",
    "collage_file": "string",
    "image_id": "guid",
    "sphere_count": "int32",
    **dict.fromkeys(_PLACE, "int32"),
}
_CHANGING = ("id", "src_x", "src_y", "src_image", "elapsed_time", "timestamp", "collage_file", "image_id")


@dataclass(frozen=True)
class List:
    """What the rows of a list are made of; the drawn particles are repeated until there are enough rows."""

    vignettes: Sequence[Vignette]
    places: Sequence[tuple[int, int, int, int]]
    collages: Sequence[str]
    particles: int
    per_page: int
    fields: int
    stuck: Mapping[int, int]


def write_list(path: Path, rng: np.random.Generator, made: List) -> int:
    """Write the list; return the number of frames."""
    names = FIELDS[made.fields]
    templates = [_template(vignette, place, names) for vignette, place in zip(made.vignettes, made.places, strict=True)]
    changing = [name for name in names if name in _CHANGING]
    frame = 32
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write(list_head(names))
        for start in range(0, made.particles, 50_000):
            index = np.arange(start, min(start + 50_000, made.particles))
            columns = _changing_columns(rng, index, frame, made)
            frame = int(columns["src_image"][-1])
            rows = zip(*(columns[name].tolist() for name in changing), strict=True)
            which = (index % len(templates)).tolist()
            out.writelines(templates[at] % row for at, row in zip(which, rows, strict=True))
    return frame


def list_head(names: Sequence[str]) -> str:
    """Return the head of a list with these columns."""
    return "".join([f"017\nnum-fields|{len(names)}\n", *(f"{name}|{_TYPES.get(name, 'double')}\n" for name in names)])


def _template(vignette: Vignette, place: tuple[int, int, int, int], names: Sequence[str]) -> str:
    """Return the row of a particle with gaps for what changes when it is repeated."""
    fixed: dict[str, float] = {
        **dict(zip(("image_x", "image_y", "image_w", "image_h"), place, strict=True)),
        **{"cal_image": 1, "camera": 0, "cal_const": PIXEL_UM, "fringe_size": FRINGE_PX},
        **vignette.measures,
    }
    gaps = {"id": "%d", "src_x": "%d", "src_y": "%d", "src_image": "%d", "elapsed_time": "%.4f"}
    cells = []
    for name in names:
        if name in _CHANGING:
            cells.append(gaps.get(name, "%s"))
        else:
            cells.append(f"{fixed.get(name, 0):.0f}" if _TYPES.get(name) == "int32" else f"{fixed.get(name, 0):.4f}")
    return "|".join(cells) + "\n"


def _changing_columns(rng: np.random.Generator, index: np.ndarray, frame: int, made: List) -> dict[str, np.ndarray]:
    size = np.array([vignette.mask.shape for vignette in made.vignettes])[index % len(made.vignettes)]
    frames = frame + np.cumsum(rng.random(len(index)) < 1 / PARTICLES_PER_FRAME)
    elapsed = frames / FRAMES_PER_SECOND
    milliseconds = np.round((elapsed + CAPTURE_DELAY_S) * 1000).astype("timedelta64[ms]")
    local = START_UTC + np.timedelta64(UTC_OFFSET_HOURS, "h") + milliseconds
    digits = rng.bytes(16 * len(index)).hex().upper()
    uuids = [digits[at : at + 32] for at in range(0, len(digits), 32)]
    src_x = rng.integers(LEFT, RIGHT - size[:, 1])
    src_y = rng.integers(TOP, BOTTOM - size[:, 0])
    for repeated, first in made.stuck.items():
        src_x[repeated], src_y[repeated] = src_x[first] + repeated % 2, src_y[first]
    return {
        "id": index + 1,
        "src_x": src_x,
        "src_y": src_y,
        "src_image": frames,
        "elapsed_time": elapsed,
        "timestamp": np.datetime_as_string(local),
        "collage_file": np.array(made.collages)[index // made.per_page],
        "image_id": np.array([f"{u[:8]}-{u[8:12]}-{u[12:16]}-{u[16:20]}-{u[20:]}" for u in uuids]),
    }
