"""Measure whole orthophotos of 0.25, 1 and 4 gigapixels: seconds, peak memory, and what the networks alone take of it.

The orthophotos are drawn: JPEG GeoTIFFs of 0.2 cm per pixel, a tenth of their tiles littered. What tiling, reading,
writing and merging cost is told by the processor time of the whole method in one process beside that of the calls of
the networks in it: the same tiles, the same pixels, the same threads.

`python -m benchmarks.litter_gigapixel 0.25 1` takes only these sizes; `PELAGIA_BENCH_FOLDER` names a folder with room,
`PELAGIA_BENCH_MODELS` other models than the service has by default (`items=FOLDER tiles=FOLDER`).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pyarrow.parquet as pq
from benchmarks.measure import pelagia, record, timed

from pelagia.core.service import Request
from pelagia.learning.session import THREADS_VARIABLE
from pelagia.orders.order import Order, request_of
from pelagia.services.litter import pipeline
from pelagia.services.litter.sample.orthophoto import draw_orthophoto

HEIGHT, WIDTH, GSD_CM = 30_000, 33_000, 0.2
SIZES = (0.25, 1.0, 4.0)
ALONE_UP_TO = 1.0
"""Larger ones are not run a second time for the share of the networks."""
LITTERED = 0.06
"""Share of the tiles on which litter is strewn; it reaches into others, so that a tenth shows some."""
SEED = 5
MOST_MB, MOST_SHARE = 1_500, 0.15
MODULE = "benchmarks.litter_gigapixel"
MODELS = dict(one.split("=", 1) for one in os.environ.get("PELAGIA_BENCH_MODELS", "").split())


def main(sizes: Iterable[float] = SIZES) -> None:
    """Draw, measure and record."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-", dir=os.environ.get("PELAGIA_BENCH_FOLDER")) as folder:
        for size in sizes:
            place = Path(folder) / f"{size:g}"
            figures[f"{size:g} gigapixel"] = _measure(place, size)
            shutil.rmtree(place)
    slowest, quickest = (choose(one["whole"]["s per gigapixel"] for one in figures.values()) for choose in (max, min))
    figures["slowest by quickest, per gigapixel"] = round(slowest / quickest, 2)
    figures["memory within"] = all(one["whole"]["peak_mb"] <= MOST_MB for one in _sizes(figures))
    shares = [one["one process"]["over the networks"] for one in _sizes(figures) if "one process" in one]
    figures["share within"] = all(share <= MOST_SHARE for share in shares)
    record("litter_gigapixel", figures)


def _sizes(figures: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in figures.values() if isinstance(one, dict)]


def _measure(place: Path, size: float) -> dict[str, Any]:
    place.mkdir()
    drawn = make_orthophoto(place / "ortho.tif", size, place / "home")
    pixels = drawn["height"] * drawn["width"]
    figures: dict[str, Any] = {
        "megapixels": round(pixels / 1e6),
        "megabytes": round((place / "ortho.tif").stat().st_size / 1e6),
        "littered share of the tiles": drawn["littered"],
        "drawn in s": drawn["seconds"],
        "whole": _whole(place, pixels),
    }
    if size <= ALONE_UP_TO:
        one = timed([sys.executable, "-m", MODULE, "--networks", str(place / "ortho.tif")], place / "home")
        figures["one process"] = _last(one.output)
    return figures


def make_orthophoto(path: Path, size: float, home: Path) -> dict[str, Any]:
    """Draw an orthophoto of so many gigapixels, in a process of its own."""
    return _last(timed([sys.executable, "-m", MODULE, "--draw", str(path), str(size)], home).output)


def _whole(place: Path, pixels: int) -> dict[str, Any]:
    """Measure the service as the command line runs it."""
    run = timed(whole_command(place), place / "home")
    tiles = pq.read_table(place / "out" / "tiles.parquet", columns=["searched"])["searched"].to_numpy()
    return {
        "seconds": round(run.seconds, 1),
        "s per gigapixel": round(run.seconds / pixels * 1e9, 1),
        "processor seconds": round(run.cpu_seconds, 1),
        "peak_mb": round(run.peak_mb),
        "tiles": len(tiles),
        "share of the tiles searched": round(float(tiles.mean()), 3),
        "items": pq.read_metadata(place / "out" / "items.parquet").num_rows,
    }


def whole_command(place: Path) -> list[str]:
    """Return the command that works on ``ortho.tif`` in a folder, into ``out``; no exports."""
    models = [f"--model={role}={model}" for role, model in MODELS.items()]
    return pelagia("run", "litter", str(place / "ortho.tif"), f"--out={place / 'out'}", "--export=none", *models)


def request_for(ortho: Path, home: Path) -> Request[Any]:
    """Return what the service is asked for."""
    return request_of(Order(service="litter", inputs={"pictures": [str(ortho)]}, models=MODELS), home)


@dataclass
class Direct:
    """Steps that are done at once, in this process."""

    workdir: Path
    seconds: dict[str, float] = field(default_factory=dict)

    def do(self, key: str, func: Callable[..., Any], *args: Any, units: int = 0) -> Any:
        """Do one; add up the processor time of its kind."""
        start = time.process_time()
        value = func(*args)
        kind = key.partition("/")[0]
        self.seconds[kind] = self.seconds.get(kind, 0) + time.process_time() - start
        return value

    def map(self, key: str, func: Callable[[Any], Any], items: Iterable[Any], *, units: Any = None) -> Iterator[Any]:
        """Do them one after the other."""
        for number, item in enumerate(items):
            yield self.do(f"{key}/{number}", func, item)


def networks_alone(ortho: Path) -> dict[str, Any]:
    """Run the method in this process, one thread for each network, and take the time of their calls."""
    os.environ[THREADS_VARIABLE] = "1"
    spent: dict[str, float] = {}
    bare = onnxruntime.InferenceSession.run

    def run(session: Any, *args: Any, **options: Any) -> Any:
        start = time.process_time()
        answer = bare(session, *args, **options)
        name = "+".join(put.name for put in session.get_outputs())
        spent[name] = spent.get(name, 0) + time.process_time() - start
        return answer

    onnxruntime.InferenceSession.run = run
    with tempfile.TemporaryDirectory(dir=ortho.parent) as folder:
        request = request_for(ortho, Path(folder))
        steps = Direct(Path(folder))
        start = time.process_time()
        pipeline.run(request, steps)
        whole = time.process_time() - start
    networks = sum(spent.values())
    return {
        "processor seconds": round(whole, 1),
        "of these in the networks": round(networks, 1),
        "by network": {name: round(seconds, 1) for name, seconds in spent.items()},
        "over the networks": round(whole / networks - 1, 3),
        "processor seconds of steps": {name: round(seconds, 1) for name, seconds in steps.seconds.items()},
    }


def truth_of(ortho: Path) -> Path:
    """Return where the boxes of the pieces drawn stand: first row, first column, last row, last column, px."""
    return ortho.with_suffix(".npy")


def draw(path: Path, size: float) -> dict[str, Any]:
    """Draw an orthophoto with so many times the pixels of a whole one."""
    height, width = (round(side * size**0.5) for side in (HEIGHT, WIDTH))
    start = time.perf_counter()
    truth = draw_orthophoto(path, height_px=height, width_px=width, gsd_cm=GSD_CM, seed=SEED, littered=LITTERED)
    boxes = [[item.row, item.col, item.row + item.height, item.col + item.width] for item in truth.items]
    np.save(truth_of(path), np.array(boxes).reshape(-1, 4))
    return {
        "height": height,
        "width": width,
        "littered": round(float(np.mean(truth.classes < 2)), 3),
        "seconds": round(time.perf_counter() - start, 1),
    }


def _last(output: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return found


def _from_command_line(arguments: list[str]) -> None:
    if arguments[:1] == ["--draw"]:
        print(json.dumps(draw(Path(arguments[1]), float(arguments[2]))))
    elif arguments[:1] == ["--networks"]:
        print(json.dumps(networks_alone(Path(arguments[1]))))
    else:
        main([float(size) for size in arguments] or SIZES)


if __name__ == "__main__":
    _from_command_line(sys.argv[1:])
