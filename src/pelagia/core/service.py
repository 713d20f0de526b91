"""The contract of a service: what it says of itself, what it is asked, what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from pelagia.core.provenance import InputRecord, ModelRecord, Provenance, installed_versions
from pelagia.core.result import Issue, Result

Level = Literal["essential", "advanced"]


class Params(BaseModel):
    """The parameters of a service; each field says its meaning, unit, bounds and level."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def param(
    default: Any,
    *,
    description: str,
    unit: str = "",
    level: Level = "advanced",
    is_place: bool = False,
    is_written: bool = False,
    is_model: bool = False,
    **bounds: Any,
) -> Any:
    """Declare one parameter; the form, the API and the command-line flag are made from it.

    Parameters
    ----------
    default
        Its default; ``...`` makes it required.
    description
        What it does, in the user's words.
    unit
        Its unit, ``""`` where it has none.
    level
        ``essential`` parameters are shown first.
    is_place
        Whether it names a folder or an address: users of a server may then give only what they may give as an input.
    is_written
        Whether a run writes at that place: users of a server may then name no folder of it.
    is_model
        Whether it may name a model of the catalogue, which is then a model of the request under the parameter's name.
    bounds
        Pydantic constraints: ``ge``, ``le``, ``gt``, ``lt``, ``min_length``, ``pattern``, …
    """
    told: dict[str, Any] = {"unit": unit, "level": level}
    told |= {name: True for name, is_so in (("place", is_place), ("written", is_written), ("model", is_model)) if is_so}
    return Field(default, description=description, json_schema_extra=told, **bounds)


P_co = TypeVar("P_co", bound=Params, covariant=True)
P_contra = TypeVar("P_contra", bound=Params, contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What one use of a service is, for the bill and the report."""

    name: str
    plural: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSlot:
    """One kind of input a service takes.

    Parameters
    ----------
    name
        ``runs``, ``images``, …; the first slot of a service takes the bare arguments of
        the command line, the others an option of their name.
    patterns
        File name patterns or address schemes that are welcome, for people and pickers.
    at_least, at_most
        How many; ``None`` for no upper limit.
    """

    name: str
    description: str
    patterns: tuple[str, ...]
    at_least: int = 1
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSlot:
    """A model a service uses: its role and the ``name@version`` used unless told otherwise.

    Parameters
    ----------
    is_optional
        Whether the service does without where the default is not installed.
    """

    role: str
    default: str
    description: str
    is_optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRef:
    """A model chosen for a request; ``path`` is the folder of the model package."""

    role: str
    name: str
    version: str
    sha256: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Generic[P_co]):
    """What a service says of itself; every face is made from it.

    Parameters
    ----------
    pipeline
        Dotted path of the module that satisfies :class:`Pipeline`; only a worker imports it.
    training
        The service that trains this one's models, if it has any.
    reviser
        Dotted path of the module that satisfies :class:`Reviser`; empty where results follow no decisions of people.
        Only a worker imports it.
    editor
        Dotted path of the module that satisfies :class:`Editor`; empty where people change names only. Light: a web
        process imports it.
    sample
        Dotted path of the module that satisfies :class:`Sampler`; empty where there is nothing to try.
    preview
        Dotted path of the module that satisfies :class:`Preview`; empty where inputs are not shown beforehand.
    """

    slug: str
    title: str
    summary: str
    version: str
    params: type[P_co]
    inputs: tuple[InputSlot, ...]
    unit: Unit
    pipeline: str
    models: tuple[ModelSlot, ...] = ()
    training: Service[Any] | None = None
    reviser: str = ""
    editor: str = ""
    sample: str = ""
    preview: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Generic[P_co]):
    """What a service is asked; equal requests give equal results."""

    service: str
    service_version: str
    inputs: Mapping[str, tuple[str, ...]]
    params: P_co
    models: Mapping[str, ModelRef] = field(default_factory=dict)
    seed: int = 0

    def rng(self, key: str) -> np.random.Generator:
        """Return the random generator of a named purpose; the same key gives the same stream."""
        digest = sha256(f"{self.seed}:{key}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:16], "big"))

    def provenance(self, inputs: Iterable[InputRecord]) -> Provenance:
        """Return the provenance of a result made from this request."""
        return Provenance(
            service=self.service,
            service_version=self.service_version,
            params=self.params.model_dump(mode="json"),
            inputs=tuple(inputs),
            models=tuple(
                ModelRecord(role=ref.role, name=ref.name, version=ref.version, sha256=ref.sha256)
                for ref in self.models.values()
            ),
            seed=self.seed,
            versions=installed_versions(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a request will take, known before it starts.

    Parameters
    ----------
    steps, units
        How many steps will run and how many units will be billed if every input is good.
    bytes
        The size of the inputs.
    understood
        What was made of the inputs, for the user to confirm: label → value with unit.
    issues
        What is already known to be wrong with them.
    objects
        How many objects the result will tell something of, where that is not the number of units: some may be known
        from a list alone. Without any, there is nothing to be done.
    """

    steps: int
    units: int
    bytes: int
    understood: Mapping[str, str] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    objects: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be done."""
        return not (self.units if self.objects is None else self.objects)


class Steps(Protocol):
    """The only effect a pipeline is given: work that is done once, recorded and counted.

    A value is made of JSON types, ``pyarrow.Table`` and ``numpy.ndarray``, nested at will in
    dictionaries and lists. A finished key is neither run nor billed again: its stored value is
    returned. ``func`` must be importable (a module-level function), its arguments picklable.
    """

    @property
    def workdir(self) -> Path:
        """A folder for files of this job; it survives a crash and is empty at the first start."""
        ...

    def do(self, key: str, func: Callable[..., Any], *args: Any, units: int = 0) -> Any:
        """Run one step in this process and return its value."""
        ...

    def map(
        self,
        key: str,
        func: Callable[[Any], Any],
        items: Iterable[Any],
        *,
        units: Callable[[Any], int] | None = None,
    ) -> Iterator[Any]:
        """Run independent steps on the executor; yield their values in the order of the items.

        Parameters
        ----------
        key
            Item ``i`` is the step ``<key>/<i>``.
        items
            One JSON-able item a step, each 1 to 60 s of work.
        units
            Reads the units a step used off its value; none by default.
        """
        ...


class Pipeline(Protocol[P_contra]):
    """What the module named by :attr:`Service.pipeline` offers."""

    def estimate(self, request: Request[P_contra], /) -> Estimate:
        """Check every input and say what the request will take; cheap."""
        ...

    def run(self, request: Request[P_contra], steps: Steps, /) -> Result:
        """Do the work."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What holds of one object because a person decided it.

    Parameters
    ----------
    label
        The name given to the object.
    by
        The person, as the exports shall name them.
    at
        When, ISO 8601 in UTC.
    """

    label: str
    by: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a person changed in a result besides the names of its objects.

    Parameters
    ----------
    kind
        Of change: ``cuts``, ``metadata``; what there is the service's editor says.
    subject
        What it is about: the name of an object, a scan, a sample.
    field
        Which of its values, ``""`` where there is one only.
    value
        What it is now, as JSON types; ``None`` takes back what was changed before.
    by
        The person, as the exports shall name them.
    at
        When, ISO 8601 in UTC.
    why
        Their reason, in their words.
    """

    kind: str
    subject: str
    field: str = ""
    value: Any = None
    by: str = ""
    at: str = ""
    why: str = ""


class Editor(Protocol):
    """What the module named by :attr:`Service.editor` offers, for services in whose results more than names changes."""

    def check(self, edit: Edit, /) -> Edit:
        """Return a change as it shall be kept.

        Raises
        ------
        BadParameter
            Where there is no such change, or the value cannot be.
        """
        ...


class Reviser(Protocol[P_contra]):
    """What the module named by :attr:`Service.reviser` offers, for services whose results people may change."""

    def revise(
        self,
        request: Request[P_contra],
        result: Result,
        decisions: Mapping[str, Decision],
        workdir: Path,
        /,
        edits: Sequence[Edit] = (),
    ) -> Result:
        """Return the result as it stands with people's decisions; nothing is predicted anew and nothing is billed.

        Parameters
        ----------
        request
            What the service was asked.
        result
            As the machine gave it: decisions always start from there, so that one taken back leaves no trace.
        decisions
            ``object_id`` → what holds of it; those of objects the result does not have become a finding.
        workdir
            An empty folder for the files of the new result.
        edits
            In the order they were made; a later one on the same kind, subject and field replaces an earlier one.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Something to try a service with.

    Parameters
    ----------
    inputs
        Slot → paths in the folder it was made in, with forward slashes.
    params
        Parameters it should be run with, as JSON types.
    """

    inputs: Mapping[str, tuple[str, ...]]
    params: Mapping[str, Any] = field(default_factory=dict)


class Sampler(Protocol):
    """What the module named by :attr:`Service.sample` offers."""

    def make_sample(self, folder: Path, /) -> Sample:
        """Write a small input into an empty folder, in seconds; the same one every time."""
        ...


class Preview(Protocol[P_contra]):
    """What the module named by :attr:`Service.preview` offers."""

    def preview(self, request: Request[P_contra], count: int, /) -> Sequence[bytes]:
        """Return up to so many small pictures (PNG) of the inputs; quick, and none where none can be read."""
        ...
