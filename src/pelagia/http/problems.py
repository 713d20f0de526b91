"""Errors as RFC 9457 problem details: one shape for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

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
from pelagia.runtime.faults import error_to_json
from pelagia.runtime.logging import get_logger
from pelagia.runtime.outward import FAULTS_OF_THE_PROGRAM, outward, without_places

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
# Where HTTP tells apart what our kinds of error do not.
STATUS_OF_CODE: Mapping[str, HTTPStatus] = {
    "bad-request": HTTPStatus.BAD_REQUEST,
    "too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too-slow": HTTPStatus.REQUEST_TIMEOUT,
    "quota-exceeded": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "disk-full": HTTPStatus.INSUFFICIENT_STORAGE,
    "wrong-media-type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "wrong-version": HTTPStatus.PRECONDITION_FAILED,
    "range-not-satisfiable": HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    "gone": HTTPStatus.GONE,
    "foreign-host": HTTPStatus.MISDIRECTED_REQUEST,
}
OF_PROBLEM = ("value", "remedy", "file")
REMEDIES: Mapping[int, str] = {
    HTTPStatus.NOT_FOUND: "See /v1/openapi.json for what there is.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The header Allow names what is possible here.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Try again; if it stays, tell those who run this installation.",
}


def status_of(error: PelagiaError) -> HTTPStatus:
    """Return the HTTP status that fits an error."""
    if error.code in STATUS_OF_CODE:
        return STATUS_OF_CODE[error.code]
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem(error: PelagiaError) -> dict[str, Any]:
    """Return an error as the members of a problem document: what, value, remedy, file beside the standard ones."""
    told = outward(error_to_json(error))
    if told["code"] in FAULTS_OF_THE_PROGRAM:
        # Nothing of it is told; who runs the installation finds it here.
        get_logger().error("fault of the program", reason=error.what)
    found = _members(status_of(error), told["code"], told["what"], **{name: told[name] for name in OF_PROBLEM})
    if isinstance(error, BadOrder):
        found["fields"] = {name: [without_places(one) for one in messages] for name, messages in error.fields.items()}
    return found


def problem_of(error: Exception) -> dict[str, Any]:
    """Return any error as the members of a problem document; of one we did not foresee nothing is told."""
    if isinstance(error, PelagiaError):
        return problem(error)
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        code = status.phrase.lower().replace(" ", "-")
        return _members(status, code, str(error.detail), remedy=REMEDIES.get(status, "Correct it and ask again."))
    internal = HTTPStatus.INTERNAL_SERVER_ERROR
    return _members(internal, "internal", "The server made a mistake", remedy=REMEDIES[internal])


def problem_response(error: Exception, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the answer that tells an error."""
    body = problem_of(error)
    return JSONResponse(
        body, status_code=body["status"], media_type=MEDIA_TYPE, headers={**_headers_of(error), **(headers or {})}
    )


def _headers_of(error: Exception) -> dict[str, str]:
    if isinstance(error, SignInNeeded):
        return {"WWW-Authenticate": 'Bearer realm="pelagia"'}
    return dict(error.headers or {}) if isinstance(error, HTTPException) else {}


def _members(
    status: HTTPStatus, code: str, detail: str, *, value: str = "", remedy: str = "", file: str = ""
) -> dict[str, Any]:
    return {
        "type": f"urn:pelagia:problem:{code}",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "code": code,
        "value": value,
        "remedy": remedy,
        "file": file,
    }


def _invalid(error: RequestValidationError) -> dict[str, Any]:
    """Tell what of a request does not fit its description: each field with what is wrong with it."""
    fields: dict[str, list[str]] = {}
    for one in error.errors():
        fields.setdefault(_place(one["loc"]), []).append(str(one["msg"]))
    first = next(iter(fields))
    found = _members(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "bad-request-body" if first.startswith("body") else "bad-request-parameter",
        f"{first}: {fields[first][0]}",
        value=", ".join(fields),
        remedy="See /v1/openapi.json for what this takes.",
    )
    return {**found, "fields": fields}


def _place(location: Sequence[int | str]) -> str:
    # Texts of a person's own choice (keys of a mapping) may stand in it; keep it short.
    return ".".join(str(part) for part in location)[:200]
