"""The addresses of DEEPaaS: found before all others, with doubled slashes and without the last one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import quote

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pelagia.api.deepaas import train
from pelagia.api.deepaas.documents import (
    help_page,
    model_document,
    models_document,
    version_document,
    versions_document,
)
from pelagia.api.deepaas.predict import predict
from pelagia.api.deepaas.replies import error_reply, json_reply, text_reply
from pelagia.api.deepaas.served import Served, served_models
from pelagia.api.deepaas.swagger import swagger
from pelagia.core.errors import NotFound, PelagiaError
from pelagia.http.paths import plain_path
from pelagia.orders.immediate import ShortOrders
from pelagia.orders.workbench import Workbench
from pelagia.runtime.logging import get_logger
from pelagia.runtime.outward import MISTAKE

ALONE = "/deepaas/"
# Addresses that were asked for are remembered, up to so many.
KNOWN_PATHS = 1024
OWN = frozenset({"/ui", "/api", "/swagger.json", "/v2"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address that there is.

    Parameters
    ----------
    template
        What it is called in the log.
    path
        In its plain form.
    methods
        What can be done there.
    served
        The model it belongs to.
    training
        The training it belongs to.
    """

    template: str
    path: str
    methods: Mapping[str, Handler]
    served: Served | None = None
    training: str = ""

    @property
    def route(self) -> Route:
        """For the log and the metrics."""
        return Route(path=self.template)


@dataclass(frozen=True, slots=True)
class Route:
    """What stands in the state of a request in place of a route of FastAPI."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request at its place."""

    place: Place
    base: str
    models: Mapping[str, Served]
    bench: Workbench
    short: ShortOrders
    scope: Scope
    receive: Receive
    send: Send


Handler = Callable[[Call], Awaitable[Response | None]]


class DeepaasLayer:
    """Answers what is asked by the addresses of DEEPaaS, and passes all else on.

    Under ``/deepaas/<model>`` the same interface stands with that model alone, for clients that know but one.

    Parameters
    ----------
    app
        What comes next; the principal must be known already.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._models = served_models()
        self._short: ShortOrders | None = None
        self._found = lru_cache(maxsize=KNOWN_PATHS)(self._find)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked: str = scope["path"]
        path = plain_path(scope)
        if not (path.startswith(("/v2/", ALONE)) or path in OWN or (path == "/" and _is_program(scope))):
            await self._app(scope, receive, send)
            return
        base, models, place = self._found(path)
        if place is None:
            await text_reply(HTTPStatus.NOT_FOUND)(scope, receive, send)
            return
        scope["route"] = place.route
        if scope["method"] not in place.methods:
            allow = {"allow": ",".join(sorted(place.methods))}
            await text_reply(HTTPStatus.METHOD_NOT_ALLOWED, allow)(scope, receive, send)
            return
        if asked != base + place.path and scope["method"] == "GET":
            await _redirect(base + place.path, scope)(scope, receive, send)
            return
        bench: Workbench = scope["app"].state.workbench
        call = Call(
            place=place,
            base=base,
            models=models,
            bench=bench,
            short=self._short_orders(bench),
            scope=scope,
            receive=receive,
            send=send,
        )
        await _answer(call)

    def _find(self, path: str) -> tuple[str, Mapping[str, Served], Place | None]:
        """Return what stands before an address, the models seen there, and its place."""
        base, models, rest = self._view(path)
        return base, models, _find(rest, models)

    def _view(self, path: str) -> tuple[str, Mapping[str, Served], str]:
        """Return what stands before an address, the models seen there, and the address itself."""
        if not path.startswith(ALONE):
            return "", self._models, path
        name, _, rest = path.removeprefix(ALONE).partition("/")
        if name not in self._models:
            return "", {}, path
        return f"{ALONE}{name}", {name: self._models[name]}, f"/{rest}"

    def _short_orders(self, bench: Workbench) -> ShortOrders:
        if self._short is None or self._short.warm is not bench.warm:
            self._short = ShortOrders(bench.runtime, bench.warm)
        return self._short


def _is_program(scope: Scope) -> bool:
    """Whether the versions are wanted and not the web app, whose pages browsers ask for by their type."""
    wants_page = any(name == b"accept" and b"text/html" in value.lower() for name, value in scope["headers"])
    return scope["method"] == "GET" and not wants_page


def _redirect(path: str, scope: Scope) -> Response:
    query, path = scope["query_string"].decode("latin-1"), quote(path)
    return text_reply(HTTPStatus.PERMANENT_REDIRECT, {"location": f"{path}?{query}" if query else path})


async def _answer(call: Call) -> None:
    try:
        response = await call.place.methods[call.scope["method"]](call)
    except NotFound as error:
        response = text_reply(HTTPStatus.NOT_FOUND) if call.place.training else error_reply(error)
    except PelagiaError as error:
        response = error_reply(error)
    except Exception:
        get_logger().exception("request failed", route=call.place.template)
        # What is in it stands in the log, and is nobody else's business.
        response = error_reply(PelagiaError(MISTAKE["what"], remedy=MISTAKE["remedy"], code="internal"))
    if response is not None:
        await response(call.scope, call.receive, call.send)


def _find(path: str, models: Mapping[str, Served]) -> Place | None:
    """Return the place of an address; a last slash that is missing is added, one too many is not taken away."""
    plain = path if path.endswith("/") else f"{path}/"
    if path in FIXED or plain in FIXED:
        found = path if path in FIXED else plain
        return Place(template=found, path=found, methods=FIXED[found])
    parts = path.split("/")
    if parts[:3] != ["", "v2", "models"] or len(parts) < 4 or parts[3] not in models:
        return None
    served = models[parts[3]]
    if len(parts) == 6 and parts[4] == "train" and parts[5]:
        return Place(template=TRAINING, path=path, methods=OF_TRAINING, served=served, training=parts[5])
    ending = "/".join(plain.split("/")[4:])
    if ending not in OF_MODEL:
        return None
    return Place(template=f"{MODEL}{ending}", path=plain, methods=OF_MODEL[ending], served=served)


def _of(call: Call) -> Served:
    if call.place.served is None:
        raise NotFound("There is no such model", remedy="/v2/models/ has them.")
    return call.place.served


async def _versions(call: Call) -> Response:
    return json_reply(versions_document(call.base))


async def _version(call: Call) -> Response:
    return json_reply(version_document(call.base))


async def _ui(call: Call) -> Response:
    return text_reply(HTTPStatus.FOUND, {"location": f"{call.base}/api"})


async def _api(call: Call) -> Response:
    return HTMLResponse(help_page(call.models.values(), call.base))


async def _swagger(call: Call) -> Response:
    return json_reply(swagger(call.models.values(), call.base))


async def _debug(_call: Call) -> Response:
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _models(call: Call) -> Response:
    return json_reply(models_document(call.models.values(), call.base))


async def _model(call: Call) -> Response:
    return json_reply(model_document(_of(call), call.base))


async def _predict(call: Call) -> None:
    await predict(call.bench, call.short, _of(call), call.scope, call.receive, call.send)


async def _train(call: Call) -> Response:
    served = _of(call)
    if served.service.training is None:
        reason = f"Not implemented by underlying model (loaded '{served.name}')"
        return text_reply(HTTPStatus.NOT_IMPLEMENTED, reason=reason)
    return await train.start(call.bench, served, served.service.training, call.scope, call.receive)


async def _trainings(call: Call) -> Response:
    return await train.listed(call.bench, _of(call), call.scope)


async def _training(call: Call) -> Response:
    return await train.one(call.bench, _of(call), call.place.training, call.scope)


async def _cancel(call: Call) -> Response:
    return await train.cancel(call.bench, _of(call), call.place.training, call.scope)


FIXED: Mapping[str, Mapping[str, Handler]] = {
    "/": {"GET": _versions},
    "/ui": {"GET": _ui},
    "/api": {"GET": _api},
    "/swagger.json": {"GET": _swagger},
    "/v2/": {"GET": _version},
    "/v2/debug/": {"GET": _debug},
    "/v2/models/": {"GET": _models},
}
OF_MODEL: Mapping[str, Mapping[str, Handler]] = {
    "": {"GET": _model},
    "predict/": {"POST": _predict},
    "train/": {"POST": _train, "GET": _trainings},
}
OF_TRAINING: Mapping[str, Handler] = {"GET": _training, "DELETE": _cancel}
MODEL = "/v2/models/{model}/"
TRAINING = f"{MODEL}train/{{uuid}}"


def deepaas_routes() -> list[tuple[str, str]]:
    """Return method and address of all that is answered here; under ``/deepaas/{model}`` stands the same again."""
    tables = {**FIXED, **{f"{MODEL}{ending}": methods for ending, methods in OF_MODEL.items()}, TRAINING: OF_TRAINING}
    return [(method, template) for template, methods in tables.items() for method in methods]
