"""The users of an installation, for its administrators."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from pelagia.core.errors import NotAllowed
from pelagia.http.asking import Administrator, Bench
from pelagia.http.sign_in import Door
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.accounts import (
    change_roles,
    clean_email,
    create_account,
    find_account,
    list_accounts,
    set_password,
)
from pelagia.runtime.accounts.providers import providers_of, services_of, set_services
from pelagia.runtime.accounts.sessions import end_sessions
from pelagia.ui.accounts.forms import OF_A_FIELD, FieldErrors, go_to, service_titles, told
from pelagia.ui.rendering import page

router = APIRouter(include_in_schema=False)
PER_PAGE = 50
AccountId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


class Roles(BaseModel):
    """The form of what somebody may do; ``services`` are the slugs that are ticked."""

    is_admin: bool = False
    is_staff: bool = False
    is_test: bool = False
    disabled: bool = False
    services: list[str] = []


@router.get("/admin/users")
def show_users(
    request: Request,
    bench: Bench,
    _: Administrator,
    search: Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")] = "",
    after: Annotated[str, Query(pattern=r"^[0-9a-f]{0,32}$")] = "",
) -> HTMLResponse:
    """Show the users."""
    return _users_page(request, bench, search=search, after=after)


@router.post("/admin/users")
def make_user(
    request: Request,
    bench: Bench,
    _: Administrator,
    email: Annotated[str, Form(max_length=300)] = "",
    name: Annotated[str, Form(max_length=300)] = "",
) -> HTMLResponse:
    """Make an account for somebody, with a password to hand over, which is shown this once."""
    errors = FieldErrors()
    errors.check("email", clean_email, email)
    password, made = secrets.token_urlsafe(12), None
    if not errors:
        try:
            made = create_account(bench.runtime.database, email=email, name=name, password=password)
        except OF_A_FIELD as error:
            errors["email"] = told(error)
    return _users_page(
        request, bench, errors=errors, email=email if errors else "", new=None if made is None else (made, password)
    )


@router.get("/admin/users/{account_id}")
def show_user(request: Request, bench: Bench, _: Administrator, account_id: AccountId) -> HTMLResponse:
    """Show what somebody may do."""
    return _user_page(request, bench, account_id)


@router.post("/admin/users/{account_id}")
def change_user(
    request: Request,
    bench: Bench,
    door: Door,
    _: Administrator,
    account_id: AccountId,
    form: Annotated[Roles, Form()],
) -> Response:
    """Change what somebody may do."""
    database = bench.runtime.database
    find_account(database, account_id)
    try:
        change_roles(database, account_id, form.model_dump(exclude={"services"}))
        set_services(database, account_id, form.services)
    except OF_A_FIELD as error:
        return _user_page(request, bench, account_id, problem=told(error))
    if form.disabled:
        end_sessions(database, account_id)
    door.identities.forget()
    return go_to(f"/admin/users/{account_id}?done=saved")


@router.post("/admin/users/{account_id}/password")
def reset_password(
    request: Request, bench: Bench, door: Door, principal: Administrator, account_id: AccountId
) -> HTMLResponse:
    """Give somebody a new password to hand over, which is shown this once; their sessions end."""
    if account_id == principal.account_id:
        raise NotAllowed("Your own password is changed on the page of your account", remedy="Go to your account.")
    password = secrets.token_urlsafe(12)
    set_password(bench.runtime.database, account_id, password)
    end_sessions(bench.runtime.database, account_id)
    door.identities.forget()
    return _user_page(request, bench, account_id, password=password)


def _users_page(
    request: Request,
    bench: Workbench,
    *,
    search: str = "",
    after: str = "",
    errors: FieldErrors | None = None,
    email: str = "",
    new: tuple[object, str] | None = None,
) -> HTMLResponse:
    database = bench.runtime.database
    found = list_accounts(database, after=after, limit=PER_PAGE + 1, search=search)
    return page(
        request,
        "accounts/users.html",
        status=422 if errors else 200,
        users=found[:PER_PAGE],
        more=found[PER_PAGE - 1].id if len(found) > PER_PAGE else "",
        search=search,
        after=after,
        errors=errors or FieldErrors(),
        email=email,
        new=new,
        provides=providers_of(database),
        titles=service_titles(),
    )


def _user_page(
    request: Request, bench: Workbench, account_id: str, *, problem: str = "", password: str = ""
) -> HTMLResponse:
    database = bench.runtime.database
    return page(
        request,
        "accounts/user.html",
        status=409 if problem else 200,
        user=find_account(database, account_id),
        titles=service_titles(),
        provides=services_of(database, account_id),
        problem=problem,
        password=password,
    )
