"""EcoTaxa tables with their images: one form inside, whatever columns a table has."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue, Severity
from pelagia.core.table import Column
from pelagia.io.ecotaxa.samples import DESCRIBING, EcoTaxaSample, SampleGatherer
from pelagia.io.ecotaxa.text import Header, read_header, text_batches
from pelagia.io.ecotaxa.values import pixel_sizes_um, to_moments, to_numbers, to_states, within
from pelagia.io.sources import Source
from pelagia.io.tally import Tally

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

STRING, FLOAT = pa.string(), pa.float64()
IMAGE_MISSING = "image-missing"
OBJECT_COLUMNS: tuple[Column, ...] = (
    Column(name="object_id", type=STRING, description="Name of the object in the table"),
    Column(name="image", type=STRING, description="The image file, relative to the source; empty where it is missing"),
    Column(name="problem", type=STRING, description="Code of the finding that leaves the object without an image"),
    Column(name="sample_id", type=STRING, description="The sample"),
    Column(name="acq_id", type=STRING, description="The acquisition"),
    Column(name="label", type=STRING, description="Annotation category"),
    Column(name="label_status", type=STRING, description="predicted, validated, dubious or discarded"),
    Column(name="label_by", type=STRING, description="Person who annotated"),
    Column(name="label_at", type=STRING, description="Date (and time) of the annotation, ISO 8601"),
    Column(name="acquired_at_utc", type=pa.timestamp("us", tz="UTC"), description="Date and time of the object"),
    Column(name="latitude", type=FLOAT, description="Latitude (WGS 84)", unit="°"),
    Column(name="longitude", type=FLOAT, description="Longitude (WGS 84)", unit="°"),
    Column(name="depth_min_m", type=FLOAT, description="Upper depth", unit="m"),
    Column(name="depth_max_m", type=FLOAT, description="Lower depth", unit="m"),
    Column(name="pixel_size_um", type=FLOAT, description="Size of one pixel", unit="µm"),
)
"""What is read of every object; the numeric ``object_…`` columns of the table follow under their own names."""

OWN_OBJECT_COLUMNS = frozenset(
    {
        "object_id",
        "object_lat",
        "object_lon",
        "object_date",
        "object_time",
        "object_depth_min",
        "object_depth_max",
        "object_link",
    }
)
BOUNDS = {
    "object_lat": (-90.0, 90.0),
    "object_lon": (-180.0, 180.0),
    "object_depth_min": (-10.0, 11_000.0),
    "object_depth_max": (-10.0, 11_000.0),
}


def find_tables(names: Iterable[str]) -> list[str]:
    """Return those names of a source that are EcoTaxa tables.

    Parameters
    ----------
    names
        File names with forward slashes.

    Returns
    -------
    list of str
        Sorted: ``ecotaxa*.tsv`` and ``ecotaxa*.txt``, in any case (EcoTaxa itself takes lower case only).
    """
    bases = ((name, PurePosixPath(name).name.lower()) for name in names)
    return sorted(name for name, base in bases if base.startswith("ecotaxa") and base.endswith((".tsv", ".txt")))


class EcoTaxaTable:
    """One EcoTaxa table, read piece by piece; only the names of its objects are held in memory.

    Parameters
    ----------
    source
        The folder or archive.
    name
        The table, as :func:`find_tables` names it.
    images
        The names of all files of the source; images are looked for among them.

    Raises
    ------
    BadInput
        The table is empty, not text, or has no column ``object_id``.
    """

    def __init__(self, source: Source, name: str, images: Collection[str]) -> None:
        self.name = name
        self._source = source
        self._images = images if isinstance(images, set | frozenset | dict) else frozenset(images)
        self._header = read_header(source, name)
        if "object_id" not in self._header.names:
            raise _no_object_id(self._header, name)
        self._folder = posixpath.dirname(name)
        self._tally = Tally(name)
        self._gatherer = SampleGatherer()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the pieces: :data:`OBJECT_COLUMNS`, then the numbers of the table."""
        return OBJECT_COLUMNS + tuple(
            Column(name=name, type=FLOAT, description=f"{name} of the EcoTaxa table") for name in self._numbers
        )

    def issues(self) -> tuple[Issue, ...]:
        """Return the findings; complete after :meth:`batches`."""
        return self._tally.issues()

    def samples(self) -> tuple[EcoTaxaSample, ...]:
        """Return what the table says of its samples; complete after :meth:`batches`."""
        return self._gatherer.samples()

    def batches(self) -> Iterator[pa.Table]:
        """Read the objects in the order of the table, one row each.

        Yields
        ------
        pa.Table
            With :attr:`columns`. Of an object with several images the one with the lowest
            ``img_rank`` is kept, the others become a finding.
        """
        self._tally, self._gatherer = Tally(self.name), SampleGatherer()
        _tell_header(self._header, self.name, self._tally)
        schema = pa.schema([column.field() for column in self.columns])
        keep, position = self._rows_to_keep(), 0
        if not len(keep):
            self._tally.add("ecotaxa-empty", "The table has no objects", remedy="Export it again.", objects=0)
        for text in self._text(self._columns_to_read, self._bad_row):
            kept = keep[position : position + len(text["object_id"])]
            rows = position + np.flatnonzero(kept)
            position += len(kept)
            if len(rows):
                mask = pa.array(kept)
                chosen = {name: texts.filter(mask) for name, texts in text.items()}
                table = self._normalised(chosen, rows).cast(schema)
                self._gatherer.add(table, chosen)
                yield table

    @cached_property
    def _numbers(self) -> tuple[str, ...]:
        """The columns that are passed on: numbers by the line of types, or by the first rows."""
        free = [name for name in self._header.names if name.startswith("object_") and not _is_own(name)]
        if self._header.types:
            types = dict(zip(self._header.names, self._header.types, strict=False))
            return tuple(name for name in free if types.get(name) == "[f]")
        first = next(iter(self._text(free)), {}) if free else {}
        return tuple(name for name, texts in first.items() if _all_numbers(texts))

    @cached_property
    def _columns_to_read(self) -> list[str]:
        own = [name for name in self._header.names if _is_own(name) or name.startswith(("img_file_name", *DESCRIBING))]
        return own + list(self._numbers)

    def _text(
        self, columns: Sequence[str], on_bad_row: Callable[[str], None] = lambda _: None
    ) -> Iterator[dict[str, pa.Array]]:
        return text_batches(self._source, self.name, self._header, columns, on_bad_row)

    def _bad_row(self, text: str) -> None:
        self._tally.add(
            "ecotaxa-row",
            f"Rows have more than the {len(self._header.names)} cells of the header; they were left out",
            remedy="Correct them: look for tabs or line breaks inside a cell.",
            value=text[:80],
            severity="error",
        )

    def _rows_to_keep(self) -> Flags:
        """Choose the one row of each object: that of its image of the lowest rank."""
        ranked = "img_rank" in self._header.names
        id_pieces, rank_pieces = [pa.array([], STRING)], [pa.array([], FLOAT)]
        for text in self._text(["object_id", "img_rank"] if ranked else ["object_id"]):
            id_pieces.append(pc.utf8_trim_whitespace(text["object_id"]))
            if ranked:
                rank_pieces.append(pc.fill_null(to_numbers(text["img_rank"], "img_rank", self._tally), 0.0))
        ids = pa.concat_arrays(id_pieces)
        ranks = pa.concat_arrays(rank_pieces).to_numpy(zero_copy_only=False) if ranked else np.zeros(len(ids))
        order, first = _first_of_each(ids, ranks)
        self._tell_repeats(ids, order, first, ranks)
        keep = np.zeros(len(ids), np.bool_)
        keep[order[first]] = True
        return keep

    def _tell_repeats(self, ids: pa.Array, order: Ints, first: Flags, ranks: Floats) -> None:
        # A row behind another of its object repeats it if the rank is the same; else it is a further image.
        again = ~first & (np.append(np.nan, ranks[order][:-1]) == ranks[order])[: len(order)]
        kinds: tuple[tuple[Flags, str, str, Severity], ...] = (
            (again, "ecotaxa-duplicate", "Objects stand in the table more than once; the first was taken", "warning"),
            (~first & ~again, "ecotaxa-extra-images", "Objects have several images; the first was taken", "note"),
        )
        for found, code, message, severity in kinds:
            if found.any():
                self._tally.add(
                    code,
                    message,
                    remedy="Nothing to do if this is right; else give every object its own object_id.",
                    value=ids[int(order[found][0])],
                    severity=severity,
                    objects=int(found.sum()),
                )

    def _normalised(self, text: dict[str, pa.Array], rows: Ints) -> pa.Table:
        """Bring a piece of the table into our form."""
        nothing = pa.array([""] * len(rows))
        labels = _present(text.get("object_annotation_category", nothing))
        images = [self._image(name.strip()) for name in text.get("img_file_name", nothing).to_pylist()]
        states = text.get("object_annotation_status", nothing)
        moments = to_moments(text.get("object_date", nothing), text.get("object_time", nothing), self._tally)
        return pa.table(
            {
                "object_id": self._ids(text["object_id"], rows),
                "image": pa.array(images, STRING),
                "problem": pa.array([None if image else IMAGE_MISSING for image in images], STRING),
                "sample_id": _present(text.get("sample_id", nothing)),
                "acq_id": _present(text.get("acq_id", nothing)),
                "label": labels,
                "label_status": to_states(states, labels, self._tally),
                "label_by": _present(text.get("object_annotation_person_name", nothing)),
                "label_at": self._annotated_at(text, nothing),
                "acquired_at_utc": moments,
                "latitude": self._bounded(text, "object_lat", nothing),
                "longitude": self._bounded(text, "object_lon", nothing),
                "depth_min_m": self._bounded(text, "object_depth_min", nothing),
                "depth_max_m": self._bounded(text, "object_depth_max", nothing),
                "pixel_size_um": pixel_sizes_um(text, len(rows), self._tally),
                **{name: to_numbers(text[name], name, self._tally) for name in self._numbers},
            }
        )

    def _bounded(self, text: dict[str, pa.Array], name: str, nothing: pa.Array) -> pa.Array:
        numbers = to_numbers(text.get(name, nothing), name, self._tally)
        return within(numbers, BOUNDS[name], name, self._tally)

    def _ids(self, ids: pa.Array, rows: Ints) -> pa.Array:
        names = [text.strip() for text in ids.to_pylist()]
        if "" in names:
            self._tally.add(
                "ecotaxa-object-id",
                "Objects have no object_id; they were named by their row",
                remedy="Give every object an object_id.",
                value=f"row {rows[names.index('')] + 1}",
                objects=names.count(""),
            )
            stem = PurePosixPath(self.name).stem
            names = [name or f"{stem}_row{row + 1}" for name, row in zip(names, rows, strict=True)]
        return pa.array(names, STRING)

    def _image(self, stated: str) -> str | None:
        """Return the file a row names, which stands relative to the table."""
        path = posixpath.normpath(posixpath.join(self._folder, stated.replace("\\", "/"))) if stated else ""
        if path in self._images:
            return path
        self._tally.add(
            IMAGE_MISSING,
            "Images that the table names are missing; the objects are listed without one",
            remedy="Put the images beside the table, under the names it gives them.",
            value=stated or "(no name)",
            severity="error",
        )
        return None

    def _annotated_at(self, text: dict[str, pa.Array], nothing: pa.Array) -> pa.Array:
        dates = text.get("object_annotation_date", nothing)
        moments = to_moments(dates, text.get("object_annotation_time", nothing), self._tally)
        return pc.strftime(pc.cast(moments, pa.timestamp("s", tz="UTC")), format="%Y-%m-%dT%H:%M:%SZ")


def _first_of_each(ids: pa.Array, ranks: Floats) -> tuple[Ints, Flags]:
    """Sort rows by object, rank and place; say which of them are the first of their object."""
    codes = ids.dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    rows = np.arange(len(codes))
    nameless = pc.equal(ids, "").to_numpy(zero_copy_only=False)
    codes[nameless] = -1 - rows[nameless]  # objects without a name are objects each
    order = np.lexsort((rows, ranks, codes))
    first = np.ones(len(codes), np.bool_)
    first[1:] = codes[order][1:] != codes[order][:-1]
    return order, first


def _no_object_id(header: Header, name: str) -> BadInput:
    return BadInput(
        "The table has no column object_id",
        remedy="Export it from EcoTaxa again, or add the column.",
        value=", ".join(header.names[:8]),
        file=name,
        code="ecotaxa-column-missing",
    )


def _tell_header(header: Header, name: str, tally: Tally) -> None:
    for column, severity in (("img_file_name", "error"), ("sample_id", "warning")):
        if column not in header.names:
            tally.add(
                "ecotaxa-column-missing",
                f"The table has no column {column}",
                remedy="Export it again with images and sample data, or add the column.",
                value=column,
                severity="error" if severity == "error" else "warning",
                objects=0,
            )
    base = PurePosixPath(name).name
    if not base.startswith("ecotaxa") or not base.endswith((".tsv", ".txt")):
        tally.add(
            "ecotaxa-name-case",
            "The name of the table is not in lower case; EcoTaxa itself would not find it",
            remedy="Rename it to ecotaxa_….tsv before uploading it there.",
            value=base,
            severity="note",
            objects=0,
        )


def _is_own(name: str) -> bool:
    return name in OWN_OBJECT_COLUMNS or name.startswith("object_annotation_")


def _all_numbers(texts: pa.Array) -> bool:
    tally = Tally("")
    numbers = to_numbers(texts, "", tally)
    return not tally.issues() and numbers.null_count < len(numbers)


def _present(texts: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, STRING), trimmed)
