"""``/metrics``: what a collector such as Prometheus reads, and how requests are counted for it."""

from __future__ import annotations

import ipaddress
import secrets
import time

from fastapi import APIRouter, Request, Response
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pelagia.core.errors import NotAllowed, SignInNeeded
from pelagia.http.asking import Bench
from pelagia.http.figures import FiguresCollector
from pelagia.http.route_names import GONE, method_name, route_name

router = APIRouter(include_in_schema=False)

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
EVENT_STREAM = b"text/event-stream"


class RequestFigures:
    """The figures of one web process: of its requests, and of the process itself.

    Parameters
    ----------
    registry
        Where they are kept; a fresh one by default.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        # When a series began is of no use to anybody, and doubles their number.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = registry or CollectorRegistry()
        self.requests = Counter(
            "pelagia_http_requests", "Requests answered.", ("method", "route", "status"), registry=registry
        )
        self.seconds = Histogram(
            "pelagia_http_request_duration_seconds",
            "Time from a request to the end of its answer; event streams are left out.",
            ("method", "route"),
            buckets=BUCKETS_S,
            registry=registry,
        )
        self.received = Counter(
            "pelagia_http_received_bytes",
            "Bytes received in bodies of requests: uploads.",
            ("route",),
            registry=registry,
        )
        self.open = Gauge("pelagia_http_requests_in_progress", "Requests being answered.", registry=registry)
        self.streams = Gauge("pelagia_http_open_streams", "Event streams that are open.", registry=registry)
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)


class RequestMetrics:
    """Counts requests and their time by route template, never by person or path.

    Parameters
    ----------
    app
        What answers.
    figures
        Where it is counted.
    """

    def __init__(self, app: ASGIApp, figures: RequestFigures) -> None:
        self.app = app
        self.figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request and count it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        figures, root_path, start = self.figures, scope.get("root_path", ""), time.perf_counter()
        counted = _Counted(scope, receive, send, figures)
        figures.open.inc()
        try:
            await self.app(scope, counted.receive, counted.send)
        except Exception:
            counted.fail()
            raise
        finally:
            figures.open.dec()
            method, route = method_name(scope), route_name(scope, root_path)
            figures.requests.labels(method, route, str(counted.status)).inc()
            if counted.is_stream:
                figures.streams.dec()
            else:
                figures.seconds.labels(method, route).observe(time.perf_counter() - start)


class _Counted:
    """Passes the two ways of one request on and remembers what went by."""

    __slots__ = ("_figures", "_receive", "_received", "_root_path", "_scope", "_send", "is_stream", "status")

    def __init__(self, scope: Scope, receive: Receive, send: Send, figures: RequestFigures) -> None:
        self._scope = scope
        self._root_path = scope.get("root_path", "")
        self._receive = receive
        self._send = send
        self._figures = figures
        self._received: Counter | None = None
        self.status = GONE
        self.is_stream = False

    def fail(self) -> None:
        """Note that the program failed, unless its answer had begun."""
        if self.status == GONE:
            self.status = 500

    async def receive(self) -> Message:
        message = await self._receive()
        body = message.get("body")
        if body:
            # Not only at its end: an upload may take hours.
            if self._received is None:
                self._received = self._figures.received.labels(route_name(self._scope, self._root_path))
            self._received.inc(len(body))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            kinds = (value for name, value in message.get("headers", ()) if name.lower() == b"content-type")
            if not self.is_stream and next(kinds, b"").startswith(EVENT_STREAM):
                self.is_stream = True
                self._figures.streams.inc()
        await self._send(message)


@router.get("/metrics")
def metrics(request: Request, bench: Bench) -> Response:
    """Return all figures as text for a collector.

    Without ``PELAGIA_METRICS_TOKEN`` only this computer may read them, and not by way of a proxy.
    """
    _check_allowed(request, bench.runtime.settings.metrics_token.get_secret_value())
    figures: RequestFigures = request.app.state.request_figures
    collector: FiguresCollector = request.app.state.installation_figures
    text = generate_latest(figures.registry) + generate_latest(collector)
    return Response(text, media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _check_allowed(request: Request, token: str) -> None:
    if token:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), token.encode()):
            return
        raise SignInNeeded("Metrics need their token", remedy="Send Authorization: Bearer with PELAGIA_METRICS_TOKEN.")
    if not _is_from_here(request):
        raise NotAllowed(
            "Metrics are told to this computer only",
            remedy="Set PELAGIA_METRICS_TOKEN and let the collector send it.",
        )


def _is_from_here(request: Request) -> bool:
    """Whether a program of this computer asks, and not a proxy on behalf of somebody."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
