"""What the original module of a service took and answered, where Pelagia takes the place of one.

Found by the entry points of the group ``pelagia.deepaas``: the slug of the service → an :class:`Original`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import BaseModel

from pelagia.api.deepaas.arguments import Argument
from pelagia.core.result import Result
from pelagia.core.service import Request

GROUP = "pelagia.deepaas"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What an original's arguments mean together, in the terms of the service.

    Parameters
    ----------
    params
        Parameters.
    files
        Slot → name and content of a file.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The names and shapes of an original module.

    Parameters
    ----------
    predictions
        Makes its answer of a result: what stood under ``predictions``, or the whole answer where there is a
        ``schema``.
    trained
        Makes the ``output`` of a finished training of its summary.
    arguments, training_arguments
        What it took besides what the service takes by its own names.
    schema
        What its answers look like, where it said so: they are then not wrapped.
    archive
        Where its answer is an archive of its own: the function, ``module:function``, that writes the files of it into
        a folder, given the result, the folder and the arguments that mean something for the answer.
    drawings
        Other media types it answered: the type → the function, ``module:function``, that writes one file into a folder
        and returns its path, given the result, the folder and the same arguments.
    media_types
        Of its answers, what a client gets that likes all alike first; by default those of every model.
    params
        Parameters of the service that hold where files came by a name of the original and nothing else was said.
    composed
        Says what its arguments mean together, given those that were sent and mean ``("original", …)`` or
        ``("answer", …)``, by that name; raises :class:`pelagia.api.deepaas.wanted.WrongArguments` where they cannot be.
    unwanted
        Names of its arguments that are refused whatever comes by them → why, and what to do instead.
    """

    predictions: Callable[[Result, Request[Any]], Any]
    trained: Callable[[Mapping[str, Any]], Any] | None = None
    arguments: tuple[Argument, ...] = ()
    training_arguments: tuple[Argument, ...] = ()
    schema: type[BaseModel] | None = None
    archive: str = ""
    drawings: Mapping[str, str] = field(default_factory=dict)
    media_types: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    composed: Callable[[Mapping[str, Any]], Composed] | None = None
    unwanted: Mapping[str, str] = field(default_factory=dict)

    def assumed(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the parameters that hold unless a request says otherwise.

        Parameters
        ----------
        told
            Every argument that was sent, by name.
        """
        files = (argument.name for argument in self.arguments if argument.kind == "file")
        return self.params if any(told.get(name) for name in files) else {}


def original_of(slug: str) -> Original | None:
    """Return the original of a service, if it has one."""
    return _load(slug) if slug in _points() else None


@cache
def _load(slug: str) -> Original:
    found: Original = _points()[slug].load()
    return found


@cache
def _points() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}
