"""Add a model package to the local store, from a folder or a zip file."""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pelagia.catalogue.models import CatalogueModel, list_models, store
from pelagia.core.errors import BadInput, Conflict, NotFound, PelagiaError
from pelagia.learning.card import CHECKSUM_FILE
from pelagia.learning.package import ModelPackage, read_package, read_sums

MAX_BYTES = 2 * 1024**3
MAX_FILES = 1000


def install(source: Path, *, home: Path) -> CatalogueModel:
    """Copy a model package into the local store, every file checked.

    Parameters
    ----------
    source
        The folder of a package, or a zip file of one.
    home
        ``PELAGIA_HOME``; the model then stands in ``models/<name>/<version>``.

    Raises
    ------
    NotFound
        If there is nothing at ``source``.
    BadInput
        If it is not a whole model package.
    Conflict
        If a file differs from its checksum, or another model of this name and version is at hand.
    """
    if not source.exists():
        raise NotFound("there is nothing here", value=source, remedy="Give a model package: a folder or a zip file.")
    scratch = store(home) / f".installing.{os.getpid()}"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        if source.is_dir():
            _copy(source, scratch)
        else:
            _unzip(source, scratch)
        return _keep(read_package(scratch), home, source)
    except PelagiaError as error:
        error.file = error.file.replace(str(scratch), str(source))  # the user knows the source only
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _keep(package: ModelPackage, home: Path, source: Path) -> CatalogueModel:
    """Move a checked package to its place, unless it is at hand already."""
    for model in list_models(home):
        if model.reference == package.card.reference:
            if model.card is not None and read_package(model.path, verify=False).sha256 == package.sha256:
                return model
            raise Conflict(
                f"another model {model.reference} is {model.place} already",
                value=str(model.path),
                remedy="Give the new one a higher version in its card, or remove the old one.",
                file=str(source),
            )
    place = store(home) / package.card.name / package.card.version
    place.parent.mkdir(parents=True, exist_ok=True)
    package.path.replace(place)
    return CatalogueModel(
        name=package.card.name, version=package.card.version, place="installed", path=place, card=package.card
    )


def _copy(source: Path, target: Path) -> None:
    """Copy the files that SHA256SUMS lists, and nothing else."""
    for name in (CHECKSUM_FILE, *_listed(source)):
        if not (source / name).is_file():
            continue  # read_package names what is missing
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)


def _unzip(archive: Path, target: Path) -> None:
    """Take the files that SHA256SUMS lists out of a zip file, and nothing else."""
    with _opened(archive) as source:
        sizes = {info.filename: info.file_size for info in source.infolist()}
        sums = min((name for name in sizes if Path(name).name == CHECKSUM_FILE), key=len, default=None)
        if sums is None:
            raise _no_package(archive, "it holds no SHA256SUMS")
        prefix = sums.removesuffix(CHECKSUM_FILE)
        left = _take(source, sums, target / CHECKSUM_FILE, MAX_BYTES, archive)
        for name in _listed(target):
            if prefix + name in sizes:
                left = _take(source, prefix + name, target / name, left, archive)


def _take(source: zipfile.ZipFile, member: str, path: Path, left: int, archive: Path) -> int:
    """Unpack one file; return how many bytes may still follow. The header's size is not trusted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with source.open(member) as packed, path.open("wb") as plain:
        while block := packed.read(1 << 20):
            left -= len(block)
            if left < 0:
                raise _no_package(archive, f"unpacked it is larger than {MAX_BYTES // 1024**2:,} MiB")
            plain.write(block)
    return left


def _listed(folder: Path) -> list[str]:
    names = sorted(read_sums(folder))
    if len(names) > MAX_FILES:
        raise _no_package(folder, f"it lists {len(names)} files")
    return names


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(archive) as source:
            yield source
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError) as error:
        # RuntimeError is what zipfile raises for an encrypted file
        raise _no_package(archive, str(error)) from error


def _no_package(path: Path, why: str) -> BadInput:
    return BadInput(
        f"this is not a model package: {why}",
        remedy="Give the folder that `pelagia train` wrote, or a zip file of it.",
        file=str(path),
    )
