"""Sign in, make an account, sign out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from pelagia.core.errors import BadParameter, Conflict, PelagiaError, SignInNeeded
from pelagia.http.problems import status_of
from pelagia.http.sign_in import Door, SignIn
from pelagia.runtime.accounts.accounts import clean_email
from pelagia.runtime.accounts.passwords import check_password_rules
from pelagia.ui.accounts.forms import FieldErrors, countries, go_to, local_address, told
from pelagia.ui.rendering import page

router = APIRouter(include_in_schema=False)
Next = Annotated[str, Query(alias="next", max_length=2000)]
LONG = 300


class Registration(BaseModel):
    """The form for a new account."""

    email: str = ""
    password: str = ""
    name: str = ""
    affiliation: str = ""
    ror: str = ""
    country: str = ""
    next: str = "/"

    @property
    def profile(self) -> dict[str, str]:
        """What the person says of themselves."""
        return {"affiliation": self.affiliation, "ror": self.ror, "country": self.country}


@router.get("/sign-in")
def show_sign_in(request: Request, door: Door, goal: Next = "/") -> HTMLResponse:
    """Show the form to sign in."""
    return _sign_in_page(request, door, goal=goal)


@router.post("/sign-in")
def sign_in(
    request: Request,
    door: Door,
    email: Annotated[str, Form(max_length=LONG)] = "",
    password: Annotated[str, Form(max_length=LONG)] = "",
    goal: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> Response:
    """Sign in with e-mail address and password."""
    try:
        account = door.with_password(request, email, password)
    except SignInNeeded as error:
        return _sign_in_page(request, door, goal=goal, email=email, error=error)
    response = go_to(local_address(goal))
    door.start(request, response, account)
    return response


@router.post("/sign-out")
def sign_out(request: Request, door: Door) -> Response:
    """End the session."""
    response = go_to("/")
    door.end(request, response)
    return response


@router.get("/register")
def show_register(request: Request, door: Door, goal: Next = "/") -> HTMLResponse:
    """Show the form for a new account."""
    return _register_page(request, door, Registration(next=goal), FieldErrors())


@router.post("/register")
def register(request: Request, door: Door, form: Annotated[Registration, Form()]) -> Response:
    """Make an account and sign in."""
    errors = FieldErrors()
    errors.check("email", clean_email, form.email)
    errors.check("password", check_password_rules, form.password, form.email.strip())
    errors.check_profile({"name": form.name, **form.profile})
    if errors:
        return _register_page(request, door, form, errors)
    try:
        account = door.register(request, email=form.email, password=form.password, name=form.name, profile=form.profile)
    except (BadParameter, Conflict) as error:
        errors["email"] = told(error)
        return _register_page(request, door, form, errors)
    response = go_to(local_address(form.next))
    door.start(request, response, account)
    return response


def _sign_in_page(
    request: Request, door: SignIn, *, goal: str, email: str = "", error: PelagiaError | None = None
) -> HTMLResponse:
    return page(
        request,
        "accounts/sign_in.html",
        status=200 if error is None else int(status_of(error)),
        next=local_address(goal),
        email=email,
        error=error,
        provider=door.settings.oidc_name if door.provider is not None else "",
        is_open=door.settings.registration == "open",
    )


def _register_page(request: Request, door: SignIn, form: Registration, errors: FieldErrors) -> HTMLResponse:
    return page(
        request,
        "accounts/register.html",
        status=422 if errors else 200,
        form=form,
        next=local_address(form.next),
        errors=errors,
        countries=countries(),
        provider=door.settings.oidc_name if door.provider is not None else "",
        is_open=door.settings.registration == "open",
    )
