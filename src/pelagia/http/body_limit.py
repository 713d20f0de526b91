"""No request may fill the memory or keep a connection waiting: bodies are bounded in size and time."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pelagia.core.errors import PelagiaError, TooMuch, Unavailable
from pelagia.http.paths import plain_path
from pelagia.http.problems import problem_response

MAX_BYTES = 4 << 20
BODY_SECONDS = 60.0
# These read their bodies piece by piece and have limits of their own.
STREAMED = ("/v1/uploads/", "/v1/usage/receipts", "/admin/receipts", "/v2/", "/deepaas/")


class BodyLimit:
    """Refuses bodies that are too large or come too slowly, save where they are streamed.

    Parameters
    ----------
    app
        What comes next.
    max_bytes
        The most bytes of a body.
    streamed
        Beginnings of paths where bodies are read piece by piece.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int = MAX_BYTES, streamed: Sequence[str] = STREAMED) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._streamed = tuple(streamed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or plain_path(scope).startswith(self._streamed):
            await self._app(scope, receive, send)
            return
        stated = Headers(scope=scope).get("content-length", "")
        if stated.isdecimal() and int(stated) > self._max_bytes:
            await problem_response(self._too_large())(scope, receive, send)
            return
        await self._bounded(scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0
        is_whole = is_answered = False
        refusal: PelagiaError | None = None

        async def bounded_receive() -> Message:
            nonlocal read, is_whole, refusal
            if is_whole:
                return await receive()
            try:
                with anyio.fail_after(BODY_SECONDS):
                    message = await receive()
            except TimeoutError as error:
                refusal = too_slow()
                raise refusal from error
            read += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if read > self._max_bytes:
                refusal = self._too_large()
                raise refusal
            return message

        async def send_unless_refused(message: Message) -> None:
            nonlocal is_answered
            # What reads the body takes our error for one of its own; ours says more.
            if refusal is None or is_answered:
                is_answered = True
                await send(message)

        try:
            await self._app(scope, bounded_receive, send_unless_refused)
        except PelagiaError as error:
            if error is not refusal:
                raise
        if refusal is not None and not is_answered:
            await problem_response(refusal)(scope, receive, send)

    def _too_large(self) -> TooMuch:
        return TooMuch(
            f"The body of the request has more than {self._max_bytes:,} bytes",
            remedy="Send files as an upload: POST /v1/uploads.",
            code="too-large",
        )


def too_slow() -> Unavailable:
    """Return the error for a body that does not come."""
    return Unavailable(
        f"Nothing was received for {BODY_SECONDS:g} s",
        remedy="Try again; an upload goes on where it stopped.",
        code="too-slow",
    )
