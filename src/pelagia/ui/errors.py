"""Errors as a person sees them: the page with file, value and remedy, where a program gets a problem document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pelagia.http.problems import MEDIA_TYPE
from pelagia.ui.rendering import page

# What programs speak: whatever they send as `Accept`, an error there is a problem document. A person comes there only
# by a link that saves a file, and by a browser that says so.
PROGRAM_PATHS = ("/v1/", "/v2/", "/api/", "/swagger.json", "/health", "/metrics", "/static/")
TITLES = {
    401: "Please sign in",
    403: "This is not open to you",
    404: "There is nothing here",
    409: "This does not fit",
    410: "This is no longer here",
    413: "This is too large",
    421: "This is not an address of ours",
    422: "This cannot be used as it is",
    429: "That is more than is allowed",
    503: "Something does not answer just now",
}
# What a person calls it, where the problem speaks of what programs deal with.
DETAILS: Mapping[str, str] = {"no-such-job": "There is no such run"}
# What a person can do, where the remedy of the problem is one for programs.
REMEDIES: Mapping[str, str] = {
    "foreign-origin": "Open the page here, in this tab, and do it again from there.",
    "bad-request-parameter": "Go back, correct it, and try again.",
    "bad-request-body": "Go back, correct it, and try again.",
    "too-large": "Go back and send less at once; files are dropped on the page of a service.",
}
UNEXPECTED = "Something went wrong on our side"


def wants_page(request: Request) -> bool:
    """Return whether an error is best told as a page: a browser asked for one, or for a part of one.

    Parameters
    ----------
    request
        What failed.
    """
    if request.url.path.startswith(PROGRAM_PATHS):
        return request.url.path.startswith("/v1/") and request.headers.get("sec-fetch-dest") == "document"
    return "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers


def error_page(request: Request, problem: Mapping[str, Any]) -> HTMLResponse:
    """Return the page that tells an error; for a part of a page, only the box.

    Parameters
    ----------
    request
        What failed.
    problem
        The members of the problem document: status, detail, value, remedy, file.
    """
    status = int(problem["status"])
    code = str(problem.get("code"))
    words = {"detail": DETAILS.get(code, problem["detail"]), "remedy": REMEDIES.get(code, problem.get("remedy", ""))}
    is_part = "hx-request" in request.headers
    return page(
        request,
        "error_box.html" if is_part else "error.html",
        status=status,
        headers={"HX-Reswap": "innerHTML"} if is_part else None,
        title=TITLES.get(status, UNEXPECTED if status >= 500 else "This cannot be done"),
        problem={**problem, **words},
        back=_page_of(request),
        came_from=_came_from(request),
    )


def _came_from(request: Request) -> str:
    """Return the page of ours that led here, to go back to; empty where there is none."""
    before = urlsplit(request.headers.get("referer", ""))
    is_ours = before.netloc == request.headers.get("host") and before.path not in ("", "/", request.url.path)
    return before.path + (f"?{before.query}" if before.query else "") if is_ours else ""


class ErrorPages:
    """Turns the problem documents of the layers inside it into pages, for those who want a page.

    Parameters
    ----------
    app
        What comes next.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or not wants_page(Request(scope)):
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def send_page(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_problem(message):
                held.append(message)
            elif not held:
                await send(message)
            else:
                held.append(message)
                if not message.get("more_body", False):
                    await _as_page(Request(scope), held)(scope, receive, send)

        await self._app(scope, receive, send_page)


def _is_problem(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith(MEDIA_TYPE)


def _as_page(request: Request, messages: list[Message]) -> HTMLResponse:
    start, *pieces = messages
    made = error_page(request, json.loads(b"".join(piece.get("body", b"") for piece in pieces)))
    # What else the layers told: when to come again, cookies that are taken back.
    kept = [(name, value) for name, value in start["headers"] if not name.startswith(b"content-")]
    made.raw_headers += [(name, value) for name, value in kept if name.decode("latin-1") not in made.headers]
    return made


def _page_of(request: Request) -> str:
    """Return the page a person is on: for a part of one, or what a form was sent to, the page it stands on."""
    standing = request.headers.get("hx-current-url", "")
    if not standing and request.method != "GET":
        standing = request.headers.get("referer", "")
    return urlsplit(standing).path or request.url.path
