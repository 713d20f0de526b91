"""What is written of a result: the output folder of a run, or the folder of a trained model."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from pelagia.catalogue.install import install
from pelagia.catalogue.models import CatalogueModel, list_models
from pelagia.core.errors import Conflict
from pelagia.core.result import Issue, Result
from pelagia.exports.registry import EXPORTERS
from pelagia.learning.card import CARD_FILE, PAGE_FILE, ModelCard
from pelagia.learning.package import read_package, write_sums

MODEL_ROLE = "model"
NO_EXPORT = "none"


def exports_for(result: Result, chosen: Sequence[str]) -> list[str]:
    """Return the exports to write: those chosen, or all that are usual for such a result."""
    if chosen:
        return [name for name in chosen if name != NO_EXPORT]
    return [name for name, exporter in EXPORTERS.items() if exporter.is_usual_for(result)]


def write_model(result: Result, out: Path, created: dt.date) -> Sequence[Issue]:
    """Copy the files of a trained model into its folder; each appears complete or not at all, checksums last."""
    del created
    artifacts = [artifact for artifact in result.artifacts if artifact.role == MODEL_ROLE]
    for artifact in sorted(artifacts, key=lambda artifact: (artifact.name == "SHA256SUMS", artifact.name)):
        name = PurePosixPath(artifact.name)
        if name.is_absolute() or ".." in name.parts:
            raise Conflict("A file of the model leads out of its folder", value=name, remedy="Report this fault.")
        place = out.joinpath(*name.parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(f".{place.name}.{os.getpid()}.partial")
        shutil.copyfile(artifact.path, partial)
        partial.replace(place)
    return ()


def keep_model(folder: Path, home: Path) -> CatalogueModel:
    """Install a trained model into the catalogue; where its version is taken by another, under the next free one.

    Parameters
    ----------
    folder
        The model package; its card, page and checksums are written anew where the version changes.
    home
        ``PELAGIA_HOME``.

    Returns
    -------
    The model as it is kept. The same model kept twice is one.
    """
    while True:
        try:
            return install(folder, home=home)
        except Conflict:
            card = read_package(folder, verify=False).card
            taken = {model.version for model in list_models(home) if model.name == card.name}
            if card.version not in taken:
                raise
            _set_version(folder, card, _next_version(card.version))


def _next_version(version: str) -> str:
    major, minor, patch = version.split(".")
    return f"{major}.{minor}.{int(patch) + 1}"


def _set_version(folder: Path, card: ModelCard, version: str) -> None:
    changed = card.model_copy(update={"version": version})
    # The page of a model says what fits its task: only its name changes.
    page = (folder / PAGE_FILE).read_text(encoding="utf-8").replace(f"`{card.reference}`", f"`{changed.reference}`")
    for name, text in ((CARD_FILE, changed.to_json()), (PAGE_FILE, page)):
        partial = folder / f".{name}.partial"
        partial.write_text(text, encoding="utf-8")
        partial.replace(folder / name)
    write_sums(folder)
