"""What callers of the warm processes are told, and that others go on meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.runtime.test_companions import be_late, die_in_the_middle_of_an_answer, say_pid_and_wait, unharmed
from tests.runtime.working import is_running

from pelagia.core.errors import Unavailable
from pelagia.runtime.warm import WarmProcesses


@pytest.fixture
def warm() -> Iterator[WarmProcesses]:
    processes = WarmProcesses(2, ["json"])
    yield processes
    processes.stop()


def test_a_call_that_takes_too_long_ends_no_other(warm: WarmProcesses, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with unharmed(lambda: warm.call(say_pid_and_wait, gate), gate) as busy:
        other = warm.call(os.getpid)
        with pytest.raises(Unavailable, match=r"longer than 0\.5 s"):
            warm.call(say_pid_and_wait, tmp_path / "never", timeout_s=0.5)
        assert not is_running(other)
        assert warm.call(os.getpid) not in (busy, other)


def test_a_process_that_dies_takes_no_other_along(warm: WarmProcesses, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with unharmed(lambda: warm.call(say_pid_and_wait, gate), gate), pytest.raises(Unavailable, match="A process died"):
        warm.call(die_in_the_middle_of_an_answer)


def test_who_waits_in_vain_for_a_free_process_is_told_so(tmp_path: Path) -> None:
    one, gate = WarmProcesses(1), tmp_path / "gate"
    try:
        with unharmed(lambda: one.call(say_pid_and_wait, gate), gate), pytest.raises(Unavailable, match="became free"):
            one.call(os.getpid, timeout_s=0.05)
    finally:
        one.stop()


def test_that_a_function_found_no_answer_is_not_taken_for_a_late_process(warm: WarmProcesses) -> None:
    with pytest.raises(TimeoutError, match="other side did not answer"):
        warm.call(be_late)
