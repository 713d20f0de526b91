"""No other site may act in the name of a person: what a browser sends with a cookie must come from our own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from pelagia.core.errors import NotAllowed
from pelagia.http.identify import SESSION_COOKIE
from pelagia.http.problems import problem_response

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
OUR_OWN = frozenset({"same-origin", "none"})
REMEDY = "Send an API token instead of a cookie, or the header X-Requested-With: pelagia."


class SameOrigin:
    """Refuses an unsafe request with a cookie unless it comes from our own pages.

    A request with a token (``Authorization: Bearer``), or without cookies, acts by nothing that a browser adds by
    itself, and passes. Browsers say where a request comes from (``Sec-Fetch-Site``, ``Origin``); a program that says
    neither and yet sends the cookie of a session must send ``X-Requested-With``, which another site cannot.

    Parameters
    ----------
    app
        What comes next.
    public_url
        The address people reach the installation under, where a proxy hides it from the server.
    """

    def __init__(self, app: ASGIApp, *, public_url: str = "") -> None:
        self._app = app
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and scope["method"] not in SAFE:
            headers = Headers(scope=scope)
            # A browser adds names and passwords of its own to requests (Basic), but never a token.
            has_token = headers.get("authorization", "").lower().startswith("bearer ")
            if "cookie" in headers and not has_token and not self._is_ours(headers):
                await problem_response(foreign_origin(headers, REMEDY))(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        told = comes_from_us(headers, self._public_url)
        if told is not None:
            return told
        return "x-requested-with" in headers or f"{SESSION_COOKIE}=" not in headers.get("cookie", "")


def comes_from_us(headers: Headers, public_url: str = "") -> bool | None:
    """Whether a browser says that a request comes from a page of ours; ``None`` where nothing is said.

    Parameters
    ----------
    headers
        Of the request.
    public_url
        As of :class:`SameOrigin`.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in OUR_OWN
    if origin is not None:
        return urlsplit(origin).netloc in {headers.get("host", ""), urlsplit(public_url).netloc} - {""}
    return None


def is_from_page(headers: Headers) -> bool:
    """Whether a request was sent by a page of ours in a browser."""
    return headers.get("sec-fetch-site") == "same-origin" and "authorization" not in headers


def foreign_origin(headers: Headers, remedy: str) -> NotAllowed:
    """Return the error for what another site had a browser send."""
    return NotAllowed(
        "The request does not come from a page of this installation",
        value=headers.get("origin", ""),
        remedy=remedy,
        code="foreign-origin",
    )
