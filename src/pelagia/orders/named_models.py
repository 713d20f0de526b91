"""Parameters that name a model of the catalogue: it belongs to the request like the models a service declares."""

from __future__ import annotations

from pathlib import Path

from pelagia.catalogue.models import REFERENCE, find_model, resolve, unknown_model
from pelagia.core.service import ModelRef, Params


def named_models(params: Params, *, home: Path) -> dict[str, ModelRef]:
    """Return the models that parameters name, by the names of the parameters.

    Parameters
    ----------
    params
        Of a request.
    home
        ``PELAGIA_HOME``.

    Raises
    ------
    NotFound
        Where one is named with a version and is not in the catalogue.
    """
    named: dict[str, ModelRef] = {}
    for name, field in type(params).model_fields.items():
        told, value = field.json_schema_extra, getattr(params, name)
        if not isinstance(told, dict) or not told.get("model") or value == field.default:
            continue
        found = named_model(str(value), name, home=home)
        if found is not None:
            named[name] = found
    return named


def named_model(reference: str, role: str, *, home: Path) -> ModelRef | None:
    """Return the model of the catalogue that is meant; ``None`` where a folder is.

    Raises
    ------
    NotFound
        Where it is named with a version and is not in the catalogue.
    """
    if find_model(reference, home=home) is not None:
        return resolve(reference, role, home=home)
    match = REFERENCE.fullmatch(reference)
    if match is not None and match["version"]:
        raise unknown_model(reference, home=home)
    return None
