"""The models that are served: every service, with its arguments and those of its original."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pelagia.api.deepaas.arguments import Argument, predict_arguments
from pelagia.api.deepaas.originals import Original, original_of
from pelagia.core.service import Service
from pelagia.runtime.registry import all_services

JSON, ZIP = "application/json", "application/zip"
OFFERED = (JSON, ZIP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One model as clients see it.

    Parameters
    ----------
    service
        The service behind it.
    original
        The module whose place it takes.
    predict, train
        Its arguments by name; ``train`` is ``None`` where it cannot be trained.
    """

    service: Service[Any]
    original: Original | None
    predict: Mapping[str, Argument]
    train: Mapping[str, Argument] | None

    @property
    def name(self) -> str:
        """The name in addresses: the slug of the service."""
        return self.service.slug

    @property
    def media_types(self) -> tuple[str, ...]:
        """Those of its answers, what a client gets that likes all alike first."""
        return (self.original.media_types if self.original else ()) or OFFERED


def served_models() -> dict[str, Served]:
    """Return every service as a model, by name."""
    return {service.slug: _served(service) for service in all_services()}


def _served(service: Service[Any]) -> Served:
    original = original_of(service.slug)
    extra = original.arguments if original else ()
    training_extra = original.training_arguments if original else ()
    train = service.training
    return Served(
        service=service,
        original=original,
        predict=_joined(predict_arguments(service), extra),
        train=None if train is None else _joined(predict_arguments(train), training_extra),
    )


def _joined(own: tuple[Argument, ...], extra: tuple[Argument, ...]) -> dict[str, Argument]:
    """Return all arguments by name; what can be given by another name is not required by its own."""
    elsewhere = {argument.meaning for argument in extra}
    loosened = (replace(one, is_required=False) if one.meaning in elsewhere else one for one in own)
    return {argument.name: argument for argument in (*loosened, *extra)}
