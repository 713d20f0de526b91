"""Make a whole FlowCam run from nothing: collages with drawn particles, masks, list, context, summaries.

Run it as ``python tests/data/flowcam/make.py OUT_FOLDER [--particles N] [--fields 53|57|65] [--seed S]``
or import it in a test. One file on purpose, with nothing but NumPy and OpenCV: a script to copy and run.
The sizes are measured from the drawn masks by their definitions and written by formulas of its own, so
that a reader checked against it is not checked against itself.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

PIXEL_UM, FRINGE_PX, DEPTH_UM, VOLUME_CF = 0.5544, 4.5, 100, 0.8677
LEFT, RIGHT, TOP, BOTTOM = 1, 1278, 1, 958
FRAME_SHAPE = (964, 1292)
BORDER_PX, GAP_PX = 5, 2
FRAMES_PER_SECOND, PARTICLES_PER_FRAME = 17.0, 1.2
START_UTC, UTC_OFFSET_HOURS = np.datetime64("2026-04-08T09:10:51"), 2
CAPTURE_DELAY_S = 8.0
SMALL_RUN = 20_000
DRAWN, PER_PAGE = 960, 480
BACKGROUND_RGB = np.array([156.0, 160.0, 226.0])
THRESHOLD = 20
CANVAS_PX = 150

KINDS = {  # share of the particles, class given in the .cla
    "bright_cell": (0.11, "Protist"),
    "dark_cell": (0.11, "Protist"),
    "chain": (0.05, "Protist"),
    "blurred_cell": (0.15, "Missed"),
    "specks": (0.30, "Junk"),
    "fibre": (0.12, "Junk"),
    "debris": (0.13, "Junk"),
    "aggregate": (0.03, "Junk"),
}

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
class Vignette:
    """A drawn particle: pixels, mask, and what was measured from them."""

    kind: str
    rgb: np.ndarray
    mask: np.ndarray
    measures: Mapping[str, float]


@dataclass(frozen=True)
class MadeRun:
    """Where a made run stands, and what is true of it."""

    folder: Path
    name: str
    fields: int
    particles: int
    frames: int
    volume_ml: float
    merged: int = 0
    stuck: Mapping[int, int] = field(default_factory=dict)
    collages: tuple[str, ...] = ()
    classes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def list_file(self) -> Path:
        """The particle list."""
        return self.folder / f"{self.name}.lst"

    @property
    def context_file(self) -> Path:
        """The context file."""
        return self.folder / f"{self.name}.ctx"


def make_run(
    folder: Path,
    *,
    particles: int = 400,
    fields: int = 65,
    seed: int = 20260408,
    name: str = "synthetic-run",
    pages: int = 2,
) -> MadeRun:
    """Make a run in a folder.

    Parameters
    ----------
    particles
        Rows of the list. Long runs repeat the particles of the first pages; the repeated pages are
        hard links, so that a million particles need little disk.
    fields
        Columns of the list: 65 (VisualSpreadsheet 4), 57 (3) or 53 (4 Macro, grey collages).
    pages
        Collages at least (where there are so many particles).
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    drawn = min(particles, DRAWN)
    vignettes = draw_particles(rng, drawn)
    stuck = _stick(rng, vignettes) if particles == drawn else {}
    per_page = min(PER_PAGE, max(1, math.ceil(drawn / pages)))
    places = _write_pages(folder, name, vignettes, per_page, grey=fields == 53)
    collages = _repeat_pages(folder, name, math.ceil(drawn / per_page), math.ceil(particles / per_page), fields)
    frames = _write_list(
        folder / f"{name}.lst", rng, List(vignettes, places, collages, particles, per_page, fields, stuck)
    )
    classes = _classes(vignettes, particles)
    merged = sum(vignettes[index % drawn].measures["ppc"] > 1 for index in range(particles))
    volume_ml = frames * (RIGHT - LEFT + 1) * (BOTTOM - TOP + 1) * PIXEL_UM**2 * DEPTH_UM * VOLUME_CF * 1e-12
    first_seen = {repeated + 1: first + 1 for repeated, first in stuck.items()}
    run = MadeRun(folder, name, fields, particles, frames, volume_ml, merged, first_seen, collages, classes)
    _write_context(run)
    _write_summaries(run)
    _write_classes(run)
    background = np.clip(rng.normal(float(_grey(BACKGROUND_RGB)), 2, FRAME_SHAPE), 0, 255).astype(np.uint8)
    _write_image(folder / "cal_image_000001.tif", background)
    return run


# --- drawing ---------------------------------------------------------------------------------------------------------


def draw_particles(rng: np.random.Generator, count: int) -> list[Vignette]:
    """Draw particles of all kinds, in the shares of :data:`KINDS`."""
    kinds = rng.choice(list(KINDS), size=count, p=np.array([share for share, _ in KINDS.values()]))
    return [_draw(rng, str(kind)) for kind in kinds]


def _draw(rng: np.random.Generator, kind: str) -> Vignette:
    while True:
        light = _background(rng)
        painted = _PAINTERS[kind](rng, light)
        near = cv2.dilate((painted > 0.15).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        rgb = np.clip(_camera(rng, light), 0, 255).astype(np.uint8)
        mask = (near & (float(_grey(BACKGROUND_RGB)) - _grey(rgb.astype(float)) > THRESHOLD)).astype(np.uint8)
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        mask = _without_crumbs(mask)
        if mask.sum() >= 12:
            return _vignette(kind, rgb, mask)


def _vignette(kind: str, rgb: np.ndarray, mask: np.ndarray) -> Vignette:
    rows, cols = np.nonzero(mask)
    window = (
        slice(max(0, rows.min() - BORDER_PX), rows.max() + BORDER_PX + 1),
        slice(max(0, cols.min() - BORDER_PX), cols.max() + BORDER_PX + 1),
    )
    rgb, mask = rgb[window].copy(), mask[window].copy()
    return Vignette(kind, rgb, mask * 255, measure(rgb, mask))


def _background(rng: np.random.Generator) -> np.ndarray:
    light = np.ones((CANVAS_PX, CANVAS_PX, 3)) * BACKGROUND_RGB * rng.uniform(0.98, 1.02)
    slope = cv2.resize(rng.normal(0, 2.0, (3, 3)), (CANVAS_PX, CANVAS_PX), interpolation=cv2.INTER_CUBIC)
    return light + slope[..., None]


def _camera(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    """Add the blur of the lens and the noise of the sensor, which a Bayer pattern smears."""
    soft = cv2.GaussianBlur(light, (0, 0), 0.7)
    noise = cv2.GaussianBlur(rng.normal(0, 1, light.shape), (0, 0), 0.9)
    return soft + noise * np.array([9.0, 9.0, 14.0])


def _ellipse(centre: Sequence[float], axes: Sequence[float], angle: float) -> np.ndarray:
    """Return the distance to the centre of an ellipse, 1 on its edge."""
    rows, cols = np.mgrid[:CANVAS_PX, :CANVAS_PX].astype(float)
    x, y = cols - centre[0], rows - centre[1]
    along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    return np.hypot(along / axes[0], across / axes[1])


def _paint(light: np.ndarray, alpha: np.ndarray, colour: Sequence[float]) -> None:
    light += alpha[..., None] * (np.array(colour) - light)


def _edge(distance: np.ndarray, softness: float) -> np.ndarray:
    """Return 1 inside and 0 outside of an outline, with a soft border."""
    return 1 / (1 + np.exp(np.clip((distance - 1) / softness, -50, 50)))


def _middle(rng: np.random.Generator) -> tuple[float, float]:
    return CANVAS_PX / 2 + rng.uniform(-0.5, 0.5), CANVAS_PX / 2 + rng.uniform(-0.5, 0.5)


def _bright_cell(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    radius, angle = rng.uniform(4.5, 8), rng.uniform(0, math.pi)
    distance = _ellipse(_middle(rng), (radius * rng.uniform(1, 1.35), radius), angle)
    distance *= 1 + 0.05 * np.cos(3 * angle)
    _paint(light, 0.25 * np.exp(-(((distance - 1.45) / 0.25) ** 2)), (200, 170, 190))
    ring = np.exp(-(((distance - 0.95) / 0.28) ** 2))
    _paint(light, 0.75 * ring, (78, 62, 82))
    core = np.exp(-((distance / 0.55) ** 2))
    _paint(light, 0.95 * core, rng.choice([(120, 225, 250), (235, 250, 250), (90, 150, 235)]))
    return ring


def _dark_cell(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    radius, angle = rng.uniform(4.5, 9), rng.uniform(0, math.pi)
    centre = _middle(rng)
    distance = _ellipse(centre, (radius * rng.uniform(1, 1.5), radius), angle)
    _paint(light, 0.35 * np.exp(-(((distance - 1.5) / 0.3) ** 2)), (205, 200, 245))
    body = _edge(distance, 0.10)
    _paint(light, 0.85 * body, (52, 48, 112))
    grain = cv2.GaussianBlur(rng.normal(0, 1, distance.shape), (0, 0), 1.4)
    _paint(light, np.clip(0.9 * grain, 0, 0.6) * _edge(distance / 0.75, 0.12), (70, 95, 215))
    return body


def _chain(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    count, width, length, angle = rng.integers(3, 7), rng.uniform(5, 8), rng.uniform(4, 7), rng.uniform(0, math.pi)
    bend = rng.uniform(-0.05, 0.05)
    whole = np.zeros((CANVAS_PX, CANVAS_PX))
    at = np.array(_middle(rng)) - np.array([math.cos(angle), math.sin(angle)]) * (count - 1) * length
    for _ in range(count):
        distance = _ellipse(at, (length * 0.98, width), angle)
        cell = _edge(distance, 0.09)
        _paint(light, 0.72 * cell, (98, 84, 66))
        _paint(light, 0.6 * np.exp(-((distance / 0.5) ** 2)), (150, 122, 58))
        whole = np.maximum(whole, cell)
        angle += bend
        at = at + np.array([math.cos(angle), math.sin(angle)]) * 2 * length
    return whole


def _blurred_cell(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    radius = rng.uniform(4, 8)
    distance = _ellipse(_middle(rng), (radius * rng.uniform(1, 1.6), radius), rng.uniform(0, math.pi))
    body = np.exp(-(distance**2))
    _paint(light, rng.uniform(0.35, 0.75) * body, (66, 58, 84))
    return body


def _specks(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    whole = np.zeros((CANVAS_PX, CANVAS_PX))
    middle = np.array(_middle(rng))
    for _ in range(rng.integers(1, 4)):
        axes = (rng.uniform(1.6, 3.4), rng.uniform(1.2, 2.0))
        distance = _ellipse(middle + rng.normal(0, 6, 2), axes, rng.uniform(0, math.pi))
        speck = np.exp(-(distance**2))
        _paint(light, rng.uniform(0.4, 0.65) * speck, (84, 74, 96))
        whole = np.maximum(whole, speck)
    return whole


def _fibre(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    steps, angle = rng.integers(10, 46), rng.uniform(0, 2 * math.pi)
    turns = np.cumsum(rng.normal(0, 0.09, steps)) + rng.uniform(-0.03, 0.03) * np.arange(steps)
    path = np.cumsum(np.stack([np.cos(angle + turns), np.sin(angle + turns)], axis=1) * 1.8, axis=0)
    path += CANVAS_PX / 2 - path.mean(axis=0)
    ink = np.zeros((CANVAS_PX * 4, CANVAS_PX * 4), np.uint8)
    thickness = int(rng.integers(5, 13))
    cv2.polylines(ink, [np.round(path * 4).astype(np.int32)], False, 255, thickness, cv2.LINE_AA)
    line = cv2.resize(ink, (CANVAS_PX, CANVAS_PX), interpolation=cv2.INTER_AREA) / 255.0
    _paint(light, rng.uniform(0.5, 0.85) * line, rng.choice([(92, 84, 100), (120, 92, 60), (70, 66, 90)]))
    return line


def _debris(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    radius = rng.uniform(4, 11)
    distance = _ellipse(_middle(rng), (radius * rng.uniform(1, 2), radius), rng.uniform(0, math.pi))
    ragged = distance + 0.35 * cv2.GaussianBlur(rng.normal(0, 1, distance.shape), (0, 0), 2.2) * 4
    body = _edge(ragged, 0.12)
    _paint(light, 0.7 * body, (96, 84, 92))
    spots = np.clip(cv2.GaussianBlur(rng.normal(0, 1, distance.shape), (0, 0), 1.0) * 3 - 0.8, 0, 1) * body
    _paint(light, 0.8 * spots, (196, 140, 52))
    return body


def _aggregate(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    radius = rng.uniform(15, 34)
    distance = _ellipse(_middle(rng), (radius * rng.uniform(1, 1.4), radius), rng.uniform(0, math.pi))
    grain = cv2.GaussianBlur(rng.normal(0, 1, distance.shape), (0, 0), 1.3) * 3.2
    body = _edge(distance, 0.16) * np.clip(grain + 0.25, 0, 1)
    _paint(light, 0.75 * body, (86, 92, 150))
    _paint(light, 0.5 * np.clip(grain - 0.9, 0, 1) * _edge(distance, 0.16), (205, 165, 105))
    return body


_PAINTERS = {
    "bright_cell": _bright_cell,
    "dark_cell": _dark_cell,
    "chain": _chain,
    "blurred_cell": _blurred_cell,
    "specks": _specks,
    "fibre": _fibre,
    "debris": _debris,
    "aggregate": _aggregate,
}


def _without_crumbs(mask: np.ndarray) -> np.ndarray:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    kept = [index for index in range(1, count) if stats[index, cv2.CC_STAT_AREA] >= 4]
    return np.isin(labels, kept).astype(np.uint8)


def _grey(rgb: np.ndarray) -> np.ndarray:
    return rgb @ np.array([0.299, 0.587, 0.114])


# --- measuring -------------------------------------------------------------------------------------------------------


def measure(rgb: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """Measure a particle by the definitions of the list, in pixels and in µm."""
    grey = _grey(rgb.astype(float))
    inside = mask > 0
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = np.concatenate(contours).reshape(-1, 2)
    hull = cv2.convexHull(points.reshape(-1, 1, 2))
    raw = {
        "ppc": len(contours),
        "raw_area": int(inside.sum()),
        "raw_filled_area": int(_filled(mask).sum()),
        "raw_perimeter": max(sum(cv2.arcLength(contour, True) for contour in contours), 4.0),
        "raw_convex_perimeter": max(cv2.arcLength(hull, True), 4.0),
        "raw_convex_hull_area": max(cv2.contourArea(hull), 1.0),
        **_ferets(points),
        **_axes(inside),
    }
    raw = {name: round(value, 4) for name, value in raw.items()}
    return raw | _sizes(raw) | _light(rgb, grey, inside)


def _filled(mask: np.ndarray) -> np.ndarray:
    padded = np.pad(mask, 1)
    cv2.floodFill(padded, np.zeros((padded.shape[0] + 2, padded.shape[1] + 2), np.uint8), (0, 0), 2)
    return padded[1:-1, 1:-1] != 2


def _ferets(points: np.ndarray) -> dict[str, float]:
    angles = np.arange(-90, 90, 5)
    along = points @ np.stack([np.cos(np.radians(angles)), np.sin(np.radians(angles))])
    lengths = np.round(along.max(axis=0) - along.min(axis=0)) + 1
    return {
        "raw_feret_max": lengths.max(),
        "raw_feret_min": lengths.min(),
        "raw_feret_mean": lengths.mean(),
        "feret_max_angle": float(angles[lengths.argmax()]),
        "feret_min_angle": float(angles[lengths.argmin()]),
    }


def _axes(inside: np.ndarray) -> dict[str, float]:
    rows, cols = np.nonzero(inside)
    spread = np.cov(np.stack([cols, rows]), bias=True) + np.eye(2) / 12
    small, large = np.linalg.eigvalsh(spread)
    return {"raw_legendre_major": 4 * math.sqrt(large), "raw_legendre_minor": 4 * math.sqrt(small)}


def _sizes(raw: Mapping[str, float]) -> dict[str, float]:
    """Write the sizes as VisualSpreadsheet does; the formulas stand in the reference of the format."""

    def corrected(pixels: float) -> float:
        return max(pixels - FRINGE_PX, pixels / 2) * PIXEL_UM

    perimeter, filled = raw["raw_perimeter"], raw["raw_filled_area"]
    abd = corrected(2 * math.sqrt(raw["raw_area"] / math.pi))
    filled_diameter = corrected(2 * math.sqrt(filled / math.pi))
    root = math.sqrt(max(perimeter**2 - 16 * filled, 0))
    convex_perimeter = corrected(raw["raw_convex_perimeter"])
    return {
        "abd_area": math.pi * abd**2 / 4,
        "abd_diameter": abd,
        "length": corrected(raw["raw_feret_max"]),
        "width": max(corrected(raw["raw_feret_min"]), PIXEL_UM),
        "esd_diameter": corrected(raw["raw_feret_mean"]),
        "fd_diameter": filled_diameter,
        "filled_area": math.pi * filled_diameter**2 / 4,
        "perimeter": perimeter * PIXEL_UM,
        "convex_perimeter": convex_perimeter,
        "compactness": max(1, perimeter**2 / (4 * math.pi * filled)),
        "elongation": (perimeter + root) / (perimeter - root),
        "roughness": perimeter * PIXEL_UM / convex_perimeter,
        "aspect_ratio": raw["raw_legendre_minor"] / raw["raw_legendre_major"],
    }


def _light(rgb: np.ndarray, grey: np.ndarray, inside: np.ndarray) -> dict[str, float]:
    values = grey[inside]
    gradient = np.hypot(cv2.Sobel(grey, cv2.CV_64F, 1, 0), cv2.Sobel(grey, cv2.CV_64F, 0, 1))
    edge = inside & ~(cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    rows, cols = np.nonzero(inside)
    inertia = ((rows - rows.mean()) ** 2 + (cols - cols.mean()) ** 2).sum()
    radii = np.hypot(rows - rows.mean(), cols - cols.mean())
    turned = inside[::-1, ::-1]
    red, green, blue = rgb[inside].mean(axis=0)
    return {
        "intensity": values.mean(),
        "sigma_intensity": values.std(),
        "sum_intensity": round(values.sum()),
        "edge_gradient": min(gradient[edge].mean(), 255),
        "circle_fit": float(np.clip(1 - radii.std() / max(radii.max(), 1), 0, 1)),
        "symmetry": (inside & turned).sum() / (inside | turned).sum(),
        "circularity_hu": min(1.0, inside.sum() ** 2 / (2 * math.pi * max(inertia, 1))),
        "avg_red": red,
        "avg_green": green,
        "avg_blue": blue,
    }


# --- files -----------------------------------------------------------------------------------------------------------


def _write_image(path: Path, image: np.ndarray) -> None:
    """Write a TIFF with LZW compression; colour as RGB."""
    pixels = image if image.ndim == 2 else image[..., ::-1]
    done, data = cv2.imencode(".tif", pixels, [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    if not done:
        raise OSError(path)
    path.write_bytes(data.tobytes())


def page_name(name: str, number: int, fields: int = 65) -> str:
    """Return the file name of a collage; Macro instruments put ``_images`` before the number."""
    return f"{name}{'_images' if fields == 53 else ''}_{number:06d}.tif"


def _write_pages(
    folder: Path, name: str, vignettes: Sequence[Vignette], per_page: int, *, grey: bool
) -> list[tuple[int, int, int, int]]:
    """Lay the vignettes out in rows on pages, and write collages and masks; return their boxes."""
    boxes = []
    for start in range(0, len(vignettes), per_page):
        page = np.zeros((*FRAME_SHAPE, 3), np.uint8)
        mask = np.zeros(FRAME_SHAPE, np.uint8)
        for vignette, box in zip(vignettes[start:], _layout(vignettes[start : start + per_page]), strict=False):
            x, y, width, height = box
            page[y : y + height, x : x + width] = vignette.rgb
            mask[y : y + height, x : x + width] = vignette.mask
            boxes.append(box)
        number = start // per_page + 1
        pixels = np.round(_grey(page.astype(float))).astype(np.uint8) if grey else page
        file = page_name(name, number, 53 if grey else 65)
        _write_image(folder / file, pixels)
        _write_image(folder / file.replace(".tif", "_bin.tif"), mask)
    return boxes


def _layout(vignettes: Sequence[Vignette]) -> Iterator[tuple[int, int, int, int]]:
    x = y = tallest = 0
    for vignette in vignettes:
        height, width = vignette.mask.shape
        if x + width > FRAME_SHAPE[1]:
            x, y, tallest = 0, y + tallest + GAP_PX, 0
        if y + height > FRAME_SHAPE[0]:
            raise ValueError("the particles of a page do not fit on it")
        yield x, y, width, height
        x, tallest = x + width + GAP_PX, max(tallest, height)


def _repeat_pages(folder: Path, name: str, drawn: int, pages: int, fields: int) -> tuple[str, ...]:
    names = [page_name(name, number + 1, fields) for number in range(pages)]
    for number in range(drawn, pages):
        for ending in (".tif", "_bin.tif"):
            copy = folder / names[number].replace(".tif", ending)
            copy.unlink(missing_ok=True)
            os.link(folder / names[number % drawn].replace(".tif", ending), copy)
    return tuple(names)


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


def _write_list(path: Path, rng: np.random.Generator, made: List) -> int:
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


def _stick(rng: np.random.Generator, vignettes: list[Vignette]) -> dict[int, int]:
    """Let one particle in a hundred be one seen some frames before; return repeated → first, by index."""
    stuck: dict[int, int] = {}
    for _ in range(len(vignettes) // 100):
        first = int(rng.integers(0, len(vignettes) - 40))
        repeated = first + int(rng.integers(20, 40))
        if not {first, repeated} & (stuck.keys() | set(stuck.values())):
            vignettes[repeated] = vignettes[first]
            stuck[repeated] = first
    return stuck


def _classes(vignettes: Sequence[Vignette], particles: int) -> dict[str, tuple[int, ...]]:
    names = sorted({name for _, name in KINDS.values()})
    given = np.array([KINDS[vignette.kind][1] for vignette in vignettes])
    index = np.arange(min(particles, SMALL_RUN))
    return {name: tuple((index[given[index % len(given)] == name] + 1).tolist()) for name in names}


_CONTEXT = """\
[Software]
SoftwareName=VisualSpreadsheet
SoftwareVersion={version}
CameraMagnification=10
SerialNo=SYNTH-1
[General]
LocationLatitude=
LocationLongitude=
RunStartTime={start}
RunEndTime={end}
TimeZone=
[Camera]
AutoTriggerFlag=1
ImageWidth={columns}
ImageHeight={rows}
[Fluid]
FlowCellType=FC100
FlowCellDepth={depth}
FlowCellWidth=2000
UseManualVolume=0
ManualVolumeML=1.0000
FluidVolumeImaged_ml=0.0000
UseDilutionCalculation=1
SampleDilution=1
PumpFlowRate=0.1500
CalibrationConstant={pixel:.4f}
FringeSize={fringe:.4f}
[CaptureRegion]
AcceptableLeft={left}
AcceptableRight={right}
AcceptableTop={top}
AcceptableBottom={bottom}
ImagePixelBorder={border}
[CaptureParameters]
DistanceToNeighbor=5.0000
ThresholdDark={threshold:.4f}
CloseHoles=1
[CaptureStats]
RawImageTotal={frames}
RunTimeMilliSeconds={milliseconds}
SampleVolumeAspirated={aspirated:.4f}
CalibrationFluidVolume=0.0045
VolumeCF={correction:.4f}
IncludesVolumeCF=1
AutoTrigger=1
"""

_RUN_SUMMARY = """\
Run:
\tMode:  AutoImage
\tStop Reason:  Particle Count
\tSample Volume Processed: {processed:.4f} ml
\tFluid Volume Imaged: {volume:.4f} ml
\tParticle Count: {particles}

Images:
\tTotal:  {frames}
\tFrame Rate:  {rate:.2f} fps

Date/Time:
\tStart:  {start_local}
\tEnd:  {end_local}

Environment:
\tSoftware: VisualSpreadsheet {version}
\tMagnification: 10X
\tCalibration Factor: {pixel:.4f}
\tSerialNo:  SYNTH-1
"""

_SUMMARY = """\
List File,{name}.lst
Start Time,{start_local}

Count,{particles}
Particles / ml,{per_ml:.0f}

Sample Volume Processed ml,{processed:.4g}
Sample Volume Imaged ml,{volume:.4g}

Summary Stats,Mean,Min,Max,StdDev,% CV
"""


def _facts(run: MadeRun) -> dict[str, object]:
    end = START_UTC + np.timedelta64(int(run.frames / FRAMES_PER_SECOND) + int(CAPTURE_DELAY_S) + 1, "s")
    offset = np.timedelta64(UTC_OFFSET_HOURS, "h")
    times = {"start": START_UTC, "end": end, "start_local": START_UTC + offset, "end_local": end + offset}
    processed = run.volume_ml / 0.22
    return {
        **{name: str(time).replace("T", " ") for name, time in times.items()},
        **{"version": {53: "4.10.8", 57: "3.4.5", 65: "4.19.3"}[run.fields], "name": run.name},
        **{"columns": FRAME_SHAPE[1], "rows": FRAME_SHAPE[0], "depth": DEPTH_UM, "pixel": PIXEL_UM},
        **{"fringe": FRINGE_PX, "left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM, "border": BORDER_PX},
        **{"threshold": THRESHOLD, "frames": run.frames, "correction": VOLUME_CF, "rate": FRAMES_PER_SECOND},
        **{"milliseconds": int(run.frames / FRAMES_PER_SECOND * 1000), "particles": run.particles},
        **{"volume": run.volume_ml, "per_ml": run.particles / run.volume_ml},
        **{"processed": processed, "aspirated": processed + 0.0045},
    }


def _write_context(run: MadeRun) -> None:
    run.context_file.write_text(_CONTEXT.format(**_facts(run)), encoding="utf-8", newline="\r\n")


def _write_summaries(run: MadeRun) -> None:
    for ending, text in (("_run_summary.txt", _RUN_SUMMARY), ("_summary.csv", _SUMMARY)):
        (run.folder / f"{run.name}{ending}").write_text(text.format(**_facts(run)), encoding="utf-8", newline="\r\n")
    (run.folder / f"{run.name}_notes.txt").write_text("drawn, not sampled", encoding="utf-8")


def _write_classes(run: MadeRun) -> None:
    lines = ["v3", "1", "made", str(len(run.classes))]
    for name, ids in run.classes.items():
        lines += [name, "OR", "0", str(len(ids)), *map(str, ids)]
    (run.folder / f"{run.name}.cla").write_text("\n".join(lines) + "\n", encoding="utf-8")


# --- other forms of the same particles -------------------------------------------------------------------------------

VS4_LABELS = {
    "Particle ID": "id",
    "Area (ABD)": "abd_area",
    "Area (Filled)": "filled_area",
    "Aspect Ratio": "aspect_ratio",
    "Calibration Factor": "cal_const",
    "Capture X": "src_x",
    "Capture Y": "src_y",
    "Compactness": "compactness",
    "Convex Perimeter": "convex_perimeter",
    "Diameter (ABD)": "abd_diameter",
    "Diameter (ESD)": "esd_diameter",
    "Elongation": "elongation",
    "Image File": "collage_file",
    "Image Height": "image_h",
    "Image Width": "image_w",
    "Image X": "image_x",
    "Image Y": "image_y",
    "Length": "length",
    "Original Reference ID": "image_id",
    "Particles Per Chain": "ppc",
    "Perimeter": "perimeter",
    "Source Image": "src_image",
    "Timestamp": "timestamp",
    "Width": "width",
}
VS5_LABELS = {
    "Name": "collage_file",
    "Area (ABD) (µm²)": "abd_area",
    "Area (Filled) (µm²)": "filled_area",
    "Aspect Ratio": "aspect_ratio",
    "Calibration Factor": "cal_const",
    "Capture ID": "id",
    "Capture X (px)": "src_x",
    "Capture Y (px)": "src_y",
    "Diameter (ABD) (µm)": "abd_diameter",
    "Diameter (ESD) (µm)": "esd_diameter",
    "Image Height (px)": "image_h",
    "Image Width (px)": "image_w",
    "Length (µm)": "length",
    "Particles Per Chain": "ppc",
    "Perimeter (µm)": "perimeter",
    "Source Image": "src_image",
    "Timestamp": "timestamp",
    "UUID": "image_id",
    "Width (µm)": "width",
}


def read_rows(run: MadeRun) -> list[dict[str, str]]:
    """Return the rows of a (short) list as written."""
    names = FIELDS[run.fields]
    lines = run.list_file.read_text(encoding="utf-8").splitlines()[2 + len(names) :]
    return [dict(zip(names, line.split("|"), strict=True)) for line in lines]


def write_rows(run: MadeRun, rows: Sequence[Mapping[str, str]], names: Sequence[str] | None = None) -> None:
    """Write the list anew."""
    names = names or FIELDS[run.fields]
    body = "".join("|".join(row[name] for name in names) + "\n" for row in rows)
    run.list_file.write_text(list_head(names) + body, encoding="utf-8", newline="\n")


def write_spreadsheet(run: MadeRun, labels: Mapping[str, str] = VS4_LABELS, encoding: str = "utf-8") -> Path:
    """Write the particles as VisualSpreadsheet exports them, with the labels of version 4 or 5."""
    path = run.folder / f"{run.name}.csv"
    lines = [",".join(labels)]
    for row in read_rows(run):
        cells = {**row, "aspect_ratio": f"{float(row['raw_legendre_minor']) / float(row['raw_legendre_major']):.4f}"}
        lines.append(",".join(cells[name] for name in labels.values()))
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path


def write_legacy_list(run: MadeRun, names: Sequence[str]) -> None:
    """Write the list in the elder form without a header, ``:`` between the fields."""
    rows = (":".join(row.get(name, "0") for name in names) for row in read_rows(run))
    run.list_file.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")


# --- damage ----------------------------------------------------------------------------------------------------------


def truncate_list(run: MadeRun, dropped_bytes: int = 200) -> None:
    """Cut the list off in the middle of its last row."""
    data = run.list_file.read_bytes()
    run.list_file.write_bytes(data[:-dropped_bytes])


def empty_file(path: Path) -> None:
    """Leave a file of 0 bytes."""
    path.unlink()
    path.touch()


def remove_collage(run: MadeRun, number: int = 1) -> str:
    """Remove a collage; return its name."""
    (run.folder / run.collages[number - 1]).unlink()
    return run.collages[number - 1]


def change_cell(run: MadeRun, row: int, column: str, value: str) -> None:
    """Write another value in a row (from 1) of the list: a box outside, a word for a number, a wrong size."""
    rows = read_rows(run)
    rows[row - 1][column] = value
    write_rows(run, rows)


def box_outside(run: MadeRun, row: int = 1) -> None:
    """Move the box of a particle over the edge of its collage."""
    change_cell(run, row, "image_x", str(FRAME_SHAPE[1] - 3))


def break_row(run: MadeRun, row: int = 3) -> None:
    """Take a field out of a row."""
    lines = run.list_file.read_text(encoding="utf-8").splitlines(keepends=True)
    at = 2 + run.fields + row - 1
    lines[at] = lines[at].split("|", 1)[1]
    run.list_file.write_text("".join(lines), encoding="utf-8", newline="\n")


def add_column(run: MadeRun, name: str = "novel_index", value: str = "0.5000") -> None:
    """Add a column no reader knows."""
    rows = [{**row, name: value} for row in read_rows(run)]
    write_rows(run, rows, [*FIELDS[run.fields], name])


def change_context(run: MadeRun, key: str, value: str) -> None:
    """Set a key of the context file."""
    lines = run.context_file.read_text(encoding="utf-8").splitlines()
    changed = [f"{key}={value}" if line.startswith(f"{key}=") else line for line in lines]
    run.context_file.write_text("\n".join(changed) + "\n", encoding="utf-8")


def zero_volume(run: MadeRun) -> None:
    """Let the camera have taken no frame, so that the imaged volume is zero."""
    change_context(run, "RawImageTotal", "0")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a run from the command line."""
    parser = argparse.ArgumentParser(description="Make a synthetic FlowCam run.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--particles", type=int, default=400)
    parser.add_argument("--fields", type=int, choices=sorted(FIELDS), default=65)
    parser.add_argument("--seed", type=int, default=20260408)
    parser.add_argument("--name", default="synthetic-run")
    given = parser.parse_args(arguments)
    run = make_run(given.folder, particles=given.particles, fields=given.fields, seed=given.seed, name=given.name)
    sys.stdout.write(f"{run.list_file}: {run.particles} particles, {run.volume_ml:.4f} mL\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
