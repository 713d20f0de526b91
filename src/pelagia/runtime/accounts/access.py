"""Who may use what: the four ways the field gives access to a service, free of charge.

A *try-out* needs no account and is small. An *analysis* and a *training* need an account and, where the installation
says so, a request that a provider of the service has granted. *Local* is Pelagia on one's own computer: it needs no
permission, and a request for it is how the field learns of it.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from pelagia.core.errors import NotAllowed, SignInNeeded, TooMuch
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.database import Database
from pelagia.runtime.jobs import Kind
from pelagia.runtime.registry import all_services, find_service
from pelagia.runtime.runner import Runtime
from pelagia.runtime.settings import Settings
from pelagia.runtime.tables import ACCESS_REQUESTS, JOBS

DAY = dt.timedelta(hours=24)
SCOPE_OF_KIND = {"try-out": "run", "analysis": "run", "training": "train", "local": "run"}


def kind_of_use(runtime: Runtime, principal: Principal, service: str) -> Kind:
    """Return what sort of use it is when somebody runs a service: the ``kind`` of the job.

    Parameters
    ----------
    runtime
        The installation.
    principal
        Who wants to run it.
    service
        Slug of the service or of its training.
    """
    if service_of(service) != service:
        return "training"
    if principal.is_anonymous or not _is_granted(runtime, principal, service, "analysis"):
        return "try-out"
    return "analysis"


def require_access(
    runtime: Runtime, principal: Principal, service: str, kind: Kind, *, units: int = 0, size: int = 0
) -> None:
    """Refuse a use that is not allowed, or that is too large for a try-out.

    Parameters
    ----------
    runtime
        The installation.
    principal
        Who asks.
    service
        Slug of the service or of its training.
    kind
        From :func:`kind_of_use`.
    units, size
        What the job will take by its estimate, in units and bytes; 0 where it is not known yet.

    Raises
    ------
    SignInNeeded
        Where it needs an account.
    NotAllowed
        Where the token or the access of the account does not cover it.
    TooMuch
        Where it exceeds what a try-out may take.
    """
    if principal.is_anonymous and kind != "try-out":
        raise SignInNeeded(
            f"This needs an account: {kind} is more than a try-out", remedy="Sign in; an account is free of charge."
        )
    require_scope(principal, SCOPE_OF_KIND[kind])
    if kind == "try-out":
        _require_small(runtime.settings, principal, units, size)
        _require_few(runtime.database, runtime.settings, principal)
    elif kind != "local":
        _require_grant(runtime, principal, service_of(service), kind)


def service_of(slug: str) -> str:
    """Return the service that a slug belongs to: itself, or the one whose training it is."""
    for service in all_services():
        if service.training is not None and service.training.slug == slug:
            return service.slug
    return find_service(slug).slug


def require_scope(principal: Principal, scope: str) -> None:
    """Let pass whose session or token allows something.

    Raises
    ------
    NotAllowed
        Where it does not.
    """
    if scope not in principal.scopes:
        raise NotAllowed(
            f"The token does not allow to {scope}",
            value=", ".join(sorted(principal.scopes)),
            remedy=f"Make a token with the scope {scope}.",
        )


def _require_small(settings: Settings, principal: Principal, units: int, size: int) -> None:
    if units > settings.try_out_units:
        raise TooMuch(
            f"A try-out may have up to {settings.try_out_units} images",
            value=units,
            remedy=f"Give fewer files, or {_more(principal)}",
        )
    if size > settings.try_out_bytes:
        raise TooMuch(
            f"The files of a try-out may have up to {settings.try_out_bytes / 1e6:.0f} MB together",
            value=f"{size / 1e6:.0f} MB",
            remedy=f"Give fewer files, or {_more(principal)}",
        )


def _require_few(database: Database, settings: Settings, principal: Principal) -> None:
    """Count the try-outs of the last 24 hours; one who drops the cookie is known by the pseudonym of the day."""
    theirs = JOBS.c.asker == principal.asker
    if principal.user.subject is not None:
        theirs |= JOBS.c.subject == principal.user.subject
    recent = (JOBS.c.kind == "try-out") & (JOBS.c.created_at >= dt.datetime.now(dt.UTC) - DAY)
    with database.read() as connection:
        count = connection.execute(sa.select(sa.func.count()).where(recent & theirs)).scalar_one()
    if count >= settings.try_out_jobs:
        raise TooMuch(
            f"You have made {count} try-outs in the last 24 hours, which is all there may be",
            value=count,
            remedy=f"Come back tomorrow, or {_more(principal)}",
        )


def _more(principal: Principal) -> str:
    if principal.is_anonymous:
        return "sign in: an account is free of charge and has no such limit."
    return "ask for access on the page of your account: it is free of charge and has no such limit."


def _require_grant(runtime: Runtime, principal: Principal, service: str, kind: Kind) -> None:
    if not _is_granted(runtime, principal, service, kind):
        raise NotAllowed(
            f"You have no access to {service} for {kind} yet",
            value=kind,
            remedy="Ask for access: it is free of charge, and a provider of the service answers.",
        )


def _is_granted(runtime: Runtime, principal: Principal, service: str, kind: Kind) -> bool:
    if runtime.settings.access == "open" or principal.is_admin or service in principal.provides:
        return True
    table = ACCESS_REQUESTS.c
    granted = (table.account_id == principal.account_id) & (table.state == "granted")
    asked = (table.service == service) & (table.mode == kind)
    with runtime.database.read() as connection:
        return bool(connection.execute(sa.select(sa.func.count()).where(granted & asked)).scalar_one())
