"""Vignettes that are files of their own: their names, their labels, what is known of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Literal

import pyarrow as pa

from pelagia.core.errors import BadParameter, PelagiaError
from pelagia.core.result import Issue
from pelagia.core.table import Column
from pelagia.io.findings import finding
from pelagia.io.images import is_image_name
from pelagia.io.sources import Entry, Source
from pelagia.io.tally import Tally
from pelagia.io.vignette_context import ContextTable, find_context, read_context

LabelFrom = Literal["auto", "folder", "prefix", "none"]

BATCH_ROWS = 8192
GRIDFS_SUFFIX = ".img"
STRING, FLOAT = pa.string(), pa.float64()
VIGNETTE_COLUMNS: tuple[Column, ...] = (
    Column(name="object_id", type=STRING, description="Name of the image without its suffix, unique in the source"),
    Column(name="image", type=STRING, description="The image file, relative to the source"),
    Column(name="label", type=STRING, description="The class the image came with"),
    Column(name="pixel_size_um", type=FLOAT, description="Size of one pixel", unit="µm"),
    Column(name="acquired_at_utc", type=pa.timestamp("us", tz="UTC"), description="Date (and time) of the image"),
    Column(name="month", type=pa.int8(), description="Month, 1 to 12"),
    Column(name="latitude", type=FLOAT, description="Latitude (WGS 84)", unit="°"),
    Column(name="longitude", type=FLOAT, description="Longitude (WGS 84)", unit="°"),
    Column(name="depth_m", type=FLOAT, description="Depth", unit="m"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRule:
    """Where the label of an image comes from, if the place itself gives none.

    Parameters
    ----------
    label_from
        ``folder``: the folder the image stands in; ``prefix``: its name up to the separator;
        ``none``; ``auto``: the folder, if images stand in more than one.
    separator
        For ``prefix``: ``Acartia__0017.png`` with ``__`` is an Acartia.
    """

    label_from: LabelFrom = "auto"
    separator: str = "__"

    def __post_init__(self) -> None:
        if self.label_from == "prefix" and not self.separator:
            raise BadParameter(
                "Labels from the begin of file names need a separator", remedy="Give one, such as __.", value="''"
            )


class Vignettes:
    """The vignettes of a folder, an archive, a bucket or a collection.

    Parameters
    ----------
    source
        Where they are.
    rule
        Where labels come from.
    apart
        Names of files that are used by themselves: nothing is said of them here.

    Notes
    -----
    The names of all images are held in memory (about 300 bytes each), their pixels never.
    """

    def __init__(self, source: Source, rule: LabelRule | None = None, apart: Collection[str] = ()) -> None:
        rule = rule or LabelRule()
        self._source = source
        self._tally = Tally(source.uri)
        entries = list(source.entries())
        self._images = [entry for entry in entries if _is_image(entry.name)]
        others = [entry.name for entry in entries if not _is_image(entry.name) and entry.name not in apart]
        self._rule = _settled(rule, self._images, self._tally)
        context = find_context(others)
        self._context = self._read_context(context)
        _tell_others([name for name in others if name != context], self._tally)

    def __len__(self) -> int:
        return len(self._images)

    @property
    def empty(self) -> tuple[str, ...]:
        """The names of the images without a byte."""
        return tuple(entry.name for entry in self._images if not entry.size)

    def issues(self) -> tuple[Issue, ...]:
        """Return the findings; complete after :meth:`batches`."""
        return self._tally.issues()

    def batches(self, rows: int = BATCH_ROWS) -> Iterator[pa.Table]:
        """List the vignettes in the order of the source.

        Parameters
        ----------
        rows
            The most rows of one piece.

        Yields
        ------
        pa.Table
            With :data:`VIGNETTE_COLUMNS`.
        """
        schema = pa.schema([column.field() for column in VIGNETTE_COLUMNS])
        named = zip(self._images, object_ids([entry.name for entry in self._images]), strict=True)
        while piece := list(islice(named, rows)):
            yield pa.Table.from_pylist([self._row(entry, name) for entry, name in piece], schema=schema)
        _tell_unmatched(self._context, self._tally)

    def _row(self, entry: Entry, object_id: str) -> dict[str, object]:
        context = self._context.of(entry.name)
        return {
            "object_id": object_id,
            "image": entry.name,
            "label": entry.label or label_of(entry.name, self._rule) or None,
            "pixel_size_um": context.pixel_size_um,
            "acquired_at_utc": context.acquired_at_utc,
            "month": context.month,
            "latitude": context.latitude,
            "longitude": context.longitude,
            "depth_m": context.depth_m,
        }

    def _read_context(self, name: str) -> ContextTable:
        if not name:
            return ContextTable()
        tally = Tally(name)
        try:
            table = read_context(self._source, name, tally)
        except PelagiaError as error:
            self._tally.take([finding(error, severity="warning")])
            return ContextTable()
        self._tally.take(tally.issues())
        return table


def label_of(name: str, rule: LabelRule) -> str:
    """Return the label of an image by its name, ``""`` where it has none.

    Parameters
    ----------
    name
        Path with forward slashes.
    rule
        With ``label_from`` settled (``auto`` counts as ``folder``).
    """
    path = PurePosixPath(name)
    if rule.label_from in {"folder", "auto"}:
        return path.parent.name
    if rule.label_from == "prefix":
        before, found, _ = path.name.partition(rule.separator)
        return before.strip() if found else ""
    return ""


def object_ids(names: Sequence[str]) -> Iterator[str]:
    """Name objects after their images, each name once.

    Parameters
    ----------
    names
        Paths with forward slashes, each once.

    Yields
    ------
    str
        The bare name without suffix where no other image has it; else the folders are put
        before it, and if that is not enough the suffix behind it.
    """
    stems = Counter(PurePosixPath(name).stem for name in names)
    paths = Counter(_joined(name, suffix=False) for name in names)
    taken: set[str] = set()
    for name in names:
        object_id = PurePosixPath(name).stem
        if stems[object_id] > 1:
            object_id = _joined(name, suffix=paths[_joined(name, suffix=False)] > 1)
        base, number = object_id, 2
        while object_id in taken:
            object_id, number = f"{base}-{number}", number + 1
        taken.add(object_id)
        yield object_id


def _joined(name: str, *, suffix: bool) -> str:
    path = PurePosixPath(name)
    return "__".join((path if suffix else path.with_suffix("")).parts)


def _is_image(name: str) -> bool:
    # Images of a MongoDB collection may have no name to take a suffix from.
    return is_image_name(name) or name.endswith(GRIDFS_SUFFIX)


def _settled(rule: LabelRule, images: Sequence[Entry], tally: Tally) -> LabelRule:
    """Decide what ``auto`` means for these images."""
    if rule.label_from != "auto":
        return rule
    folders = {PurePosixPath(entry.name).parent for entry in images}
    if len(folders) > 1:
        return LabelRule(label_from="folder")
    if folders and folders != {PurePosixPath(".")}:
        tally.add(
            "label-single-folder",
            "All images stand in one folder; its name was not taken as their label",
            remedy="Nothing to do if this is right; else choose that labels come from the folder.",
            value=next(iter(folders)),
            severity="note",
            objects=0,
        )
    return LabelRule(label_from="none")


def _tell_others(names: Iterable[str], tally: Tally) -> None:
    kinds: Counter[str] = Counter()
    first: dict[str, str] = {}
    for name in names:
        suffix = PurePosixPath(name).suffix.lower() or "no suffix"
        kinds[suffix] += 1
        first.setdefault(suffix, name)
    for suffix, count in sorted(kinds.items()):
        tally.add(
            "file-not-image",
            f"Files are no images and were not used ({suffix}: {count:,})",
            remedy="Nothing to do if this is right; images must be PNG, JPEG, TIFF or BMP files.",
            value=first[suffix],
            severity="note",
            objects=0,
        )


def _tell_unmatched(context: ContextTable, tally: Tally) -> None:
    unused = context.unused()
    if unused:
        tally.take(
            [
                Issue(
                    file=context.name,
                    code="context-unmatched",
                    message="Rows of the table of contexts name no image",
                    remedy="Write the file names as they are, relative to the table.",
                    value=unused[0],
                    objects=len(unused),
                )
            ]
        )
