"""``pelagia accounts``: who may sign in to a server, for those who run it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence

import click

from pelagia.cli.lazy import LazyCommand, LazyGroup
from pelagia.cli.words import columns
from pelagia.core.errors import BadParameter, NotFound
from pelagia.runtime.accounts.accounts import (
    Account,
    change_roles,
    create_account,
    find_by_email,
    has_administrator,
    list_accounts,
    set_password,
)
from pelagia.runtime.accounts.holdings import erase_account
from pelagia.runtime.accounts.identities import Identities
from pelagia.runtime.accounts.keys import open_keys
from pelagia.runtime.accounts.principal import ALL_SCOPES
from pelagia.runtime.accounts.providers import providers_of, services_of
from pelagia.runtime.accounts.sessions import end_sessions
from pelagia.runtime.accounts.tokens import create_token
from pelagia.runtime.database import Database, open_database
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import Settings, read_settings

PASSWORD_VARIABLE = "PELAGIA_ADMIN_PASSWORD"  # noqa: S105 - a name, not a password
NOBODY = "Nobody administers this server yet. Make an administrator with: pelagia accounts create-admin E-MAIL"
COMMANDS = {
    "create-admin": LazyCommand("pelagia.cli.accounts:create_admin", "Make an administrator"),
    "password": LazyCommand("pelagia.cli.accounts:password", "Give somebody a new password"),
    "token": LazyCommand("pelagia.cli.accounts:token", "Make an API token for somebody"),
    "disable": LazyCommand("pelagia.cli.accounts:disable", "Let somebody in no more"),
    "enable": LazyCommand("pelagia.cli.accounts:enable", "Let somebody in again"),
    "erase": LazyCommand("pelagia.cli.accounts:erase", "Erase what is held on somebody"),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, invoke_without_command=True)
@click.pass_context
def accounts(ctx: click.Context) -> None:
    """List the accounts of a server; make and change them."""
    if ctx.invoked_subcommand is not None:
        return
    with open_database(read_settings().database) as database:
        provided = providers_of(database)
        rows = [_row(account, provided.get(account.id, [])) for account in _all(database)]
    click.echo(columns(rows, ("e-mail address", "name", "institute", "country", "roles")))
    if not any("administrator" in row[-1] for row in rows):
        click.echo(f"\n{NOBODY}")


def hint_if_nobody_administers(settings: Settings) -> None:
    """Say how to make an administrator where there is none."""
    with open_database(settings.database) as database:
        if not has_administrator(database):
            click.echo(NOBODY)


@click.command("create-admin")
@click.argument("email", metavar="E-MAIL")
@click.option("--name", default="", help="To address the person by.")
def create_admin(email: str, name: str) -> None:
    """Make an administrator; somebody who has an account becomes one.

    The password of a new account is asked for, or read from PELAGIA_ADMIN_PASSWORD.
    """
    with open_database(read_settings().database) as database:
        found = find_by_email(database, email)
        if found is None:
            found = create_account(database, email=email, name=name, password=_ask_password(), is_admin=True)
        change_roles(database, found.id, {"is_admin": True, "is_staff": True, "disabled": False})
    click.echo(f"{found.email} administers this server.")


@click.command()
@click.argument("email", metavar="E-MAIL")
def password(email: str) -> None:
    """Give somebody a new password and end their sessions.

    It is asked for, or read from PELAGIA_ADMIN_PASSWORD.
    """
    with open_database(read_settings().database) as database:
        account = _find(database, email)
        set_password(database, account.id, _ask_password())
        end_sessions(database, account.id)
    click.echo(f"The password of {account.email} is changed.")


@click.command()
@click.argument("email", metavar="E-MAIL")
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(sorted(ALL_SCOPES)),
    default=("read", "run"),
    show_default=True,
    help="What it may do; may be given several times.",
)
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True, help="How long.")
def token(email: str, name: str, scopes: Sequence[str], days: int) -> None:
    """Make an API token for somebody and print it; nobody can look it up later."""
    settings = read_settings()
    with open_database(settings.database) as database:
        account = _find(database, email)
        keys = open_keys(settings.home)
        owner = Identities(database, keys).principal_of(account, services_of(database, account.id))
        expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        _, secret = create_token(database, keys, owner, name=name, scopes=scopes, expires_at=expires_at)
    click.echo(secret)


@click.command()
@click.argument("email", metavar="E-MAIL")
def disable(email: str) -> None:
    """Let somebody in no more: sessions end, tokens open nothing; what they made stays."""
    with open_database(read_settings().database) as database:
        account = change_roles(database, _find(database, email).id, {"disabled": True})
        end_sessions(database, account.id)
    click.echo(f"{account.email} is disabled. Undo it with: pelagia accounts enable {account.email}")


@click.command()
@click.argument("email", metavar="E-MAIL")
def enable(email: str) -> None:
    """Let somebody in again."""
    with open_database(read_settings().database) as database:
        account = change_roles(database, _find(database, email).id, {"disabled": False})
    click.echo(f"{account.email} may sign in again.")


@click.command()
@click.argument("email", metavar="E-MAIL")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(email: str, yes: bool) -> None:
    """Erase what is held on somebody: account, uploads, runs, results. Past totals of use stay."""
    settings = read_settings()
    with open_runtime(settings) as runtime:
        account = _find(runtime.database, email)
        if not yes:
            click.confirm(f"Erase {account.email}, with all uploads, runs and results?", abort=True)
        erase_account(runtime, open_keys(settings.home), account.id)
    click.echo("It is erased.")


def _ask_password() -> str:
    given = os.environ.get(PASSWORD_VARIABLE)
    if given:
        return given
    return str(click.prompt("Password", hide_input=True, confirmation_prompt="The same again"))


def _find(database: Database, email: str) -> Account:
    if "\0" in email:
        raise BadParameter("This is not an e-mail address", remedy="pelagia accounts lists them.")
    account = find_by_email(database, email)
    if account is None:
        raise NotFound("There is no such account", value=email, remedy="pelagia accounts lists them.")
    return account


def _all(database: Database) -> list[Account]:
    found: list[Account] = []
    while more := list_accounts(database, after=found[-1].id if found else "", limit=500):
        found += more
    return sorted(found, key=lambda account: account.email or account.name)


def _row(account: Account, services: Sequence[str]) -> tuple[str, ...]:
    roles = [
        *(["administrator"] if account.is_admin else []),
        *(f"provides {service}" for service in services),
        *(["staff"] if account.is_staff else []),
        *(["test"] if account.is_test else []),
        *(["disabled"] if account.disabled_at else []),
    ]
    shown = (account.email or account.issuer or "", account.name, account.affiliation or "", account.country or "")
    return (*shown, ", ".join(roles))
