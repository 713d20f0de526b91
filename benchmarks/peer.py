"""Measure images per second against planktonclass, on the same images, one after the other on the same machine.

planktonclass is installed into `.venv-peer` (3 GB, TensorFlow) unless PELAGIA_BENCH_PEER_PYTHON names a Python that
has it. Its time is that of its prediction call alone; ours is that of the whole command, start and report included.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import ROOT, make_run, pelagia, record, timed

from pelagia.io.cutting import iter_vignettes
from pelagia.io.images import encode_png
from pelagia.services.flowcam.from_run import RunReader
from pelagia.services.flowcam.listing import Naming
from pelagia.services.flowcam.places import recognise
from pelagia.services.flowcam.service import FlowCamParams

IMAGES = 3_000
PEER = "planktonclass==0.1.5"
MODELS = ("flowcam-protist@1.0.0", "plankton-isiis@1.0.0")


def main() -> None:
    """Measure and record."""
    python = _peer_python()
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-") as folder:
        place = Path(folder)
        images = _vignettes(make_run(place / "run", IMAGES), place / "images")
        peer = _predict(python, images)
        figures: dict[str, object] = {"images": IMAGES, PEER: peer}
        for model in MODELS:
            command = pelagia(
                "run", "flowcam", str(images), f"--out={place}/{model}", f"--model={model}", "--export=none"
            )
            ended = timed(command, place / f"home-{model}")
            speed = IMAGES / ended.seconds
            figures[f"pelagia with {model}, whole command"] = {
                "seconds": round(ended.seconds, 2),
                "images_per_s": round(speed, 1),
                "times_the_peer": round(speed / float(peer["images_per_s"]), 1),
            }
    record("peer", figures)


def _vignettes(run: Path, folder: Path) -> Path:
    """Write the particles of a run as image files of their own."""
    folder.mkdir()
    (place,) = recognise(str(run))
    for table in RunReader(place, FlowCamParams()).tables("run", Naming()):
        rows = table.to_pylist()
        for row, vignette in zip(rows, iter_vignettes(rows), strict=True):
            if vignette.image is not None:
                (folder / f"{row['object_id']}.png").write_bytes(encode_png(vignette.image))
    return folder


def _peer_python() -> str:
    named = os.environ.get("PELAGIA_BENCH_PEER_PYTHON")
    if named:
        return named
    venv = ROOT / ".venv-peer"
    if not (venv / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([str(venv / "bin" / "pip"), "install", "--quiet", PEER], check=True)
    return str(venv / "bin" / "python")


def _predict(python: str, images: Path) -> dict[str, float]:
    script = str(ROOT / "benchmarks" / "peer_predict.py")
    done = subprocess.run([python, script, str(images)], check=True, capture_output=True, text=True)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    found: dict[str, float] = json.loads(line.removeprefix("RESULT "))
    return found


if __name__ == "__main__":
    main()
