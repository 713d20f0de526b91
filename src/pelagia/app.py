"""The composition root of the server: settings → runtime → HTTP interface and web app."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Collection

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from pelagia import __version__
from pelagia.api import (
    decisions,
    edits,
    events,
    jobs,
    maps,
    models,
    oils,
    openapi,
    results,
    scans,
    services,
    shared_folders,
    spills,
    transfers,
    uploads,
    usage,
    videos,
)
from pelagia.api.accounts import routes as accounts
from pelagia.api.deepaas.layer import DeepaasLayer
from pelagia.api.following import Following
from pelagia.api.tidying import tidied
from pelagia.core.errors import PelagiaError
from pelagia.http import health, metrics
from pelagia.http.body_limit import BodyLimit
from pelagia.http.figures import FiguresCollector
from pelagia.http.headers import SecurityHeaders
from pelagia.http.hosts import AllowedHosts, allowed_hosts
from pelagia.http.identify import Identify
from pelagia.http.limits import RateLimits
from pelagia.http.logging import RequestLog
from pelagia.http.metrics import RequestFigures, RequestMetrics
from pelagia.http.problems import problem_of, problem_response
from pelagia.http.same_origin import SameOrigin
from pelagia.http.sign_in import SignIn, oidc_secret
from pelagia.http.zeros import NoZeros
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.identities import Identities
from pelagia.runtime.accounts.keys import open_keys
from pelagia.runtime.checkup import Checkup, checks_of
from pelagia.runtime.metrics import KeptFigures
from pelagia.runtime.registry import all_services
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import Settings
from pelagia.runtime.warm import WarmProcesses
from pelagia.ui import web_app
from pelagia.ui.errors import ErrorPages, error_page, wants_page

WARM_PROCESSES = 2
# Requests that wait hold a thread each: more of them than WarmProcesses lets wait, so that pages are served meanwhile.
THREADS = 200
ROUTERS = (
    services.router,
    uploads.router,
    transfers.router,
    shared_folders.router,
    jobs.router,
    events.router,
    results.router,
    decisions.router,
    scans.router,
    maps.router,
    videos.router,
    spills.router,
    edits.router,
    models.router,
    oils.router,
    accounts.router,
    usage.router,
    openapi.router,
    health.router,
    metrics.router,
)


def create_app(settings: Settings, *, listens_at: Collection[str] = ()) -> FastAPI:
    """Make the application of an installation.

    Parameters
    ----------
    settings
        Of the installation.
    listens_at
        As of :func:`pelagia.http.hosts.allowed_hosts`.
    """
    # `upload://` addresses and downloads find the home folder here, in the processes beside this one too.
    os.environ["PELAGIA_HOME"] = str(settings.home)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        with open_runtime(settings) as runtime:
            warm = WarmProcesses(WARM_PROCESSES, [service.pipeline for service in all_services()])
            app.state.workbench = Workbench(runtime=runtime, warm=warm)
            app.state.checkup = Checkup(checks_of(runtime))
            app.state.installation_figures = FiguresCollector(KeptFigures(runtime.database), settings.home)
            app.state.identities = Identities(runtime.database, open_keys(settings.home))
            app.state.sign_in = SignIn(runtime.database, app.state.identities, settings, oidc_secret())
            async with Following.open(runtime) as app.state.following, tidied(runtime):
                try:
                    yield
                finally:
                    warm.stop()

    app = FastAPI(
        title="Pelagia",
        version=__version__,
        summary="The open workbench for aquatic imaging",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.request_figures = RequestFigures()
    _add_layers(app, settings, allowed_hosts(settings, listens_at))
    for router in ROUTERS:
        app.include_router(router)
    for kind in (PelagiaError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _tell)
    web_app.install(app)
    return app


def _add_layers(app: FastAPI, settings: Settings, hosts: Collection[str]) -> None:
    """Put the layers around the routes; the last one added is the first that a request meets.

    counted → headers for browsers → told to the log → errors as pages for people → by a name of ours → no zeros →
    bodies bounded → other sites' pages → who asks → no foreign site in their name → how often → by the addresses of
    DEEPaaS.
    """
    app.add_middleware(DeepaasLayer)
    app.add_middleware(RateLimits, per_minute=settings.requests_per_minute, trusted_proxies=settings.trusted_proxies)
    app.add_middleware(SameOrigin, public_url=settings.public_url)
    app.add_middleware(
        Identify, is_https=settings.public_url.startswith("https://"), trusted_proxies=settings.trusted_proxies
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins.split(),
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["*"],
        )
    app.add_middleware(BodyLimit)
    app.add_middleware(NoZeros)
    # A collector asks by the address of the machine; without a token, /metrics are for this computer.
    has_token = bool(settings.metrics_token.get_secret_value())
    app.add_middleware(AllowedHosts, hosts=hosts, exempt=("/metrics",) if has_token else ())
    app.add_middleware(ErrorPages)
    app.add_middleware(RequestLog, failed=_tell)
    app.add_middleware(SecurityHeaders, is_https=settings.public_url.startswith("https://"))
    app.add_middleware(RequestMetrics, figures=app.state.request_figures)


async def _tell(request: Request, error: Exception) -> Response:
    if not wants_page(request):
        return problem_response(error)
    told = problem_of(error)
    if told["code"] == "internal":
        # Programs have it in the header; a person needs to see what to tell.
        told["value"] = f"request {request.state.request_id}"
    return error_page(request, told)
