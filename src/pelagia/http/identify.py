"""Who is behind a request: an API token, the cookie of a session, or a visit without an account."""

from __future__ import annotations

import secrets
from typing import Annotated

import anyio.to_thread
from fastapi import Depends, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pelagia.core.errors import NotAllowed, PelagiaError, SignInNeeded
from pelagia.http.attempts import WrongTokens
from pelagia.http.client_address import address_group, client_address
from pelagia.http.problems import problem_response
from pelagia.runtime.accounts.identities import Identities, with_country_of
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.accounts.sessions import LIFETIME

SESSION_COOKIE = "pelagia_session"
VISIT_COOKIE = "pelagia_visit"
VISIT_SECONDS = 7 * 24 * 3600
LONGEST_COOKIE = 200
LOOKS = frozenset({"GET", "HEAD", "OPTIONS"})
# Files and probes are the same for everybody; the collector of metrics has a token of its own.
ASKED_OF_NOBODY = ("/static/", "/health", "/metrics")


class Identify:
    """Puts the principal into the state of each request.

    A wrong token is refused, never taken for a visit; where many come from one place, all new ones from there are. A
    session that has ended is a visit, and its cookie is taken back. A visit gets a cookie where one is of use: with a
    page, and with what it makes.

    Parameters
    ----------
    app
        What comes next.
    is_https
        Whether people reach the installation by https only: cookies are then sent by no other way.
    trusted_proxies
        As of :func:`pelagia.http.client_address.client_address`.
    """

    def __init__(self, app: ASGIApp, *, is_https: bool = False, trusted_proxies: str = "") -> None:
        self._app = app
        self._is_https = is_https
        self._trusted_proxies = trusted_proxies
        self._wrong_tokens = WrongTokens()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        if scope["path"].startswith(ASKED_OF_NOBODY):
            state["principal"] = Principal(asker="", scopes=frozenset())
            await self._app(scope, receive, send)
            return
        cookies = Response()
        try:
            principal, visit = await self._find(scope, cookies)
        except PelagiaError as error:
            await problem_response(error)(scope, receive, send)
            return
        state["principal"] = principal
        if visit or "set-cookie" in cookies.headers:
            send = self._with_cookies(scope, send, cookies, visit)
        await self._app(scope, receive, send)

    async def _find(self, scope: Scope, cookies: Response) -> tuple[Principal, str]:
        """Return who asks, and the cookie that a new visit may be given."""
        headers = Headers(scope=scope)
        identities: Identities = scope["app"].state.identities
        address = client_address(scope, self._trusted_proxies)
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            asking = identities.remembered("token", token)
            if asking is None:
                asking = await self._of_token(identities, token, address_group(address))
            _require_scope(asking, scope["method"])
            return with_country_of(asking, address), ""
        given = cookie_parser(headers.get("cookie", ""))
        session = given.get(SESSION_COOKIE, "")
        if session:
            known = identities.remembered("session", session) or await self._of_session(identities, session, cookies)
            if known is not None:
                return with_country_of(known, address), ""
        visit = given.get(VISIT_COOKIE, "")
        is_new = not visit or len(visit) > LONGEST_COOKIE
        if is_new:
            visit = secrets.token_urlsafe(24)
        return identities.of_visit(visit, address, headers.get("user-agent", "")), visit if is_new else ""

    async def _of_token(self, identities: Identities, token: str, place: str) -> Principal:
        self._wrong_tokens.require_more_allowed(place)
        try:
            return await anyio.to_thread.run_sync(identities.of_token, token)
        except SignInNeeded:
            self._wrong_tokens.count(place, token)
            raise

    async def _of_session(self, identities: Identities, session: str, cookies: Response) -> Principal | None:
        found = await anyio.to_thread.run_sync(identities.of_session, session)
        if found is None:
            cookies.delete_cookie(SESSION_COOKIE)
            return None
        principal, is_prolonged = found
        if is_prolonged:
            set_session_cookie(cookies, session, is_https=self._is_https)
        return principal

    def _with_cookies(self, scope: Scope, send: Send, cookies: Response, visit: str) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_page = headers.get("content-type", "").startswith("text/html")
                if visit and message["status"] < 400 and (is_page or scope["method"] not in LOOKS):
                    cookies.set_cookie(
                        VISIT_COOKIE,
                        visit,
                        max_age=VISIT_SECONDS,
                        httponly=True,
                        samesite="lax",
                        secure=self._is_https,
                    )
                _add_cookies(headers, cookies)
            await send(message)

        return sending


def set_session_cookie(response: Response, session: str, *, is_https: bool) -> None:
    """Give a browser the cookie of a session, in place of that of its visit."""
    response.set_cookie(
        SESSION_COOKIE,
        session,
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_https,
    )
    response.delete_cookie(VISIT_COOKIE)


def identities(request: Request) -> Identities:
    """Return what finds out who is asking."""
    found: Identities = request.app.state.identities
    return found


Identification = Annotated[Identities, Depends(identities)]


def _add_cookies(headers: MutableHeaders, cookies: Response) -> None:
    """Add cookies to an answer, save those it sets itself."""
    own = {value.partition("=")[0] for value in headers.getlist("set-cookie")}
    for value in cookies.headers.getlist("set-cookie"):
        if value.partition("=")[0] not in own:
            headers.append("set-cookie", value)


def _require_scope(principal: Principal, method: str) -> None:
    """Refuse a token that may not look, or may do nothing but look; what it may do, the routes know."""
    is_covered = "read" in principal.scopes if method in LOOKS else bool(principal.scopes - {"read"})
    if not is_covered:
        raise NotAllowed(
            "The token does not cover this",
            value=", ".join(sorted(principal.scopes)) or "nothing",
            remedy="Make a token with the scope read to look, or run, train, provide, admin to do.",
            code="scope-needed",
        )
