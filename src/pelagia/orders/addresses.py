"""Which addresses somebody may give as inputs: own uploads, shared folders, and what the installation allows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path

from pelagia.catalogue.models import REFERENCE, find_model, unknown_model
from pelagia.core.errors import BadInput, BadParameter, NotFound, PelagiaError
from pelagia.io.sources.address import local_path, scheme_of, without_secrets
from pelagia.io.sources.allowed import is_allowed
from pelagia.io.sources.archive import is_zip
from pelagia.io.sources.protocol import is_clutter
from pelagia.orders.named_models import named_model
from pelagia.orders.order import BadOrder, Order
from pelagia.orders.uploads import own_upload
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.registry import find_face
from pelagia.runtime.settings import Settings
from pelagia.runtime.upload_paths import safe_path

UPLOAD = re.compile(r"^upload://(?P<id>[a-z0-9]{8,32})(?:/(?P<path>.*))?$", re.DOTALL)
MAX_ADDRESS = 2048
MAX_ADDRESSES = 10_000


def checked_order(bench: Workbench, principal: Principal, order: Order) -> Order:
    """Return an order whose inputs and models are ones that whoever asks may name.

    An upload, or a folder of one, that holds nothing but zip archives is as many inputs as there are archives.

    Parameters
    ----------
    bench
        The installation.
    principal
        Who asks.
    order
        What is wanted, as it came.

    Raises
    ------
    BadOrder
        Names every input and model that may not be used.
    BadParameter
        Where a text of it is none.
    NotFound
        Where there is no such model.
    """
    _require_texts(order)
    _require_few(order)
    wrong: dict[str, list[str]] = {}
    inputs: dict[str, Sequence[str]] = {}
    for slot, addresses in order.inputs.items():
        usable = []
        for address in addresses:
            try:
                usable += _unpacked(bench.runtime.settings, checked_address(bench, principal, address))
            except PelagiaError as error:
                wrong.setdefault(slot, []).append(str(error))
        inputs[slot] = usable
    wrong |= _wrong_models(order.models) | _wrong_places(bench, principal, order)
    if wrong:
        raise BadOrder(wrong)
    _require_in_catalogue(order.models, bench.runtime.settings.home)
    return replace(order, inputs=inputs)


def checked_address(bench: Workbench, principal: Principal, address: str) -> str:
    """Return an address that whoever asks may name as an input, in its plain form.

    Raises
    ------
    BadInput, NotFound
        Where they may not; nothing is told of what is there.
    """
    if len(address) > MAX_ADDRESS or any(ord(character) < 32 for character in address):
        raise _not_allowed(address[:80])
    scheme = scheme_of(address)
    if scheme == "upload":
        return _own(bench, principal, address)
    if scheme in {"", "file"}:
        return _shared(bench.runtime.settings, address)
    if is_allowed(address, bench.runtime.settings.allowed_addresses):
        return address
    raise _not_allowed(address)


def shared_folders(settings: Settings) -> Mapping[str, Path]:
    """Return the folders of the server whose files users may process where they are, by name."""
    folders = [Path(part).expanduser() for part in settings.shared_folders.split(os.pathsep) if part]
    return {str(folder): Path(os.path.realpath(folder)) for folder in folders}


def in_shared_folder(settings: Settings, path: str) -> Path:
    """Return a place in a shared folder; a link that leads out of it is none.

    Raises
    ------
    NotFound
        Where it is in none of them, or not there.
    """
    try:
        real = Path(os.path.realpath(local_path(path)))
    except (ValueError, RuntimeError) as error:
        raise _not_shared(path) from error
    inside = any(real.is_relative_to(folder) for folder in shared_folders(settings).values())
    if not inside or not real.exists():
        raise _not_shared(path)
    return real


def _own(bench: Workbench, principal: Principal, address: str) -> str:
    match = UPLOAD.match(address)
    if match is None:
        raise _not_allowed(address)
    upload = own_upload(bench, principal, match["id"])
    path = (match["path"] or "").rstrip("/")
    if not path:
        return upload.address
    name = safe_path(path)
    if not (bench.runtime.settings.upload_folder(upload.id) / name).exists():
        raise NotFound("There is no such file in the upload", value=name, remedy="Upload it.", file=address)
    return f"{upload.address}/{name}"


def _unpacked(settings: Settings, address: str) -> list[str]:
    """Return the addresses of the archives where an upload holds nothing else; the address itself otherwise."""
    match = UPLOAD.match(address)
    if match is None:
        return [address]
    root = settings.upload_folder(match["id"])
    names = []
    for path in (root / (match["path"] or "")).rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_dir() or is_clutter(name):
            continue
        if not is_zip(path, name):
            return [address]
        names.append(name)
    return [f"upload://{match['id']}/{name}" for name in sorted(names)] or [address]


def _shared(settings: Settings, address: str) -> str:
    if not settings.shared_folders:
        raise _not_allowed(address)
    return str(in_shared_folder(settings, address))


def _wrong_models(models: Mapping[str, str]) -> dict[str, list[str]]:
    # On a person's own computer a model may be a folder; the folders of a server are nobody's business.
    return {
        role: ["Name a model of the catalogue, as name@version."]
        for role, model in models.items()
        if REFERENCE.fullmatch(model) is None
    }


def _require_in_catalogue(models: Mapping[str, str], home: Path) -> None:
    """Refuse a name that no model of the catalogue has: a folder beside the server may have it."""
    for model in models.values():
        if find_model(model, home=home) is None:
            raise unknown_model(model, home=home)


def _require_texts(order: Order) -> None:
    """Refuse texts that no database keeps: with a zero, or half of a character."""
    for name in (one.name for one in fields(order)):
        if not all(map(_is_text, _leaves(getattr(order, name)))):
            raise BadParameter(
                f"There is a character that is none in {name}", remedy="Leave it out.", code="bad-request-body"
            )


def _leaves(value: object) -> Iterator[object]:
    """Yield what stands in a value, names among it; however deep, as JSON may be."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            waiting += [*part, *part.values()]
        elif isinstance(part, list | tuple):
            waiting += part
        else:
            yield part


def _is_text(part: object) -> bool:
    return not isinstance(part, str) or not any(one == "\0" or "\ud800" <= one <= "\udfff" for one in part)


def _require_few(order: Order) -> None:
    wrong = {
        slot: [f"Up to {MAX_ADDRESSES:,} addresses may be given; pack the files, or name their folder."]
        for slot, addresses in order.inputs.items()
        if len(addresses) > MAX_ADDRESSES
    }
    if wrong:
        raise BadOrder(wrong)


def _wrong_places(bench: Workbench, principal: Principal, order: Order) -> dict[str, list[str]]:
    """Return the parameters that name a folder or an address which may not be named."""
    wrong: dict[str, list[str]] = {}
    for name, field in find_face(order.service).params.model_fields.items():
        told, value = field.json_schema_extra, order.params.get(name, field.default)
        if not isinstance(told, dict) or not told.get("place") or value in ("", field.default):
            continue
        try:
            if told.get("written") and scheme_of(str(value)) in {"", "file", "upload"}:
                # What is shared is shared for reading.
                raise _not_allowed(str(value))
            if not (told.get("model") and named_model(str(value), name, home=bench.runtime.settings.home)):
                checked_address(bench, principal, str(value))
        except PelagiaError as error:
            wrong[name] = [str(error)]
    return wrong


def _not_allowed(address: str) -> BadInput:
    return BadInput(
        "Inputs of this address cannot be used here",
        value=without_secrets(address)[:200],
        remedy="Upload the files, and name them as upload://ID.",
        code="address-not-allowed",
    )


def _not_shared(path: str) -> NotFound:
    return NotFound(
        "There is no such shared folder or file", value=path[:200], remedy="Choose one of /v1/shared-folders."
    )
