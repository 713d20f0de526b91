"""The figures of the installation in the form that collectors read."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pelagia.core.errors import PelagiaError
from pelagia.runtime.checkup import room
from pelagia.runtime.metrics import Figures, KeptFigures

Labels = tuple[str, ...]
Numbers = dict[Labels, float]


@dataclass(slots=True)
class FiguresCollector(Collector):
    """Reads the figures of the installation when a collector asks.

    Parameters
    ----------
    figures
        Of the database.
    home
        The home folder, for the room on its disk.
    """

    figures: KeptFigures
    home: Path
    _highest: dict[tuple[str, Labels], float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics; those of the database only where it answers."""
        yield from self._disk()
        up = GaugeMetricFamily("pelagia_database_up", "Whether the database answers.")
        try:
            figures = self.figures.read()
        except PelagiaError:
            up.add_metric((), 0)
            yield up
            return
        up.add_metric((), 1)
        yield up
        yield from _queue(figures)
        yield from _workers(figures)
        yield from _ledger(figures)
        yield from self._counted(figures)

    def _disk(self) -> Iterator[Metric]:
        disk = room(self.home)
        yield _gauge("pelagia_disk_free_bytes", "Room on the disk of the home folder.", {(): disk.free})
        yield _gauge("pelagia_disk_bytes", "Size of the disk of the home folder.", {(): disk.total})

    def _counted(self, figures: Figures) -> Iterator[Metric]:
        units: Numbers = {
            (service, unit, kind, route, str(is_test).lower()): number
            for (service, unit, kind, route, is_test), number in figures.units.items()
        }
        names = ("service", "unit", "kind", "route", "test")
        yield self._counter("pelagia_units", "Units processed, as the ledger has them.", names, units)
        steps: Numbers = {(service,): number for service, number in figures.steps.items()}
        yield self._counter("pelagia_steps", "Steps finished.", ("service",), steps)
        events: Numbers = {(event,): number for event, number in figures.events.items()}
        words = "What happened to the queue: takeover (a lease expired, or its worker died), retry, given-back."
        yield self._counter("pelagia_queue_events", words, ("event",), events)

    def _counter(self, name: str, words: str, names: Iterable[str], numbers: Numbers) -> Metric:
        """Return a counter that never falls: a correction of the ledger shows once the sum has passed it again."""
        family = CounterMetricFamily(name, words, labels=tuple(names))
        with self._lock:
            for labels, number in numbers.items():
                highest = self._highest[name, labels] = max(number, self._highest.get((name, labels), 0.0))
                family.add_metric(labels, highest)
        return family


def _queue(figures: Figures) -> Iterator[Metric]:
    jobs: Numbers = {(state, lane): number for (state, lane), number in figures.jobs.items()}
    yield _gauge("pelagia_jobs", "Jobs there are, by state and lane.", jobs, ("state", "lane"))
    waiting: Numbers = {(lane,): figures.jobs.get(("queued", lane), 0) for lane in ("interactive", "batch")}
    yield _gauge("pelagia_queue_depth", "Jobs that wait.", waiting, ("lane",))
    oldest: Numbers = {(lane,): figures.oldest_s.get(lane, 0.0) for lane in ("interactive", "batch")}
    yield _gauge("pelagia_queue_oldest_seconds", "For how long the oldest job waits.", oldest, ("lane",))


def _workers(figures: Figures) -> Iterator[Metric]:
    living = [worker for worker in figures.workers if worker.is_alive]
    yield _gauge("pelagia_workers", "Worker processes that live.", {(): len(living)})
    yield _gauge("pelagia_workers_jobs", "Jobs that living workers have.", {(): sum(one.jobs for one in living)})
    silent: Numbers = {(): min((worker.silent_s for worker in figures.workers), default=0.0)}
    yield _gauge("pelagia_worker_heartbeat_age_seconds", "Since the last sign of life of any worker.", silent)


def _ledger(figures: Figures) -> Iterator[Metric]:
    words = "Units of today in the ledger that the daily sums lack; anything but 0 is a fault."
    yield _gauge("pelagia_ledger_lag_units", words, {(): figures.ledger_lag_units})
    words = "When the ledger was last written to."
    yield _gauge("pelagia_ledger_last_entry_timestamp_seconds", words, {(): figures.ledger_at})


def _gauge(name: str, words: str, numbers: Numbers, names: Iterable[str] = ()) -> Metric:
    family = GaugeMetricFamily(name, words, labels=tuple(names))
    for labels, number in numbers.items():
        family.add_metric(labels, number)
    return family
