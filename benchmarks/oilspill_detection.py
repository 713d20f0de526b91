"""Slicks in scenes: overlap of the classical floor on real pairs, time and memory of a whole Sentinel-1 scene.

The pairs are those of the Deep-SAR Oil Spill set for testing (PALSAR and Sentinel-1, 256 × 256 pixels of 8 bits, masks
above 127), where they stand beside the project. The scene is drawn: a GRD product of 17,000 × 25,000 pixels with its
tables, a sea that darkens with the incidence angle, speckle of 4.4 looks, and slicks of known outline; it is searched
part by part in one process, as a run does.

`python -m benchmarks.oilspill_detection pairs` or `scene` takes only one of them; `PELAGIA_BENCH_FOLDER` names a folder
with 2 GB of room, `PELAGIA_BENCH_MODEL` the folder of a model of slicks to be measured as well.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rasterio
import shapely
from benchmarks.measure import ROOT, record, timed
from rasterio.windows import Window
from tests.io.scenes.making import LAT, LON, STEP, TILT, gain_at, gcps, place, write_description

from pelagia.core.service import Request
from pelagia.imaging.scenes.dark_spots import dark_probability, otsu_threshold, smoothed
from pelagia.imaging.scenes.speckle import estimate_looks, lee_filter
from pelagia.io.shoreline.dialect import Bounds
from pelagia.learning.slick_segmenter import load_slick_segmenter
from pelagia.ocean.coast.crossing import coast_arrays
from pelagia.ocean.coast.world import world_shoreline
from pelagia.services.oilspill.detecting import join_parts, ready_scene, scene_facts, scene_parts, search_part
from pelagia.services.oilspill.detecting_land import Land
from pelagia.services.oilspill.service import OilspillParams

HEIGHT, WIDTH, STRIP = 17_000, 25_000, 500
LOOKS, SEED, SLICKS = 4.4, 7, 12
DAMPING_DB = (5.0, 11.0)
SENSORS = ("palsar", "sentinel")
REFERENCE = {"palsar": 0.454, "sentinel": 0.594}
"""Per-tile Otsu, half of the test set, as the reference measured it."""
MOST_MB = 1_500
MODEL = os.environ.get("PELAGIA_BENCH_MODEL", "")
"""Folder of a model package."""

Predict = Callable[[np.ndarray], np.ndarray]


def main(parts: Iterable[str] = ("pairs", "scene")) -> None:
    """Measure and record."""
    figures: dict[str, Any] = {}
    if "pairs" in parts:
        figures["oil IoU"] = _pairs()
    if "scene" in parts:
        with tempfile.TemporaryDirectory(prefix="pelagia-bench-", dir=os.environ.get("PELAGIA_BENCH_FOLDER")) as folder:
            figures["scene"] = _scene(Path(folder))
    record("oilspill_detection", figures)


def _pairs() -> dict[str, Any] | str:
    """Return the overlap by sensor and method: pixels of all pairs together, and the mean of the pairs."""
    shared = Path(os.environ.get("PELAGIA_SHARED_DATA", ROOT.parent / "shared" / "data"))
    folder = shared / "oilspill" / "sos_sample" / "test"
    if not folder.is_dir():
        return "the pairs are not beside the project"
    methods: dict[str, Predict] = {"Otsu in each tile": _otsu, "dark spots (with guards)": _dark}
    if MODEL:
        methods["network"] = _network
    return {
        sensor: {"reference, half": REFERENCE[sensor]}
        | {name: _overlap(sorted((folder / sensor).glob("*_sat.jpg")), predict) for name, predict in methods.items()}
        for sensor in SENSORS
    }


def _overlap(pictures: list[Path], predict: Predict) -> dict[str, Any]:
    counts = []
    start = time.process_time()
    for path in pictures:
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float32)
        truth = cv2.imread(str(path).replace("_sat.jpg", "_mask.png"), cv2.IMREAD_GRAYSCALE) > 127
        oil = predict(grey)
        counts.append([(oil & truth).sum(), (oil | truth).sum(), (~oil & ~truth).sum(), (~oil | ~truth).sum()])
    hit, union, sea, either = np.array(counts, np.float64).T
    half = len(pictures) // 2
    return {
        "pairs": len(pictures),
        "oil": round(hit.sum() / union.sum(), 3),
        "oil, first half": round(hit[:half].sum() / union[:half].sum(), 3),
        "oil, mean of pairs": round(float(np.mean(hit / np.maximum(union, 1))), 3),
        "mean of oil and sea": round((hit.sum() / union.sum() + sea.sum() / either.sum()) / 2, 3),
        "processor ms a pair": round((time.process_time() - start) / len(pictures) * 1e3, 1),
    }


def _despeckled(grey: np.ndarray) -> np.ndarray:
    valid, power = np.ones(grey.shape, np.bool_), grey**2
    return np.sqrt(lee_filter(power, valid, window_px=5, looks=estimate_looks(power, valid)))


def _otsu(grey: np.ndarray) -> np.ndarray:
    smooth = smoothed(_despeckled(grey), np.ones(grey.shape, np.bool_))
    return smooth <= otsu_threshold(smooth.ravel())


def _dark(grey: np.ndarray) -> np.ndarray:
    return dark_probability(_despeckled(grey), grey, np.ones(grey.shape, np.bool_), least_contrast=0.0) >= 0.5


def _network(grey: np.ndarray) -> np.ndarray:
    segmenter = load_slick_segmenter(MODEL)
    return segmenter.probabilities(grey) >= segmenter.least_probability


def _scene(folder: Path) -> dict[str, Any]:
    start = time.perf_counter()
    safe, outlines = draw(folder)
    figures: dict[str, Any] = {
        "pixels": f"{HEIGHT:,} × {WIDTH:,}",
        "gigabytes": round(sum(path.stat().st_size for path in safe.rglob("*.tiff")) / 1e9, 2),
        "drawn in s": round(time.perf_counter() - start, 1),
    }
    command = [sys.executable, "-m", "benchmarks.oilspill_detection", "--search", str(safe), str(folder / "work")]
    run = timed(command, folder / "home")
    told = json.loads(run.output.strip().splitlines()[-1])
    found = [shapely.Polygon(ring) for ring in told.pop("outlines")]
    overlaps = [max((_iou(one, other) for other in found), default=0.0) for one in outlines]
    is_true = [any(_iou(one, other) > 0.1 for one in outlines) for other in found]
    return figures | {
        "seconds": round(run.seconds, 1),
        "processor seconds": round(run.cpu_seconds, 1),
        "peak_mb": round(run.peak_mb),
        "memory within": run.peak_mb <= MOST_MB,
        **told,
        "slicks drawn": len(outlines),
        "of these found (IoU > 0.5)": sum(value > 0.5 for value in overlaps),
        "mean IoU of their outlines": round(float(np.mean(overlaps)), 3),
        "slicks told that are none": sum(not one for one in is_true),
    }


def _iou(one: shapely.Polygon, other: shapely.Polygon) -> float:
    return float(shapely.intersection(one, other).area / shapely.union(one, other).area)


def draw(folder: Path) -> tuple[Path, list[shapely.Polygon]]:
    """Draw the scene; return it and the outlines of its slicks in (col, row)."""
    shape = (HEIGHT, WIDTH)
    safe = folder / "S1A_IW_GRDH_1SDV_20210825T034455_20210825T034520_039385_04A6C1_0A1B.SAFE"
    (path,) = write_description(safe, shape, ("VV",)).values()
    path.parent.mkdir(parents=True)
    rng = np.random.default_rng(SEED)
    slicks = _slicks(rng, folder)
    options = {"driver": "GTiff", "dtype": "uint16", "count": 1, "height": HEIGHT, "width": WIDTH}
    with rasterio.open(path, "w", **options, gcps=gcps(shape), crs="EPSG:4326") as file:
        for top in range(0, HEIGHT, STRIP):
            rows = slice(top, min(top + STRIP, HEIGHT))
            file.write(_strip(rows, slicks, rng), 1, window=Window(0, top, WIDTH, rows.stop - top))
    return safe, [outline for outline, _ in slicks]


def _slicks(rng: np.random.Generator, folder: Path) -> list[tuple[shapely.Polygon, float]]:
    """Return slicks in the open sea that do not touch each other: outline in (col, row), factor on the backscatter."""
    bounds = Bounds(LAT - 2.5, LAT + 0.5, LON - 1.0, LON + 3.0)
    land = Land(None, coast_arrays(world_shoreline(bounds, folder=folder / "coast")))  # type: ignore[arg-type]
    found: list[tuple[shapely.Polygon, float]] = []
    while len(found) < SLICKS:
        length, angle = rng.uniform(300, 2_000), rng.uniform(0, 180)
        circle = shapely.Point(0, 0).buffer(1, quad_segs=32)
        shape = shapely.affinity.scale(circle, length / 2, length * rng.uniform(0.04, 0.4) / 2)
        turned = shapely.affinity.rotate(shape, angle)
        outline = shapely.affinity.translate(
            turned, rng.uniform(1_500, WIDTH - 1_500), rng.uniform(1_500, HEIGHT - 1_500)
        )
        col, row = shapely.get_coordinates(outline).T
        is_free = all(outline.distance(other) > 300 for other, _ in found)
        if is_free and not land.is_near(*place(row, col), 3_000.0):
            found.append((outline, 10 ** (-rng.uniform(*DAMPING_DB) / 10)))
    return found


def _strip(rows: slice, slicks: list[tuple[shapely.Polygon, float]], rng: np.random.Generator) -> np.ndarray:
    """Return some rows of the scene as counts: the sea falls from -8 to -16 dB across."""
    shape = rows.stop - rows.start, WIDTH
    sigma0 = np.broadcast_to(10 ** (np.linspace(-8, -16, WIDTH) / 10), shape) * rng.gamma(LOOKS, 1 / LOOKS, shape)
    for outline, factor in slicks:
        if outline.bounds[3] > rows.start and outline.bounds[1] < rows.stop:
            mask = np.zeros(shape, np.uint8)
            points = shapely.get_coordinates(outline) - (0.5, rows.start + 0.5)
            cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1)
            sigma0[mask > 0] *= factor
    counts = np.sqrt(sigma0) * gain_at((HEIGHT, WIDTH), rows)
    return np.clip(np.round(counts), 1, 65_535).astype(np.uint16)


def search(safe: Path, workdir: Path) -> dict[str, Any]:
    """Search a scene in this process; say how long the parts took, and what was found."""
    request = Request(service="oilspill", service_version="1", inputs={}, params=OilspillParams())
    facts = ready_scene(scene_facts(str(safe)), workdir)
    seconds, results = [], []
    for part in scene_parts(facts, request, workdir):
        start = time.perf_counter()
        results.append(search_part(part))
        seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    found = join_parts(facts, results, request, workdir)
    return {
        "parts": len(results),
        "longest part in s": round(max(seconds), 1),
        "joined in s": round(time.perf_counter() - start, 1),
        "slicks told": len(found["slicks"]),
        "outlines": [_in_pixels(slick) for slick in found["slicks"]],
    }


def _in_pixels(slick: dict[str, Any]) -> list[list[float]]:
    """Return an outline in (col, row): the inverse of :func:`tests.io.scenes.making.place`."""
    lat, lon = np.array(slick["rings"][0]).T
    tilt = np.array([[1, TILT], [-TILT, 1]])
    rows, cols = np.linalg.solve(tilt, np.array([(LAT - lat) / STEP, (lon - LON) / STEP]))
    return np.column_stack([cols, rows]).tolist()


def _from_command_line(arguments: list[str]) -> None:
    if arguments[:1] == ["--search"]:
        print(json.dumps(search(Path(arguments[1]), Path(arguments[2]))))
    else:
        main(arguments or ("pairs", "scene"))


if __name__ == "__main__":
    _from_command_line(sys.argv[1:])
