"""A batch of scans that is killed again and again ends with the files and the bill of one left in peace."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from pelagia.runtime.jobs import list_jobs
from pelagia.runtime.ledger import ledger_rows
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.services.zooscan.sample.drawing import draw_scan

SCANS, OBJECTS, KILLS = 3, 12, 3
LONGEST_PAUSE_S = 0.4


def start(project: Path, out: Path, home: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pelagia.cli.main", "run", "zooscan", project, "--out", out, "--export=ecotaxa"]
    environment = {**os.environ, "PELAGIA_HOME": str(home), "PELAGIA_WORKERS": "2"}
    return subprocess.Popen(command, env=environment, start_new_session=True)


def done_steps(home: Path) -> int:
    with open_runtime(read_settings({}, home=home)) as runtime:
        return sum(job.done_steps for job in list_jobs(runtime.database))


def billed(home: Path) -> list[int]:
    with open_runtime(read_settings({}, home=home)) as runtime:
        return [row["units"] for row in ledger_rows(runtime.database) if row["units"]]


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_killed_at_random_a_batch_of_scans_ends_with_the_same_files_and_bill(tmp_path: Path) -> None:
    project = tmp_path / "Zooscan_batch"
    for number in range(SCANS):
        draw_scan(project, height=1200, width=900, objects=OBJECTS, seed=number, dpi=1200, name=f"batch_st{number}_tot")
    assert start(project, tmp_path / "calm", tmp_path / "home-calm").wait() == 0

    home, moment = tmp_path / "home", random.Random(0)
    for _ in range(KILLS):
        before = done_steps(home)
        process = start(project, tmp_path / "killed", home)
        while process.poll() is None and done_steps(home) <= before:
            time.sleep(0.02)
        time.sleep(moment.uniform(0, LONGEST_PAUSE_S))
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it ended before it was killed often enough"
    assert start(project, tmp_path / "killed", home).wait() == 0

    calm, killed = files(tmp_path / "calm"), files(tmp_path / "killed")
    assert sorted(killed) == sorted(calm)
    assert [name for name in calm if killed[name] != calm[name]] == []
    assert sum(billed(home)) == sum(billed(tmp_path / "home-calm")) == SCANS
