"""One event in the log for each request, and a number by which people can ask for it."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pelagia.http.route_names import GONE, method_name, route_name
from pelagia.runtime.logging import get_logger

Failed = Callable[[Request, Exception], Awaitable[Response]]

HEADER = b"x-request-id"
# What comes from outside is kept only where it can be nothing but a number or a name of a program.
_SANE = re.compile(rb"[A-Za-z0-9._-]{8,64}")
# Asked for every few seconds by machines, or many to a page: told only where they fail.
_UNTOLD = ("/health", "/metrics", "/static")


class RequestLog:
    """Gives each request a number (``X-Request-Id``, the caller's where it is sane) and tells the log how it went.

    Told are method, template of the route, status, time, bytes sent and the id of the job, if the route has one: never
    the path, the query, the address or the person.

    Parameters
    ----------
    app
        What answers.
    failed
        Makes the answer to a request at which the program failed.
    """

    def __init__(self, app: ASGIApp, *, failed: Failed) -> None:
        self.app = app
        self.failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request and tell of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = number
        answered = _Answer(send, number)
        root_path, start = scope.get("root_path", ""), time.perf_counter()
        token = structlog.contextvars.bind_contextvars(request_id=number)
        try:
            await self.app(scope, receive, answered.send)
        except ClientDisconnect:
            # Whoever asked has left; that is no failure, and there is nobody to answer.
            pass
        except Exception as error:
            if not answered.has_begun:
                answered.status = 500
            get_logger().exception("request failed", **_about(scope, root_path))
            if not answered.has_begun:
                await (await self.failed(Request(scope), error))(scope, receive, answered.send)
            raise
        finally:
            _tell(scope, root_path, answered, time.perf_counter() - start)
            structlog.contextvars.reset_contextvars(**token)


class _Answer:
    """Passes an answer on, with the number of the request in its head, and remembers what it was."""

    __slots__ = ("_number", "_send", "has_begun", "sent_bytes", "status")

    def __init__(self, send: Send, number: str) -> None:
        self._send = send
        self._number = number.encode()
        self.has_begun = False
        self.status = GONE
        self.sent_bytes = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (HEADER, self._number)]
        elif message["type"] == "http.response.body":
            self.sent_bytes += len(message.get("body", b""))
        await self._send(message)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == HEADER and _SANE.fullmatch(value):
            return str(value.decode())
    return secrets.token_hex(8)


def _about(scope: MutableMapping[str, Any], root_path: str) -> dict[str, Any]:
    about: dict[str, Any] = {"method": method_name(scope), "route": route_name(scope, root_path)}
    job_id = scope.get("path_params", {}).get("job_id", "")
    if isinstance(job_id, str) and re.fullmatch(r"[0-9a-f]{8,32}", job_id):
        about["job"] = job_id
    return about


def _tell(scope: MutableMapping[str, Any], root_path: str, answered: _Answer, seconds: float) -> None:
    about = _about(scope, root_path)
    if answered.status < 400 and about["route"].startswith(_UNTOLD):
        return
    tell = get_logger().info if answered.status < 500 else get_logger().warning
    tell("request", **about, status=answered.status, ms=round(seconds * 1000, 1), bytes=answered.sent_bytes)
