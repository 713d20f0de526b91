"""Measure what searching a frame costs over the call of the network alone.

The whole method in this process, one thread, every frame of one rate searched: the processor time of the step that
searches a frame, and of all that is done with a clip, by that of the ONNX session in it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import onnxruntime
from benchmarks.ecosystem_footage import MODELS, Clips, draw_archive, last_line
from benchmarks.litter_gigapixel import Direct
from benchmarks.measure import record, timed

from pelagia.learning.session import THREADS_VARIABLE
from pelagia.orders.order import Order, request_of
from pelagia.services.ecosystem import pipeline
from pelagia.services.ecosystem.looked import How

SECONDS, FRAMES_PER_S = 40.0, 5.0
MOST_SHARE = 0.15
MODULE = "benchmarks.ecosystem_overhead"


def main() -> None:
    """Draw, measure and record."""
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-", dir=os.environ.get("PELAGIA_BENCH_FOLDER")) as name:
        place = Path(name)
        draw_archive(place / "archive", Clips(count=1, seconds=SECONDS, interesting=0.5))
        run = timed([sys.executable, "-m", MODULE, "--inside", str(place)], place / "home")
        figures = last_line(run.output)
    figures["within"] = float(str(figures["searching a frame, over the session"])) <= MOST_SHARE
    record("ecosystem_overhead", figures)


def inside(place: Path) -> dict[str, Any]:
    """Run the method here and add up the times."""
    os.environ[THREADS_VARIABLE] = "1"
    cv2.setNumThreads(1)
    spent = {"session": 0.0, "search": 0.0}
    calls = {"session": 0, "search": 0}
    bare, search = onnxruntime.InferenceSession.run, How.search
    onnxruntime.InferenceSession.run = _timed(bare, "session", spent, calls)
    How.search = _timed(search, "search", spent, calls)  # type: ignore[method-assign]
    request = request_of(
        Order(
            service="ecosystem",
            inputs={"recordings": [str(place / "archive")]},
            params={"profile": "fish", "search": "everywhere", "frames_per_s": FRAMES_PER_S},
            models=MODELS,
        ),
        place / "home",
    )
    (place / "work").mkdir()
    steps = Direct(place / "work")
    pipeline.run(request, steps)
    return {
        "frames searched": calls["search"],
        "ms of the session for a frame": round(1e3 * spent["session"] / calls["search"], 1),
        "ms of searching a frame": round(1e3 * spent["search"] / calls["search"], 1),
        "searching a frame, over the session": round(spent["search"] / spent["session"] - 1, 3),
        "all that is done with a clip, over the session": round(sum(steps.seconds.values()) / spent["session"] - 1, 3),
        "processor seconds of steps": {name: round(seconds, 1) for name, seconds in steps.seconds.items()},
    }


def _timed(call: Callable[..., Any], name: str, spent: dict[str, float], calls: dict[str, int]) -> Callable[..., Any]:
    def run(*args: Any, **options: Any) -> Any:
        start = time.process_time()
        try:
            return call(*args, **options)
        finally:
            spent[name] += time.process_time() - start
            calls[name] += 1

    return run


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        print(json.dumps(inside(Path(sys.argv[2]))))
    else:
        main()
