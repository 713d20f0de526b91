"""Run a service durably: from a request to a job, from a job to its result."""

from __future__ import annotations

import contextlib
import importlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pelagia.core.errors import Cancelled, PelagiaError, Unavailable
from pelagia.core.result import Result
from pelagia.core.service import Pipeline, Request, Service
from pelagia.runtime.database import Database, open_database
from pelagia.runtime.estimate_json import estimate_to_json
from pelagia.runtime.executors import Executor
from pelagia.runtime.faults import NOT_INSTALLED, StepFailed, clear_fault, error_to_json
from pelagia.runtime.jobs import Job, Kind, forget_steps, generations, hash_request
from pelagia.runtime.lifecycle import NewJob, claim_job, create_job, finish_job
from pelagia.runtime.progress import OnProgress
from pelagia.runtime.result_file import has_result, read_result, write_result
from pelagia.runtime.settings import Settings
from pelagia.runtime.step_store import StepStore, storage_prefix
from pelagia.runtime.steps import JobSteps
from pelagia.runtime.storage import Storage, open_storage

# The table of the things found, in every service that finds any; a result has one of them.
FOUND_TABLES = ("objects", "items", "detections")
Deliver = Callable[[Result], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What a job needs to run: the settings, the database, the storage."""

    settings: Settings
    database: Database
    storage: Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How a job is counted.

    Parameters
    ----------
    kind
        What sort of use it is.
    route
        Which way the request came.
    is_test
        Whether it is counted apart from real use.
    """

    kind: Kind
    route: str
    is_test: bool = False


@contextlib.contextmanager
def open_runtime(settings: Settings) -> Iterator[Runtime]:
    """Open the database and the storage of an installation."""
    with open_database(settings.database, settings.database_connections) as database:
        yield Runtime(settings=settings, database=database, storage=open_storage(settings.storage))


def load_pipeline(service: Service[Any]) -> Pipeline[Any]:
    """Import the pipeline of a service.

    Raises
    ------
    Unavailable
        Where a package it needs is not installed.
    """
    try:
        return cast("Pipeline[Any]", importlib.import_module(service.pipeline))
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == __name__.partition(".")[0]:
            raise
        raise Unavailable(
            f"{service.title} needs a package that is not installed",
            value=error.name,
            remedy="It must be installed where Pelagia runs; for training: pip install 'pelagia[train]'.",
            code=NOT_INSTALLED,
        ) from error


def prepare_job(
    runtime: Runtime,
    service: Service[Any],
    request: Request[Any],
    record: Mapping[str, Any],
    *,
    use: Use,
    anew: bool = False,
) -> Job:
    """Return the job of a request: the one there is, to be gone on with or already finished, or a new one.

    Parameters
    ----------
    runtime
        Where jobs are kept.
    service, request
        What is asked of whom.
    record
        The request as :func:`pelagia.runtime.identity.request_record` writes it down.
    use
        How it is counted.
    anew
        Make a new job even where there is one.
    """
    earlier = generations(runtime.database, hash_request(record))
    if earlier and not anew and _is_usable(runtime, earlier[0]):
        return earlier[0]
    estimate = load_pipeline(service).estimate(request)
    return create_job(
        runtime.database,
        NewJob(
            request=record,
            estimate=estimate_to_json(estimate),
            unit=service.unit.name,
            kind=use.kind,
            route=use.route,
            is_test=use.is_test,
            generation=earlier[0].generation + 1 if earlier else 0,
        ),
    )


def run_job(
    runtime: Runtime,
    executor: Executor,
    service: Service[Any],
    request: Request[Any],
    job: Job,
    *,
    on_progress: OnProgress | None = None,
) -> Result:
    """Run a job to its end, or go on with it; a finished one gives its result back at once.

    Parameters
    ----------
    runtime, executor
        Where it is recorded, and where its work is done.
    service, request
        What is asked of whom.
    job
        From :func:`prepare_job`.
    on_progress
        Told after each finished step.

    Raises
    ------
    PelagiaError
        Where it fails, is stopped, or is running elsewhere. What is finished is kept.
    KeyboardInterrupt
        On Ctrl-C; the job is then ``cancelled``, and what is finished is kept.
    """
    if job.state == "succeeded":
        return read_result(runtime.settings.workdir(job.id))
    claimed = claim_job(runtime.database, job.id)
    with _recorded_end(runtime.database, claimed):
        return run_claimed(runtime, executor, service, request, claimed, on_progress=on_progress)


def run_claimed(
    runtime: Runtime,
    executor: Executor,
    service: Service[Any],
    request: Request[Any],
    job: Job,
    *,
    on_progress: OnProgress | None = None,
    deliver: Deliver | None = None,
) -> Result:
    """Run a job that is claimed already; what goes wrong is raised, and not recorded.

    Parameters
    ----------
    runtime, executor, service, request, on_progress
        As for :func:`run_job`.
    job
        As it was claimed.
    deliver
        Writes what shall be written of the result, before the job counts as succeeded: killed between the two, the job
        is gone on with and written again.
    """
    workdir = runtime.settings.workdir(job.id)
    workdir.mkdir(parents=True, exist_ok=True)
    _tidy(workdir)
    steps = JobSteps(StepStore(runtime.database, runtime.storage, job), executor, job, workdir, on_progress)
    steps.report()
    executor.prepare(service.pipeline)
    write_result(load_pipeline(service).run(request, steps), workdir)
    result = read_result(workdir)
    output = None if deliver is None else deliver(result)
    finish_job(runtime.database, job, "succeeded", output=output, objects=count_objects(result))
    return result


def _tidy(workdir: Path) -> None:
    """Remove what a killed process left half written."""
    for partial in workdir.glob(".*.partial"):
        if partial.is_file():
            partial.unlink(missing_ok=True)


def count_objects(result: Result) -> int:
    """Return how many objects (organisms, items …) a result has."""
    return sum(result.tables[name].rows for name in FOUND_TABLES if name in result.tables)


def clean_job(runtime: Runtime, job: Job) -> None:
    """Throw away what a job keeps besides its row and its ledger rows: stored values and working files."""
    forget_steps(runtime.database, job.id)
    runtime.storage.delete_under(storage_prefix(job.id))
    shutil.rmtree(runtime.settings.workdir(job.id), ignore_errors=True)


def _is_usable(runtime: Runtime, job: Job) -> bool:
    """Whether a job's finished work is still there; steps may have left files in its folder."""
    workdir = runtime.settings.workdir(job.id)
    if job.cleaned_at is not None:
        return False
    return has_result(workdir) if job.state == "succeeded" else workdir.is_dir() or not job.done_steps


@contextlib.contextmanager
def _recorded_end(database: Database, job: Job) -> Iterator[None]:
    """Put the end of a job that did not succeed into its row."""
    try:
        yield
    except (KeyboardInterrupt, Cancelled):
        finish_job(database, job, "cancelled")
        raise
    except Exception as error:
        clear = clear_fault(error, "between two steps")
        told = error if isinstance(clear, StepFailed) else clear
        _try_to_fail(database, job, told)
        if told is error:
            raise
        raise told from error


def _try_to_fail(database: Database, job: Job, error: Exception) -> None:
    """Record the failure; where the database itself is what failed, the first error is the one to tell."""
    with contextlib.suppress(PelagiaError):
        finish_job(database, job, "failed", error=error_to_json(error))
