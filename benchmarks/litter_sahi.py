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
import pyarrow as pa
import pyarrow.parquet as pq
from benchmarks.litter_gigapixel import GSD_CM, make_orthophoto, request_for, truth_of, whole_command
from benchmarks.measure import ROOT, record, timed
from numpy.typing import NDArray

SIZE = 0.25
SAHI = "sahi==0.12.8"
SAHI_NEEDS = "click fire matplotlib numpy opencv-python-headless pillow pyyaml requests shapely tqdm"
DETECTOR_NEEDS = "onnxruntime pydantic pyarrow"
SAME_FROM = 0.5
"""Boxes are one item from this intersection over union on."""
LEAST_TIMES, LEAST_KEPT = 3.0, 0.98
MORE_OVERLAP = 0.07
"""Of the slices of a second run of SAHI, share of a slice: how much of what a detector finds depends on its windows."""

Boxes = NDArray[np.float64]


def main(size: float = SIZE) -> None:
    """Draw, run both, compare and record."""
    python = _sahi_python()
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-", dir=os.environ.get("PELAGIA_BENCH_FOLDER")) as folder:
        place = Path(folder)
        drawn = make_orthophoto(place / "ortho.tif", size, place / "home")
        ours = timed(whole_command(place), place / "home")
        theirs, their_boxes = _sahi(python, place, 0.0)
        _, others = _sahi(python, place, MORE_OVERLAP)
        our_boxes, drawn_boxes = _our_boxes(place / "out"), np.load(truth_of(place / "ortho.tif"))
        tiles = pq.read_table(place / "out" / "tiles.parquet")
    times, kept = theirs["seconds"] / ours.seconds, share_matched(their_boxes, our_boxes)
    figures = {
        "megapixels": round(drawn["height"] * drawn["width"] / 1e6),
        "littered share of the tiles": drawn["littered"],
        "pelagia, whole command": {
            "seconds": round(ours.seconds, 1),
            "processor seconds": round(ours.cpu_seconds, 1),
            "peak_mb": round(ours.peak_mb),
            "share of the tiles searched": round(float(tiles["searched"].to_numpy().mean()), 3),
            "items": len(our_boxes),
        },
        SAHI: theirs,
        "times as fast": round(times, 2),
        "its detections": {
            "share kept": round(kept, 4),
            "share it keeps itself with other slices": round(share_matched(their_boxes, others), 4),
            "share in tiles that were searched": round(_share_searched(their_boxes, tiles), 4),
        },
        "pieces drawn": {
            "number": len(drawn_boxes),
            "share found in two stages": round(share_matched(drawn_boxes, our_boxes), 4),
            "share found by SAHI": round(share_matched(drawn_boxes, their_boxes), 4),
        },
        "within": bool(times >= LEAST_TIMES and kept >= LEAST_KEPT),
    }
    record("litter_sahi", figures)


def share_matched(theirs: Boxes, ours: Boxes) -> float:
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


def _share_searched(boxes: Boxes, tiles: pa.Table) -> float:
    """Return which share of boxes has its middle in a tile that was searched."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    found = np.zeros(len(boxes), np.bool_)
    names = ["row_px", "col_px", "height_px", "width_px"]
    for row, col, height, width in zip(
        *(tiles.filter(tiles["searched"])[one].to_numpy() for one in names), strict=True
    ):
        found |= ((middles >= [row, col]) & (middles < [row + height, col + width])).all(1)
    return float(found.mean()) if len(found) else 1.0


def _sahi(python: str, place: Path, more_overlap: float) -> tuple[dict[str, Any], Boxes]:
    """Run SAHI on the picture with the detector that the service has by default."""
    request = request_for(place / "ortho.tif", place)
    script = str(ROOT / "benchmarks" / "litter_sahi_predict.py")
    command = [python, script, str(place / "ortho.tif"), request.models["items"].path]
    command += [str(GSD_CM), str(more_overlap)]
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    os.environ["PYTHONPATH"] = path
    ended = timed(command, place / "home")
    (line,) = [line for line in ended.output.splitlines() if line.startswith("RESULT ")]
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    boxes = np.array(found.pop("boxes")).reshape(-1, 4)
    return found | {"peak_mb": round(ended.peak_mb), "processor seconds": round(ended.cpu_seconds, 1)}, boxes


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
