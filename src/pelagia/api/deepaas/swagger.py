"""The description of the interface in Swagger 2.0, as the clients of DEEPaaS read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pelagia import __version__
from pelagia.api.deepaas.arguments import Argument
from pelagia.api.deepaas.served import Served

Tree = dict[str, Any]
FORMATS: Mapping[str, str] = {"integer": "int32", "number": "float"}
PREDICTION, SHAPED = "Prediction", "ModelPredictionResponse"


def swagger(models: Iterable[Served], base: str) -> Tree:
    """Return the description.

    Parameters
    ----------
    models
        The models that are served.
    base
        What stands before the addresses.
    """
    served = list(models)
    paths: Tree = {
        "/": {"get": _get("versions", "Get available API versions", "Versions", failure=True)},
        "/v2/": {"get": _get("versions", "Get V2 API version information", "Version", failure=True)},
        "/v2/debug/": {"get": _debug()},
        "/v2/models/": {"get": _get("models", "Return loaded models and its information", "ModelMeta")},
    }
    definitions = _definitions()
    for one in served:
        paths |= _paths(one, _shape(one, served, definitions))
    return {
        "swagger": "2.0",
        "info": {
            "title": "Pelagia: DEEPaaS V2 interface",
            "description": "The services of this installation by the interface of DEEP as a Service.",
            "version": __version__,
        },
        "paths": {f"{base}{path}": told for path, told in paths.items()},
        "definitions": definitions,
    }


def _shape(one: Served, served: list[Served], definitions: Tree) -> str:
    """Return the name of what a model answers, and describe it where its original did."""
    if one.original is None or one.original.schema is None:
        return PREDICTION
    told = one.original.schema.model_json_schema()
    shaped = [other for other in served if other.original is not None and other.original.schema is not None]
    # Clients look for the one name; of several models each is described alone under /deepaas/<model>/swagger.json.
    name = SHAPED if one is shaped[0] else f"{one.name}.{SHAPED}"
    definitions[name] = {key: told[key] for key in ("type", "properties", "required") if key in told}
    return name


def _paths(one: Served, shape: str) -> Tree:
    model = f"/v2/models/{one.name}"
    start = _operation("Retrain model with available data", responses={})
    start["parameters"] = [_parameter(argument) for argument in (one.train or {}).values()]
    of_one = {"in": "path", "name": "uuid", "required": True, "type": "string"}
    found = {
        f"{model}/": {"get": _get("models", "Return model's metadata", "ModelMeta")},
        f"{model}/train/": {
            "post": start,
            "get": _get("models", "Get a list of trainings (running or completed)", "TrainingList"),
        },
        f"{model}/train/{{uuid}}": {
            "get": {**_get("models", "Get status of a training", "Training"), "parameters": [of_one]},
            "delete": {**_operation("Cancel a running training", responses={}), "parameters": [of_one]},
        },
        f"{model}/predict/": {"post": _predict(one, shape)},
    }
    return found


def _predict(one: Served, shape: str) -> Tree:
    produces = [*one.media_types, "*/*"]
    is_own = one.original is not None and one.original.archive
    held = "the files that the original answers" if is_own else "the whole output folder"
    accept = {
        "in": "header",
        "name": "accept",
        "required": False,
        "type": "string",
        "default": one.media_types[0],
        "enum": produces,
        "description": f"Media type of the answer; a zip archive holds {held}",
    }
    told = _operation("Make a prediction given the input data", responses=_responses(shape, failure=True))
    arguments = [_parameter(argument) for argument in one.predict.values()]
    return {**told, "parameters": [*arguments, accept], "produces": produces}


def _parameter(argument: Argument) -> Tree:
    is_file = argument.kind == "file"
    told: Tree = {"in": "formData" if is_file else "query", "name": argument.name, "required": argument.is_required}
    item: Tree = {"type": argument.kind, **({"format": FORMATS[argument.kind]} if argument.kind in FORMATS else {})}
    if argument.choices:
        item["enum"] = list(argument.choices)
    if argument.minimum is not None:
        item["minimum"] = argument.minimum
    if argument.maximum is not None:
        item["maximum"] = argument.maximum
    if argument.is_list and not is_file:
        told |= {"type": "array", "items": item, "collectionFormat": "multi"}
    else:
        told |= item
    if argument.has_default:
        told["default"] = argument.default
    if argument.may_be_null:
        told["x-nullable"] = True
    return {**told, "description": argument.description}


def _operation(summary: str, *, responses: Tree, tag: str = "models") -> Tree:
    return {
        "tags": [tag],
        "summary": summary,
        "parameters": [],
        "produces": ["application/json"],
        "responses": responses,
    }


def _get(tag: str, summary: str, shape: str, *, failure: bool = False) -> Tree:
    return _operation(summary, responses=_responses(shape, failure=failure), tag=tag)


def _responses(shape: str, *, failure: bool = False) -> Tree:
    found = {"200": {"description": "", "schema": _ref(shape)}}
    return {**found, "400": {"description": "", "schema": _ref("Failure")}} if failure else found


def _debug() -> Tree:
    responses = {"204": {"description": "Debug endpoint not enabled"}}
    return {**_operation("Return debug information if enabled by API.", responses=responses, tag="debug")}


def _ref(name: str) -> Tree:
    return {"$ref": f"#/definitions/{name}"}


def _object(required: str = "", **properties: Tree) -> Tree:
    found: Tree = {"type": "object", "properties": properties}
    return {**found, "required": required.split()} if required else found


def _definitions() -> Tree:
    text: Tree = {"type": "string"}
    states = ["running", "error", "done", "cancelled"]
    return {
        "Failure": _object("message", message=text),
        "Location": _object("href rel", rel=text, href=text, type=text),
        "Version": _object("id version", version=text, id=text, links=_list("Location")),
        "Versions": _object(versions=_list("Version"), links=_list("Location")),
        "ModelMeta": _object(
            "description id name",
            id=text,
            name=text,
            description=text,
            license=text,
            author=text,
            version=text,
            links=_list("Location"),
        ),
        "Prediction": _object(
            "predictions status",
            status={**text, "description": "Response status message"},
            predictions={**text, "description": "String containing predictions"},
        ),
        "Training": _object(
            "date status uuid",
            uuid=text,
            date=text,
            status={**text, "enum": states},
            message=text,
            args={"type": "object"},
            result={"type": "object"},
        ),
        "TrainingList": {"type": "array", "items": _ref("Training")},
    }


def _list(name: str) -> Tree:
    return {"type": "array", "items": _ref(name)}
