"""Executors: the same work inline, in processes and on a Dask cluster."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.runtime.compare import content
from tests.runtime.toy_run import run
from tests.runtime.toy_service import toy_request, write_lines

from pelagia.core.errors import Unavailable
from pelagia.runtime.companions import THREAD_VARIABLES, WORKER_THREADS
from pelagia.runtime.executors import open_executor
from pelagia.runtime.processors import usable_processors
from pelagia.runtime.runner import Runtime

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 30.0


def variables() -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in (*THREAD_VARIABLES, WORKER_THREADS)}


def interrupt_and_say_pid() -> int:
    os.kill(os.getpid(), signal.SIGINT)
    return os.getpid()


def wait_until(is_so: object, seconds: float = WAIT_SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_all_workers_together_use_each_processor_once() -> None:
    with open_executor("processes", 1) as executor:
        found = executor.submit(variables).result()
    assert set(found.values()) == {str(usable_processors())}
    with open_executor("processes", usable_processors()) as executor:
        assert set(executor.submit(variables).result().values()) == {"1"}


def test_workers_leave_ctrl_c_to_their_parent() -> None:
    with open_executor("processes", 1) as executor:
        assert executor.submit(interrupt_and_say_pid).result() != os.getpid()


def test_no_worker_outlives_its_executor() -> None:
    with open_executor("processes", 1) as executor:
        pid = executor.submit(os.getpid).result()
        executor.submit(time.sleep, 60)
    assert not is_running(pid)


def test_no_worker_outlives_a_killed_parent(tmp_path: Path) -> None:
    program = (
        "import os, sys, time\n"
        "from pelagia.runtime.executors import open_executor\n"
        "if __name__ == '__main__':\n"
        "    with open_executor('processes', 1) as executor:\n"
        "        print(executor.submit(os.getpid).result(), flush=True)\n"
        "        executor.submit(time.sleep, 600).result()\n"
    )
    script = tmp_path / "parent.py"
    script.write_text(program)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert is_running(worker)
        parent.kill()
    assert wait_until(lambda: not is_running(worker))


def test_processes_are_told_apart_from_inline_only_by_speed(sqlite_runtime: Runtime, tmp_path: Path) -> None:
    request = toy_request(write_lines(tmp_path / "a.txt", 60))
    inline = content(run(sqlite_runtime, request))
    with open_executor("processes", 2) as executor:
        assert content(run(sqlite_runtime, request, executor=executor, anew=True)) == inline


@contextlib.contextmanager
def dask_cluster(folder: Path) -> Iterator[str]:
    """Run a scheduler and a worker as processes of their own; yield the address of the scheduler."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    address = f"127.0.0.1:{port}"
    program = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", f"tcp://{address}", "--nthreads", "1"]
    options = ["--nworkers", "2", "--no-dashboard", "--local-directory", str(folder)]
    log = (folder / "log").open("wb")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with contextlib.ExitStack() as stack:
        stack.callback(log.close)
        for command in ([*program, "--no-dashboard"], [*worker, *options]):
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environment)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        yield address


def test_a_dask_cluster_gives_the_same_result(sqlite_runtime: Runtime, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    request = toy_request(write_lines(tmp_path / "a.txt", 60))
    inline = content(run(sqlite_runtime, request))
    (tmp_path / "dask").mkdir()
    with dask_cluster(tmp_path / "dask") as address, _connected(address) as executor:
        assert content(run(sqlite_runtime, request, executor=executor, anew=True)) == inline
        with pytest.raises(Exception, match="division by nothing"):
            faulty = write_lines(tmp_path / "b.txt", 10)
            faulty.write_text("fault\n")
            run(sqlite_runtime, toy_request(faulty, fault="bug"), executor=executor)


@contextlib.contextmanager
def _connected(address: str) -> Iterator[object]:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        with contextlib.ExitStack() as stack:
            try:
                executor = stack.enter_context(open_executor(f"dask://{address}", 1))
            except Unavailable:
                if time.monotonic() > deadline:
                    raise
                continue
            yield executor
            return


def test_a_scheduler_that_is_not_there_is_unavailable() -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    with pytest.raises(Unavailable, match="scheduler does not answer"), open_executor("dask://127.0.0.1:1", 1):
        pass
