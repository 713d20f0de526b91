"""The models at hand: what each knows, how well, and what it is not for."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from pelagia.catalogue.models import CatalogueModel, list_models
from pelagia.core.errors import NotFound
from pelagia.http.asking import Bench, Reader
from pelagia.runtime.registry import all_services
from pelagia.ui.rendering import page

router = APIRouter(include_in_schema=False, prefix="/models")


@router.get("")
def show_models(request: Request, bench: Bench, _principal: Reader) -> HTMLResponse:
    """Show a card of every model."""
    models = list_models(bench.runtime.settings.home)
    trainings = [service.training for service in all_services() if service.training is not None]
    return page(request, "models.html", models=models, trainings=trainings)


@router.get("/{name}/{version}")
def show_model(request: Request, name: str, version: str, bench: Bench, _principal: Reader) -> HTMLResponse:
    """Show all that is said of a model."""
    return page(request, "model.html", model=_find(list_models(bench.runtime.settings.home), name, version))


def _find(models: tuple[CatalogueModel, ...], name: str, version: str) -> CatalogueModel:
    for model in models:
        if (model.name, model.version) == (name, version) and model.card is not None:
            return model
    raise NotFound("There is no such model", value=f"{name} {version}", remedy="See the page Models.")
