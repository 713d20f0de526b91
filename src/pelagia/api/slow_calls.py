"""Calls that may take long wait for each other, so that they never take all threads from the others."""

from __future__ import annotations

from typing import Annotated

import anyio
from fastapi import Depends, Request

AT_ONCE = 8


async def slow_calls(request: Request) -> anyio.CapacityLimiter:
    """Return what such calls wait for; one for each running application, made in its loop."""
    state = request.app.state
    if not hasattr(state, "slow_calls"):
        state.slow_calls = anyio.CapacityLimiter(AT_ONCE)
    found: anyio.CapacityLimiter = state.slow_calls
    return found


SlowCalls = Annotated[anyio.CapacityLimiter, Depends(slow_calls)]
