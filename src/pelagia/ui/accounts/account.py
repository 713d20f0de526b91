"""One's own account: what one says of oneself, password, sessions, what is held on one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from pelagia.core.errors import PelagiaError, SignInNeeded
from pelagia.http.asking import Bench, Known
from pelagia.http.identify import SESSION_COOKIE
from pelagia.http.sign_in import Door, InPerson
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.accounts import Account, change_profile, find_account, set_password
from pelagia.runtime.accounts.holdings import erase_account
from pelagia.runtime.accounts.passwords import check_password_rules
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.accounts.providers import services_of
from pelagia.runtime.accounts.sessions import end_sessions, list_sessions
from pelagia.ui.accounts.forms import PROFILE_FIELDS, FieldErrors, countries, go_to, service_titles, told
from pelagia.ui.rendering import page

router = APIRouter(include_in_schema=False)
Done = Annotated[str, Query(max_length=40)]
Password = Annotated[str, Form(max_length=300)]
DONE = {"saved": "Saved.", "password": "Your password is changed; all other sessions have ended."}


class Profile(BaseModel):
    """The form of what one says of oneself."""

    name: str = ""
    affiliation: str = ""
    ror: str = ""
    country: str = ""


@router.get("/account")
def show_account(request: Request, bench: Bench, principal: Known, done: Done = "") -> HTMLResponse:
    """Show one's account."""
    return _account_page(request, bench, principal, done=DONE.get(done, ""))


@router.post("/account")
def change_account(
    request: Request, bench: Bench, door: Door, principal: InPerson, form: Annotated[Profile, Form()]
) -> Response:
    """Change what one says of oneself."""
    errors = FieldErrors()
    errors.check_profile(form.model_dump())
    if errors:
        return _account_page(request, bench, principal, form=form, errors=errors)
    change_profile(bench.runtime.database, principal.account_id or "", form.model_dump())
    door.identities.forget()
    return go_to("/account?done=saved")


@router.post("/account/password")
def change_password(
    request: Request, bench: Bench, door: Door, principal: InPerson, old: Password = "", new: Password = ""
) -> Response:
    """Change the password; all other sessions end."""
    database = bench.runtime.database
    account = find_account(database, principal.account_id or "")
    errors = FieldErrors()
    errors.check("new", check_password_rules, new, account.email or "")
    if not errors and account.has_password:
        _check_old(request, door, account, old, errors, "old")
    if errors:
        return _account_page(request, bench, principal, errors=errors)
    set_password(database, account.id, new)
    end_sessions(database, account.id)
    door.identities.forget()
    response = go_to("/account?done=password")
    door.start(request, response, account)
    return response


@router.post("/account/sign-out-everywhere")
def end_all_sessions(bench: Bench, door: Door, principal: InPerson) -> Response:
    """End all one's sessions."""
    end_sessions(bench.runtime.database, principal.account_id or "")
    door.identities.forget()
    response = go_to("/sign-in")
    response.delete_cookie(SESSION_COOKIE)
    return response


@router.get("/account/privacy")
def show_privacy(request: Request, bench: Bench, principal: Known) -> HTMLResponse:
    """Show what is held on one, and how to have it erased."""
    return _privacy_page(request, find_account(bench.runtime.database, principal.account_id or ""), FieldErrors())


@router.post("/account/erase")
def erase(
    request: Request,
    bench: Bench,
    door: Door,
    principal: InPerson,
    confirm: Annotated[str, Form(max_length=20)] = "",
    password: Password = "",
) -> Response:
    """Erase what is held on one."""
    account = find_account(bench.runtime.database, principal.account_id or "")
    errors = FieldErrors()
    if confirm.strip().lower() != "erase":
        errors["confirm"] = "Type the word erase, to be sure."
    if not errors and account.has_password:
        _check_old(request, door, account, password, errors, "password")
    if errors:
        return _privacy_page(request, account, errors)
    try:
        erase_account(bench.runtime, door.identities.keys, account.id)
    except PelagiaError as error:
        errors["confirm"] = f"{told(error)} ({error.value})"
        return _privacy_page(request, account, errors)
    door.identities.forget()
    response = go_to("/")
    response.delete_cookie(SESSION_COOKIE)
    return response


def _check_old(request: Request, door: Door, account: Account, password: str, errors: FieldErrors, field: str) -> None:
    try:
        door.with_password(request, account.email or "", password)
    except SignInNeeded:
        errors[field] = "This is not your password."


def _account_page(
    request: Request,
    bench: Workbench,
    principal: Principal,
    *,
    form: Profile | None = None,
    errors: FieldErrors | None = None,
    done: str = "",
) -> HTMLResponse:
    database = bench.runtime.database
    account = find_account(database, principal.account_id or "")
    titles = service_titles()
    shown = form or Profile(**{field: getattr(account, field) or "" for field in PROFILE_FIELDS})
    return page(
        request,
        "accounts/account.html",
        status=422 if errors else 200,
        account=account,
        form=shown,
        errors=errors or FieldErrors(),
        done=done,
        countries=countries(),
        sessions=list_sessions(database, account.id),
        provides=[titles.get(slug, slug) for slug in sorted(services_of(database, account.id))],
    )


def _privacy_page(request: Request, account: Account, errors: FieldErrors) -> HTMLResponse:
    return page(request, "accounts/privacy.html", status=422 if errors else 200, account=account, errors=errors)
