"""Answers as the DEEPaaS server gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from pelagia.api.deepaas.files import as_sent
from pelagia.api.deepaas.incoming import BadJson
from pelagia.api.deepaas.wanted import WrongArguments
from pelagia.core.errors import PelagiaError, SignInNeeded
from pelagia.http.problems import status_of
from pelagia.orders.order import BadOrder
from pelagia.runtime.faults import StepFailed
from pelagia.runtime.logging import get_logger
from pelagia.runtime.outward import MISTAKE, without_places

JSON_TYPE = "application/json; charset=utf-8"
# The code of the error that a client is told when it has waited for as long as it may.
STILL_RUNNING = "still-running"


def json_reply(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON."""
    return body_reply(json.dumps(content).encode(), JSON_TYPE, status, headers)


def body_reply(body: bytes, content_type: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a body that is made already."""
    return Response(body, status, {"content-type": content_type, **(headers or {})})


def text_reply(status: HTTPStatus, headers: Mapping[str, str] | None = None, *, reason: str = "") -> Response:
    """Return a status as plain text, as the original does where no model is asked."""
    body = f"{int(status)}: {reason or status.phrase}".encode()
    return body_reply(body, "text/plain; charset=utf-8", status, headers)


def error_reply(error: PelagiaError, **more: Any) -> Response:
    """Return an error: wrong arguments by their names, all else with a message; never with the status of success."""
    if isinstance(error, WrongArguments | BadOrder):
        return body_reply(json.dumps(error.fields).encode(), "application/json", HTTPStatus.UNPROCESSABLE_ENTITY)
    if isinstance(error, BadJson):
        return body_reply(json.dumps({"json": [error.what]}).encode(), "application/json", HTTPStatus.BAD_REQUEST)
    headers = {"www-authenticate": 'Bearer realm="pelagia"'} if isinstance(error, SignInNeeded) else {}
    status = HTTPStatus.GATEWAY_TIMEOUT if error.code == STILL_RUNNING else status_of(error)
    said = str(error)
    if isinstance(error, StepFailed):
        get_logger().error("fault of the program", reason=said)
        error = PelagiaError(MISTAKE["what"], remedy=MISTAKE["remedy"], code=error.code)
        said = str(error)
    message, remedy = (as_sent(without_places(text)) for text in (said, error.remedy))
    content = {"status": "error", "message": message, "code": error.code, "remedy": remedy, **more}
    return json_reply(content, status, headers)
