"""Which models are at hand, and the one a user means by ``name@version``, ``name`` or a folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from pelagia.core.errors import BadInput, NotFound
from pelagia.core.service import ModelRef, ModelSlot
from pelagia.learning.card import CARD_FILE, ModelCard, read_card
from pelagia.learning.package import ModelPackage, read_package

Place = Literal["shipped", "installed"]

SHIPPED = Path(__file__).parent / "shipped"
REFERENCE = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)(?:@(?P<version>\d+\.\d+\.\d+))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueModel:
    """A model at hand.

    Parameters
    ----------
    name, version
        As in ``name@version``.
    place
        ``shipped`` with Pelagia or ``installed`` by the user.
    path
        The folder of its package.
    card
        Its card, ``None`` if it cannot be read.
    problem
        Why not.
    """

    name: str
    version: str
    place: Place
    path: Path
    card: ModelCard | None
    problem: str = ""

    @property
    def reference(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"


def store(home: Path) -> Path:
    """Return the folder of installed models; each stands in ``<name>/<version>``."""
    return home / "models"


def list_models(home: Path) -> tuple[CatalogueModel, ...]:
    """Return all models at hand, by name, the newest version first.

    Parameters
    ----------
    home
        ``PELAGIA_HOME``. An installed model never hides a shipped one: equal references cannot be installed.
    """
    found = [*_models_in(SHIPPED, "shipped"), *_models_in(store(home), "installed")]
    return tuple(sorted(found, key=lambda m: (m.name, [-part for part in version_key(m.version)])))


def find_model(reference: str, *, home: Path) -> CatalogueModel | None:
    """Return the model of the catalogue that is called ``name@version``, or the newest one called ``name``."""
    match = REFERENCE.fullmatch(reference)
    if match is None:
        return None
    called = (model for model in list_models(home) if model.name == match["name"])
    return next((model for model in called if match["version"] in {None, model.version}), None)


def find_package(reference: str, *, home: Path) -> ModelPackage:
    """Return a model package, every file checked against its SHA-256.

    Parameters
    ----------
    reference
        ``name@version``, ``name`` for its newest version, or the folder of a package.
    home
        ``PELAGIA_HOME``.

    Raises
    ------
    NotFound
        If there is no such model.
    BadInput, Conflict
        If its package is incomplete or damaged; names the file.
    """
    model = find_model(reference, home=home)
    if model is not None:
        return read_package(model.path)
    folder = Path(reference).expanduser()
    if folder.is_dir():
        return read_package(folder)
    raise unknown_model(reference, home=home)


def resolve_slots(slots: Iterable[ModelSlot], chosen: Mapping[str, str], *, home: Path) -> dict[str, ModelRef]:
    """Return the models a request shall use, by role.

    Parameters
    ----------
    slots
        The models a service uses; one that is optional is left out where its default is not at hand.
    chosen
        Role → what was chosen; the default otherwise.
    home
        ``PELAGIA_HOME``.

    Raises
    ------
    NotFound
        Where a model is not at hand.
    """
    found: dict[str, ModelRef] = {}
    for slot in slots:
        reference = chosen.get(slot.role, slot.default)
        try:
            found[slot.role] = resolve(reference, slot.role, home=home)
        except NotFound:
            if not slot.is_optional or reference != slot.default:
                raise
    return found


def resolve(reference: str, role: str, *, home: Path) -> ModelRef:
    """Return the model a request shall use, fixed by the SHA-256 of its whole package.

    Parameters
    ----------
    reference
        ``name@version``, ``name`` for its newest version, or the folder of a package.
    role
        What it is used as: ``classifier``, …
    home
        ``PELAGIA_HOME``.
    """
    package = find_package(reference, home=home)
    return ModelRef(
        role=role,
        name=package.card.name,
        version=package.card.version,
        sha256=package.sha256,
        path=str(package.path.resolve()),
    )


def version_key(version: str) -> tuple[int, ...]:
    """Return a version as numbers, so that 1.10.0 comes after 1.9.0."""
    return tuple(int(part) for part in version.split("."))


def _models_in(folder: Path, place: Place) -> Iterator[CatalogueModel]:
    for path in sorted(folder.glob(f"*/*/{CARD_FILE}")):
        name, version = path.parts[-3:-1]
        match = REFERENCE.match(f"{name}@{version}")
        if match is None:
            continue
        card, problem = _card(path.parent)
        yield CatalogueModel(name=name, version=version, place=place, path=path.parent, card=card, problem=problem)


def _card(folder: Path) -> tuple[ModelCard | None, str]:
    try:
        return read_card(folder), ""
    except BadInput as error:
        return None, str(error)


def unknown_model(reference: str, *, home: Path) -> NotFound:
    """Return the error for a model that is not at hand; it names those that are."""
    known = [model.reference for model in list_models(home)]
    close = get_close_matches(reference, known, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}? " if close else ""
    return NotFound(
        "there is no such model",
        value=reference,
        remedy=f"{hint}At hand: {', '.join(known) or 'none'}. "
        "On the command line the folder of a model package will do.",
    )
