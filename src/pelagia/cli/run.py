"""``pelagia run``: one command per service, made from what the service says of itself."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from pelagia.cli.asking import check_reachable, make_request
from pelagia.cli.job_flow import Order, carry_out
from pelagia.cli.param_options import ParamOption
from pelagia.cli.service_command import service_command
from pelagia.core.result import Issue, Result
from pelagia.core.service import Service
from pelagia.exports.folder import ISSUES_NAME, REPORT_NAME, write_folder
from pelagia.exports.outcome import DatasetInfo, ExportOptions, read_dataset_info
from pelagia.exports.registry import EXPORTERS
from pelagia.orders.delivery import NO_EXPORT, exports_for
from pelagia.runtime.jobs import Kind
from pelagia.runtime.registry import find_service, service_slugs
from pelagia.runtime.runner import Use
from pelagia.runtime.settings import read_settings

# Route → how its use is counted.
KINDS: Mapping[str, Kind] = {"cli": "local", "oscar": "analysis"}


class ServiceGroup(click.Group):
    """The group of the services: a service's command is made when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the services."""
        del ctx
        return service_slugs()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command of a service."""
        del ctx
        if cmd_name not in service_slugs():
            return None
        return service_command(find_service(cmd_name), cmd_name, [*job_options(), *run_options()], _run)


@click.group(cls=ServiceGroup, context_settings={"help_option_names": ["-h", "--help"]})
def run() -> None:
    """Run a service: pelagia run SERVICE INPUT… --out FOLDER.

    Each service has its own options: pelagia run SERVICE --help. Ctrl-C stops; the same command goes on where it
    stopped. A finished output folder is left as it is.
    """


def job_options() -> list[click.Option]:
    """Return the options that running and training have in common."""
    return [
        click.Option(
            ["--out"], type=click.Path(path_type=Path), required=True, metavar="FOLDER", help="Output folder."
        ),
        click.Option(
            ["--workers"], type=click.IntRange(1), metavar="N", help="Processes at work; by default one per processor."
        ),
        click.Option(
            ["--seed"], type=click.IntRange(0), metavar="N", help="Start of all random numbers.  [default: 0]"
        ),
        click.Option(["--force"], is_flag=True, help="Run anew, also where the output folder is finished."),
        click.Option(["--test"], is_flag=True, help="Count this as a test, apart from real use."),
    ]


def run_options() -> list[click.Option]:
    """Return the options that only running has."""
    return [
        click.Option(
            ["--model"],
            multiple=True,
            metavar="[ROLE=]MODEL",
            help="Model to use: NAME@VERSION or a folder; see pelagia models.",
        ),
        click.Option(
            ["--export"],
            multiple=True,
            type=click.Choice([*EXPORTERS, NO_EXPORT]),
            help="What to write into exports/; may be given several times.  [default: all that fit]",
        ),
        click.Option(
            ["--dataset"],
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="JSON file on the data set (title, creator, licence, place …) for the exports.",
        ),
        click.Option(
            ["--media-base-url"], metavar="URL", default="", help="Address under which you will publish the vignettes."
        ),
        # For deploy/oscar/script.sh: a use of an installation of others, not a local one.
        click.Option(["--route"], type=click.Choice(["cli", "oscar"]), default="cli", hidden=True),
    ]


def _run(service: Service[Any], options: Sequence[ParamOption], given: Mapping[str, Any]) -> None:
    settings = read_settings(workers=given["workers"])
    request = make_request(service, options, given, settings.home)
    check_reachable(request, settings.executor)
    dataset = read_dataset_info(given["dataset"]) if given["dataset"] else DatasetInfo()
    chosen, media = given["export"], given["media_base_url"]

    def write(result: Result, out: Path, created: dt.date) -> Sequence[Issue]:
        told = ExportOptions(created=created, dataset=dataset, media_base_url=media)
        return write_folder(result, out, exports_for(result, chosen), options=told)

    out = absolute(given["out"])
    carry_out(
        Order(
            settings=settings,
            service=service,
            request=request,
            out=out,
            use=Use(kind=KINDS[given["route"]], route=given["route"], is_test=given["test"]),
            force=given["force"],
            wanted={"exports": list(chosen), "dataset": dataset.model_dump(mode="json"), "media_base_url": media},
            write=write,
            hint=f"Report: {out / REPORT_NAME}",
            findings_file=str(out / ISSUES_NAME),
        )
    )


def absolute(path: Path) -> Path:
    """Return a path from the root, without ``..``."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps `..`
