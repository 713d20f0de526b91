"""Keeps a worker beside the server: started with it, started again when it dies, ended with it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from pelagia.runtime.logging import get_logger

# A worker that dies at once is started again after a pause, so that it does not take all time.
REST_S, MOST_REST_S, SOUND_AFTER_S = 0.5, 30.0, 60.0
LOOK_S = 0.2
END_S = 20.0


@contextlib.contextmanager
def kept_worker(slots: int) -> Iterator[None]:
    """Keep a worker process for the length of a ``with`` block.

    It also ends, giving back its runs, when this process is killed: its standard input then closes.

    Parameters
    ----------
    slots
        How many runs it has at work at once.
    """
    keeper = _Keeper(slots)
    keeper.start()
    try:
        yield
    finally:
        keeper.stop()


class _Keeper(threading.Thread):
    """Starts the worker whenever there is none."""

    def __init__(self, slots: int) -> None:
        super().__init__(name="worker-keeper", daemon=True)
        self._command = [sys.executable, "-m", "pelagia.cli.main", "worker", "--slots", str(slots), "--until-eof"]
        self._stopping = threading.Event()

    def run(self) -> None:
        rest_s = REST_S
        while not self._stopping.is_set():
            started = time.monotonic()
            # In a session of its own: Ctrl-C in a terminal reaches the server, which then ends the worker.
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603
            while process.poll() is None and not self._stopping.wait(LOOK_S):
                pass
            if self._stopping.is_set():
                _end(process)
                return
            get_logger().warning("worker died", code=process.returncode)
            rest_s = REST_S if time.monotonic() - started > SOUND_AFTER_S else min(2 * rest_s, MOST_REST_S)
            self._stopping.wait(rest_s)

    def stop(self) -> None:
        """End the worker, and wait for that."""
        self._stopping.set()
        self.join()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
