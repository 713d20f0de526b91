"""What the services say of themselves."""

from __future__ import annotations

from typing import Literal

from pelagia.core.service import InputSlot, Params, Service, Unit, param


class NoParams(Params):
    """No parameters."""


class EveryKindParams(Params):
    """A parameter of every kind."""

    count: int = param(3, description="A whole number", ge=1, le=9)
    rate: float = param(0.5, description="A number")
    flag: bool = param(True, description="Yes or no")
    word: str = param("plain", description="A text")
    choice: Literal["low", "high"] = param("low", description="One of two")
    numbers: tuple[int, ...] = param((1, 2), description="Some whole numbers")
    needed: int = param(..., description="A whole number without a default")


class TrainingParams(Params):
    """The parameters of the training."""

    seconds: float = param(0.1, description="How long it takes", unit="s")
    word: str = param("plain", description="A text")


class BySchemaParams(Params):
    """The parameters of the service with a schema."""

    rows: int = param(1, description="How many rows")
    wrong: bool = param(False, description="Whether the answer is not as the schema says")


class ManyParams(Params):
    """The parameters of the service whose work may be long."""

    units: int = param(1, description="How many answers", ge=1)
    seconds: float = param(0.0, description="How long a step takes", unit="s", ge=0)
    wrong: bool = param(False, description="Whether it fails")
    die: bool = param(False, description="Whether its process dies")


def _service(slug: str, title: str, params: type[Params], *slots: InputSlot, **more: object) -> Service:
    return Service(
        slug=slug,
        title=title,
        summary=title,
        version="1.0.0",
        params=params,
        inputs=slots,
        unit=Unit(name="answer", plural="answers"),
        **{"pipeline": f"oracle_services.{slug.replace('-', '_')}", **more},
    )


MANY = _service("many", "Answers many times", ManyParams)
NOOP = _service("noop", "Does nothing", NoParams)
BY_SCHEMA = _service("by-schema", "Answers by a schema", BySchemaParams)
EVERY_KIND = _service(
    "every-kind",
    "Answers with what it was given",
    EveryKindParams,
    InputSlot(name="files", description="A text file", patterns=("*.txt",), at_most=1),
    InputSlot(name="extra", description="One more file", patterns=("*.txt",), at_least=0, at_most=1),
    training=_service("every-kind-train", "Sleeps", TrainingParams, pipeline="oracle_services.sleep"),
)
