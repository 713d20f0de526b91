"""The services: what each does, takes, can be told, and counts."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from pelagia.core.service import Service
from pelagia.exports.registry import EXPORTERS
from pelagia.runtime.registry import all_services, find_face

router = APIRouter(prefix="/v1/services", tags=["services"])

Slug = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9-]{0,63}$", examples=["flowcam"])]


class InputOut(BaseModel):
    """One kind of input."""

    name: str
    description: str
    patterns: list[str] = Field(description="File name patterns or schemes of addresses that are welcome.")
    at_least: int
    at_most: int | None


class ModelSlotOut(BaseModel):
    """A model the service needs."""

    role: str
    default: str = Field(description="name@version")
    description: str


class ServiceShort(BaseModel):
    """A service in a few words."""

    slug: str
    title: str
    summary: str
    version: str
    unit: str = Field(description="What one use is: image, scan, frame …")
    training: str | None = Field(description="Slug of the service that trains its models.")


class ServiceOut(ServiceShort):
    """All a service says of itself."""

    unit_plural: str
    inputs: list[InputOut]
    params: dict[str, Any] = Field(
        description="JSON Schema of the parameters; each says its `unit`, and its `level`: essential or advanced."
    )
    models: list[ModelSlotOut]
    exports: list[str] = Field(description="Names of the exports that a result can be written in.")
    trains: str | None = Field(description="Slug of the service whose models this one trains.")


class ServiceList(BaseModel):
    """The services of the installation."""

    items: list[ServiceShort]


@router.get("", operation_id="listServices")
def listing() -> ServiceList:
    """List the services."""
    return ServiceList(items=[_short(service) for service in all_services()])


@router.get("/{slug}", operation_id="getService")
def show(slug: Slug) -> ServiceOut:
    """Show what a service, or the training of one, says of itself."""
    service = find_face(slug)
    trains = next((one.slug for one in all_services() if one.training is not None and one.training.slug == slug), None)
    return ServiceOut(
        **_short(service).model_dump(),
        unit_plural=service.unit.plural,
        inputs=[
            InputOut(
                name=slot.name,
                description=slot.description,
                patterns=list(slot.patterns),
                at_least=slot.at_least,
                at_most=slot.at_most,
            )
            for slot in service.inputs
        ],
        params=_schema_of(service.slug),
        models=[
            ModelSlotOut(role=slot.role, default=slot.default, description=slot.description) for slot in service.models
        ],
        exports=[] if trains else list(EXPORTERS),
        trains=trains,
    )


def _short(service: Service[Any]) -> ServiceShort:
    return ServiceShort(
        slug=service.slug,
        title=service.title,
        summary=service.summary,
        version=service.version,
        unit=service.unit.name,
        training=service.training.slug if service.training is not None else None,
    )


@lru_cache(maxsize=64)
def _schema_of(slug: str) -> dict[str, Any]:
    # Making it takes longer than all the rest of the answer.
    schema: dict[str, Any] = find_face(slug).params.model_json_schema()
    return schema
