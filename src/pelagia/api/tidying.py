"""Tidying up while the server runs: what was broken off, and what visitors left behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from anyio.to_thread import run_sync

from pelagia.api.deepaas.files import sweep
from pelagia.core.errors import PelagiaError
from pelagia.orders.own_jobs import tidy_jobs
from pelagia.orders.uploads import tidy_uploads
from pelagia.runtime.runner import Runtime

HOW_OFTEN_S = 3600.0
LOG = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def tidied(runtime: Runtime) -> AsyncIterator[None]:
    """Tidy up now and every hour, as long as the block lasts."""
    task = asyncio.create_task(_tidy(runtime))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _tidy(runtime: Runtime) -> None:
    while True:
        try:
            await run_sync(tidy_uploads, runtime)
            await run_sync(tidy_jobs, runtime)
            await run_sync(sweep, runtime.settings)
        except (PelagiaError, OSError) as error:
            # The next hour may do better; requests go on meanwhile.
            LOG.warning("tidying failed: %s", type(error).__name__)
        await asyncio.sleep(HOW_OFTEN_S)
