"""A zero byte in an address is no text: nothing is called so, and a database cannot be asked by it."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from pelagia.core.errors import BadParameter
from pelagia.http.problems import problem_response


class NoZeros:
    """Refuses a request whose path or query holds a zero byte.

    Parameters
    ----------
    app
        What comes next.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
            error = BadParameter(
                "The address holds a character that is none", value="%00", remedy="Leave it out.", code="bad-request"
            )
            await problem_response(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)
