"""Short orders carried out at once, several in one trip to a warm process and one transaction."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Result
from pelagia.core.service import Estimate, Request
from pelagia.orders.order import Order, request_of
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.database import Database, open_database
from pelagia.runtime.estimate_json import estimate_to_json
from pelagia.runtime.faults import clear_fault, error_to_json
from pelagia.runtime.identity import request_record
from pelagia.runtime.immediate import Ended, MemorySteps, new_job_id, record_ended
from pelagia.runtime.jobs import Kind
from pelagia.runtime.lifecycle import NewJob
from pelagia.runtime.registry import find_face
from pelagia.runtime.runner import Runtime, count_objects, load_pipeline
from pelagia.runtime.settings import Settings
from pelagia.runtime.warm import WarmProcesses

# Larger work would keep a warm process from others for too long: it goes through the queue.
MOST_UNITS = 100
# Orders travel together as long as the last of them need not wait longer than this for the first.
TRIP_SECONDS = 0.01
# What takes longer is stopped, with those that travel with it.
MOST_SECONDS = 120.0
MOST_TOGETHER = 64
SLOTS = 2

Answer = Callable[[Result, Request[Any], Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortOrder:
    """An order to be carried out at once.

    Parameters
    ----------
    order
        What is wanted; addresses must have been checked.
    principal
        Who wants it.
    kind, route
        For the ledger.
    answer
        An importable function that makes the answer of the result, in the warm process; the files of the result are
        gone afterwards.
    told
        What that function is told besides.
    most_units
        Larger work is not begun.
    """

    order: Order
    principal: Principal
    kind: Kind
    route: str
    answer: Answer
    told: Any = None
    most_units: int = MOST_UNITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A short order that was carried out: the job, and the answer made of its result."""

    job_id: str
    answer: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLong:
    """An order that is too large to be carried out at once; nothing was done or counted."""

    estimate: Estimate


Outcome = Answered | TooLong | PelagiaError


class ShortOrders:
    """Carries out short orders; those that come while others are at work travel together.

    Used from one event loop.

    Parameters
    ----------
    runtime
        The installation.
    warm
        The processes that do the work.
    """

    def __init__(self, runtime: Runtime, warm: WarmProcesses) -> None:
        self._settings = runtime.settings
        self.warm = warm
        self._threads = ThreadPoolExecutor(SLOTS, thread_name_prefix="short-orders")
        self._waiting: deque[tuple[ShortOrder, asyncio.Future[Answered | TooLong]]] = deque()
        self._trips = 0
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._seconds: dict[str, float] = {}

    async def carry_out(self, order: ShortOrder) -> Answered | TooLong:
        """Carry out an order.

        Raises
        ------
        PelagiaError
            Where it cannot be used or fails; a failed job is written down.
        """
        future: asyncio.Future[Answered | TooLong] = asyncio.get_running_loop().create_future()
        self._waiting.append((order, future))
        self._start_trips()
        return await future

    def _start_trips(self, *, is_late: bool = False) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting and self._trips < SLOTS:
            if self._trips and not is_late:
                # Quick work is soon back and takes those that wait along; only slow work needs a second process.
                if self._timer is None:
                    self._timer = loop.call_later(TRIP_SECONDS, self._start_late_trips)
                return
            self._trips += 1
            task = loop.create_task(self._trip(self._next_trip()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _start_late_trips(self) -> None:
        self._timer = None
        self._start_trips(is_late=True)

    def _next_trip(self) -> list[tuple[ShortOrder, asyncio.Future[Answered | TooLong]]]:
        taken: list[tuple[ShortOrder, asyncio.Future[Answered | TooLong]]] = []
        seconds = 0.0
        while self._waiting and len(taken) < MOST_TOGETHER:
            # How long a service takes shows at its first order, which travels alone.
            seconds += self._seconds.get(self._waiting[0][0].order.service, TRIP_SECONDS)
            if taken and seconds > TRIP_SECONDS:
                break
            taken.append(self._waiting.popleft())
        return taken

    async def _trip(self, taken: Sequence[tuple[ShortOrder, asyncio.Future[Answered | TooLong]]]) -> None:
        orders = [order for order, _ in taken]
        outcomes: Sequence[Outcome]
        try:
            outcomes, seconds = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._carried_out, orders
            )
            self._note_seconds(orders[0].order.service, seconds / len(orders))
        except (Exception, asyncio.CancelledError) as error:
            # Whatever it was, also the end of the server: nobody may be left waiting.
            outcomes = [clear_fault(error, "short order")] * len(orders)
        finally:
            self._trips -= 1
        for (_, future), outcome in zip(taken, outcomes, strict=True):
            if future.cancelled():
                continue
            if isinstance(outcome, PelagiaError):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
        self._start_trips()

    def _carried_out(self, orders: Sequence[ShortOrder]) -> tuple[list[Outcome], float]:
        found: tuple[list[Outcome], float] = self.warm.call(
            carry_out_orders, self._settings, orders, timeout_s=MOST_SECONDS
        )
        return found

    def _note_seconds(self, service: str, seconds: float) -> None:
        before = self._seconds.get(service, seconds)
        self._seconds[service] = (before + seconds) / 2


def carry_out_orders(settings: Settings, orders: Sequence[ShortOrder]) -> tuple[list[Outcome], float]:
    """Carry out short orders one after the other in this process, and write all of them down in one transaction.

    Parameters
    ----------
    settings
        Of the installation.
    orders
        The orders.

    Returns
    -------
    outcomes, seconds
        What came of each: an answer, an error, or word that it is too large; and how long that took, without the
        writing down, which costs many no more than one.
    """
    ended: list[Ended] = []
    start = time.perf_counter()
    outcomes = [_carry_out(settings, order, ended) for order in orders]
    seconds = time.perf_counter() - start
    if ended:
        record_ended(_database(settings.database), ended)
    return outcomes, seconds


def _carry_out(settings: Settings, short: ShortOrder, ended: list[Ended]) -> Outcome:
    job_id = new_job_id()
    try:
        service = find_face(short.order.service)
        request = request_of(short.order, settings.home)
        pipeline = load_pipeline(service)
        estimate = pipeline.estimate(request)
        if estimate.units > short.most_units:
            return TooLong(estimate=estimate)
        record = request_record(request, job_id)
    except PelagiaError as error:
        return error
    except Exception as error:
        return clear_fault(error, "estimate")
    new = _new_job(short, record, estimate, service.unit.name)
    steps = MemorySteps(settings.workdir(job_id))
    start = time.perf_counter()
    error_told: PelagiaError | None = None
    answer: Any = None
    objects = 0
    try:
        result = pipeline.run(request, steps)
        answer, objects = short.answer(result, request, short.told), count_objects(result)
    except Exception as error:
        error_told = clear_fault(error, "run")
    finally:
        steps.forget()
    ended.append(
        Ended(
            job_id=job_id,
            new=new,
            steps=steps.finished,
            state="succeeded" if error_told is None else "failed",
            seconds=time.perf_counter() - start,
            error=None if error_told is None else error_to_json(error_told),
            objects=objects,
        )
    )
    return error_told or Answered(job_id=job_id, answer=answer)


def _new_job(short: ShortOrder, record: dict[str, Any], estimate: Estimate, unit: str) -> NewJob:
    return NewJob(
        request=record,
        estimate=estimate_to_json(estimate),
        unit=unit,
        kind=short.kind,
        route=short.route,
        is_test=short.principal.is_test,
        asker=short.principal.asker,
        title=short.order.title,
        lane="interactive",
        user=short.principal.user,
    )


@lru_cache(maxsize=4)
def _database(url: str) -> Database:
    """Open the database once in each warm process."""
    stack = contextlib.ExitStack()
    database = stack.enter_context(open_database(url))
    atexit.register(stack.close)
    return database
