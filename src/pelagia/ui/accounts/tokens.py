"""The tokens of one's account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from pelagia.http.asking import Bench, Known
from pelagia.http.sign_in import Door, InPerson
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.accounts.tokens import create_token, list_tokens, revoke_token, scopes_of_roles
from pelagia.ui.accounts.forms import OF_A_FIELD, FieldErrors, go_to, told
from pelagia.ui.rendering import page

router = APIRouter(include_in_schema=False)
SCOPES: Mapping[str, str] = {
    "read": "See my runs and results",
    "run": "Upload files and start runs",
    "train": "Train models",
    "provide": "Answer requests for the services I provide",
    "admin": "Administer this installation",
}
LIFETIMES = (("7", "a week"), ("30", "a month"), ("90", "three months"), ("365", "a year"))


class NewToken(BaseModel):
    """The form for a token."""

    name: str = ""
    days: int = 90
    read: bool = False
    run: bool = False
    train: bool = False
    provide: bool = False
    admin: bool = False


USUAL = NewToken(read=True, run=True)


@router.get("/account/tokens")
def show_tokens(request: Request, bench: Bench, principal: Known) -> HTMLResponse:
    """Show the tokens of one's account."""
    return _tokens_page(request, bench, principal, USUAL, FieldErrors())


@router.post("/account/tokens")
def make_token(
    request: Request, bench: Bench, door: Door, principal: InPerson, form: Annotated[NewToken, Form()]
) -> HTMLResponse:
    """Make a token and show it this once."""
    errors = FieldErrors()
    if not form.name.strip():
        errors["name"] = "Give it a name, so that you know it again."
    chosen = [scope for scope in SCOPES if getattr(form, scope)]
    if not chosen:
        errors["read"] = "Choose at least one."
    secret = ""
    if not errors:
        try:
            _, secret = create_token(
                bench.runtime.database,
                door.identities.keys,
                principal,
                name=form.name,
                scopes=chosen,
                expires_at=dt.datetime.now(dt.UTC) + dt.timedelta(days=min(max(form.days, 1), 365)),
            )
        except OF_A_FIELD as error:
            errors["name"] = told(error)
    return _tokens_page(request, bench, principal, USUAL if secret else form, errors, secret=secret)


@router.post("/account/tokens/{prefix}/revoke")
def revoke(
    bench: Bench, door: Door, principal: InPerson, prefix: Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]
) -> Response:
    """Make a token open nothing from now on."""
    revoke_token(bench.runtime.database, principal.account_id or "", prefix)
    door.identities.forget()
    return go_to("/account/tokens")


def _tokens_page(
    request: Request,
    bench: Workbench,
    principal: Principal,
    form: NewToken,
    errors: FieldErrors,
    *,
    secret: str = "",
) -> HTMLResponse:
    may = scopes_of_roles(is_admin=principal.is_admin, is_provider=bool(principal.provides))
    return page(
        request,
        "accounts/tokens.html",
        status=422 if errors else 200,
        form=form,
        errors=errors,
        secret=secret,
        scopes=[(name, words) for name, words in SCOPES.items() if name in may],
        lifetimes=LIFETIMES,
        tokens=list_tokens(bench.runtime.database, principal.account_id or ""),
        now=dt.datetime.now(dt.UTC),
    )
