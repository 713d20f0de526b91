"""Options made from the parameters of a service: name, choices, unit, bounds, default, level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import click
from pydantic import ValidationError

from pelagia.core.service import Params

METAVARS = {"integer": "INTEGER", "number": "NUMBER", "string": "TEXT", "object": "JSON"}
BOUNDS = (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamOption:
    """One parameter as an option.

    Parameters
    ----------
    name
        The name of the field.
    is_list
        Whether it takes several values, parted by commas.
    is_essential
        Whether it is shown first.
    option
        The option of click.
    """

    name: str
    is_list: bool
    is_essential: bool
    option: click.Option


def param_options(params: type[Params]) -> tuple[ParamOption, ...]:
    """Make an option of every field, the essential ones first."""
    schema = params.model_json_schema()
    required = set(schema.get("required", ()))
    options = [
        _option(name, _flattened(field, schema.get("$defs", {})), is_required=name in required)
        for name, field in schema.get("properties", {}).items()
    ]
    return tuple(sorted(options, key=lambda option: not option.is_essential))


def parse_params(params: type[Params], options: Iterable[ParamOption], given: Mapping[str, Any]) -> Params:
    """Make the parameters of what was given on the command line.

    Raises
    ------
    click.UsageError
        Where a value is not allowed.
    """
    values = {
        option.name: _split(given[option.name]) if option.is_list else given[option.name]
        for option in options
        if given.get(option.name) is not None
    }
    try:
        return params.model_validate(values)
    except ValidationError as error:
        raise click.UsageError("\n".join(_told(problem, params) for problem in error.errors())) from error


def flag_of(name: str) -> str:
    """Return the option of a field: ``max_error`` → ``--max-error``."""
    return "--" + name.replace("_", "-")


def _option(name: str, field: Mapping[str, Any], *, is_required: bool) -> ParamOption:
    kind = field.get("type", "string")
    flag = flag_of(name)
    settings: dict[str, Any] = {"help": _help(field, is_required=is_required), "required": is_required}
    if kind == "boolean":
        names = f"{flag}/--no-{flag[2:]}"
        settings["default"] = None
    elif "enum" in field:
        names = flag
        settings["type"] = click.Choice([str(choice) for choice in field["enum"]])
    else:
        names = flag
        settings["metavar"] = _metavar(field)
    return ParamOption(
        name=name,
        is_list=kind == "array",
        is_essential=field.get("level") == "essential",
        option=click.Option([names, name], **settings),
    )


def _flattened(field: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """Return a field's schema with references and the ``null`` of an optional one resolved."""
    flat = dict(field)
    if "anyOf" in flat:
        others = [one for one in flat.pop("anyOf") if one.get("type") != "null"]
        # A field of several types is taken as text; the model tells them apart.
        flat |= others[0] if len(others) == 1 else {"type": "string"}
    if "$ref" in flat:
        flat = {**shared[flat.pop("$ref").rpartition("/")[2]], **flat}
    if "const" in flat:
        flat["enum"] = [flat.pop("const")]
    return flat


def _metavar(field: Mapping[str, Any]) -> str:
    if field.get("type") == "array":
        one = METAVARS.get(field.get("items", {}).get("type", "string"), "TEXT")
        return f"{one},{one},…"
    return METAVARS.get(field.get("type", "string"), "TEXT")


def _help(field: Mapping[str, Any], *, is_required: bool) -> str:
    facts = [field.get("unit", "")]
    facts += [f"{sign} {field[name]:g}" for name, sign in BOUNDS if name in field]
    default = field.get("default")
    if is_required:
        facts.append("required")
    elif default not in (None, "", []):
        facts.append(f"default: {_shown(default)}")
    told = "; ".join(fact for fact in facts if fact)
    return f"{field.get('description', '')}.  [{told}]" if told else f"{field.get('description', '')}."


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, list):
        return ",".join(f"{item:g}" if isinstance(item, float) else str(item) for item in default)
    return f"{default:g}" if isinstance(default, float) else str(default)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _told(problem: Any, params: type[Params]) -> str:
    where = str(problem["loc"][0]) if problem["loc"] else ""
    name = flag_of(where) if where in params.model_fields else "the parameters"
    return f"Invalid value for {name}: {problem['msg']} (found: {problem['input']})"
