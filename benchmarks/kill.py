"""Kill servers, workers and what they started at random while a batch is at work, and see what that costs.

One ``pelagia serve`` (with its worker) and one ``pelagia worker`` share a queue of FlowCam runs. Again and again one of
all their processes is killed with SIGKILL, and started again at once where nobody does so, as by a service manager. At
the end: are all images there, each billed once, is every output folder byte for byte that of a run left in peace, and
how long did it take until work went on. Beside that, how long a cancelled job still holds its process.
"""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from benchmarks.measure import ROOT, make_run, pelagia, record
from benchmarks.resume import _differences

from pelagia.orders.order import Order, request_of
from pelagia.orders.submit import estimate_request
from pelagia.runtime.estimate_json import estimate_to_json
from pelagia.runtime.identity import request_record
from pelagia.runtime.job_log import job_log
from pelagia.runtime.jobs import Job, find_job, list_jobs
from pelagia.runtime.ledger import ledger_rows
from pelagia.runtime.lifecycle import NewJob, cancel_job, create_job
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.runtime.tables import JOBS

KILLS, PARTICLES, CANCELS = 200, 100_000, 10
COMMANDS = (("serve", "--port", "0", "--slots", "2"), ("worker", "--slots", "2"))
# Until somebody would look what is wrong.
PATIENCE_S = 300.0


def main(kills: int = KILLS, particles: int = PARTICLES, seed: int = 0) -> None:
    """Measure and record; another seed draws other victims and moments."""
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-") as folder:
        place = Path(folder)
        run = make_run(place / "run", particles)
        figures = _killed(place / "home", run, kills, seed)
        figures["differing_files"] = _compared(place, run)
        figures["seconds_from_cancel_to_free_process"] = _cancelled(place / "home", run)
    record("kill", {"kills": kills, "seed": seed, "particles_per_job": particles} | figures)


def _killed(home: Path, run: Path, kills: int, seed: int) -> dict[str, object]:
    moment = random.Random(seed)
    silences: list[float] = []
    victims: Counter[str] = Counter()
    with _installation(home) as runtime, _Processes(home) as processes:
        jobs = [_order(runtime, run)]
        start = time.perf_counter()
        for _ in range(kills):
            if _steps_to_go(runtime, jobs) < 50:
                jobs.append(_order(runtime, run))
            _wait_for_a_step(runtime, processes)
            time.sleep(moment.uniform(0, 1.5))
            victims[processes.kill_one(moment)] += 1
            silences.append(_wait_for_a_step(runtime, processes))
        for job in jobs:
            _wait_for_end(runtime, job)
        seconds = time.perf_counter() - start
        ended = [find_job(runtime.database, job.id) for job in jobs]
        rows = list(ledger_rows(runtime.database))
    expected = sum(job.total_units for job in ended)
    keys = Counter(row["idempotency_key"] for row in rows)
    return {
        "victims": dict(victims.most_common()),
        "jobs": len(ended),
        "starts": sum(job.attempt for job in ended),
        "states": sorted({job.state for job in ended}),
        "images": expected,
        "images_lost": expected - sum(job.done_units for job in ended),
        "images_billed": sum(row["units"] for row in rows),
        "billed_twice": sum(number - 1 for number in keys.values()),
        "jobs_billed": sum(row["jobs"] for row in rows),
        "seconds": round(seconds, 1),
        "seconds_until_work_went_on_median": round(statistics.median(silences), 2),
        "seconds_until_work_went_on_most": round(max(silences), 2),
    }


def _compared(place: Path, run: Path) -> list[str]:
    """Return what differs between the folders of the killed and that of one left in peace."""
    with _installation(place / "home") as killed, _installation(place / "home-calm") as calm:
        killed_jobs = list_jobs(killed.database)
        job = _order(calm, run)
        with calm.database.write() as connection:
            # The day stands in the files.
            connection.execute(sa.update(JOBS).values(created_at=killed_jobs[0].created_at))
        subprocess.run(
            pelagia("worker", "--slots", "1", "--once"), env=_environment(place / "home-calm"), cwd=ROOT, check=True
        )
        expected = calm.settings.result_folder(job.id)
        return [
            f"{one.id}: {name}"
            for one in killed_jobs
            for name in _differences(expected, killed.settings.result_folder(one.id))
        ]


def _cancelled(home: Path, run: Path) -> dict[str, float]:
    """Return how long the process of a job lives after the job was cancelled."""
    seconds = []
    with _installation(home) as runtime, _Processes(home, COMMANDS[1:]) as processes:
        for _ in range(CANCELS):
            job = _order(runtime, run)
            _wait_for_a_step(runtime, processes)
            before = _job_processes()
            start = time.perf_counter()
            cancel_job(runtime.database, job.id)
            while before & _job_processes() == before:
                time.sleep(0.01)
            seconds.append(time.perf_counter() - start)
    return {"median": round(statistics.median(seconds), 2), "most": round(max(seconds), 2)}


class _Processes:
    """The server and the workers, started again when they are killed."""

    def __init__(self, home: Path, commands: tuple[tuple[str, ...], ...] = COMMANDS) -> None:
        self._home = home
        self._running = {words: self._start(words) for words in commands}

    def __enter__(self) -> _Processes:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            process.wait()

    def family(self) -> Iterator[tuple[int, str]]:
        """Yield all processes that run, each with what it is."""
        for words, process in self._running.items():
            yield from _family(process.pid, words[0])

    def kill_one(self, moment: random.Random) -> str:
        """Kill one of all processes; return what it was."""
        kinds: dict[str, list[int]] = {}
        for pid, kind in self.family():
            kinds.setdefault(kind, []).append(pid)
        kind = moment.choice(sorted(kinds))
        with contextlib.suppress(ProcessLookupError):
            os.kill(moment.choice(kinds[kind]), signal.SIGKILL)
        return kind

    def start_missing(self) -> None:
        """Start again what was killed."""
        for words, process in self._running.items():
            if process.poll() is not None:
                self._running[words] = self._start(words)

    def _start(self, words: tuple[str, ...]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            pelagia(*words),
            env=_environment(self._home),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _family(pid: int, kind: str) -> Iterator[tuple[int, str]]:
    """Yield a process and those that it started, each with what it is."""
    yield pid, kind
    for child in _children(pid):
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{child}/cmdline").read_text()
            if "resource_tracker import" not in command:
                started = "warm process" if kind == "serve" else "process of a job"
                yield from _family(child, "worker of serve" if "worker\0" in command else started)


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").glob("*/children")
        return [child for path in tasks for child in map(int, path.read_text().split())]
    return []


def _job_processes() -> set[int]:
    """Return the processes at work that are a leader of a group and were spawned: those that jobs are done in."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getpgid(int(path.name)) == int(path.name) and "spawn_main" in (path / "cmdline").read_text():
                found.add(int(path.name))
    return found


@contextlib.contextmanager
def _installation(home: Path) -> Iterator[Runtime]:
    with open_runtime(read_settings({}, home=home)) as runtime:
        yield runtime


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PELAGIA_HOME": str(home)}


def _order(runtime: Runtime, run: Path) -> Job:
    order = Order(service="flowcam", inputs={"runs": [str(run)]}, exports=("csv",))
    request = request_of(order, runtime.settings.home)
    return create_job(
        runtime.database,
        NewJob(
            request=request_record(request, secrets.token_hex(16)),
            estimate=estimate_to_json(estimate_request(request)),
            unit="image",
            kind="analysis",
            route="api-async",
            asker="account:bench",
            lane="batch",
            wanted=order.wanted,
        ),
    )


def _steps_to_go(runtime: Runtime, jobs: list[Job]) -> int:
    found = [find_job(runtime.database, job.id) for job in jobs]
    return sum(job.total_steps - job.done_steps for job in found if job.state in ("queued", "running"))


def _all_steps(runtime: Runtime) -> int:
    with runtime.database.read() as connection:
        return int(connection.execute(sa.select(sa.func.coalesce(sa.func.sum(JOBS.c.done_steps), 0))).scalar_one())


def _wait_for_a_step(runtime: Runtime, processes: _Processes) -> float:
    before, start = _all_steps(runtime), time.perf_counter()
    while _all_steps(runtime) == before:
        processes.start_missing()
        if time.perf_counter() - start > PATIENCE_S:
            raise SystemExit(f"no work went on\n{_scene(runtime, processes)}")
        time.sleep(0.02)
    return time.perf_counter() - start


def _scene(runtime: Runtime, processes: _Processes) -> str:
    """Tell how everything stands, to find out why no work goes on."""
    lines = []
    for job in list_jobs(runtime.database):
        steps = f"{job.done_steps}/{job.total_steps} steps"
        lines.append(f"{job.id} {job.state}, attempt {job.attempt}, {steps}, owner {job.owner}, error {job.error}")
        lines += [f"    {line.at:%H:%M:%S} {line.message}" for line in job_log(runtime.database, job.id)[-5:]]
    for pid, kind in processes.family():
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            lines.append(f"{pid} {kind}: {state} {Path(f'/proc/{pid}/wchan').read_text()}")
    return "\n".join(lines)


def _wait_for_end(runtime: Runtime, job: Job) -> None:
    last, start = -1, time.perf_counter()
    while (found := find_job(runtime.database, job.id)).state in ("queued", "running"):
        if found.done_steps != last:
            last, start = found.done_steps, time.perf_counter()
        if time.perf_counter() - start > PATIENCE_S:
            raise SystemExit(f"{found} does not end")
        time.sleep(0.2)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
