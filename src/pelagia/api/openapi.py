"""The description of the interface for programs: OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

router = APIRouter()

DESCRIPTION = """\
Send files, have them processed, fetch the result.

1. `POST /v1/uploads`, then send the files: whole (`PUT`), in batches, or in parts that can be gone on with (tus 1.0).
2. `POST /v1/estimates` tells what was understood; `POST /v1/jobs` has it done, with `?wait=` while you wait.
3. `GET /v1/jobs/{job_id}/events` follows it; `GET /v1/jobs/{job_id}/results` has figures, tables, files.

Without an account a cookie keeps your uploads and jobs together; with an API token send `Authorization: Bearer …`.
Every error is a problem document (RFC 9457) that says what was wrong, the value, and the remedy.
"""
PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "An error as RFC 9457 has it.",
    "required": ["type", "title", "status", "detail", "code", "value", "remedy", "file"],
    "properties": {
        "type": {"type": "string", "description": "urn:pelagia:problem:CODE"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What was wrong."},
        "code": {"type": "string", "description": "A short stable name."},
        "value": {"type": "string", "description": "The value at fault, as found."},
        "remedy": {"type": "string", "description": "What to do about it."},
        "file": {"type": "string", "description": "The file or address it was found in."},
        "fields": {
            "type": "object",
            "description": "Field → what is wrong with it, where several are at fault.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "examples": [
        {
            "type": "urn:pelagia:problem:not-found",
            "title": "Not Found",
            "status": 404,
            "detail": "There is no such upload",
            "code": "not-found",
            "value": "0123456789abcdef",
            "remedy": "POST /v1/uploads makes one.",
            "file": "",
        }
    ],
}
ERRORS = {
    "400": "It cannot be read as a request.",
    "401": "It needs an account.",
    "403": "Whoever asks may not do this.",
    "404": "There is nothing of this name that whoever asks may see.",
    "405": "This cannot be done here; `Allow` names what can.",
    "409": "It contradicts what is there.",
    "410": "It was deleted.",
    "413": "It is larger than may be.",
    "422": "Something in it is missing or not allowed; `fields` names what.",
    "429": "Too much, or too often; `Retry-After` says when to go on.",
    "503": "Something does not answer; trying again may help.",
}
# Of routes that give parts of files.
RANGE_ERRORS = {"416": "The file does not reach so far."}
METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "An API token of an account."},
    "session": {"type": "apiKey", "in": "cookie", "name": "pelagia_session", "description": "Signed in by a browser."},
    "visit": {"type": "apiKey", "in": "cookie", "name": "pelagia_visit", "description": "Without an account."},
}


@router.get("/v1/openapi.json", include_in_schema=False)
def openapi(request: Request) -> JSONResponse:
    """Return the description of the interface."""
    app: FastAPI = request.app
    if app.openapi_schema is None:
        app.openapi_schema = describe(app)
    return JSONResponse(app.openapi_schema)


def describe(app: FastAPI) -> dict[str, Any]:
    """Describe the routes under /v1, every error of each as a problem document."""
    found = get_openapi(
        title="Pelagia", version=app.version, summary=app.summary, description=DESCRIPTION, routes=app.routes
    )
    found["paths"] = {path: item for path, item in found["paths"].items() if path.startswith("/v1/")}
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    components["securitySchemes"] = SECURITY_SCHEMES
    components["responses"] = {
        f"Problem{status}": _problem_response(text)
        for status, text in {**ERRORS, **RANGE_ERRORS, "default": "Another error."}.items()
    }
    found["security"] = [{"token": []}, {"session": []}, {"visit": []}, {}]
    for operations in found["paths"].values():
        for method, operation in operations.items():
            if method in METHODS:
                _add_errors(operation["responses"], has_body=method != "head")
    return found


def _add_errors(responses: dict[str, Any], *, has_body: bool) -> None:
    responses.pop("422", None)
    for status in (*ERRORS, *(RANGE_ERRORS if "206" in responses else ()), "default"):
        described = {"$ref": f"#/components/responses/Problem{status}"}
        responses.setdefault(status, described if has_body else {"description": ERRORS.get(status, "Another error.")})


def _problem_response(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": text, "content": {"application/problem+json": {"schema": schema}}}
