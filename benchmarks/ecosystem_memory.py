"""Measure whether memory stays flat with the length of a film: one hour and ten hours of 1080p in one file.

Minutes are drawn, hours are made of them without compressing anything again.

`python -m benchmarks.ecosystem_memory 0.1 0.5` takes these hours.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from benchmarks.ecosystem_footage import Clips, draw_archive, lengthen
from benchmarks.ecosystem_pipeline import command
from benchmarks.measure import record, timed

HOURS = (1.0, 10.0)
SECONDS = 120.0
MOST_MB, MOST_GROWTH = 1_500, 1.25


def main(hours: Iterable[float] = HOURS) -> None:
    """Draw, measure and record."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-", dir=os.environ.get("PELAGIA_BENCH_FOLDER")) as name:
        place = Path(name)
        draw_archive(place / "drawn", Clips(count=1, seconds=SECONDS, interesting=0.05))
        (source,) = (place / "drawn").glob("*.mp4")
        for length in hours:
            figures[f"{length:g} h"] = _measure(place, source, length)
    peaks = [one["peak_mb"] for one in figures.values()]
    figures["longest by shortest"] = round(peaks[-1] / peaks[0], 2)
    figures["memory within"] = max(peaks) <= MOST_MB
    figures["flat"] = peaks[-1] <= MOST_GROWTH * peaks[0]
    record("ecosystem_memory", figures)


def _measure(place: Path, source: Path, hours: float) -> dict[str, Any]:
    folder = place / f"{hours:g}"
    folder.mkdir()
    film = folder / f"{source.stem}.mp4"
    lengthen(source, film, max(1, round(hours * 3600 / SECONDS)))
    run = timed(command(folder, place / f"out-{hours:g}"), place / f"home-{hours:g}")
    frames = pq.read_metadata(place / f"out-{hours:g}" / "frames.parquet").num_rows
    size_mb = film.stat().st_size / 1e6
    film.unlink()
    return {
        "megabytes": round(size_mb),
        "seconds": round(run.seconds, 1),
        "times real time": round(hours * 3600 / run.seconds, 1),
        "peak_mb": round(run.peak_mb),
        "frames in the table": frames,
    }


if __name__ == "__main__":
    main([float(value) for value in sys.argv[1:]] or HOURS)
