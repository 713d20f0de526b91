"""Named vignettes made ready for training: listed, decoded, letterboxed once, kept in one memory-mapped file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.images import decode_image
from pelagia.io.sources import open_source
from pelagia.learning.context import FEATURES, context_vector
from pelagia.learning.letterbox import letterbox
from pelagia.learning.name_pattern import groups_by_pattern
from pelagia.learning.train.split import lookalike_groups

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"})
IMAGES_FILE = "images.npy"
EXAMPLES_FILE = "examples.npz"

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One image that was found: its source, its name there, its class, its size in bytes."""

    uri: str
    name: str
    class_name: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Labelled vignettes as the loop takes them.

    Parameters
    ----------
    store
        (M, S, S, 3) uint8, letterboxed; may be a memory map.
    rows
        (N,) where in ``store`` each example stands.
    labels
        (N,) class index.
    context
        (N, K) float32; K may be 0.
    """

    store: npt.NDArray[np.uint8]
    rows: Ints
    labels: Ints
    context: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)

    def image(self, i: int) -> npt.NDArray[np.uint8]:
        """Return one letterboxed image, (S, S, 3)."""
        found: npt.NDArray[np.uint8] = self.store[self.rows[i]]
        return found

    def images(self, first: int, stop: int) -> npt.NDArray[np.uint8]:
        """Return the images of a range, (n, S, S, 3), copied."""
        found: npt.NDArray[np.uint8] = self.store[self.rows[first:stop]]
        return found

    def part(self, chosen: Ints) -> Examples:
        """Return some of the examples; the images are shared."""
        return replace(self, rows=self.rows[chosen], labels=self.labels[chosen], context=self.context[chosen])


def list_images(uris: Sequence[str]) -> tuple[list[Listed], list[Issue]]:
    """Find the images of one or more sources; the folder an image lies in is its class.

    Parameters
    ----------
    uris
        Addresses as for :func:`pelagia.io.sources.open_source`.

    Returns
    -------
    list of Listed, list of Issue
        Sorted by source and name. Whatever is not taken is named in a finding.
    """
    found: list[Listed] = []
    issues: list[Issue] = []
    for uri in uris:
        source = open_source(uri)
        for entry in source.entries():
            path = PurePosixPath(entry.name)
            class_name = entry.label or path.parent.name
            if path.suffix.lower() not in IMAGE_SUFFIXES and not entry.label:
                issues.append(_not_an_image(entry.name))
            elif not class_name:
                issues.append(_without_class(entry.name))
            else:
                found.append(Listed(uri=uri, name=entry.name, class_name=class_name, bytes=entry.size))
        issues.extend(source.issues())
    return found, issues


def create_store(folder: Path, count: int, size_px: int) -> None:
    """Make room for ``count`` letterboxed images; an earlier store is replaced."""
    partial = folder / f".{IMAGES_FILE}.partial"
    store = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=(count, size_px, size_px, 3))
    store.flush()
    del store
    partial.replace(folder / IMAGES_FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of images that were put into the store.

    Parameters
    ----------
    shapes
        (n, 2) rows and columns of the originals, pixels; (0, 0) for those that cannot be read.
    sha256
        Of each file, ``""`` where it could not even be fetched.
    issues
        Why not, and what was noted of the others.
    """

    shapes: Ints
    sha256: list[str]
    issues: list[Issue]


def store_images(folder: Path, first: int, listed: Sequence[Listed]) -> Stored:
    """Decode images and put them letterboxed into the store.

    Parameters
    ----------
    folder
        Of the store.
    first
        The row of the first image.
    listed
        The images, for the rows that follow.
    """
    store = np.load(folder / IMAGES_FILE, mmap_mode="r+")
    shapes = np.zeros((len(listed), 2), dtype=np.int64)
    issues: list[Issue] = []
    digests = [""] * len(listed)
    for i, item in enumerate(listed):
        try:
            data = open_source(item.uri).read(item.name)
            digests[i] = sha256(data).hexdigest()
            image = decode_image(data, file=item.name)
        except PelagiaError as error:
            issues.append(finding(error, objects=1))
            continue
        issues.extend(image.notes)
        store[first + i] = letterbox(image.array, store.shape[1])
        shapes[i] = image.array.shape[:2]
    store.flush()
    return Stored(shapes=shapes, sha256=digests, issues=issues)


def choose_classes(
    listed: Sequence[Listed], shapes: Ints, least: int, order: Sequence[str] = ()
) -> tuple[tuple[str, ...], Ints, list[Issue]]:
    """Choose the classes that have enough usable images.

    Parameters
    ----------
    listed
        The images.
    shapes
        (N, 2) of :func:`store_images`.
    least
        Fewest usable images of a class.
    order
        The classes in the order of a class table; classes not in it follow by name.

    Returns
    -------
    tuple of str
        The class names.
    ndarray
        (N,) class index, −1 for images that are not used.
    list of Issue
        Classes that were left out.
    """
    usable = shapes[:, 0] > 0
    names = [item.class_name for item in listed]
    counts: dict[str, int] = dict.fromkeys(sorted(set(names)), 0)
    for name, good in zip(names, usable, strict=True):
        counts[name] += int(good)
    issues = [_too_few(name, count, least) for name, count in counts.items() if count < least]
    ranks = {name: i for i, name in enumerate(order)}
    kept = sorted((n for n, c in counts.items() if c >= least), key=lambda n: (ranks.get(n, len(ranks)), n))
    index = {name: i for i, name in enumerate(kept)}
    labels = np.array([index.get(n, -1) if u else -1 for n, u in zip(names, usable, strict=True)], dtype=np.int64)
    return tuple(kept), labels, issues


def group_images(
    listed: Sequence[Listed], how: str, pattern: str, metadata: Mapping[str, Mapping[str, str]]
) -> tuple[list[str], list[Issue]]:
    """Tell which images belong together, from their names or the metadata table.

    Parameters
    ----------
    how
        ``none`` (each alone), ``parent-folder`` (the folder above the class folder), ``pattern``
        (first group of the regular expression on the file name), ``metadata`` (column ``group``).
    """
    if how == "pattern":
        groups = groups_by_pattern(pattern, [PurePosixPath(item.name).name for item in listed])
    else:
        groups = [_group(item, how, metadata) for item in listed]
    found, issues = [], []
    for item, group in zip(listed, groups, strict=True):
        if group is None:
            issues.append(_no_group(item.name, how))
        found.append(f"alone:{item.uri}/{item.name}" if group is None or how == "none" else group)
    return found, issues


def _group(item: Listed, how: str, metadata: Mapping[str, Mapping[str, str]]) -> str | None:
    path = PurePosixPath(item.name)
    if how == "parent-folder":
        return path.parent.parent.as_posix() if len(path.parts) > 2 else item.uri
    if how == "metadata":
        return metadata_of(item, metadata).get("group") or None
    return item.name


def group_lookalikes(folder: Path, usable: npt.NDArray[np.bool_], shapes: Ints) -> list[str]:
    """Group the usable images of the store that look nearly the same; the others stand alone."""
    store = np.load(folder / IMAGES_FILE, mmap_mode="r")
    rows = np.flatnonzero(usable)
    found = [f"unused-{i}" for i in range(len(usable))]
    for row, group in zip(rows, lookalike_groups(store, shapes, rows), strict=True):
        found[row] = group
    return found


def metadata_of(item: Listed, metadata: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """Return the row of the metadata table of an image: by its path, else by its file name."""
    return metadata.get(item.name) or metadata.get(PurePosixPath(item.name).name) or {}


def context_of(
    listed: Sequence[Listed],
    shapes: Ints,
    features: Sequence[str],
    pixel_size_um: float | None,
    metadata: Mapping[str, Mapping[str, str]],
) -> npt.NDArray[np.float32]:
    """Return the context of the images, (N, K) float32.

    Parameters
    ----------
    shapes
        (N, 2) rows and columns, pixels.
    features
        Names of the context features.
    pixel_size_um
        For images whose pixel size the metadata table does not tell.
    """
    rows = [metadata_of(item, metadata) for item in listed]
    default = np.nan if pixel_size_um is None else pixel_size_um
    scale = np.array([_number(row.get("pixel_size_um")) for row in rows])
    scale = np.where(np.isfinite(scale), scale, default)
    values = {name: np.array([_number(row.get(name)) for row in rows]) for name in FEATURES}
    values["width_um"], values["height_um"] = shapes[:, 1] * scale, shapes[:, 0] * scale
    return context_vector(features, values, len(listed))


def save_examples(folder: Path, labels: Ints, context: npt.NDArray[np.float32]) -> None:
    """Write label and context of each row of the store."""
    partial = folder / f".{EXAMPLES_FILE}.partial.npz"
    np.savez(partial, labels=labels, context=context)
    partial.replace(folder / EXAMPLES_FILE)


def load_examples(folder: Path) -> Examples:
    """Read all rows of the store with label and context; rows that are not used have the label −1."""
    store = np.load(folder / IMAGES_FILE, mmap_mode="r")
    with np.load(folder / EXAMPLES_FILE) as stored:
        labels, context = stored["labels"], stored["context"]
    return Examples(store=store, rows=np.arange(len(labels)), labels=labels, context=context)


def _number(text: str | None) -> float:
    try:
        return float(text) if text else float("nan")
    except ValueError:
        return float("nan")


def _not_an_image(name: str) -> Issue:
    return Issue(
        file=name,
        code="not-an-image",
        message="This file is not an image and was not used",
        remedy=f"Images end in {', '.join(sorted(IMAGE_SUFFIXES))}.",
        severity="note",
    )


def _without_class(name: str) -> Issue:
    return Issue(
        file=name,
        code="image-without-class",
        message="This image lies in no class folder and was not used",
        remedy="Put it into a sub-folder with the name of its class.",
        objects=1,
    )


def _too_few(name: str, count: int, least: int) -> Issue:
    return Issue(
        file=name,
        code="class-too-small",
        message=f"The class {name} has only {count} usable images and was left out",
        remedy=f"Add images until it has {least}, or lower least_per_class.",
        value=str(count),
        objects=count,
    )


def _no_group(name: str, how: str) -> Issue:
    return Issue(
        file=name,
        code="group-unknown",
        message=f"The run of this image cannot be told by {how}; it stands alone",
        remedy="Correct the pattern or the metadata table, so that images of one run stay together.",
        objects=1,
    )
