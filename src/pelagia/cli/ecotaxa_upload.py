"""``pelagia ecotaxa upload``: an export into a project of EcoTaxa."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

import click

from pelagia.cli.words import count, size
from pelagia.core.errors import BadParameter
from pelagia.io.ecotaxa.server import ADDRESS, EcoTaxa, RemoteJob, sign_in
from pelagia.io.ecotaxa.upload import Plan, Wishes, carry_out, find_archives, plan_upload

TOKEN = "PELAGIA_ECOTAXA_TOKEN"  # noqa: S105 - the name of a variable
EMAIL, PASSWORD = "PELAGIA_ECOTAXA_EMAIL", "PELAGIA_ECOTAXA_PASSWORD"
SERVER = "PELAGIA_ECOTAXA_URL"
DOES = {
    "import": "The project is empty; all will be imported.",
    "add": "Objects that the project lacks will be added; what it has stays as it is.",
    "update": "The fields of the objects will be written anew.",
    "nothing": "The project holds just these objects; there is nothing to do.",
}


@click.command()
@click.argument("place", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--project", type=click.IntRange(1), required=True, metavar="N", help="Number of the project in EcoTaxa.")
@click.option("--dry-run", is_flag=True, help="Compare and tell what would be done; change nothing.")
@click.option("--add", is_flag=True, help="Also into a project that holds other objects, or a part of these.")
@click.option(
    "--update",
    type=click.Choice(["fields", "annotations"]),
    help="Write the fields of the objects the project holds anew, or also what they are named.",
)
@click.option("--taxon", multiple=True, metavar="NAME=N", help="Category of EcoTaxa for a name it does not know.")
@click.option("--person", multiple=True, metavar="NAME=N", help="User of EcoTaxa for a name it does not know.")
@click.option("--server", metavar="URL", default="", help=f"Interface of the EcoTaxa to use.  [default: {ADDRESS}]")
def upload(
    place: Path,
    project: int,
    dry_run: bool,
    add: bool,
    update: str | None,
    taxon: Sequence[str],
    person: Sequence[str],
    server: str,
) -> None:
    """Upload an export into a project of EcoTaxa: FOLDER is the output folder of a run, or the zip file.

    First the export is validated and compared with the project; one that holds other objects is refused. The token is
    read from PELAGIA_ECOTAXA_TOKEN; or e-mail and password are, from PELAGIA_ECOTAXA_EMAIL and
    PELAGIA_ECOTAXA_PASSWORD, or from the keyboard.
    """
    files = find_archives(place)
    address = server or os.environ.get(SERVER, "") or ADDRESS
    wishes = Wishes(
        add=add,
        update=cast(Literal["", "fields", "annotations"], update or ""),
        users=_numbers(person, "--person"),
        taxa=_numbers(taxon, "--taxon"),
    )
    with EcoTaxa(_token(address), address) as ecotaxa:
        click.echo(f"EcoTaxa: {ecotaxa.address} as {ecotaxa.user()}")
        plan = plan_upload(ecotaxa, project, files, wishes)
        _tell_plan(plan)
        if dry_run:
            click.echo("Nothing was changed (--dry-run).")
            return
        done = carry_out(ecotaxa, plan, wishes, _Follower())
        for path, job in zip(plan.files, done, strict=False):
            click.echo(f"Imported {path.name} (job {job.number}).")


def _tell_plan(plan: Plan) -> None:
    total = sum(path.stat().st_size for path in plan.files)
    click.echo(f"Project: {plan.project.number} {plan.project.title}")
    click.echo(
        f"Export:  {count(len(plan.files), 'file', 'files')}, {size(total)}, "
        f"{count(len(plan.validation.objects), 'object', 'objects')}"
    )
    click.echo(f"Compared: {plan.comparison}")
    click.echo(DOES[plan.action])
    warnings = sum(found.severity == "warning" for found in plan.validation.findings)
    if warnings:
        click.echo(f"{count(warnings, 'warning', 'warnings')}; see pelagia ecotaxa validate")


class _Follower:
    """Tells how far an import is, each thing once."""

    def __init__(self) -> None:
        self._told = ""

    def __call__(self, path: Path, job: RemoteJob | None) -> None:
        words = f"{path.name}: {'sending' if job is None else f'{job.percent} % {job.message}'}".rstrip()
        if words != self._told:
            click.echo(words, err=True)
            self._told = words


def _token(address: str) -> str:
    """Return the token; it is read from nowhere that others see."""
    token = os.environ.get(TOKEN, "").strip()
    if token:
        return token
    email, password = os.environ.get(EMAIL, ""), os.environ.get(PASSWORD, "")
    if not (email and password):
        if not sys.stdin.isatty():
            raise BadParameter(
                "Nobody is signed in to EcoTaxa",
                remedy=f"Give a token in {TOKEN}, or {EMAIL} and {PASSWORD}.",
            )
        email = email or click.prompt("E-mail at EcoTaxa", err=True)
        password = password or click.prompt("Password", hide_input=True, err=True)
    return sign_in(email, password, address)


def _numbers(told: Sequence[str], option: str) -> dict[str, int]:
    numbers = {}
    for one in told:
        name, _, number = one.rpartition("=")
        if not name.strip() or not number.strip().isdigit():
            raise BadParameter(
                f"{option} takes NAME=NUMBER", value=one, remedy=f"Write for instance {option} other=85011."
            )
        # EcoTaxa asks in lower case.
        numbers[name.strip().lower()] = int(number)
    return numbers
