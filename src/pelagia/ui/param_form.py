"""The form of a service, made from its parameters; and what was filled in, back to JSON types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

Control = Literal["number", "text", "select", "checkbox", "list"]
# The last parts of a name that only repeat the unit shown beside the field.
UNIT_SUFFIXES = frozenset(
    {"um", "mm", "cm", "m", "km", "ml", "l", "px", "s", "h", "deg", "um2", "mm2", "m2", "m3", "kg", "t", "pct"}
)
BOUNDS = (
    ("minimum", "at least"),
    ("exclusiveMinimum", "more than"),
    ("maximum", "up to"),
    ("exclusiveMaximum", "less than"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One parameter as a control of a form.

    Parameters
    ----------
    name, label
        The name of the field, and in words.
    control
        What it is drawn as; a ``list`` is a text of values with commas.
    kind
        The JSON type of the value, of one item for a list.
    is_essential
        Whether it is shown first.
    is_required
        Whether there is no default.
    default
        As it stands in the form.
    hint
        Bounds and default in words.
    options
        Of a ``select``: value and words.
    max_length
        Of a text.
    """

    name: str
    label: str
    control: Control
    kind: str
    help: str
    unit: str
    is_essential: bool
    is_required: bool
    default: str
    hint: str
    options: tuple[tuple[str, str], ...] = ()
    max_length: int | None = None


def form_fields(params: type[BaseModel]) -> tuple[FormField, ...]:
    """Make a control of every parameter, in the order the service declares them.

    Parameters
    ----------
    params
        The parameters of a service.
    """
    schema = params.model_json_schema()
    required = set(schema.get("required", ()))
    shared = schema.get("$defs", {})
    return tuple(
        _form_field(name, field, shared, is_required=name in required)
        for name, field in schema.get("properties", {}).items()
    )


def filled_in(fields: Iterable[FormField], form: Mapping[str, str]) -> dict[str, Any]:
    """Return what a person filled in, as JSON types; an empty field has its default.

    Parameters
    ----------
    fields
        Of the form.
    form
        What the browser sent. What is no number stays a text, so that the service's own check names it.
    """
    values: dict[str, Any] = {}
    for field in fields:
        if field.control == "checkbox":
            values[field.name] = form.get(field.name) == "true"
            continue
        text = form.get(field.name, "").strip()
        if field.control == "list":
            if text:
                values[field.name] = [_value(part.strip(), field.kind) for part in text.split(",") if part.strip()]
        elif text or (field.name in form and field.kind == "string" and field.control == "text" and field.default):
            values[field.name] = _value(text, field.kind)
    return values


def told_params(params: type[BaseModel], values: Mapping[str, Any]) -> dict[str, str]:
    """Return values of parameters in words: label → value with its unit.

    Parameters
    ----------
    params
        The parameters of a service.
    values
        Name → value, as JSON types; a name that the service no longer has is its own label.
    """
    fields = {field.name: field for field in form_fields(params)}
    told = {}
    for name, value in values.items():
        field = fields.get(name)
        text = _told(value)
        unit = field.unit if field is not None and value is not None else ""
        told[_label(name, "") if field is None else field.label] = f"{text} {unit}".strip()
    return told


def _told(value: Any) -> str:
    if value is None or value in ("", []):
        return "not set"
    return ("yes" if value else "no") if isinstance(value, bool) else _shown(value)


def _form_field(name: str, field: Mapping[str, Any], shared: Mapping[str, Any], *, is_required: bool) -> FormField:
    flat, is_optional = _flattened(field, shared)
    unit = flat.get("unit", "")
    item = flat.get("items", {}) if flat.get("type") == "array" else flat
    default = flat.get("default")
    return FormField(
        name=name,
        label=_label(name, unit),
        control=_control(flat),
        kind=item.get("type", "string"),
        help=flat.get("description", ""),
        unit=unit,
        is_essential=flat.get("level") == "essential",
        is_required=is_required,
        default=_shown(default),
        hint=_hint(flat),
        options=_options(flat, is_optional=is_optional),
        max_length=flat.get("maxLength"),
    )


def _flattened(field: Mapping[str, Any], shared: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return a field's schema with references resolved, and whether it may be left empty."""
    flat = dict(field)
    is_optional = False
    if "anyOf" in flat:
        kinds = flat.pop("anyOf")
        others = [one for one in kinds if one.get("type") != "null"]
        is_optional = len(others) < len(kinds)
        # A field of several types is taken as text; the service tells them apart.
        flat |= others[0] if len(others) == 1 else {"type": "string"}
    if "$ref" in flat:
        flat = {**shared[flat.pop("$ref").rpartition("/")[2]], **flat}
    if "const" in flat:
        flat["enum"] = [flat.pop("const")]
    return flat, is_optional


def _control(flat: Mapping[str, Any]) -> Control:
    if "enum" in flat:
        return "select"
    kinds: dict[str, Control] = {"boolean": "checkbox", "integer": "number", "number": "number", "array": "list"}
    return kinds.get(flat.get("type", "string"), "text")


def _options(flat: Mapping[str, Any], *, is_optional: bool) -> tuple[tuple[str, str], ...]:
    choices = tuple((str(choice), str(choice).replace("-", " ")) for choice in flat.get("enum", ()))
    return (("", "as found"), *choices) if is_optional and choices else choices


def _label(name: str, unit: str) -> str:
    words = name.split("_")
    if unit and len(words) > 1 and words[-1] in UNIT_SUFFIXES:
        words = words[: -2 if words[-2] == "per" and len(words) > 2 else -1]
    text = " ".join("UTC" if word == "utc" else word for word in words)
    return text[:1].upper() + text[1:]


def _hint(flat: Mapping[str, Any]) -> str:
    if "minimum" in flat and "maximum" in flat:
        facts = [f"{flat['minimum']:g} to {flat['maximum']:g}"]
    else:
        facts = [f"{words} {flat[name]:g}" for name, words in BOUNDS if name in flat]
    if flat.get("type") == "array":
        facts.append("parted by commas")
    return f"({', '.join(facts)})".replace("-", "−") if facts else ""


def _shown(default: Any) -> str:
    if default is None:
        return ""
    if isinstance(default, bool):
        return "true" if default else ""
    if isinstance(default, list | tuple):
        return ", ".join(_shown(item) for item in default)
    return f"{default:g}" if isinstance(default, float) else str(default)


def _value(text: str, kind: str) -> Any:
    if kind not in {"integer", "number"}:
        return text
    # A person on a keyboard with a decimal comma writes 0,55.
    plain = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    try:
        return int(plain) if kind == "integer" else float(plain)
    except ValueError:
        return text
