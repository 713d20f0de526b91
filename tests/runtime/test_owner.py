"""Which process works on a job, and whether it lives."""

from __future__ import annotations

import os
import subprocess
import sys

from pelagia.runtime.owner import describe, is_alive, is_elsewhere, this_process


def test_this_process_is_here_and_alive() -> None:
    assert is_alive(this_process()) and not is_elsewhere(this_process())
    assert describe(this_process()).startswith(f"process {os.getpid()} on ")


def test_a_later_process_of_the_same_number_is_not_taken_for_it() -> None:
    assert not is_alive(this_process() + "0")


def test_a_process_that_ended_is_dead_also_while_its_parent_has_not_asked_how() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "from pelagia.runtime.owner import *; print(this_process())"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    owner = child.stdout.read().strip()
    try:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not is_alive(owner)
    finally:
        child.wait()
        child.stdout.close()


def test_another_machine_is_elsewhere() -> None:
    assert is_elsewhere("other-machine/boot/1@1")
