"""``/v1/sessions``: sign in and out; ``/v1/accounts/register``: make an account."""

from __future__ import annotations

from fastapi import APIRouter, Response, status
from starlette.requests import Request

from pelagia.api.accounts.shapes import AccountShown, Credentials, Registration, show_account
from pelagia.http.asking import Bench
from pelagia.http.sign_in import Door
from pelagia.runtime.accounts.providers import services_of

router = APIRouter(prefix="/v1", tags=["accounts"])


@router.post("/sessions", operation_id="signIn", summary="Sign in")
def start(request: Request, response: Response, bench: Bench, door: Door, sent: Credentials) -> AccountShown:
    """Sign in with e-mail address and password: the answer sets the cookie of a session."""
    account = door.with_password(request, sent.email, sent.password.get_secret_value())
    door.start(request, response, account)
    return show_account(account, sorted(services_of(bench.runtime.database, account.id)))


@router.delete("/sessions/current", operation_id="signOut", summary="Sign out", status_code=status.HTTP_204_NO_CONTENT)
def end(request: Request, response: Response, door: Door) -> None:
    """End the session of the cookie that is sent."""
    door.end(request, response)


@router.post(
    "/accounts/register", operation_id="register", summary="Make an account", status_code=status.HTTP_201_CREATED
)
def register(request: Request, response: Response, door: Door, sent: Registration) -> AccountShown:
    """Make an account for oneself, free of charge, and sign in; not where the installation is closed."""
    account = door.register(
        request,
        email=sent.email,
        password=sent.password.get_secret_value(),
        name=sent.name,
        profile=sent.profile,
    )
    door.start(request, response, account)
    return show_account(account, [])
