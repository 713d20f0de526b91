"""Servers and workers killed at random while they are at work: nothing lost, nothing counted twice, the same folder."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.orders.toy_orders import order
from tests.runtime.queue_jobs import change
from tests.runtime.toy_package import environment_of, install_toy
from tests.runtime.toy_service import write_lines
from tests.runtime.working import descendants, ended, start_pelagia, wait_until

from pelagia.orders.fulfil import fulfil
from pelagia.runtime.executors import InlineExecutor
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.ledger import ledger_rows
from pelagia.runtime.queue import LANES, claim_next
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import Settings, read_settings

LINES = 150
PARAMS = {"lines_per_step": 5, "seconds_per_step": 0.1}


@pytest.fixture
def toy_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = install_toy(tmp_path / "packages")
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def environment(settings: Settings, toy_package: Path) -> dict[str, str]:
    return environment_of(settings.model_copy(update={"executor": "processes"}), toy_package)


@pytest.fixture
def runtime(settings: Settings, toy_package: Path) -> Iterator[Runtime]:
    with open_runtime(settings) as opened:
        yield opened


@pytest.fixture
def text(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "a.txt", LINES)


@pytest.mark.parametrize(("words", "kills"), [(("worker", "--slots", "2"), 6), (("serve", "--port", "0"), 3)])
def test_killed_at_random_all_ends_as_if_nothing_had_been(
    runtime: Runtime, environment: dict[str, str], text: Path, tmp_path: Path, words: tuple[str, ...], kills: int
) -> None:
    job = order(runtime, text, params=PARAMS)
    moment = random.Random(kills)
    process = start_pelagia(environment, *words)
    try:
        for kill in range(kills):
            before = find_job(runtime.database, job.id).done_steps
            wait_until(lambda before=before: find_job(runtime.database, job.id).done_steps > before)
            time.sleep(moment.uniform(0, 0.2))
            # In turn the process that was started, and one of those that it started.
            others = sorted(descendants(process.pid))
            victim = moment.choice(others) if kill % 2 and others else process.pid
            os.kill(victim, signal.SIGKILL)
            if victim == process.pid:
                process.wait()
                process = start_pelagia(environment, *words)
        assert find_job(runtime.database, job.id).state in ("queued", "running"), "it ended before it was killed enough"
        done = ended(runtime, job)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    assert (done.state, done.done_units) == ("succeeded", LINES)
    rows = list(ledger_rows(runtime.database))
    assert (sum(row["units"] for row in rows), sum(row["jobs"] for row in rows)) == (LINES, 1)
    assert max(Counter(row["idempotency_key"] for row in rows).values()) == 1
    assert content(runtime.settings.result_folder(job.id)) == uninterrupted(tmp_path / "other", text, done)


def uninterrupted(home: Path, text: Path, like: Job) -> dict[str, bytes]:
    """Return the folder of a run of the same day that was left in peace."""
    with open_runtime(read_settings({}, home=home)) as runtime:
        job = order(runtime, text, params=PARAMS)
        change(runtime.database, job, created_at=like.created_at)
        claimed = claim_next(runtime.database, LANES, 600)
        assert claimed is not None
        fulfil(runtime, InlineExecutor(), claimed)
        return content(runtime.settings.result_folder(job.id))


def content(place: Path) -> dict[str, bytes]:
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}
