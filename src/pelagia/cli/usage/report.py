"""``pelagia usage report``: a Virtual Access report."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from pelagia.cli.words import count
from pelagia.core.errors import Unavailable
from pelagia.runtime.registry import all_services
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.usage.baseline import read_baseline
from pelagia.usage.build import build_report, plan_report
from pelagia.usage.forms import FORMS, render
from pelagia.usage.installations import read_project

SUFFIXES = {f".{form}": form for form in FORMS}


@click.command()
@click.option(
    "--project-start",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    metavar="DATE",
    help="First day of month 1, YYYY-MM-DD; by default that of the file of installations.",
)
@click.option("--period", required=True, metavar="M25-M36", help="The months to report.")
@click.option("--compare", metavar="M13-M24", help="Earlier months to show beside them.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="CSV table of what was promised and published: installation, metric, baseline, periods.",
)
@click.option(
    "--service", "services", multiple=True, metavar="SERVICE", help="Only this one; may be given several times."
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where it goes; the suffix says the form: .html, .docx, .csv, .json.",
)
def report(
    project_start: dt.datetime | None,
    period: str,
    compare: str | None,
    baseline: Path | None,
    services: tuple[str, ...],
    out: Path,
) -> None:
    """Make a Virtual Access report: what was used in a period, beside the baseline and an earlier period.

    What is not known is N/A, never 0; a section on the quality of the data says why.
    """
    form = SUFFIXES.get(out.suffix.lower())
    if form is None:
        raise click.UsageError(f"--out: the form is told by the suffix, one of {', '.join(SUFFIXES)}.")
    settings = read_settings()
    stated = None if baseline is None else read_baseline(baseline)
    project = read_project(settings, all_services(), baseline=stated)
    plan = plan_report(
        project,
        period=period,
        compare=compare,
        project_start=None if project_start is None else project_start.date(),
        only=(lambda one: one.id in services) if services else None,
    )
    with open_runtime(settings) as runtime, runtime.database.read() as connection:
        made = build_report(connection, plan, now=dt.datetime.now(dt.UTC))
    _write(out, render(made, form))
    click.echo(f"{out}: {count(len(made.installations), 'installation', 'installations')}, {plan.periods[-1].label}")
    for finding in made.findings:
        if finding.code in ("published-total", "published-differs", "taken-back"):
            click.echo(f"{finding.where}: {finding.text}")


def _write(out: Path, content: bytes) -> None:
    partial = out.with_name(f".{out.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(out)
    except OSError as error:
        raise Unavailable(
            f"The report cannot be written: {error.strerror}", file=str(out), remedy="Choose another place."
        ) from error
