"""Measure the screening of an archive of 1080p H.264 clips at 25 frames a second.

By keyframes: seconds of footage screened in a second on all processors, one clip in each process. Every frame: the
processor time of decoding with PyAV alone, as a share of that of the screening, the same clip in the same process.

`python -m benchmarks.ecosystem_screening 4 20` draws four clips of 20 s.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2
from benchmarks.ecosystem_footage import MORE_GRAIN, Clips, bare_decoding, draw_archive
from benchmarks.measure import record

from pelagia.io.video.reading import open_video
from pelagia.services.ecosystem.screening import screen_clip

CLIPS, SECONDS = 6, 60.0
SCREENED = 24
"""Clips that are screened: each of those drawn several times."""
REPEATS = 3
TIMES_REAL, SHARE_OF_DECODING = 10.0, 0.8


def main(clips: int = CLIPS, seconds: float = SECONDS) -> None:
    """Draw, measure and record."""
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-", dir=os.environ.get("PELAGIA_BENCH_FOLDER")) as name:
        folder = Path(name) / "archive"
        draw_archive(folder, Clips(count=clips, seconds=seconds))
        paths = sorted(folder.glob("*.mp4"))
        size = sum(path.stat().st_size for path in paths)
        by_keyframes = _by_keyframes(paths)
        every = _every_frame(paths[0])
        draw_archive(Path(name) / "grainy", Clips(count=1, seconds=seconds, grain=MORE_GRAIN))
        (grainy,) = (Path(name) / "grainy").glob("*.mp4")
        every_grainy = _every_frame(grainy)
    record(
        "ecosystem_screening",
        {
            "clips": f"{clips} of {seconds:g} s, 1920 × 1080, 25 frames a second, a keyframe every 2 s",
            "megabits a second": round(size * 8e-6 / (clips * seconds), 1),
            "by keyframes": by_keyframes,
            "every frame": every,
            "every frame of a film of more bits": every_grainy,
            "by keyframes fast enough": by_keyframes["times real time"] >= TIMES_REAL,
            "every frame fast enough": every["share of decoding alone"] >= SHARE_OF_DECODING,
        },
    )


def _by_keyframes(paths: list[Path]) -> dict[str, Any]:
    todo = [paths[number % len(paths)] for number in range(max(SCREENED, len(paths)))]
    processes = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(processes, initializer=_one_thread) as pool:
        list(pool.map(_screened, paths[:processes]))
        start = time.perf_counter()
        done = list(pool.map(_screened, todo))
        seconds = time.perf_counter() - start
    footage, frames = (sum(column) for column in zip(*done, strict=True))
    return {
        "footage_s": round(footage),
        "seconds": round(seconds, 2),
        "processes": processes,
        "times real time": round(footage / seconds, 1),
        "frames screened": frames,
        "ms of a processor for a frame": round(1e3 * seconds * processes / frames, 1),
    }


def _every_frame(path: Path) -> dict[str, Any]:
    _one_thread()
    alone, screened = [], []
    frames = bare_decoding(path)
    bits = path.stat().st_size * 8
    for _ in range(REPEATS):
        alone.append(_cpu(lambda: bare_decoding(path)))
        screened.append(_cpu(lambda: _screened(path, "frames")))
    return {
        "frames": frames,
        "bits a frame": round(bits / frames),
        "ms a frame, decoding alone": round(1e3 * statistics.median(alone) / frames, 2),
        "ms a frame, screening": round(1e3 * statistics.median(screened) / frames, 2),
        "share of decoding alone": round(statistics.median(alone) / statistics.median(screened), 3),
    }


def _screened(path: Path, screen: str = "keyframes") -> tuple[float, int]:
    """Screen a clip; return how long it is and how many of its frames were looked at."""
    with open_video(path) as reader:
        rows = screen_clip(reader, screen=screen).rows()
        return reader.facts.duration_s or 0.0, len(rows)


def _one_thread() -> None:
    cv2.setNumThreads(1)


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main(*(kind(value) for kind, value in zip((int, float), sys.argv[1:], strict=False)))
