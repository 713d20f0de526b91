"""A crowd at the warm processes is refused in part, so that a server keeps threads for all else."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pelagia.core.errors import Unavailable
from pelagia.runtime import warm


def wait_for(path: str) -> str:
    """Wait until a file is there."""
    import time

    while not Path(path).exists():
        time.sleep(0.01)
    return path


def test_who_comes_when_all_places_are_taken_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "MOST_WAITING", 1)
    processes = warm.WarmProcesses(1)
    gate, answers = tmp_path / "gate", []
    first = threading.Thread(target=lambda: answers.append(processes.call(wait_for, str(gate))))
    try:
        first.start()
        while processes._places._value:
            pass
        with pytest.raises(Unavailable, match="Too many"):
            processes.call(wait_for, str(gate))
        gate.touch()
        first.join()
        assert answers == [str(gate)]
        assert processes.call(wait_for, str(gate)) == str(gate)
    finally:
        gate.touch()
        processes.stop()
