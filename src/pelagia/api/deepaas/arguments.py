"""The arguments of a model as DEEPaaS has them: found in the query, the form or the body, and said what is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pelagia.core.service import InputSlot, ModelSlot, Service

Kind = Literal["file", "integer", "number", "boolean", "string"]

# The words that clients of DEEPaaS use for yes and no.
YES = frozenset({"t", "T", "true", "True", "TRUE", "on", "On", "ON", "y", "Y", "yes", "Yes", "YES", "1"})
NO = frozenset({"f", "F", "false", "False", "FALSE", "off", "Off", "OFF", "n", "N", "no", "No", "NO", "0"})
MISSING = "Missing data for required field."


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a prediction or a training.

    Parameters
    ----------
    name
        As clients send it.
    kind
        What a value, or each value of a list, is.
    meaning
        Where it goes: ``("inputs", slot)``, ``("params", name)``, ``("models", role)``, ``("answer", name)`` for what
        is answered in the archive of the original, ``("original", name)`` for what the original makes inputs or
        parameters of together with others, or ``("", "")`` for nowhere.
    default
        In the description; what is absent is left to the service.
    minimum, maximum
        Bounds; exclusive ones are checked by the service alone.
    is_json
        Whether clients of the original send a text as JSON, in quotation marks.
    is_number_too
        Whether a number may come in place of a text.
    refused
        Values that the original knew and nobody gets here → why, and what to do.
    """

    name: str
    kind: Kind
    description: str
    meaning: tuple[Literal["inputs", "params", "models", "answer", "original", ""], str]
    is_list: bool = False
    is_required: bool = False
    may_be_null: bool = False
    default: Any = None
    has_default: bool = False
    choices: tuple[Any, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    is_json: bool = field(default=False)
    is_number_too: bool = False
    refused: Mapping[str, str] = field(default_factory=dict)


def predict_arguments(service: Service[Any]) -> tuple[Argument, ...]:
    """Return the arguments that a service has by its own names.

    Parameters
    ----------
    service
        The service, or its training.
    """
    return (
        *map(_of_slot, service.inputs),
        *_of_params(service),
        *map(_of_model, service.models),
    )


def _of_slot(slot: InputSlot) -> Argument:
    return Argument(
        name=slot.name,
        kind="file",
        description=slot.description,
        meaning=("inputs", slot.name),
        is_required=slot.at_least > 0,
        may_be_null=slot.at_least == 0,
        has_default=slot.at_least == 0,
        is_list=slot.at_most != 1,
    )


def _of_model(slot: ModelSlot) -> Argument:
    return Argument(
        name=slot.role,
        kind="string",
        description=f"Model: {slot.description}",
        meaning=("models", slot.role),
        default=slot.default,
        has_default=True,
    )


def _of_params(service: Service[Any]) -> list[Argument]:
    schema = service.params.model_json_schema()
    required = set(schema.get("required", ()))
    return [_of_param(name, told, is_required=name in required) for name, told in schema.get("properties", {}).items()]


def _of_param(name: str, told: Mapping[str, Any], *, is_required: bool) -> Argument:
    ways = [way for way in told.get("anyOf", [told]) if way.get("type") != "null"]
    way: Mapping[str, Any] = ways[0] if ways else {}
    is_list = way.get("type") == "array"
    item = way.get("items", {}) if is_list else way
    kind: Kind = item["type"] if item.get("type") in ("integer", "number", "boolean") else "string"
    unit = told.get("unit", "")
    return Argument(
        name=name,
        kind=kind,
        description=told.get("description", "") + (f" ({unit})" if unit else ""),
        meaning=("params", name),
        is_list=is_list,
        is_required=is_required,
        may_be_null=len(ways) < len(told.get("anyOf", [told])),
        default=told.get("default"),
        has_default="default" in told,
        choices=tuple(item.get("enum", ())),
        minimum=item.get("minimum"),
        maximum=item.get("maximum"),
    )


def parsed(argument: Argument, values: Sequence[Any]) -> tuple[Any, Any]:
    """Return the value of an argument, and what is wrong with it; one of the two is ``None``.

    Parameters
    ----------
    argument
        What it should be.
    values
        As they were sent: texts, or JSON types from a JSON body. Of several for one value the first counts.
    """
    if argument.is_list:
        found = [_parsed_one(argument, value) for value in values]
        wrong = {str(position): [message] for position, (_, message) in enumerate(found) if message}
        return (None, wrong) if wrong else ([value for value, _ in found], None)
    if values[0] is None:
        return None, None if argument.may_be_null else ["Field may not be null."]
    value, message = _parsed_one(argument, values[0])
    return (None, [message]) if message else (value, None)


def _parsed_one(argument: Argument, value: Any) -> tuple[Any, str]:
    if argument.is_number_too and isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value:.15g}"
    try:
        found = _READERS[argument.kind](value)
    except _NotReadableError as error:
        return None, str(error)
    if isinstance(found, str) and found in argument.refused:
        return None, argument.refused[found]
    if argument.choices and found not in argument.choices:
        return None, f"Must be one of: {', '.join(map(str, argument.choices))}."
    low, high = argument.minimum, argument.maximum
    if (low is not None and found < low) or (high is not None and found > high):
        return None, _bounds(low, high)
    return found, ""


def _bounds(low: float | None, high: float | None) -> str:
    parts = []
    if low is not None:
        parts.append(f"greater than or equal to {low:g}")
    if high is not None:
        parts.append(f"less than or equal to {high:g}")
    return f"Must be {' and '.join(parts)}."


class _NotReadableError(Exception):
    """A value is not of its kind."""


def _integer(value: Any) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise _NotReadableError("Not a valid integer.") from None


def _number(value: Any) -> float:
    try:
        if isinstance(value, bool):
            raise TypeError
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise _NotReadableError("Not a valid number.") from None
    if not math.isfinite(found):
        raise _NotReadableError("Special numeric values (nan or infinity) are not permitted.")
    return found


def _boolean(value: Any) -> bool:
    if isinstance(value, str | bool | int):
        text = str(value)
        if text in YES or text in NO:
            return text in YES
    raise _NotReadableError("Not a valid boolean.")


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _NotReadableError("Not a valid string.")


_READERS: Mapping[Kind, Callable[[Any], Any]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "string": _string,
    "file": _string,
}
