"""Errors as RFC 9457 problem details: one shape for all."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse

from pelagia.core.errors import (
    BadInput,
    BadParameter,
    Cancelled,
    Conflict,
    NotAllowed,
    NotFound,
    NothingUsable,
    PelagiaError,
    SignInNeeded,
    TooMuch,
    Unavailable,
)
from pelagia.orders.order import BadOrder

MEDIA_TYPE = "application/problem+json"
STATUS: Mapping[type[PelagiaError], HTTPStatus] = {
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadParameter: HTTPStatus.UNPROCESSABLE_ENTITY,
    NothingUsable: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Cancelled: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    SignInNeeded: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    TooMuch: HTTPStatus.TOO_MANY_REQUESTS,
}


def status_of(error: PelagiaError) -> HTTPStatus:
    """Return the HTTP status that fits an error."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem(error: PelagiaError) -> dict[str, Any]:
    """Return an error as the members of a problem document: what, value, remedy, file beside the standard ones."""
    status = status_of(error)
    found: dict[str, Any] = {
        "type": f"urn:pelagia:problem:{error.code}",
        "title": status.phrase,
        "status": int(status),
        "detail": error.what,
        "code": error.code,
        "value": error.value,
        "remedy": error.remedy,
        "file": error.file,
    }
    if isinstance(error, BadOrder):
        found["fields"] = error.fields
    return found


def problem_response(error: PelagiaError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the answer that tells an error."""
    body = problem(error)
    return JSONResponse(body, status_code=body["status"], media_type=MEDIA_TYPE, headers=dict(headers or {}))
