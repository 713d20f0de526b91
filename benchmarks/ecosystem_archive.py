"""Measure an archive of 100,000 clips: how long until it is planned, and whether one that is killed ends equal.

Planned: every clip listed with its time, site and camera, parts of some seconds of work made of them, from the command
to the answer, in a process of its own. Killed: a smaller archive, all processes killed with SIGKILL at random moments
and the same command given again until it is done; are all files those of a run left in peace, is each clip billed once.

`python -m benchmarks.ecosystem_archive 1000 20` plans 1,000 clips and kills a run of 20.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.ecosystem_footage import MODELS, Clips, draw_archive, last_line, link_archive
from benchmarks.ecosystem_pipeline import command
from benchmarks.measure import record, timed
from benchmarks.resume import _billed, _differences, _finished_steps
from benchmarks.zooscan_batch import MORE, MOST_SHARE, _ends

from pelagia.orders.order import Order, request_of
from pelagia.services.ecosystem import pipeline

PLANNED, KILLED = 100_000, 300
MOST_S = 60.0
MODULE = "benchmarks.ecosystem_archive"


def main(planned: int = PLANNED, killed: int = KILLED, seed: int = 0) -> None:
    """Draw, measure and record; another seed draws other moments."""
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-", dir=os.environ.get("PELAGIA_BENCH_FOLDER")) as name:
        place = Path(name)
        shape = Clips(count=1, seconds=6, height_px=180, width_px=320, frames_per_s=10, interesting=0.5)
        draw_archive(place / "drawn", shape)
        (source,) = (place / "drawn").glob("*.mp4")
        figures: dict[str, Any] = {"planned": _planned(place, source, planned)}
        figures["killed"] = _killed(place, source, killed, random.Random(seed))
    figures["planned in time"] = figures["planned"]["seconds"] <= MOST_S
    figures["equal"] = not figures["killed"]["differing_files"] and figures["killed"]["billed_once"]
    record("ecosystem_archive", figures)


def _planned(place: Path, source: Path, count: int) -> dict[str, Any]:
    link_archive(place / "large", source, count)
    run = timed([sys.executable, "-m", MODULE, "--plan", str(place)], place / "home-plan")
    return last_line(run.output) | {"seconds": round(run.seconds, 1), "peak_mb": round(run.peak_mb)}


def plan(place: Path) -> dict[str, Any]:
    """List an archive and say what it will take."""
    start = time.perf_counter()
    request = request_of(
        Order(service="ecosystem", inputs={"recordings": [str(place / "large")]}, models=MODELS), place / "home-plan"
    )
    estimate = pipeline.estimate(request)
    return {
        "clips": estimate.units,
        "steps": estimate.steps,
        "seconds without the start of Python": round(time.perf_counter() - start, 1),
        "findings": len(estimate.issues),
    }


def _killed(place: Path, source: Path, count: int, moment: random.Random) -> dict[str, Any]:
    """Start and kill, again and again, until a start comes to the end by itself."""
    archive, home = place / "small", place / "home-killed"
    link_archive(archive, source, count)
    calm = timed(command(archive, place / "out-calm"), place / "home-calm")
    once = command(archive, place / "out-killed")
    most_s, kills, before = calm.seconds * MOST_SHARE, 0, 0
    while not _ends(once, home, moment.uniform(0, most_s)):
        finished = _finished_steps(home)
        kills += 1
        if finished == before:
            most_s *= MORE
        before = finished
    return {
        "clips": count,
        "seconds in peace": round(calm.seconds, 1),
        "peak_mb in peace": round(calm.peak_mb),
        "kills": kills,
        "steps": _finished_steps(home),
        "billed_once": _billed(home) == _billed(place / "home-calm") == count,
        "differing_files": _differences(place / "out-calm", place / "out-killed"),
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--plan"]:
        print(json.dumps(plan(Path(sys.argv[2]))))
    else:
        main(*map(int, sys.argv[1:]))
