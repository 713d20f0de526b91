"""The composition root of the server: settings → runtime → HTTP interface and web app."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from pelagia import __version__
from pelagia.core.errors import PelagiaError
from pelagia.http.identify import identify
from pelagia.http.problems import problem_response
from pelagia.orders.workbench import Workbench
from pelagia.runtime.registry import all_services
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import Settings
from pelagia.runtime.warm import WarmProcesses

WARM_PROCESSES = 2


def create_app(settings: Settings) -> FastAPI:
    """Make the application of an installation.

    Parameters
    ----------
    settings
        Of the installation.
    """
    # `upload://` addresses and downloads find the home folder here, in the processes beside this one too.
    os.environ["PELAGIA_HOME"] = str(settings.home)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with open_runtime(settings) as runtime:
            warm = WarmProcesses(WARM_PROCESSES, [service.pipeline for service in all_services()])
            app.state.workbench = Workbench(runtime=runtime, warm=warm)
            try:
                yield
            finally:
                warm.stop()

    app = FastAPI(
        title="Pelagia",
        version=__version__,
        summary="The open workbench for aquatic imaging",
        lifespan=lifespan,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.middleware("http")(identify)
    app.add_exception_handler(PelagiaError, _tell)
    return app


async def _tell(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, PelagiaError):
        raise error
    return problem_response(error)
