"""The models at hand, and how well each knows what it was shown."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from pelagia.api.files import FILE_RESPONSES, file_response
from pelagia.catalogue.models import CatalogueModel, list_models
from pelagia.core.errors import NotFound
from pelagia.http.asking import Bench, Reader
from pelagia.learning.card import PAGE_FILE
from pelagia.orders.workbench import Workbench

router = APIRouter(prefix="/v1/models", tags=["models"])

Name = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9._-]{0,99}$", examples=["plankton-isiis"])]
Version = Annotated[str, Path(pattern=r"^\d+\.\d+\.\d+$", max_length=30, examples=["1.0.0"])]


class Accuracy(BaseModel):
    """A figure between 0 and 1 with its 95 % interval, on images the model had not seen."""

    value: float
    low: float
    high: float


class ModelShort(BaseModel):
    """A model in a few words."""

    reference: str = Field(description="name@version, as an order names it.", examples=["plankton-isiis@1.0.0"])
    name: str
    version: str
    place: Literal["shipped", "installed"]
    title: str
    instrument: str
    created: dt.date | None
    licence: str
    classes: int
    heldout_images: int | None = Field(description="How many images the figures below are of.")
    accuracy: Accuracy | None
    macro_f1: Accuracy | None
    problem: str = Field(description="Why its card cannot be read; empty where it can.")


class ModelOut(ModelShort):
    """All that is said of a model."""

    card: dict[str, Any] | None = Field(description="Its card, as in card.json.")


class ModelList(BaseModel):
    """The models at hand."""

    items: list[ModelShort]


@router.get("", operation_id="listModels")
def listing(bench: Bench, _principal: Reader) -> ModelList:
    """List the models by name, the newest version first."""
    return ModelList(items=[ModelShort(**_short(model)) for model in list_models(bench.runtime.settings.home)])


@router.get("/{name}/{version}", operation_id="getModel")
def show(name: Name, version: Version, bench: Bench, _principal: Reader) -> ModelOut:
    """Show a model with its card: classes, figures by class, confusion, where its images came from."""
    model = _find(bench, name, version)
    return ModelOut(**_short(model), card=None if model.card is None else model.card.model_dump(mode="json"))


@router.get(
    "/{name}/{version}/card.md",
    operation_id="getModelCard",
    response_class=Response,
    responses=FILE_RESPONSES,
)
def card(name: Name, version: Version, request: Request, bench: Bench, _principal: Reader) -> Response:
    """Return the card of a model as a page of text."""
    return file_response(_find(bench, name, version).path / PAGE_FILE, request, PAGE_FILE)


def _find(bench: Workbench, name: str, version: str) -> CatalogueModel:
    for model in list_models(bench.runtime.settings.home):
        if (model.name, model.version) == (name, version):
            return model
    raise NotFound("There is no such model", value=f"{name}@{version}", remedy="See /v1/models.")


def _short(model: CatalogueModel) -> dict[str, Any]:
    card = model.card
    scores = card.scores if card is not None else None
    return {
        "reference": model.reference,
        "name": model.name,
        "version": model.version,
        "place": model.place,
        "title": card.title if card is not None else model.name,
        "instrument": card.instrument if card is not None else "",
        "created": card.created if card is not None else None,
        "licence": card.licence if card is not None else "",
        "classes": len(card.classes) if card is not None else 0,
        "heldout_images": scores.n_heldout if scores is not None else None,
        "accuracy": Accuracy(**scores.accuracy.model_dump()) if scores is not None else None,
        "macro_f1": Accuracy(**scores.macro_f1.model_dump()) if scores is not None else None,
        # The path of the server in it is nobody's business.
        "problem": "The card cannot be read" if model.problem else "",
    }
