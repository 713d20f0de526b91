"""What ``run`` and ``train`` have in common: say what was understood, run or go on, write, sum up."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pelagia.cli.figures import figure
from pelagia.cli.findings import tell_issues
from pelagia.cli.progress_display import show_progress
from pelagia.cli.target import check_target, is_complete, top_names
from pelagia.cli.words import count, duration, size
from pelagia.core.errors import Unavailable
from pelagia.core.result import Issue, Result
from pelagia.core.service import Request, Service
from pelagia.runtime.estimate_json import estimate_from_json
from pelagia.runtime.executors import open_executor
from pelagia.runtime.identity import request_record
from pelagia.runtime.jobs import Job, find_job, note_output
from pelagia.runtime.runner import Runtime, Use, open_runtime, prepare_job, run_job
from pelagia.runtime.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a command was told to do.

    Parameters
    ----------
    out
        The folder the result goes to, absolute.
    use
        How the job is counted.
    force
        Whether to run anew what is finished.
    wanted
        What was chosen to be written, as JSON; where it differs from what was written, the folder is written again.
    write
        Writes the result into the folder, given the date to put into the files; returns further findings.
    findings_file
        The file of the result that has all findings, if there is one.
    hint
        The last line: what to do with the result.
    """

    settings: Settings
    service: Service[Any]
    request: Request[Any]
    out: Path
    use: Use
    force: bool
    wanted: Mapping[str, Any]
    write: Callable[[Result, Path, dt.date], Sequence[Issue]]
    hint: str
    findings_file: str = ""


def carry_out(order: Order) -> None:
    """Run a job and write its result, or say that this is done."""
    try:
        _carry_out(order)
    except KeyboardInterrupt:
        without = " without --force" if order.force else ""
        click.echo(f"\nStopped; what is done is kept. The same command{without} goes on from here.", err=True)
        raise


def _carry_out(order: Order) -> None:
    with open_runtime(order.settings) as runtime:
        record = request_record(order.request, str(order.out))
        check_target(runtime.database, order.out, record, force=order.force)
        job = prepare_job(runtime, order.service, order.request, record, use=order.use, anew=order.force)
        if job.state == "succeeded" and is_complete(order.out, job, order.wanted):
            click.echo(
                f"Finished already: {order.out} holds the result of this request (job {job.id}). "
                "Nothing was run or counted.\nUse --force to run it anew."
            )
            return
        _tell_understood(order.service, job)
        started = time.monotonic()
        result = _result(runtime, order, job)
        issues = (*result.issues, *_write(runtime, order, job, result))
        used = find_job(runtime.database, job.id).done_units - job.done_units
        _sum_up(order, result, issues, used, time.monotonic() - started)


def _result(runtime: Runtime, order: Order, job: Job) -> Result:
    if job.state == "succeeded":
        click.echo("This was run before; its result is written again, and nothing is counted.")
    elif job.done_steps:
        done = count(job.done_units, order.service.unit.name, order.service.unit.plural)
        click.echo(f"Going on where it stopped: {done} ({job.done_steps} of {job.total_steps} steps) are done.")
    settings = order.settings
    with open_executor(settings.executor, settings.workers) as executor, show_progress(order.service.unit) as show:
        return run_job(runtime, executor, order.service, order.request, job, on_progress=show)


def _write(runtime: Runtime, order: Order, job: Job, result: Result) -> Sequence[Issue]:
    """Write the folder; the job's row says before and after that its files are ours."""
    note_output(runtime.database, job, {"complete": False})
    try:
        added = order.write(result, order.out, job.created_at.date())
    except OSError as error:
        raise Unavailable(
            f"The output folder could not be written: {error.strerror or error}",
            file=str(order.out),
            remedy="Make room or choose another disk, then give the same command again; nothing is counted twice.",
        ) from error
    names = top_names(order.out)
    note_output(runtime.database, job, {"complete": True, "wanted": dict(order.wanted), "names": names})
    return added


def _tell_understood(service: Service[Any], job: Job) -> None:
    estimate = estimate_from_json(job.estimate)
    click.secho(f"{service.title} {service.version} · job {job.id}", bold=True)
    rows = {**estimate.understood, "Size of the input": size(estimate.bytes)}
    width = max(len(label) for label in rows) + 1
    for label, value in rows.items():
        click.echo(f"  {label + ':':{width}} {value}")
    tell_issues(estimate.issues)


def _sum_up(order: Order, result: Result, issues: Sequence[Issue], used: int, seconds: float) -> None:
    width = max((len(one.description) for one in result.summary.values()), default=0) + 1
    for one in result.summary.values():
        click.echo(f"  {one.description + ':':{width}} {figure(one)}")
    tell_issues(issues, all_in=order.findings_file)
    unit = order.service.unit
    click.echo(f"{count(used, unit.name, unit.plural)} counted as used; {duration(seconds)}.")
    click.secho(order.hint, bold=True)
