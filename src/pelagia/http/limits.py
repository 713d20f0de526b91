"""How often one may ask: a limit for each asker, and a wider one for each address."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pelagia.core.errors import TooMuch
from pelagia.http.client_address import address_group, client_address
from pelagia.http.counts import Counts
from pelagia.http.paths import plain_path
from pelagia.http.problems import problem_response
from pelagia.runtime.accounts.principal import Principal

# Many people may share the address of an institute; one who drops the cookie at each request has only the address.
ASKERS_PER_ADDRESS = 10
LIMITED = ("/v1/", "/v2/", "/deepaas/")


class RateLimits:
    """Counts the requests to the interfaces for programs, and all that a page sends; refuses those above the limit.

    The counts are kept in memory: each process that serves counts for itself.

    Parameters
    ----------
    app
        What comes next; the principal must be known already.
    per_minute
        Requests a minute of one asker; 0 for no limit.
    trusted_proxies
        As of :func:`pelagia.http.client_address.client_address`.
    """

    def __init__(self, app: ASGIApp, *, per_minute: int, trusted_proxies: str = "") -> None:
        self._app = app
        self._limiter = SlidingWindowCounterRateLimiter(Counts())
        self._of_asker = RateLimitItemPerMinute(max(1, per_minute))
        self._of_address = RateLimitItemPerMinute(max(1, per_minute * ASKERS_PER_ADDRESS))
        self._is_on = per_minute > 0
        self._trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if not self._is_on or scope["type"] != "http" or not _is_limited(scope):
            await self._app(scope, receive, send)
            return
        counted = self._counted(scope)
        for limit, who in counted:
            if not self._limiter.hit(limit, who):
                await self._refuse(limit, who, scope, receive, send)
                return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers(*counted[-1]))
            await send(message)

        await self._app(scope, receive, with_headers)

    def _counted(self, scope: Scope) -> list[tuple[RateLimitItem, str]]:
        """Return the limits that hold for a request, the narrowest last, each with whom it counts."""
        principal: Principal = scope["state"]["principal"]
        counted: list[tuple[RateLimitItem, str]] = [
            (self._of_address, address_group(client_address(scope, self._trusted_proxies)))
        ]
        # A visit without a cookie is a new one each time: nothing could be counted by it.
        if not principal.is_anonymous or "cookie" in Headers(scope=scope):
            counted.append((self._of_asker, principal.asker))
        return counted

    async def _refuse(self, limit: RateLimitItem, who: str, scope: Scope, receive: Receive, send: Send) -> None:
        headers = self._headers(limit, who)
        error = TooMuch(
            f"More than {limit.amount} requests in a minute",
            remedy=f"Go on in {headers['RateLimit-Reset']} s.",
            code="too-many-requests",
        )
        await problem_response(error, {**headers, "Retry-After": headers["RateLimit-Reset"]})(scope, receive, send)

    def _headers(self, limit: RateLimitItem, who: str) -> dict[str, str]:
        window = self._limiter.get_window_stats(limit, who)
        return {
            "RateLimit-Limit": str(limit.amount),
            "RateLimit-Remaining": str(window.remaining),
            "RateLimit-Reset": str(max(1, math.ceil(window.reset_time - time.time()))),
        }


def _is_limited(scope: Scope) -> bool:
    """Whether a request counts: forms of pages start work as well."""
    return scope["method"] == "POST" or plain_path(scope).startswith(LIMITED)
