"""Measure what a kill costs: a million particles, killed with SIGKILL halfway through and started again.

Measured is the time from the start of the second command to its first newly finished step, whether each image is
billed once, and whether the output folder is byte for byte that of a run left in peace.
"""

from __future__ import annotations

import filecmp
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.measure import ROOT, make_run, pelagia, record, timed

from pelagia.services.flowcam.inventory import CHUNK_ROWS

PARTICLES = 1_000_000


def main() -> None:
    """Measure and record."""
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-") as folder:
        figures = _killed(Path(folder), PARTICLES)
    record("resume", {"particles": PARTICLES} | figures)


def _command(run: Path, out: Path) -> list[str]:
    return pelagia("run", "flowcam", str(run), "--out", str(out), "--export", "none")


def _killed(place: Path, particles: int) -> dict[str, object]:
    """Kill a run halfway, resume it, and compare with the one left in peace."""
    run, calm = make_run(place / "run", particles), place / "out-calm"
    timed(_command(run, calm), place / "home-calm")
    out, home = place / "out-killed", place / "home-killed"
    environment = {**os.environ, "PELAGIA_HOME": str(home)}
    first = subprocess.Popen(
        _command(run, out), env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
    )
    half = particles // CHUNK_ROWS // 2
    while _finished_steps(home) < half:
        if first.poll() is not None:
            raise SystemExit("the run ended before it could be killed")
        time.sleep(0.5)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    before = _finished_steps(home)
    start = time.perf_counter()
    second = subprocess.Popen(_command(run, out), env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    while _finished_steps(home) == before and second.poll() is None:
        time.sleep(0.05)
    until_new_step = time.perf_counter() - start
    second.wait()
    billed = _billed(home)
    return {
        "steps_finished_at_kill": before,
        "seconds_to_first_new_step": round(until_new_step, 2),
        "exit_code": second.returncode,
        "images_billed": billed,
        "billed_once": billed == particles,
        "differing_files": _differences(calm, out),
    }


def _finished_steps(home: Path) -> int:
    return _number(home, "SELECT count(*) FROM steps")


def _billed(home: Path) -> int:
    return _number(home, "SELECT sum(units) FROM ledger")


def _number(home: Path, query: str) -> int:
    (database,) = list(home.glob("*.db")) or list(home.glob("*.sqlite*")) or [None]
    if database is None:
        return 0
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return int(connection.execute(query).fetchone()[0] or 0)
    except sqlite3.OperationalError:
        return 0


def _differences(one: Path, other: Path) -> list[str]:
    files = {path.relative_to(one) for path in one.rglob("*") if path.is_file()}
    files |= {path.relative_to(other) for path in other.rglob("*") if path.is_file()}
    differing = [
        name
        for name in sorted(files)
        if not ((one / name).is_file() and (other / name).is_file() and filecmp.cmp(one / name, other / name, False))
    ]
    return [str(name) for name in differing]


if __name__ == "__main__":
    main()
