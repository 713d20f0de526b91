"""Measure whether memory, of all processes together, stays flat from ten thousand to a million particles."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.measure import make_run, pelagia, record, timed

SIZES = (10_000, 100_000, 1_000_000)


def main() -> None:
    """Measure and record."""
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-") as folder:
        place = Path(folder)
        for particles in SIZES:
            run = make_run(place / f"run-{particles}", particles)
            command = pelagia("run", "flowcam", str(run), f"--out={place}/out-{particles}", "--export=none")
            ended = timed(command, place / f"home-{particles}")
            figures[f"{particles:,} particles"] = {
                "seconds": round(ended.seconds, 1),
                "images_per_s": round(particles / ended.seconds, 1),
                "peak_mb": round(ended.peak_mb),
            }
    record("scale", figures)


if __name__ == "__main__":
    main()
