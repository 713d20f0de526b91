"""Which process works on a job, and whether it still lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path

PROC = Path("/proc")


def this_process() -> str:
    """Name this process so that no later process can be taken for it: host, boot, number, start time."""
    return _name(os.getpid())


def is_elsewhere(owner: str) -> bool:
    """Whether the process was started on another machine (or before this one was last started)."""
    return owner.rpartition("/")[0] != _machine()


def is_alive(owner: str) -> bool:
    """Whether a process of this machine still runs."""
    number = int(owner.rpartition("/")[2].partition("@")[0])
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    status = _status(number)
    # A zombie has ended; it only waits for its parent to ask how.
    return _name(number) == owner and not (status and status[0] == "Z")


def describe(owner: str) -> str:
    """Say which process it is, for people."""
    return f"process {owner.rpartition('/')[2].partition('@')[0]} on {owner.partition('/')[0]}"


def _name(number: int) -> str:
    return f"{_machine()}/{number}@{_started(number)}"


def _machine() -> str:
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        boot = ""
    return f"{socket.gethostname().replace('/', '-')}/{boot}{_container()}"


def _container() -> str:
    """Tell containers of one machine apart: the numbers of their processes mean nothing to each other."""
    try:
        return "." + (PROC / "self/ns/pid").readlink().name.removeprefix("pid:[").removesuffix("]")
    except OSError:
        return ""


def _started(number: int) -> str:
    """Return the start time of a process in clock ticks; empty where the system does not tell."""
    status = _status(number)
    return status[19] if status else ""


def _status(number: int) -> list[str]:
    """Return the fields of Linux' ``/proc/<pid>/stat`` from the third on (``proc(5)``): the state, …, the start."""
    try:
        return (PROC / str(number) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
