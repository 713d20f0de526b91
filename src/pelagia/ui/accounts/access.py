"""Ask for access to a service, and answer those who ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from pelagia.core.errors import NotAllowed
from pelagia.http.asking import Bench, Known
from pelagia.http.sign_in import InPerson
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.accounts import find_account
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.accounts.requests import answer_request, ask_for_access, own_requests, requests_to_answer
from pelagia.ui.accounts.forms import OF_A_FIELD, FieldErrors, go_to, service_titles, told
from pelagia.ui.rendering import page

router = APIRouter(include_in_schema=False)
MODES: Mapping[str, str] = {
    "analysis": "Analyse my images",
    "training": "Train a model on my images",
    "local": "Install it on my own computers",
    "try-out": "Try it out",
}
STATES: Mapping[str, str] = {"asked": "waiting for an answer", "granted": "granted", "refused": "refused"}
Short = Annotated[str, Query(max_length=64)]


class Asked(BaseModel):
    """The form to ask for access."""

    service: str = ""
    mode: str = "analysis"
    affiliation: str = ""
    purpose: str = ""


@router.get("/account/access")
def show_access(
    request: Request, bench: Bench, principal: Known, service: Short = "", mode: Short = "analysis"
) -> HTMLResponse:
    """Show what one has asked for, and the form to ask."""
    account = find_account(bench.runtime.database, principal.account_id or "")
    form = Asked(service=service, mode=mode, affiliation=account.affiliation or "")
    return _access_page(request, bench, principal, form, FieldErrors())


@router.post("/account/access")
def ask(request: Request, bench: Bench, principal: InPerson, form: Annotated[Asked, Form()]) -> Response:
    """Ask for access."""
    errors = FieldErrors()
    for field in ("affiliation", "purpose"):
        if not getattr(form, field).strip():
            errors[field] = "This is needed; a few words are enough."
    if not errors:
        try:
            ask_for_access(bench.runtime.database, principal.account_id or "", **form.model_dump())
        except OF_A_FIELD as error:
            errors["service"] = told(error)
    if errors:
        return _access_page(request, bench, principal, form, errors)
    return go_to("/account/access")


@router.get("/requests")
def show_requests(request: Request, bench: Bench, principal: Known) -> HTMLResponse:
    """Show the requests for the services one provides."""
    if not principal.is_admin and not principal.provides:
        raise NotAllowed("Only providers of a service see its requests", remedy="Ask those who run this installation.")
    return page(
        request,
        "accounts/requests.html",
        requests=requests_to_answer(bench.runtime.database, principal),
        titles=service_titles(),
        modes=MODES,
        states=STATES,
    )


@router.post("/requests/{request_id}/answer")
def answer(
    bench: Bench,
    principal: InPerson,
    request_id: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")],
    decision: Annotated[str, Form(pattern="^(grant|refuse)$")],
    words: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Grant or refuse."""
    answer_request(bench.runtime.database, principal, request_id, grant=decision == "grant", answer=words)
    return go_to("/requests")


def _access_page(
    request: Request, bench: Workbench, principal: Principal, form: Asked, errors: FieldErrors
) -> HTMLResponse:
    return page(
        request,
        "accounts/access.html",
        status=422 if errors else 200,
        form=form,
        errors=errors,
        titles=service_titles(),
        modes=MODES,
        states=STATES,
        must_ask=bench.runtime.settings.access == "ask",
        requests=own_requests(bench.runtime.database, principal.account_id or ""),
    )
