"""What a route is given: the workbench, and who is asking."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from pelagia.core.errors import NotAllowed, SignInNeeded
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.access import require_scope
from pelagia.runtime.accounts.principal import Principal


def workbench(request: Request) -> Workbench:
    """Return the workbench of the application."""
    found: Workbench = request.app.state.workbench
    return found


def asking(request: Request) -> Principal:
    """Return who is asking; a visit where nobody is signed in."""
    found: Principal = request.state.principal
    return found


def known(request: Request) -> Principal:
    """Return who is asking, if that is somebody with an account.

    Raises
    ------
    SignInNeeded
        Where it is a visit.
    """
    principal = asking(request)
    if principal.is_anonymous:
        raise SignInNeeded("This needs an account", remedy="Sign in; a program sends an API token.")
    return principal


def administrator(request: Request) -> Principal:
    """Return who is asking, if that is an administrator.

    Raises
    ------
    SignInNeeded, NotAllowed
        Where it is not.
    """
    principal = known(request)
    if not principal.is_admin or "admin" not in principal.scopes:
        raise NotAllowed("Only an administrator may do this", remedy="Ask those who run this installation.")
    return principal


Bench = Annotated[Workbench, Depends(workbench)]
Known = Annotated[Principal, Depends(known)]
Administrator = Annotated[Principal, Depends(administrator)]


def reader(request: Request) -> Principal:
    """Return who is asking, if the token allows to read.

    Raises
    ------
    NotAllowed
        Where it does not.
    """
    return _with_scope(request, "read")


def runner(request: Request) -> Principal:
    """Return who is asking, if the token allows to run services.

    Raises
    ------
    NotAllowed
        Where it does not.
    """
    return _with_scope(request, "run")


def _with_scope(request: Request, scope: str) -> Principal:
    principal = asking(request)
    require_scope(principal, scope)
    return principal


Reader = Annotated[Principal, Depends(reader)]
Runner = Annotated[Principal, Depends(runner)]
