"""What a person wants done, as a face takes it in, and the request it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pelagia.catalogue.models import resolve_slots
from pelagia.core.errors import BadParameter
from pelagia.core.service import InputSlot, Request, Service
from pelagia.exports.outcome import DatasetInfo
from pelagia.exports.registry import EXPORTERS
from pelagia.orders.named_models import named_models
from pelagia.runtime.registry import find_face


class BadOrder(BadParameter):
    """Something in an order is missing or not allowed.

    Parameters
    ----------
    fields
        Name of the parameter, input or model role → what is wrong with it.
    """

    code = "bad-order"

    def __init__(self, fields: Mapping[str, Sequence[str]], *, remedy: str = "") -> None:
        self.fields = {name: list(messages) for name, messages in fields.items()}
        first = next(iter(self.fields))
        super().__init__(
            f"{first}: {self.fields[first][0]}",
            value=", ".join(self.fields),
            remedy=remedy or "Correct it and ask again.",
        )

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.fields,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a person wants done.

    Parameters
    ----------
    service
        Slug of the service or of its training.
    inputs
        Slot → addresses.
    params
        As JSON types; what is absent has its default.
    models
        Role → ``name@version``; what is absent has the service's default.
    exports
        Names of the exports to write; ``None`` for all that fit.
    dataset
        Fields of :class:`pelagia.exports.outcome.DatasetInfo`.
    title
        What the person calls it.
    """

    service: str
    inputs: Mapping[str, Sequence[str]]
    params: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    exports: tuple[str, ...] | None = None
    dataset: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""

    @property
    def wanted(self) -> dict[str, Any]:
        """What shall be written of the result, as JSON."""
        return {"exports": None if self.exports is None else list(self.exports), "dataset": dict(self.dataset)}


def request_of(order: Order, home: Path) -> Request[Any]:
    """Make the request of an order.

    Raises
    ------
    NotFound
        Where there is no such service or model.
    BadOrder
        Where something in it is missing or not allowed; names every field.
    """
    service = find_face(order.service)
    wrong = {**_wrong_inputs(service, order.inputs), **_wrong_models(service, order.models), **_wrong_wishes(order)}
    params = None
    try:
        params = service.params.model_validate(dict(order.params))
    except ValidationError as error:
        for one in error.errors():
            wrong.setdefault(".".join(map(str, one["loc"])) or "params", []).append(one["msg"])
    except BadParameter as error:
        wrong.setdefault("params", []).append(str(error))
    if wrong or params is None:
        raise BadOrder(wrong)
    return Request(
        service=service.slug,
        service_version=service.version,
        inputs={name: tuple(addresses) for name, addresses in order.inputs.items() if addresses},
        params=params,
        models={
            **resolve_slots(service.models, order.models, home=home),
            **named_models(params, home=home),
        },
        seed=order.seed,
    )


def _wrong_inputs(service: Service[Any], inputs: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    slots = {slot.name: slot for slot in service.inputs}
    wrong = {name: ["This service has no such input."] for name in inputs if name not in slots}
    for name, slot in slots.items():
        message = _wrong_count(slot, inputs.get(name, ()))
        if message:
            wrong[name] = [message]
    return wrong


def _wrong_count(slot: InputSlot, addresses: Sequence[str]) -> str:
    if len(addresses) < slot.at_least:
        return f"At least {slot.at_least} needed. {slot.description}."
    if slot.at_most is not None and len(addresses) > slot.at_most:
        return f"At most {slot.at_most} allowed, {len(addresses)} given."
    return "The same input is given twice." if len(set(addresses)) != len(addresses) else ""


def _wrong_models(service: Service[Any], models: Mapping[str, str]) -> dict[str, list[str]]:
    roles = {slot.role for slot in service.models}
    return {role: ["This service has no model of this role."] for role in models if role not in roles}


def _wrong_wishes(order: Order) -> dict[str, list[str]]:
    """Say what is wrong with what shall be written of the result."""
    wrong: dict[str, list[str]] = {}
    unknown = [name for name in order.exports or () if name not in EXPORTERS]
    if unknown:
        wrong["exports"] = [f"There is no export {', '.join(unknown)}. Choose from {', '.join(EXPORTERS)}."]
    try:
        DatasetInfo.model_validate(dict(order.dataset))
    except ValidationError as error:
        for one in error.errors():
            wrong.setdefault(".".join(("dataset", *map(str, one["loc"]))), []).append(one["msg"])
    return wrong
