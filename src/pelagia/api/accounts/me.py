"""``/v1/accounts/me``: one's own account, its sessions, and what is held on one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response, status

from pelagia.api.accounts.shapes import (
    AccountShown,
    Erasure,
    PasswordChange,
    ProfileChanges,
    SessionShown,
    show_account,
)
from pelagia.core.errors import BadParameter
from pelagia.http.asking import Bench, Known
from pelagia.http.identify import SESSION_COOKIE, Identification
from pelagia.http.sign_in import Door, InPerson
from pelagia.runtime.accounts.accounts import change_profile, find_account, set_password
from pelagia.runtime.accounts.holdings import erase_account, export_holdings
from pelagia.runtime.accounts.providers import services_of
from pelagia.runtime.accounts.sessions import end_sessions, list_sessions
from pelagia.runtime.database import Database

router = APIRouter(prefix="/v1/accounts/me", tags=["accounts"])


@router.get("", operation_id="getOwnAccount", summary="One's own account")
def show(bench: Bench, principal: Known) -> AccountShown:
    """Return the account that is signed in, or that the token belongs to."""
    return _shown(bench.runtime.database, _id(principal.account_id))


@router.patch("", operation_id="changeOwnAccount", summary="Change what one says of oneself")
def change(bench: Bench, identities: Identification, principal: InPerson, sent: ProfileChanges) -> AccountShown:
    """Change name, institute and country; they stand in reports of use, the name does not."""
    database = bench.runtime.database
    account = change_profile(database, _id(principal.account_id), sent.model_dump(exclude_unset=True))
    identities.forget()
    return _shown(database, account.id)


@router.post(
    "/password", operation_id="changePassword", summary="Change the password", status_code=status.HTTP_204_NO_CONTENT
)
def change_password(
    request: Request, response: Response, bench: Bench, door: Door, principal: InPerson, sent: PasswordChange
) -> None:
    """Change the password; all other sessions end."""
    database = bench.runtime.database
    account = find_account(database, _id(principal.account_id))
    if account.has_password:
        door.with_password(request, account.email or "", sent.old.get_secret_value())
    elif account.email is None:
        raise BadParameter("An account without an e-mail address has no password", remedy="Sign in as you did now.")
    set_password(database, account.id, sent.new.get_secret_value())
    end_sessions(database, account.id)
    door.identities.forget()
    door.start(request, response, account)


@router.get("/sessions", operation_id="listSessions", summary="One's sessions")
def sessions(bench: Bench, principal: Known) -> list[SessionShown]:
    """Return where one is signed in."""
    found = list_sessions(bench.runtime.database, _id(principal.account_id))
    return [SessionShown(id=one.id, created_at=one.created_at, expires_at=one.expires_at) for one in found]


@router.delete(
    "/sessions", operation_id="endSessions", summary="Sign out everywhere", status_code=status.HTTP_204_NO_CONTENT
)
def end_all_sessions(response: Response, bench: Bench, identities: Identification, principal: InPerson) -> None:
    """End all one's sessions, this one too."""
    end_sessions(bench.runtime.database, _id(principal.account_id))
    identities.forget()
    response.delete_cookie(SESSION_COOKIE)


@router.get("/export", operation_id="exportOwnAccount", summary="Everything held on oneself")
def export(bench: Bench, identities: Identification, principal: Known) -> dict[str, Any]:
    """Return account, sessions, tokens, requests, uploads, runs, decisions and the ledger rows of one's use."""
    return export_holdings(bench.runtime.database, identities.keys, _id(principal.account_id))


@router.post(
    "/erase",
    operation_id="eraseOwnAccount",
    summary="Erase what is held on oneself",
    status_code=status.HTTP_204_NO_CONTENT,
)
def erase(request: Request, response: Response, bench: Bench, door: Door, principal: InPerson, sent: Erasure) -> None:
    """Erase account, runs, uploads and names; past totals of use stay, under a random pseudonym."""
    account = find_account(bench.runtime.database, _id(principal.account_id))
    if account.has_password:
        door.with_password(request, account.email or "", sent.password.get_secret_value())
    erase_account(bench.runtime, door.identities.keys, account.id)
    door.identities.forget()
    response.delete_cookie(SESSION_COOKIE)


def _shown(database: Database, account_id: str) -> AccountShown:
    return show_account(find_account(database, account_id), sorted(services_of(database, account_id)))


def _id(account_id: str | None) -> str:
    assert account_id is not None
    return account_id
