"""What all benchmarks share: the machine they ran on, a command timed with its peak memory, results on disk."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
MAKE_RUN = ROOT / "tests" / "data" / "flowcam" / "make.py"
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Timed:
    """A command that ended: its time, that of all processors for it, and the most memory its processes held together.

    On a machine that others use as well, only the time of the processors can be compared.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    output: str


def pelagia(*arguments: str) -> list[str]:
    """Return the command line of Pelagia in this environment."""
    return [sys.executable, "-m", "pelagia.cli.main", *arguments]


def make_run(folder: Path, particles: int) -> Path:
    """Make a synthetic FlowCam run of this many particles, unless it is there."""
    if not list(folder.glob("*.lst")):
        subprocess.run([sys.executable, str(MAKE_RUN), str(folder), "--particles", str(particles)], check=True)
    return folder


def timed(command: Sequence[str], home: Path) -> Timed:
    """Run a command with its own PELAGIA_HOME; measure seconds and peak memory of the process tree.

    Memory is the sum of the proportional set sizes (PSS), so that pages shared by workers count once.
    """
    start, before = time.perf_counter(), _cpu_of_ended()
    process = subprocess.Popen(
        command,
        env={**os.environ, "PELAGIA_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = _Peak(process.pid)
    peak.start()
    output, _ = process.communicate()
    peak.stop()
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{output}")
    return Timed(seconds, _cpu_of_ended() - before, peak.bytes / 1e6, output)


def _cpu_of_ended() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Peak(threading.Thread):
    """Watches the memory of a process and its descendants."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self._pid = pid
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(0.25):
            self.bytes = max(self.bytes, sum(map(_pss_bytes, _tree(self._pid))))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _tree(pid: int) -> list[int]:
    found, open_ones = [pid], [pid]
    while open_ones:
        parent = open_ones.pop()
        try:
            text = " ".join(path.read_text() for path in Path(f"/proc/{parent}/task").glob("*/children"))
        except OSError:
            continue
        children = [int(word) for word in text.split()]
        found += children
        open_ones += children
    return found


def _pss_bytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def machine() -> dict[str, Any]:
    """Return what a timing depends on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    memory_gb = os.sysconf("SC_PHYS_PAGES") * PAGE_BYTES / 1e9
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": model,
        "memory_gb": round(memory_gb, 1),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def record(name: str, figures: Mapping[str, Any]) -> None:
    """Write the figures of a benchmark, and print them."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"benchmark": name, **figures, "machine": machine()}, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n")
    print(text)
