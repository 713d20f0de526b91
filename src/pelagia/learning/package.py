"""The model package on disk: a folder of model, card, checksums and the held-out logits."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pelagia.core.errors import BadInput, Conflict
from pelagia.learning.card import CARD_FILE, CHECKSUM_FILE, HELDOUT_FILE, MODEL_FILE, PAGE_FILE, ModelCard, read_card

SUM_LINE = re.compile(r"^([0-9a-f]{64}) [ *](\S.*)$")
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heldout:
    """Every image that was held back from training, with what the model said of it.

    Parameters
    ----------
    true_class
        (N,) class names.
    group
        (N,) the source run of each.
    logits
        (N, C) float32, before the temperature.
    path
        (N,) where the image came from.
    """

    true_class: Sequence[str]
    group: Sequence[str]
    logits: npt.NDArray[np.float32]
    path: Sequence[str]

    def labels(self, class_names: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return (N,) class indices in the order of the card."""
        index = {name: i for i, name in enumerate(class_names)}
        return np.array([index[name] for name in self.true_class], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPackage:
    """A model package that was read; ``sha256`` is that of its SHA256SUMS, so it names every byte in it."""

    path: Path
    card: ModelCard
    sha256: str

    @property
    def model(self) -> Path:
        """The ONNX file."""
        return self.path / MODEL_FILE


def read_package(folder: Path, *, verify: bool = True) -> ModelPackage:
    """Read a model package.

    Parameters
    ----------
    folder
        The folder of the package.
    verify
        Whether to check every file against SHA256SUMS (reads them all).

    Raises
    ------
    BadInput
        If it is not a whole model package.
    Conflict
        If a file is not the one its checksum was made of.
    """
    card = read_card(folder)
    sums = read_sums(folder)
    for name in (MODEL_FILE, CARD_FILE):
        if name not in sums:
            raise _not_listed(folder, name)
    if verify:
        for name, expected in sums.items():
            check_file(folder / name, expected)
    if sums[MODEL_FILE] != card.sha256:
        raise Conflict(
            "the card describes another model than the one beside it",
            value=sums[MODEL_FILE],
            remedy=f"The card names {card.sha256}; take card and model from the same package.",
            file=str(folder / CARD_FILE),
        )
    return ModelPackage(path=folder, card=card, sha256=_file_sha256(folder / CHECKSUM_FILE))


def read_sums(folder: Path) -> dict[str, str]:
    """Read SHA256SUMS: file name (relative, forward slashes) → SHA-256 in hexadecimal."""
    path = folder / CHECKSUM_FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, UnicodeDecodeError) as error:
        raise BadInput(
            "the model package has no readable SHA256SUMS",
            remedy="Copy the whole package again, or write it with `sha256sum`.",
            file=str(path),
        ) from error
    found = {}
    for line in filter(None, lines):
        match = SUM_LINE.match(line)
        if match is None or not _inside(match[2]):
            raise BadInput(
                "a line of SHA256SUMS does not name a file of the package",
                value=line[:120],
                remedy="Each line holds a SHA-256, two spaces and a file name.",
                file=str(path),
            )
        found[match[2]] = match[1]
    return found


def check_file(path: Path, expected: str) -> None:
    """Raise unless the file exists and has this SHA-256."""
    if not path.is_file() or path.is_symlink():
        raise BadInput("a file of the model package is missing", remedy="Copy the whole package again.", file=str(path))
    actual = _file_sha256(path)
    if actual != expected:
        raise Conflict(
            "a file of the model package was changed or is damaged: its SHA-256 differs from SHA256SUMS",
            value=actual,
            remedy=f"Expected {expected}. Copy the package again from where it came.",
            file=str(path),
        )


def write_package(
    folder: Path,
    *,
    model: bytes,
    card: ModelCard,
    page: str,
    heldout: Heldout | None = None,
    figures: Mapping[str, bytes] | None = None,
) -> ModelPackage:
    """Write a model package; the folder appears under its name only when complete.

    Parameters
    ----------
    folder
        Where it shall stand; an existing package there is replaced.
    model
        The ONNX file.
    card
        Its card; ``card.sha256`` is set to that of ``model``.
    page
        The text of card.md (see :func:`pelagia.learning.card_page.render_card`).
    heldout
        The held-out images with their logits.
    figures
        File name → PNG, for the folder ``figures``.
    """
    if folder.exists() and not (folder / CARD_FILE).is_file() and any(folder.iterdir()):
        raise Conflict("this folder holds something else than a model", remedy="Name another folder.", file=str(folder))
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "figures").mkdir(parents=True)
    card = card.model_copy(update={"sha256": sha256(model).hexdigest()})
    (partial / MODEL_FILE).write_bytes(model)
    (partial / CARD_FILE).write_text(card.to_json(), encoding="utf-8")
    (partial / PAGE_FILE).write_text(page, encoding="utf-8")
    for name, data in (figures or {}).items():
        (partial / "figures" / name).write_bytes(data)
    if heldout is not None:
        write_heldout(partial / HELDOUT_FILE, heldout)
    write_sums(partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)
    return read_package(folder)


def write_sums(folder: Path) -> str:
    """Write SHA256SUMS over all files of the folder; return its own SHA-256."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != CHECKSUM_FILE)
    lines = [f"{_file_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / CHECKSUM_FILE).write_text("".join(lines), encoding="utf-8")
    return _file_sha256(folder / CHECKSUM_FILE)


def pack(folder: Path, archive: Path) -> Path:
    """Put a model package in one zip file, to send or publish it; equal packages give equal files.

    Parameters
    ----------
    folder
        The package; only the files listed in SHA256SUMS go in.
    archive
        The zip file to write.
    """
    package = read_package(folder)
    stem = f"{package.card.name}-{package.card.version}"
    names = [CHECKSUM_FILE, *sorted(read_sums(folder))]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for name in names:
            entry = zipfile.ZipInfo(f"{stem}/{name}", ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            target.writestr(entry, (folder / name).read_bytes())
    return archive


def write_heldout(path: Path, heldout: Heldout) -> None:
    """Write the held-out images with their logits as Parquet."""
    logits = np.asarray(heldout.logits, dtype=np.float32)
    offsets = np.arange(len(logits) + 1, dtype=np.int32) * logits.shape[1]
    table = pa.table(
        {
            "true_class": pa.array(heldout.true_class, pa.string()),
            "group": pa.array(heldout.group, pa.string()),
            "logits": pa.ListArray.from_arrays(pa.array(offsets), pa.array(logits.ravel())),
            "path": pa.array(heldout.path, pa.string()),
        }
    )
    pq.write_table(table, path, compression="zstd")


def read_heldout(package: ModelPackage) -> Heldout | None:
    """Read the held-out images of a package; ``None`` where it carries none."""
    path = package.path / HELDOUT_FILE
    if not path.is_file():
        return None
    table = pq.read_table(path)
    classes = len(package.card.classes)
    logits = table["logits"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    truth = table["true_class"].to_pylist()
    if len(logits) != len(truth) * classes or not set(truth) <= set(package.card.class_names):
        raise BadInput(
            "the held-out images do not fit the classes of the card",
            value=f"{len(truth)} images, {len(logits)} logits, {classes} classes",
            remedy="Take card and held-out images from the same package.",
            file=str(path),
        )
    return Heldout(
        true_class=truth,
        group=table["group"].to_pylist(),
        logits=logits.astype(np.float32).reshape(len(truth), classes),
        path=table["path"].to_pylist(),
    )


def _inside(name: str) -> bool:
    parts = name.split("/")
    return not name.startswith("/") and "\\" not in name and ":" not in name and not {"", ".", ".."} & set(parts)


def _file_sha256(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _not_listed(folder: Path, name: str) -> BadInput:
    return BadInput(
        "SHA256SUMS does not list a file every model package has",
        value=name,
        remedy="Copy the whole package again.",
        file=str(folder / CHECKSUM_FILE),
    )
