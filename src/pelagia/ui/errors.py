"""Errors as a person sees them: the page with file, value and remedy, where a program gets a problem document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse

from pelagia.ui.rendering import page

# What programs speak: whatever they send as `Accept`, an error there is a problem document.
PROGRAM_PATHS = ("/v1/", "/v2/", "/api/", "/swagger.json", "/health", "/metrics", "/static/")
TITLES = {
    401: "Please sign in",
    403: "This is not open to you",
    404: "There is nothing here",
    409: "This does not fit",
    413: "This is too large",
    422: "This cannot be used as it is",
    429: "That is more than is allowed",
    503: "Something does not answer just now",
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
        return False
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
    is_part = "hx-request" in request.headers
    return page(
        request,
        "error_box.html" if is_part else "error.html",
        status=status,
        headers={"HX-Reswap": "innerHTML"} if is_part else None,
        title=TITLES.get(status, UNEXPECTED if status >= 500 else "This cannot be done"),
        problem=problem,
        back=_page_of(request),
    )


def _page_of(request: Request) -> str:
    """Return the page a person is on: for a part of one, or what a form was sent to, the page it stands on."""
    standing = request.headers.get("hx-current-url", "")
    if not standing and request.method != "GET":
        standing = request.headers.get("referer", "")
    return urlsplit(standing).path or request.url.path
