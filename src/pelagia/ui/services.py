"""The page of a service: files, parameters, what was understood of them, Start."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pelagia.catalogue.models import CatalogueModel, list_models
from pelagia.core.errors import NotAllowed, PelagiaError, SignInNeeded, TooMuch
from pelagia.core.service import Service
from pelagia.http.asking import Bench, Reader, Runner
from pelagia.http.looks import counted_view
from pelagia.orders.addresses import checked_order, shared_folders
from pelagia.orders.order import BadOrder, Order
from pelagia.orders.previews import preview_order
from pelagia.orders.samples import sample_order
from pelagia.orders.submit import estimate_order, submit
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.access import kind_of_use, require_access
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.jobs import Kind
from pelagia.runtime.registry import find_face
from pelagia.ui.param_form import filled_in, form_fields
from pelagia.ui.rendering import page
from pelagia.ui.spills.start import ASKED

router = APIRouter(include_in_schema=False, prefix="/services")

# Services with a page of their own, and the parameters that it asks for in its own place.
PAGES: Mapping[str, tuple[str, frozenset[str]]] = {"oilspill": ("spills/start.html", ASKED)}
ROUTE = "web"
PREVIEWS = 12


async def _sent(request: Request) -> Mapping[str, Sequence[str]]:
    form = await request.form()
    return {name: [value for value in form.getlist(name) if isinstance(value, str)] for name in form}


Sent = Annotated[Mapping[str, Sequence[str]], Depends(_sent)]


@router.get("/{slug}")
def show_service(request: Request, slug: str, bench: Bench, principal: Reader) -> Response:
    """Show a service with its form."""
    service = find_face(slug)
    fields = form_fields(service.params)
    template, asked = PAGES.get(slug, ("service.html", frozenset()))
    others = [field for field in fields if field.name not in asked]
    shown = page(
        request,
        template,
        service=service,
        fields={field.name: field for field in fields},
        essential=[field for field in others if field.is_essential],
        advanced=[field for field in others if not field.is_essential],
        models=_choices(service, bench),
        key=new_key(),
        about="About your files" if service.models else "Settings",
        takes_addresses=_takes_addresses(bench),
        shared=list(shared_folders(bench.runtime.settings)),
        barred=_barred(bench, principal, slug),
    )
    return counted_view(shown, request, bench, principal, slug)


@router.post("/{slug}/check")
def check(request: Request, slug: str, bench: Bench, principal: Runner, sent: Sent) -> HTMLResponse:
    """Say what was understood of the files and parameters; nothing is started or counted."""
    service = find_face(slug)
    order = order_of(service, sent)
    told: dict[str, Any] = {"service": service, "estimate": None, "wrong": {}, "pictures": (), "key": new_key()}
    if not order.inputs:
        return page(request, "understood.html", **told)
    # Who may not have it done hears so before anything is worked out.
    allow = partial(require_access, bench.runtime, principal, slug, kind_of_use(bench.runtime, principal, slug))
    allow()
    try:
        order = checked_order(bench, principal, order)
        estimate = estimate_order(bench, order)
    except BadOrder as error:
        return page(request, "understood.html", **told | {"wrong": _in_words(service, error)})
    allow(units=estimate.units, size=estimate.bytes)
    pictures = [base64.b64encode(picture).decode() for picture in preview_order(bench, order, PREVIEWS)]
    return page(request, "understood.html", **told | {"estimate": estimate, "pictures": pictures})


@router.post("/{slug}/start")
def start(slug: str, bench: Bench, principal: Runner, sent: Sent) -> Response:
    """Start a run and go to its page."""
    order = checked_order(bench, principal, order_of(find_face(slug), sent))
    return _started(bench, principal, order, sent)


@router.post("/{slug}/sample")
def try_sample(slug: str, bench: Bench, principal: Runner, sent: Sent) -> Response:
    """Run a service on its own sample; a try-out, whoever asks."""
    return _started(bench, principal, sample_order(bench, slug), sent, "try-out")


def new_key() -> str:
    """Return what makes one press of a button one run, however often it is sent."""
    return secrets.token_urlsafe(16)


def order_of(service: Service[Any], sent: Mapping[str, Sequence[str]]) -> Order:
    """Return the order that a form of a service makes.

    Parameters
    ----------
    service
        Whose form it is.
    sent
        Names and values: ``input.<slot>``, ``address.<slot>``, ``param.<name>``, ``model.<role>``, ``title``.
    """
    inputs = {}
    for slot in service.inputs:
        typed = [line.strip() for text in sent.get(f"address.{slot.name}", ()) for line in text.splitlines()]
        given = [address for address in (*sent.get(f"input.{slot.name}", ()), *typed) if address]
        if given:
            inputs[slot.name] = given
    return Order(
        service=service.slug,
        inputs=inputs,
        params=filled_in(form_fields(service.params), _under("param.", sent)),
        models={role: model for role, model in _under("model.", sent).items() if model},
        title=next(iter(sent.get("title", ())), "").strip()[:200],
    )


def _started(
    bench: Workbench, principal: Principal, order: Order, sent: Mapping[str, Sequence[str]], kind: Kind | None = None
) -> Response:
    key = next(iter(sent.get("key", ())), "")
    job = submit(bench, order, principal, kind=kind, route=ROUTE, idempotency_key=key)
    return RedirectResponse(f"/runs/{job.id}", status_code=303)


def _under(prefix: str, sent: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {
        name.removeprefix(prefix): values[-1] for name, values in sent.items() if name.startswith(prefix) and values
    }


def _choices(service: Service[Any], bench: Workbench) -> dict[str, list[CatalogueModel]]:
    if not service.models:
        return {}
    usable = [(model, model.card.task) for model in list_models(bench.runtime.settings.home) if model.card is not None]
    tasks = {f"{model.name}@{model.version}": task for model, task in usable}
    # What does something else than the default cannot take its place: a classifier finds no animals.
    return {
        slot.role: [model for model, task in usable if task in _takes(tasks.get(slot.default, task))]
        for slot in service.models
        if slot.default in tasks or not slot.is_optional
    }


def _takes(task: str) -> tuple[str, ...]:
    """Return the tasks of models that may take the place of one; any detector of persons finds people."""
    return ("people", "detection") if task == "people" else (task,)


def _barred(bench: Workbench, principal: Principal, slug: str) -> PelagiaError | None:
    """Return why somebody may not use a service at all: better said before thousands of files are sent."""
    try:
        require_access(bench.runtime, principal, slug, kind_of_use(bench.runtime, principal, slug))
    except (SignInNeeded, NotAllowed, TooMuch) as error:
        return error
    return None


def _takes_addresses(bench: Workbench) -> bool:
    settings = bench.runtime.settings
    return bool(settings.shared_folders or settings.allowed_addresses)


def _in_words(service: Service[Any], error: BadOrder) -> dict[str, list[str]]:
    """Return what is wrong with an order, by the labels of its form."""
    labels = {field.name: field.label for field in form_fields(service.params)}
    return {labels.get(name, name): messages for name, messages in error.fields.items()}
