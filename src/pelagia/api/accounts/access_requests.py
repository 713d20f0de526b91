"""``/v1/access-requests``: ask for access to a service, and answer those who ask."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from pelagia.api.accounts.shapes import AccessRequestShown, Answer, NewAccessRequest, RequestId, show_request
from pelagia.core.errors import NotAllowed
from pelagia.http.asking import Bench, Known
from pelagia.runtime.accounts.accounts import find_account
from pelagia.runtime.accounts.requests import (
    RequestState,
    answer_request,
    ask_for_access,
    own_requests,
    requests_to_answer,
)

router = APIRouter(prefix="/v1/access-requests", tags=["accounts"])
State = Annotated[RequestState | None, Query(description="Only those in this state.")]


@router.get("", operation_id="listAccessRequests", summary="One's requests for access")
def own(bench: Bench, principal: Known) -> list[AccessRequestShown]:
    """Return what one has asked for, with the answers."""
    found = own_requests(bench.runtime.database, principal.account_id or "")
    return [show_request(request) for request in found]


@router.post("", operation_id="createAccessRequest", summary="Ask for access", status_code=status.HTTP_201_CREATED)
def ask(bench: Bench, principal: Known, sent: NewAccessRequest) -> AccessRequestShown:
    """Ask for access to a service: it is free of charge, and a provider of the service answers."""
    database = bench.runtime.database
    account = find_account(database, principal.account_id or "")
    made = ask_for_access(
        database,
        account.id,
        service=sent.service,
        mode=sent.mode,
        purpose=sent.purpose,
        affiliation=sent.affiliation or account.affiliation or "",
    )
    return show_request(made)


@router.get("/to-answer", operation_id="listAccessRequestsToAnswer", summary="Requests for the services one provides")
def to_answer(bench: Bench, principal: Known, state: State = None) -> list[AccessRequestShown]:
    """Return the requests a provider or administrator may answer, the newest first."""
    if not principal.is_admin and not principal.provides:
        raise NotAllowed("Only providers of a service see its requests", remedy="Ask those who run this installation.")
    found = requests_to_answer(bench.runtime.database, principal, state=state)
    return [show_request(request) for request in found]


@router.post("/{request_id}/answer", operation_id="answerAccessRequest", summary="Grant or refuse a request")
def answer(bench: Bench, principal: Known, request_id: RequestId, sent: Answer) -> AccessRequestShown:
    """Answer a request; an answer may be changed later."""
    answered = answer_request(bench.runtime.database, principal, request_id, grant=sent.grant, answer=sent.answer)
    return show_request(answered)
