"""``pelagia jobs``: the runs of this installation."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import click

from pelagia.cli.words import columns, count
from pelagia.core.errors import Conflict
from pelagia.runtime.jobs import Job, find_job, list_jobs
from pelagia.runtime.lifecycle import cancel_job
from pelagia.runtime.runner import clean_job, open_runtime
from pelagia.runtime.settings import Settings, read_settings

ENDED = ("succeeded", "failed", "cancelled")
STATE_WORDS = {"cancelled": "stopped", "queued": "not started"}
FORMAT = click.Choice(["table", "json"])


@click.group(invoke_without_command=True)
@click.option("--all", "show_all", is_flag=True, help="All of them, not only the newest 20.")
@click.pass_context
def jobs(ctx: click.Context, show_all: bool) -> None:
    """List runs, the newest first; show, stop or clean one."""
    if ctx.invoked_subcommand is not None:
        return
    settings = read_settings()
    with open_runtime(settings) as runtime:
        found = list_jobs(runtime.database, limit=1_000_000 if show_all else 20)
    if not found:
        click.echo("Nothing was run yet. Start with: pelagia run SERVICE INPUT… --out FOLDER")
        return
    rows = [
        (
            job.id,
            job.service,
            job.route,
            state_words(job),
            _share(job),
            f"{job.done_units:,}",
            _when(job.created_at),
            _folder(settings, job),
        )
        for job in found
    ]
    titles = ("job", "service", "by way of", "state", "done", "used", "since (UTC)", "output folder")
    click.echo(columns(rows, titles, right=(4, 5)))


@jobs.command()
@click.argument("job_id", metavar="ID")
@click.option("--format", "form", type=FORMAT, default="table", show_default=True, help="How to print it.")
def show(job_id: str, form: str) -> None:
    """Show a run: its request, how far it is, why it failed."""
    settings = read_settings()
    with open_runtime(settings) as runtime:
        job = find_job(runtime.database, job_id)
    if form == "json":
        click.echo(json.dumps(_as_json(job), indent=2, ensure_ascii=False))
        return
    for label, value in _lines(job, _folder(settings, job)):
        click.echo(f"{label + ':':15} {value}")


@jobs.command()
@click.argument("job_id", metavar="ID")
def cancel(job_id: str) -> None:
    """Stop a run; what is done is kept, and the same command goes on."""
    with open_runtime(read_settings()) as runtime:
        job = cancel_job(runtime.database, find_job(runtime.database, job_id).id)
    click.echo(f"Job {job.id} is stopped.")


@jobs.command()
@click.argument("job_ids", metavar="[ID]…", nargs=-1)
@click.option("--older-than", type=click.IntRange(0), metavar="DAYS", help="All that ended so many days ago.")
def clean(job_ids: tuple[str, ...], older_than: int | None) -> None:
    """Free the disk of working files of ended runs; output folders, the list and the usage stay.

    A cleaned run cannot be gone on with: the same command starts it anew.
    """
    if bool(job_ids) == (older_than is not None):
        raise click.UsageError("Give the IDs of runs, or --older-than DAYS.")
    with open_runtime(read_settings()) as runtime:
        if older_than is None:
            chosen = [_ended(find_job(runtime.database, job_id)) for job_id in job_ids]
        else:
            limit = dt.datetime.now(dt.UTC) - dt.timedelta(days=older_than)
            every = list_jobs(runtime.database, limit=1_000_000)
            chosen = [job for job in every if job.cleaned_at is None and job.finished_at and job.finished_at <= limit]
        for job in chosen:
            clean_job(runtime, job)
    click.echo(f"Cleaned {count(len(chosen), 'run', 'runs')}.")


def state_words(job: Job) -> str:
    """Say how a run stands."""
    if job.lane is not None and (job.state == "queued" or job.is_abandoned):
        return "waiting"
    if job.is_abandoned:
        return "broken off"
    return STATE_WORDS.get(job.state, job.state)


def _ended(job: Job) -> Job:
    # One of the queue that was broken off is gone on with by the next worker that looks.
    if job.state not in ENDED and not (job.is_abandoned and job.lane is None):
        raise Conflict("The run has not ended", value=job.id, remedy=f"Stop it first: pelagia jobs cancel {job.id}")
    return job


def _share(job: Job) -> str:
    if job.state == "succeeded":
        return "100%"
    return f"{min(job.done_steps / job.total_steps, 1):.0%}" if job.total_steps else ""


def _when(time: dt.datetime | None) -> str:
    return "" if time is None else f"{time:%Y-%m-%d %H:%M}"


def _folder(settings: Settings, job: Job) -> str:
    """Return where the output folder stands; short work that was answered at once leaves none on a server."""
    if job.lane is None:
        return job.target
    folder = settings.result_folder(job.id)
    return str(folder) if folder.is_dir() else ""


def _lines(job: Job, folder: str) -> list[tuple[str, Any]]:
    request = job.request
    lines = [
        ("Job", job.id),
        ("Service", f"{job.service} {job.service_version}"),
        ("State", state_words(job)),
        (
            "Done",
            f"{job.done_steps} of {job.total_steps} steps; {job.done_units:,} of {job.total_units:,} {job.unit}(s)",
        ),
        ("Since", _when(job.created_at)),
        ("Ended", _when(job.finished_at)),
        ("By way of", job.route),
        ("Output folder", folder),
        *((slot, item["uri"]) for slot, items in request["inputs"].items() for item in items),
        *((f"model {role}", f"{model['name']}@{model['version']}") for role, model in request["models"].items()),
        *((name, value) for name, value in request["params"].items()),
        ("seed", request["seed"]),
    ]
    lines += [(name.capitalize(), text) for name, text in (job.error or {}).items() if text]
    return [(label, value) for label, value in lines if value not in ("", None)]


def _as_json(job: Job) -> dict[str, Any]:
    times = ("created_at", "started_at", "finished_at", "cleaned_at")
    plain = ("id", "service", "service_version", "state", "kind", "route", "is_test", "attempt", "generation")
    return {
        **{name: getattr(job, name) for name in plain},
        **{name: getattr(job, name) and getattr(job, name).isoformat() for name in times},
        "done": {"steps": job.done_steps, "units": job.done_units},
        "estimate": dict(job.estimate),
        "unit": job.unit,
        "target": job.target,
        "request": dict(job.request),
        "error": job.error and dict(job.error),
    }
