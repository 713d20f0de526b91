"""Measure how long `pelagia --help` takes, and how much disk the installation without torch."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import ROOT, record

REPEATS = 10


def main() -> None:
    """Measure and record."""
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-") as folder:
        venv = Path(folder) / "venv"
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        pip = [str(venv / "bin" / "pip"), "install", "--quiet"]
        subprocess.run([*pip, "-r", str(ROOT / "requirements" / "run.txt")], check=True)
        subprocess.run([*pip, "--no-deps", str(ROOT)], check=True)
        size_mb = sum(path.lstat().st_size for path in venv.rglob("*") if path.is_file()) / 1e6
        seconds = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            subprocess.run([str(venv / "bin" / "pelagia"), "--help"], check=True, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - start)
    record(
        "start",
        {"help_seconds_median": round(statistics.median(seconds), 3), "installation_mb": round(size_mb)},
    )


if __name__ == "__main__":
    main()
