"""Measure the search for litter in two stages against SAHI, which runs the same ONNX detector everywhere.

The orthophoto is drawn; a tenth of its tiles are littered. SAHI is installed into `.venv-sahi` (without torch) unless
PELAGIA_BENCH_SAHI_PYTHON names a Python that has it. It gets the windows our detector wants, with their overlap, and
as many threads as there are cores; its time is that of its prediction call, reading the picture included. Ours is that
of the whole command, start, tile classes, blurring of people, tables and report included.

`python -m benchmarks.litter_sahi 0.05` takes another size, in gigapixels.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from benchmarks.litter_gigapixel import GSD_CM, make_orthophoto
from benchmarks.measure import ROOT, pelagia, record, timed
from numpy.typing import NDArray

from pelagia.orders.order import Order, request_of

SIZE = 0.25
SAHI = "sahi==0.12.8"
SAHI_NEEDS = "click fire matplotlib numpy opencv-python-headless pillow pyyaml requests shapely tqdm"
DETECTOR_NEEDS = "onnxruntime pydantic pyarrow"
SAME_FROM = 0.5
"""Boxes are one item from this intersection over union on."""
LEAST_TIMES, LEAST_KEPT = 3.0, 0.98

Boxes = NDArray[np.float64]


def main(size: float = SIZE) -> None:
    """Draw, run both, compare and record."""
    python = _sahi_python()
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-", dir=os.environ.get("PELAGIA_BENCH_FOLDER")) as folder:
        place = Path(folder)
        drawn = make_orthophoto(place / "ortho.tif", size, place / "home")
        command = pelagia("run", "litter", str(place / "ortho.tif"), f"--out={place / 'out'}", "--export=none")
        ours = timed(command, place / "home")
        theirs = _sahi(python, place)
        found, kept_of = _our_boxes(place / "out"), np.array(theirs.pop("boxes")).reshape(-1, 4)
        searched = pq.read_table(place / "out" / "tiles.parquet", columns=["searched"])["searched"].to_numpy()
    kept = share_kept(kept_of, found)
    figures = {
        "megapixels": round(drawn["height"] * drawn["width"] / 1e6),
        "littered share of the tiles": drawn["littered"],
        "pelagia, whole command": {
            "seconds": round(ours.seconds, 1),
            "processor seconds": round(ours.cpu_seconds, 1),
            "peak_mb": round(ours.peak_mb),
            "share of the tiles searched": round(float(searched.mean()), 3),
            "items": len(found),
        },
        SAHI: theirs,
        "times as fast": round(theirs["seconds"] / ours.seconds, 2),
        "share of its detections kept": round(kept, 4),
        "within": theirs["seconds"] / ours.seconds >= LEAST_TIMES and kept >= LEAST_KEPT,
    }
    record("litter_sahi", figures)


def share_kept(theirs: Boxes, ours: Boxes) -> float:
    """Return which share of boxes has a box of its own among others, the best pairs first.

    Parameters
    ----------
    theirs, ours
        (N, 4): first row, first column, last row, last column, px.
    """
    pairs: list[tuple[float, int, int]] = []
    for number, box in enumerate(theirs):
        inside = np.minimum(ours[:, 2:], box[2:]) - np.maximum(ours[:, :2], box[:2])
        both = np.prod(np.clip(inside, 0, None), axis=1)
        union = np.prod(ours[:, 2:] - ours[:, :2], axis=1) + np.prod(box[2:] - box[:2]) - both
        same = both / np.maximum(union, 1e-9)
        pairs += [(-float(same[other]), number, int(other)) for other in np.flatnonzero(same >= SAME_FROM)]
    mine: set[int] = set()
    taken: set[int] = set()
    for _, number, other in sorted(pairs):
        if number not in mine and other not in taken:
            mine.add(number)
            taken.add(other)
    return len(mine) / max(1, len(theirs))


def _our_boxes(out: Path) -> Boxes:
    table = pq.read_table(out / "items.parquet", columns=["row_px", "col_px", "height_px", "width_px"])
    row, col, height, width = (table[name].to_numpy() for name in table.column_names)
    return np.stack([row, col, row + height, col + width], 1)


def _sahi(python: str, place: Path) -> dict[str, Any]:
    """Run SAHI on the picture with the detector that the service has by default."""
    request = request_of(Order(service="litter", inputs={"pictures": [str(place / "ortho.tif")]}), place)
    script = str(ROOT / "benchmarks" / "litter_sahi_predict.py")
    command = [python, script, str(place / "ortho.tif"), request.models["items"].path, str(GSD_CM)]
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    os.environ["PYTHONPATH"] = path
    ended = timed(command, place / "home")
    (line,) = [line for line in ended.output.splitlines() if line.startswith("RESULT ")]
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    return found | {"peak_mb": round(ended.peak_mb), "processor seconds": round(ended.cpu_seconds, 1)}


def _sahi_python() -> str:
    named = os.environ.get("PELAGIA_BENCH_SAHI_PYTHON")
    if named:
        return named
    venv = ROOT / ".venv-sahi"
    if not (venv / "bin" / "python").exists():
        pip = [str(venv / "bin" / "pip"), "install", "--quiet"]
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        # Of what it asks for, torch and a second OpenCV are left out; the versions are ours.
        subprocess.run([*pip, "--no-deps", SAHI], check=True)
        subprocess.run(
            [*pip, "-c", str(ROOT / "requirements" / "run.txt"), *SAHI_NEEDS.split(), *DETECTOR_NEEDS.split()],
            check=True,
        )
    return str(venv / "bin" / "python")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
