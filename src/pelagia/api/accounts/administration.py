"""``/v1/accounts``: the accounts of an installation, for its administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from pelagia.api.accounts.shapes import (
    AccountChanges,
    AccountId,
    AccountPage,
    AccountShown,
    NewAccount,
    show_account,
)
from pelagia.api.paging import Cursor, Limit, cursor_of, name_after
from pelagia.http.asking import Administrator, Bench
from pelagia.http.identify import Identification
from pelagia.runtime.accounts.accounts import (
    change_roles,
    create_account,
    find_account,
    list_accounts,
    set_password,
)
from pelagia.runtime.accounts.passwords import check_password_rules
from pelagia.runtime.accounts.providers import providers_of, services_of, set_services
from pelagia.runtime.accounts.sessions import end_sessions
from pelagia.runtime.registry import find_service

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])
Search = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$", description="A part of the name or address.")]


@router.get("", operation_id="listAccounts", summary="All accounts")
def listed(bench: Bench, _: Administrator, search: Search = "", cursor: Cursor = "", limit: Limit = 50) -> AccountPage:
    """Return the accounts of the installation."""
    database = bench.runtime.database
    found = list_accounts(database, after=name_after(cursor), limit=limit + 1, search=search)
    provided = providers_of(database)
    items = [show_account(account, provided.get(account.id, [])) for account in found[:limit]]
    return AccountPage(items=items, next=cursor_of(items[-1].id) if len(found) > limit else None)


@router.post(
    "", operation_id="createAccount", summary="Make an account for somebody", status_code=status.HTTP_201_CREATED
)
def make(bench: Bench, _: Administrator, sent: NewAccount) -> AccountShown:
    """Make a local account for somebody else."""
    account = create_account(
        bench.runtime.database,
        email=sent.email,
        name=sent.name,
        password=sent.password.get_secret_value(),
        is_admin=sent.is_admin,
        profile=sent.profile,
    )
    return show_account(account, [])


@router.get("/{account_id}", operation_id="getAccount", summary="An account")
def show(bench: Bench, _: Administrator, account_id: AccountId) -> AccountShown:
    """Return an account."""
    database = bench.runtime.database
    return show_account(find_account(database, account_id), sorted(services_of(database, account_id)))


@router.patch("/{account_id}", operation_id="changeAccount", summary="Change roles, disable, set a password")
def change(
    bench: Bench, identities: Identification, _: Administrator, account_id: AccountId, sent: AccountChanges
) -> AccountShown:
    """Change what somebody may do; one who is disabled, or has a new password, is signed out everywhere.

    What cannot be done is refused before anything is changed.
    """
    database = bench.runtime.database
    account = find_account(database, account_id)
    for slug in sent.services or ():
        find_service(slug)
    if sent.password is not None:
        check_password_rules(sent.password.get_secret_value(), account.email or "")
    roles = sent.model_dump(exclude_none=True, exclude={"password", "services"})
    account = change_roles(database, account_id, roles)
    if sent.services is not None:
        set_services(database, account_id, sent.services)
    if sent.password is not None:
        set_password(database, account_id, sent.password.get_secret_value())
    if sent.disabled or sent.password is not None:
        end_sessions(database, account_id)
    identities.forget()
    return show_account(account, sorted(services_of(database, account_id)))
