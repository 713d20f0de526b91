"""``pelagia worker``: take runs from the queue and do them."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import click

from pelagia.runtime.database import open_database
from pelagia.runtime.logging import configure_logging, get_logger
from pelagia.runtime.processors import usable_processors
from pelagia.runtime.registry import all_services
from pelagia.runtime.settings import read_settings
from pelagia.runtime.worker import Worker
from pelagia.runtime.worker_process import Equipment

WORK = "pelagia.orders.fulfil:fulfil"
MOST_SLOTS = 256
# One slot for short runs, and one more for each two processors.
LEAST_SLOTS, MOST_SLOTS_BY_DEFAULT = 2, 4

slots_option = click.option(
    "--slots",
    "--workers",
    "slots",
    type=click.IntRange(1, MOST_SLOTS),
    metavar="N",
    help="Runs at work at once; with two or more, one is kept for short runs.  [default: by the processors, 2 to 4]",
)


@click.command()
@slots_option
@click.option("--once", is_flag=True, help="End when nothing waits any more.")
@click.option("--until-eof", is_flag=True, help="End when the standard input closes, for programs that start this.")
def worker(slots: int | None, once: bool, until_eof: bool) -> None:
    """Take runs from the queue and do them; several workers share one queue.

    Ctrl-C (or SIGTERM) ends it at once: what is done is kept, and another worker goes on. The worker of a machine that
    loses power is replaced by any other that runs.
    """
    settings = read_settings()
    os.environ["PELAGIA_HOME"] = str(settings.home)
    configure_logging(settings)
    # Killing a process is how a run is stopped; that Python cleans up behind it need not be told.
    sys.warnoptions.append("ignore:resource_tracker:UserWarning")
    modules = tuple(service.pipeline for service in all_services())
    with open_database(settings.database) as database:
        number = slots or default_slots()
        working = Worker(database, Equipment(settings=settings, work=WORK, modules=modules), number)
        if until_eof:
            threading.Thread(target=_stop_at_eof, args=(working.stop,), name="until-eof", daemon=True).start()
        with _stopped_by_signals(working.stop):
            get_logger().info("worker started", slots=number)
            working.run(once=once)
            get_logger().info("worker ended")


def default_slots() -> int:
    """Return how many runs are at work at once where nobody says."""
    return max(LEAST_SLOTS, min(MOST_SLOTS_BY_DEFAULT, usable_processors() // 2))


@contextlib.contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    def on_signal(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop()

    before = {one: signal.signal(one, on_signal) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _stop_at_eof(stop: Callable[[], None]) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    stop()
