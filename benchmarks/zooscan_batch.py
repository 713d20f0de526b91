"""Kill a batch of 50 scans at random moments until it is done, and compare it with one left in peace.

Every time all processes of the run are killed with SIGKILL, and the same command is given again. At the end: is the
output folder byte for byte that of the run left in peace, and is every scan billed once.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import ROOT, _tree, pelagia, record, timed
from benchmarks.resume import _billed, _differences, _finished_steps

from pelagia.services.zooscan.sample.drawing import draw_scan

SCANS, OBJECTS = 50, 20
HEIGHT, WIDTH, DPI = 1_200, 900, 1_200
# Longest time a start is left to itself, by that of the whole run in peace; more where nothing was finished in it.
MOST_SHARE, MORE = 1 / 6, 1.1


def main(scans: int = SCANS, seed: int = 0) -> None:
    """Measure and record; another seed draws other moments."""
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-", dir=os.environ.get("PELAGIA_BENCH_FOLDER")) as folder:
        place = Path(folder)
        project = make_batch(place / "Zooscan_batch", scans)
        calm = timed(_command(project, place / "out-calm"), place / "home-calm")
        figures = _killed(project, place, calm.seconds * MOST_SHARE, random.Random(seed))
        figures |= {
            "seconds_in_peace": round(calm.seconds, 1),
            "peak_mb_in_peace": round(calm.peak_mb),
            "scans_billed": _billed(place / "home-killed"),
            "differing_files": _differences(place / "out-calm", place / "out-killed"),
        }
    record("zooscan_batch", {"scans": scans, "seed": seed} | figures)


def make_batch(folder: Path, scans: int) -> Path:
    """Draw a project of small scans, each of a sample of its own."""
    tables: dict[Path, list[str]] = {}
    for number in range(scans):
        name = f"batch_st{number:02}_tot"
        draw_scan(folder, height=HEIGHT, width=WIDTH, objects=OBJECTS, seed=number, dpi=DPI, name=name)
        for path in (folder / "Zooscan_meta").glob("*.csv"):
            header, row = path.read_text(encoding="latin-1").splitlines()
            tables.setdefault(path, [header]).append(row)
    for path, lines in tables.items():
        path.write_text("\n".join([*lines, ""]), encoding="latin-1", newline="\r\n")
    return folder


def _command(project: Path, out: Path) -> list[str]:
    return pelagia("run", "zooscan", str(project), f"--out={out}", "--export=ecotaxa")


def _killed(project: Path, place: Path, most_s: float, moment: random.Random) -> dict[str, object]:
    """Start and kill, again and again, until a start comes to the end by itself."""
    command, home = _command(project, place / "out-killed"), place / "home-killed"
    kills, fruitless, before = 0, 0, 0
    start = time.perf_counter()
    while not _ends(command, home, moment.uniform(0, most_s)):
        finished = _finished_steps(home)
        kills += 1
        if finished == before:
            fruitless += 1
            most_s *= MORE
        before = finished
    return {
        "kills": kills,
        "kills_before_a_new_step": fruitless,
        "steps": _finished_steps(home),
        "seconds_with_kills": round(time.perf_counter() - start, 1),
    }


def _ends(command: list[str], home: Path, seconds: float) -> bool:
    """Let a run work for so long, then kill all of its processes; say whether it was done before."""
    run = subprocess.Popen(command, env={**os.environ, "PELAGIA_HOME": str(home)}, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        run.wait(seconds)
    except subprocess.TimeoutExpired:
        for pid in _tree(run.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        run.wait()
        return False
    if run.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {run.returncode}")
    return True


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
