"""Killed at any moment, a job loses nothing and counts nothing twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.runtime.compare import content
from tests.runtime.toy_run import run
from tests.runtime.toy_service import toy_request, write_lines

from pelagia.runtime import ledger
from pelagia.runtime.jobs import list_jobs
from pelagia.runtime.result_file import read_result
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]
LINES = 120
KILLS = 4
SECONDS_PER_STEP = 0.05


def start(settings: Settings, text_file: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PELAGIA_HOME": str(settings.home),
        "PELAGIA_DATABASE_URL": settings.database_url,
        "PELAGIA_EXECUTOR": settings.executor,
        "PELAGIA_WORKERS": "2",
    }
    command = [sys.executable, "-m", "tests.runtime.toy_run", str(text_file), str(SECONDS_PER_STEP)]
    return subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True)


def done_steps(runtime: Runtime) -> int:
    jobs = list_jobs(runtime.database)
    return jobs[0].done_steps if jobs else 0


@pytest.mark.parametrize("executor", ["inline", "processes"])
def test_killed_again_and_again_it_ends_with_the_same_result_and_bill(
    settings: Settings, tmp_path: Path, executor: str
) -> None:
    text = write_lines(tmp_path / "a.txt", LINES)
    settings = settings.model_copy(update={"executor": executor})
    moment = random.Random(0)
    with open_runtime(settings) as runtime:
        for _ in range(KILLS):
            before = done_steps(runtime)
            process = start(settings, text)
            while process.poll() is None and done_steps(runtime) <= before:
                time.sleep(0.02)
            time.sleep(moment.uniform(0, 3 * SECONDS_PER_STEP))
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert done_steps(runtime) < LINES // 5 + 2, "it was finished before it was killed often enough"
        assert start(settings, text).wait() == 0
        job = list_jobs(runtime.database)[0]
        rows = list(ledger.ledger_rows(runtime.database))
        killed = content(read_result(settings.workdir(job.id)))
    assert (job.state, job.attempt) == ("succeeded", KILLS + 1)
    assert sum(row["units"] for row in rows) == LINES == job.done_units
    assert max(Counter(row["idempotency_key"] for row in rows).values()) == 1
    assert killed == _uninterrupted(tmp_path / "other", text)


def _uninterrupted(home: Path, text: Path) -> object:
    with open_runtime(read_settings({}, home=home, executor="inline")) as runtime:
        return content(run(runtime, toy_request(text, lines_per_step=5, seconds_per_step=SECONDS_PER_STEP)))
