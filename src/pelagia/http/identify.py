"""Who is behind a request: a token, a session cookie, or a visit without an account."""

from __future__ import annotations

import secrets
from hashlib import sha256

from fastapi import Request, Response
from starlette.middleware.base import RequestResponseEndpoint

from pelagia.runtime.accounts.principal import Principal

VISIT_COOKIE = "pelagia_visit"
VISIT_SECONDS = 7 * 24 * 3600


async def identify(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Put the principal into the state of the request; a new visit gets a cookie."""
    cookie = request.cookies.get(VISIT_COOKIE, "")
    visit = cookie or secrets.token_urlsafe(24)
    request.state.principal = Principal(asker=f"visit:{sha256(visit.encode()).hexdigest()[:40]}")
    response = await call_next(request)
    if not cookie:
        response.set_cookie(VISIT_COOKIE, visit, max_age=VISIT_SECONDS, httponly=True, samesite="lax")
    return response
