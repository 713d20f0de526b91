"""Bodies read piece by piece: never more of one in memory than a piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import anyio
from anyio.to_thread import run_sync
from fastapi import Request
from starlette.requests import ClientDisconnect

from pelagia.core.errors import BadInput
from pelagia.http.body_limit import BODY_SECONDS, too_slow

PIECE_BYTES = 2 << 20


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """Read the body of a request in pieces of some megabytes.

    What was received before the connection broke is yielded as well.

    Raises
    ------
    BadInput
        ``broken-off``: the connection broke.
    Unavailable
        ``too-slow``: nothing came for long.
    """
    buffer = bytearray()
    stream = request.stream()
    while True:
        broken: Exception | None = None
        try:
            with anyio.fail_after(BODY_SECONDS):
                part = await anext(stream, b"")
        except ClientDisconnect:
            broken = BadInput("The connection broke", remedy="Send the rest.", code="broken-off")
        except TimeoutError:
            broken = too_slow()
        else:
            buffer += part
        # Starlette ends a body with an empty part.
        is_end = broken is not None or not part
        if buffer and (is_end or len(buffer) >= PIECE_BYTES):
            yield bytes(buffer)
            buffer.clear()
        if broken is not None:
            raise broken
        if is_end:
            return


async def write_pieces(request: Request, write: Callable[[bytes], object]) -> None:
    """Hand the body of a request piece by piece to a function in a thread, while the next piece is read.

    Raises
    ------
    PelagiaError
        What the function raises, or :func:`pieces`; what was read before is handed over all the same.
    """
    writing: asyncio.Task[object] | None = None
    try:
        async for piece in pieces(request):
            if writing is not None:
                await writing
            writing = asyncio.create_task(run_sync(write, piece))
    finally:
        if writing is not None:
            await writing
