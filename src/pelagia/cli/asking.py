"""From the words of the command line to a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

import click

from pelagia.catalogue.models import resolve_slots
from pelagia.cli.param_options import ParamOption, flag_of, parse_params
from pelagia.core.errors import BadParameter
from pelagia.core.service import InputSlot, ModelRef, Request, Service
from pelagia.io.sources.address import scheme_of
from pelagia.orders.named_models import named_models


def make_request(
    service: Service[Any], options: Iterable[ParamOption], given: Mapping[str, Any], home: Path
) -> Request[Any]:
    """Make the request of what was given.

    Parameters
    ----------
    service
        Whom it is asked of.
    options
        The options of its parameters.
    given
        What click read: the slots, the parameters, ``model``, ``seed``.
    home
        The home folder, for installed models.

    Raises
    ------
    click.UsageError
        Where something is missing or not allowed.
    """
    inputs = {slot.name: _addresses(given.get(slot.name)) for slot in service.inputs}
    for slot in service.inputs:
        _check_count(slot, inputs[slot.name], is_first=slot is service.inputs[0])
    params = parse_params(service.params, options, given)
    return Request(
        service=service.slug,
        service_version=service.version,
        inputs={name: addresses for name, addresses in inputs.items() if addresses},
        params=params,
        models=choose_models(service, given.get("model") or (), home) | named_models(params, home=home),
        seed=given.get("seed") or 0,
    )


def choose_models(service: Service[Any], given: Sequence[str], home: Path) -> dict[str, ModelRef]:
    """Find the models of a request: those given as ``ROLE=MODEL`` or ``MODEL``, the defaults otherwise."""
    roles = [slot.role for slot in service.models]
    chosen: dict[str, str] = {}
    for text in given:
        role, equals, model = text.partition("=")
        if not equals or role not in roles:
            if len(roles) != 1:
                told = ", ".join(roles) or "none: it uses no model"
                raise click.UsageError(f"--model {text}: give it as ROLE=MODEL; the roles of {service.slug}: {told}")
            role, model = roles[0], text
        chosen[role] = model
    return resolve_slots(service.models, chosen, home=home)


def check_reachable(request: Request[Any], executor: str) -> None:
    """Refuse relative paths for a cluster, whose machines stand in other folders.

    Raises
    ------
    BadParameter
        Naming the path.
    """
    if not executor.startswith("dask://"):
        return
    for address in (address for addresses in request.inputs.values() for address in addresses):
        if not scheme_of(address) and not PurePath(address).is_absolute():
            raise BadParameter(
                "A Dask cluster needs absolute paths, on a disk that all its machines see",
                value=address,
                remedy="Give the path from the root, or an s3:// address.",
            )


def _addresses(given: str | Sequence[str] | None) -> tuple[str, ...]:
    found = (given,) if isinstance(given, str) else tuple(given or ())
    return tuple(address if scheme_of(address) else str(PurePath(address)) for address in found)


def _check_count(slot: InputSlot, addresses: Sequence[str], *, is_first: bool) -> None:
    name = slot.name.upper() if is_first else flag_of(slot.name)
    if len(addresses) < slot.at_least:
        raise click.UsageError(f"{name}: at least {slot.at_least} needed. {slot.description}.")
    if slot.at_most is not None and len(addresses) > slot.at_most:
        raise click.UsageError(f"{name}: at most {slot.at_most} allowed, {len(addresses)} given.")
    if len(set(addresses)) != len(addresses):
        raise click.UsageError(f"{name}: the same input is given twice.")
