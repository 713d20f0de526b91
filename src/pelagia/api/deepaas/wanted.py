"""From what a request brought to an order: each argument looked up, read, and put where it belongs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pelagia.api.deepaas.arguments import MISSING, Argument, parsed
from pelagia.api.deepaas.incoming import Brought
from pelagia.core.errors import BadParameter
from pelagia.runtime.upload_folder import Incoming


class WrongArguments(BadParameter):
    """Arguments are missing or wrong; told by name, as DEEPaaS tells it."""

    code = "bad-arguments"

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = dict(fields)
        first = next(iter(self.fields))
        super().__init__(f"{first}: {self.fields[first]}", remedy="Correct it and ask again.")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.fields,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a request asks for.

    Parameters
    ----------
    told
        Every argument that was sent, as it was read; for the list of trainings.
    params, models
        For the order.
    answer
        What the archive of the original shall hold.
    original
        What the original makes inputs or parameters of.
    files
        Slot → the files that came for it.
    addresses
        Slot → texts that came for it in place of files.
    ignored
        Names of arguments that are accepted for old clients and have no effect.
    """

    told: Mapping[str, Any]
    params: Mapping[str, Any]
    models: Mapping[str, str]
    answer: Mapping[str, Any]
    original: Mapping[str, Any]
    files: Mapping[str, list[tuple[str, Incoming]]]
    addresses: Mapping[str, list[str]]
    ignored: Sequence[str]


def wanted(
    arguments: Mapping[str, Argument],
    slots: Sequence[str],
    brought: Brought,
    unwanted: Mapping[str, str] = MappingProxyType({}),
) -> Wanted:
    """Read the arguments of a request; those it does not know are passed over.

    Parameters
    ----------
    arguments
        By name.
    slots
        The input slots that must have something.
    brought
        What came.
    unwanted
        Names that nothing may come by → why, and what to do instead.

    Raises
    ------
    WrongArguments
        Names all that are missing or wrong.
    """
    reader = _Reader(brought)
    for name, why in unwanted.items():
        reader.refuse(name, why)
    for argument in arguments.values():
        reader.read(argument)
    for slot in slots:
        reader.require(slot, arguments)
    if reader.wrong:
        raise WrongArguments(reader.wrong)
    return Wanted(
        told=reader.told,
        params=reader.places["params"],
        models=reader.places["models"],
        answer=reader.places["answer"],
        original=reader.places["original"],
        files=reader.files,
        addresses=reader.addresses,
        ignored=reader.ignored,
    )


class _Reader:
    def __init__(self, brought: Brought) -> None:
        self._brought = brought
        self.wrong: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.places: dict[str, dict[str, Any]] = {"params": {}, "models": {}, "answer": {}, "original": {}}
        self.files: dict[str, list[tuple[str, Incoming]]] = {}
        self.addresses: dict[str, list[str]] = {}
        self.ignored: list[str] = []

    def read(self, argument: Argument) -> None:
        if argument.kind == "file":
            self._read_file(argument)
            return
        values = self._values(argument)
        if not values:
            if argument.is_required:
                self.wrong[argument.name] = [MISSING]
            elif argument.has_default:
                self.told[argument.name] = argument.default
            return
        place, name = argument.meaning
        if place not in self.places and not argument.choices:
            self.told[argument.name] = values[0]
            self.ignored.append(argument.name)
            return
        value, wrong = parsed(argument, values)
        if wrong is not None:
            self.wrong[argument.name] = wrong
            return
        self.told[argument.name] = value
        if place in self.places:
            self.places[place][name] = value

    def refuse(self, name: str, why: str) -> None:
        """Note that something came by a name that nothing may come by; what it is is looked at no further."""
        brought = self._brought
        texts = (*brought.query.get(name, ()), *brought.form.get(name, ()))
        if any(texts) or brought.body.get(name) or name in brought.files:
            self.wrong[name] = [why]

    def require(self, slot: str, arguments: Mapping[str, Argument]) -> None:
        """Note that a slot has nothing, by the name that clients of the original know where there is one."""
        if self.files.get(slot) or self.addresses.get(slot):
            return
        names = [one.name for one in arguments.values() if one.meaning == ("inputs", slot)]
        if not any(name in self.wrong for name in names):
            self.wrong[names[-1] if len(names) == 1 else names[1]] = [MISSING]

    def _values(self, argument: Argument) -> list[Any]:
        """Return the values of an argument: of the query, else of the form, else of the JSON body."""
        brought = self._brought
        texts = brought.query.get(argument.name) or brought.form.get(argument.name)
        if texts:
            return [_unquoted(text) for text in texts] if argument.is_json else list(texts)
        if argument.name not in brought.body:
            return []
        value = brought.body[argument.name]
        return list(value) if argument.is_list and isinstance(value, list) else [value]

    def _read_file(self, argument: Argument) -> None:
        slot = argument.meaning[1]
        files = self._brought.files.get(argument.name, [])
        # A form of a browser has an empty file where none was chosen.
        files = [(name, file) for name, file in files if name or file.bytes]
        texts = [text for text in self._brought.form.get(argument.name, []) if text]
        if files:
            self.files.setdefault(slot, []).extend(files if argument.is_list else files[:1])
            self.told[argument.name] = [name for name, _ in files]
        elif texts:
            self.addresses.setdefault(slot, []).extend(texts if argument.is_list else texts[:1])
            self.told[argument.name] = texts
        elif argument.has_default:
            self.told[argument.name] = None


def _unquoted(text: str) -> Any:
    """Return what a text says as JSON, which clients of some originals write texts in; else the text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
