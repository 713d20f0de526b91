"""How much of the bare ONNX Runtime session's speed the classifier keeps, resizing included.

    python benchmarks/classifier.py PACKAGE [--images 2000] [--rounds 5]

Both get the same vignettes in the same process; the bare session gets them resized already. Rounds
alternate between the two, so that other work on the machine touches both; the medians are compared.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from pelagia.learning.card import read_card
from pelagia.learning.classifier import BATCH, RESIZE, Classifier, load_classifier
from pelagia.learning.context import context_vector
from pelagia.learning.session import default_threads, session_options

Image = npt.NDArray[np.uint8]


def vignettes(n: int, seed: int = 1) -> list[Image]:
    """Make noise vignettes of the sizes a FlowCam gives: log-normal sides, median 60 px."""
    rng = np.random.default_rng(seed)
    sides = np.clip(np.exp(rng.normal(np.log(60), 0.5, (n, 2))), 10, 400).astype(int)
    return [rng.integers(0, 256, (rows, cols, 3), dtype=np.uint8) for rows, cols in sides]


def bare_session(folder: Path, options: ort.SessionOptions) -> ort.InferenceSession:
    """Open the model without anything around it."""
    return ort.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])


def plain_options(threads: int) -> ort.SessionOptions:
    """Return ONNX Runtime's own defaults, with the same number of threads."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return options


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run_bare(session: ort.InferenceSession, batches: list[dict[str, npt.NDArray[np.generic]]]) -> None:
    """Run the session over ready arrays."""
    for feed in batches:
        session.run(["logits"], feed)


def feeds(folder: Path, images: list[Image]) -> list[dict[str, npt.NDArray[np.generic]]]:
    """Resize all vignettes and encode an unknown context, in batches."""
    card = read_card(folder)
    found = []
    for start in range(0, len(images), BATCH["cpu"]):
        part = images[start : start + BATCH["cpu"]]
        squares = np.stack([RESIZE[card.input.resize](image, card.input.size_px) for image in part])
        feed: dict[str, npt.NDArray[np.generic]] = {"image": squares}
        if card.input.context:
            feed["context"] = context_vector(card.input.context_names, {}, len(part))
        found.append(feed)
    return found


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    images, threads = vignettes(options.images), default_threads()
    batches = feeds(options.package, images)
    classifier: Classifier = load_classifier(options.package, device="cpu")
    bare = {
        "bare_defaults": bare_session(options.package, plain_options(threads)),
        "bare": bare_session(options.package, session_options(threads)),
    }
    works: dict[str, Callable[[], object]] = {
        name: lambda session=session: run_bare(session, batches) for name, session in bare.items()
    }
    works["classifier"] = lambda: classifier.classify(images)
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(options.rounds + 1):  # the first round warms up and is left out
        for name, work in works.items():
            times[name].append(seconds(work))
    speed = {name: len(images) / float(np.median(taken[1:])) for name, taken in times.items()}
    found = {f"{name}_images_per_s": round(value, 1) for name, value in speed.items()}
    share = {"share_of_faster_bare": round(speed["classifier"] / max(speed["bare"], speed["bare_defaults"]), 3)}
    print(json.dumps({"threads": threads, "batch": classifier.batch, "images": len(images)} | found | share, indent=1))


if __name__ == "__main__":
    main()
