"""Measure how much of the bare ONNX Runtime session's speed is left for a whole run.

The bare session gets batches of arrays that are already letterboxed, nothing else, on all cores: one session with
as many threads as cores, and as many processes of one thread each; the faster of the two counts. The whole run is the
command `pelagia run flowcam` from its start to its end: Python starts, the list is read, collages decoded, particles
cut and classified, tables, report and checksums written.
"""

from __future__ import annotations

import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from benchmarks.measure import make_run, pelagia, record, timed

from pelagia.catalogue.models import resolve
from pelagia.io.cutting import iter_vignettes
from pelagia.learning.classifier import load_classifier
from pelagia.learning.letterbox import letterbox
from pelagia.services.flowcam.from_run import RunReader
from pelagia.services.flowcam.listing import Naming
from pelagia.services.flowcam.places import recognise
from pelagia.services.flowcam.service import FlowCamParams

PARTICLES = 200_000
ARRAYS = 4_096
MODELS = ("flowcam-protist@1.0.0", "plankton-isiis@1.0.0")


def main() -> None:
    """Measure and record."""
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-") as folder:
        place = Path(folder)
        run = make_run(place / "run", PARTICLES)
        record("end_to_end", {"particles": PARTICLES} | {model: _measure(model, run, place) for model in MODELS})


def _measure(model: str, run: Path, place: Path) -> dict[str, object]:
    cores = len(os.sched_getaffinity(0))
    home = place / f"home-{model}"
    package = resolve(model, "classifier", home=home).path
    squares = _squares(run, package)
    bare = {
        f"one session, {cores} threads": _bare(squares, package, cores),
        f"{cores} processes, 1 thread each": _bare_processes(squares, package, cores),
    }
    options = (f"--out={place}/out-{model}", f"--model={model}", "--export=none", f"--workers={cores}")
    whole = timed(pelagia("run", "flowcam", str(run), *options), home)
    speed = PARTICLES / whole.seconds
    return {
        "bare_images_per_s": {name: round(value, 1) for name, value in bare.items()},
        "whole_run_seconds": round(whole.seconds, 1),
        "whole_run_images_per_s": round(speed, 1),
        "share_of_bare": {name: round(speed / value, 3) for name, value in bare.items()},
        "peak_mb": round(whole.peak_mb),
    }


def _squares(run: Path, model: str) -> npt.NDArray[np.uint8]:
    """Return the first particles of the run as the model takes them."""
    (place,) = recognise(str(run))
    size_px = load_classifier(model).card.input.size_px
    table = next(RunReader(place, FlowCamParams()).tables("run", Naming()))
    images = (vignette.image for vignette in iter_vignettes(table.slice(0, ARRAYS).to_pylist()))
    return np.stack([letterbox(image, size_px) for image in images if image is not None])


def _bare(squares: npt.NDArray[np.uint8], model: str, threads: int) -> float:
    """Return images per second of a session that is given arrays in its best batch size."""
    classifier = load_classifier(model, threads=threads)
    context = np.zeros((len(squares), _context_width(classifier.session)), np.float32)
    fastest = 0.0
    for batch in (16, 32, 64, 128):
        feeds = [_feed(squares, context, start, batch) for start in range(0, len(squares) - batch + 1, batch)]
        classifier.session.run(["logits"], feeds[0])
        start = time.perf_counter()
        for feed in feeds:
            classifier.session.run(["logits"], feed)
        fastest = max(fastest, len(feeds) * batch / (time.perf_counter() - start))
    return fastest


def _feed(
    squares: npt.NDArray[np.uint8], context: npt.NDArray[np.float32], start: int, batch: int
) -> dict[str, npt.NDArray[np.generic]]:
    feed: dict[str, npt.NDArray[np.generic]] = {"image": squares[start : start + batch]}
    if context.shape[1]:
        feed["context"] = context[start : start + batch]
    return feed


def _context_width(session: object) -> int:
    shapes = {put.name: put.shape for put in session.get_inputs()}  # type: ignore[attr-defined]
    return int(shapes["context"][1]) if "context" in shapes else 0


def _bare_processes(squares: npt.NDArray[np.uint8], model: str, processes: int) -> float:
    with ProcessPoolExecutor(processes) as pool:
        return sum(pool.map(_bare, [squares] * processes, [model] * processes, [1] * processes))


if __name__ == "__main__":
    main()
