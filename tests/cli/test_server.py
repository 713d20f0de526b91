"""`pelagia serve` and `pelagia worker` as people start them."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.conftest import ROOT, Shell
from tests.runtime.working import descendants, is_running, wait_until

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@contextmanager
def served(environment: dict[str, str], log: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "pelagia.cli.main", "serve", "--port", "0", *words]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "output.log"


def address(log: Path) -> str:
    wait_until(lambda: ADDRESS.search(log.read_text()) is not None)
    found = ADDRESS.search(log.read_text())
    assert found is not None
    return found[0]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    return [pid for pid in descendants(process.pid) if "worker\0" in command_line(pid)]


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_it_says_where_it_is_and_ends_with_its_worker_when_it_is_told_to(
    environment: dict[str, str], log: Path
) -> None:
    with served(environment, log, "--slots", "1") as process:
        wait_until(lambda: answers(f"{address(log)}/v1/services"))
        answers(f"{address(log)}/v1/services?secret=swordfish")
        wait_until(lambda: bool(workers_of(process)))
        (worker,) = workers_of(process)
        everything = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert not is_running(worker)
        wait_until(lambda: not any(is_running(pid) for pid in everything))
    told = log.read_text()
    assert "Traceback" not in told and "swordfish" not in told and "leaked" not in told


def test_a_worker_that_dies_is_started_again_and_none_outlives_the_server(
    environment: dict[str, str], log: Path
) -> None:
    with served(environment, log, "--slots", "1") as process:
        wait_until(lambda: bool(workers_of(process)))
        (first,) = workers_of(process)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: bool(set(workers_of(process)) - {first}))
        everything = descendants(process.pid)
        process.kill()
        process.wait()
        wait_until(lambda: not any(is_running(pid) for pid in everything))


def test_without_a_worker_there_is_none(environment: dict[str, str], log: Path) -> None:
    with served(environment, log, "--no-worker") as process:
        wait_until(lambda: answers(f"{address(log)}/v1/services"))
        assert workers_of(process) == []


def test_on_this_computer_it_answers_to_no_other_name(environment: dict[str, str], log: Path) -> None:
    with served(environment, log, "--no-worker"):
        wait_until(lambda: answers(f"{address(log)}/v1/services"))
        foreign = urllib.request.Request(f"{address(log)}/v1/services", headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(foreign, timeout=30)
        with refused.value as answer:
            assert answer.code == 421 and b"PELAGIA_ALLOWED_HOSTS" in answer.read()


def test_a_port_in_use_is_told_at_once(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ended = shell("serve", "--port", other.getsockname()[1])
    assert ended.code == 5
    assert "port cannot be used" in ended.err and "--port" in ended.err


def test_an_unknown_host_is_told_at_once(shell: Shell) -> None:
    ended = shell("serve", "--host", "no.such.host.invalid", "--port", 0)
    assert ended.code == 2 and "no.such.host.invalid" in ended.err


def test_a_database_that_does_not_answer_is_told_at_once(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        monkeypatch.setenv("PELAGIA_DATABASE_URL", f"postgresql://pelagia:secret@{address}/pelagia")
        ended = shell("serve", "--port", 0)
    assert ended.code == 5
    assert "database does not answer" in ended.err and "secret" not in ended.err
