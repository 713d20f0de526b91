"""The interface for programs as a page: read from its own description, with nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from pelagia.ui.rendering import page

router = APIRouter(include_in_schema=False)

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One thing a route takes: in its path, its query, its headers or its body."""

    name: str
    place: str
    kind: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route of the interface."""

    method: str
    path: str
    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    answers: tuple[tuple[str, str], ...]


@router.get("/docs/api")
def show_reference(request: Request) -> HTMLResponse:
    """Show what programs can ask for."""
    return page(
        request, "reference.html", groups=grouped(request.app.openapi()), base=str(request.base_url).rstrip("/")
    )


def grouped(schema: Mapping[str, Any]) -> dict[str, list[Route]]:
    """Return the routes of an OpenAPI document by their tag.

    Parameters
    ----------
    schema
        The document.
    """
    groups: dict[str, list[Route]] = {}
    for path, item in schema.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                tag = next(iter(operation.get("tags", ())), "others")
                groups.setdefault(tag, []).append(_route(schema, method, path, operation))
    return groups


def _route(schema: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> Route:
    return Route(
        method=method.upper(),
        path=path,
        name=operation.get("operationId", f"{method} {path}"),
        summary=operation.get("description") or operation.get("summary", ""),
        parameters=(*_parameters(operation), *_body(schema, operation)),
        answers=tuple((code, _media(answer)) for code, answer in operation.get("responses", {}).items()),
    )


def _parameters(operation: Mapping[str, Any]) -> Iterator[Parameter]:
    for given in operation.get("parameters", ()):
        yield Parameter(
            name=given["name"],
            place=given["in"],
            kind=_kind(given.get("schema", {})),
            is_required=given.get("required", False),
            description=given.get("description") or given.get("schema", {}).get("description", ""),
        )


def _body(schema: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[Parameter]:
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        body = _resolved(schema, content.get("schema", {}))
        properties = body.get("properties", {})
        for name, field in properties.items():
            yield Parameter(
                name=name,
                place=media,
                kind=_kind(field),
                is_required=name in body.get("required", ()),
                description=field.get("description", ""),
            )
        if not properties:
            yield Parameter(
                name="body",
                place=media,
                kind=_kind(body),
                is_required=operation["requestBody"].get("required", False),
                description=body.get("description", ""),
            )


def _resolved(schema: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = part.get("$ref", "")
    if not reference.startswith("#/"):
        return part
    found: Any = schema
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return _resolved(schema, found)


def _kind(field: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_kind(one) for one in field["anyOf"]))
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}))}"
    return str(field.get("type", "any"))


def _media(answer: Mapping[str, Any]) -> str:
    media = ", ".join(answer.get("content", {}))
    return f"{answer.get('description', '')}{f' ({media})' if media else ''}"
