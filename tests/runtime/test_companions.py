"""Processes beside this one: each answers for itself, dies for itself, and is ended for itself."""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.runtime.working import is_running, wait_until

from pelagia.runtime.companions import AllBusy, CompanionDied, Companions, Overdue
from pelagia.runtime.executors import open_executor

PATIENCE_S = 60.0


@pytest.fixture
def two() -> Iterator[Companions]:
    companions = Companions(2)
    yield companions
    companions.stop()


def say_pid_and_wait(gate: Path) -> int:
    """Say that it is at work, wait until told to go on, return the process."""
    (gate.parent / f"{gate.name}.began").write_text(str(os.getpid()))
    while not gate.exists():
        time.sleep(0.01)
    return os.getpid()


def began(gate: Path) -> int:
    """Wait until :func:`say_pid_and_wait` is at work; return in which process."""
    said = gate.parent / f"{gate.name}.began"
    wait_until(lambda: said.exists() and said.read_text() != "")
    return int(said.read_text())


@contextlib.contextmanager
def unharmed(call: Callable[[], object], gate: Path) -> Iterator[int]:
    """Have :func:`say_pid_and_wait` at work meanwhile, in the process yielded, and see that it ends well."""
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(call)
        try:
            pid = began(gate)
            yield pid
        finally:
            gate.touch()
        assert answer.result(PATIENCE_S) == pid


def die_in_the_middle_of_an_answer() -> None:
    """Announce a long answer, send a little of it, and be killed."""
    frame = sys._getframe()
    while "connection" not in frame.f_locals:
        assert frame.f_back is not None
        frame = frame.f_back
    os.write(frame.f_locals["connection"].fileno(), struct.pack("!i", 1_000_000) + b"some of it")
    os.kill(os.getpid(), signal.SIGKILL)


class Unreadable(Exception):
    """An error that can be written but not read back."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


def raise_unreadable() -> None:
    raise Unreadable("this", "that")


def return_unwritable() -> object:
    return threading.Lock()


def be_late() -> None:
    raise TimeoutError("the other side did not answer")


def test_a_process_killed_in_the_middle_of_its_answer_is_said_to_have_died(two: Companions, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with unharmed(lambda: two.call(say_pid_and_wait, [gate]), gate), pytest.raises(CompanionDied, match="code -9"):
        two.call(die_in_the_middle_of_an_answer, [], PATIENCE_S)


def test_an_executor_does_not_wait_for_ever_for_half_an_answer() -> None:
    with open_executor("processes", 2) as executor:
        with pytest.raises(BrokenExecutor):
            executor.submit(die_in_the_middle_of_an_answer).result(PATIENCE_S)
        assert executor.submit(os.getpid).result(PATIENCE_S) != os.getpid()


def test_only_the_process_that_takes_too_long_is_ended(two: Companions, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with unharmed(lambda: two.call(say_pid_and_wait, [gate]), gate):
        other = two.call(os.getpid, [])
        with pytest.raises(Overdue, match=r"longer than 0\.5 s"):
            two.call(say_pid_and_wait, [tmp_path / "never"], 0.5)
        assert not is_running(other)
        assert two.call(os.getpid, []) != other


def test_a_process_that_died_in_idleness_costs_nobody_anything(two: Companions) -> None:
    pid = two.call(os.getpid, [])
    os.kill(pid, signal.SIGKILL)
    # It has ended only when all its threads have.
    wait_until(lambda: not is_running(pid) and len(list(Path(f"/proc/{pid}/task").iterdir())) == 1)
    assert two.call(os.getpid, []) != pid


def test_who_finds_no_free_process_in_time_is_told_and_harms_nobody(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    one = Companions(1)
    try:
        with unharmed(lambda: one.call(say_pid_and_wait, [gate]), gate), pytest.raises(AllBusy):
            one.call(os.getpid, [], 0.05)
    finally:
        one.stop()


def test_what_is_raised_there_is_raised_here_with_where_it_came_from(two: Companions) -> None:
    with pytest.raises(TimeoutError, match="other side did not answer") as caught:
        two.call(be_late, [], PATIENCE_S)
    assert "in be_late" in caught.value.__notes__[0]


def test_what_cannot_be_sent_is_an_error_and_the_process_goes_on(two: Companions) -> None:
    pid = two.call(os.getpid, [])
    with pytest.raises(RuntimeError, match="Unreadable: this and that"):
        two.call(raise_unreadable, [])
    with pytest.raises(TypeError, match="lock"):
        two.call(return_unwritable, [])
    with pytest.raises(TypeError, match="lock"):
        two.call(print, [threading.Lock()])
    assert two.call(os.getpid, []) == pid


def test_what_is_at_work_ends_when_all_are_stopped(two: Companions, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as threads:
        at_work = threads.submit(two.call, say_pid_and_wait, [tmp_path / "gate"])
        pid = began(tmp_path / "gate")
        two.stop()
        with pytest.raises(CompanionDied):
            at_work.result(PATIENCE_S)
    assert not is_running(pid)
    with pytest.raises(CompanionDied, match="stopped"):
        two.call(os.getpid, [])
