"""Browsing the objects of a result: filtered, sorted, a page at a time, with people's decisions laid over them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pelagia.core.errors import BadParameter, NotFound
from pelagia.orders.object_index import NO_NUMBER, NO_TIME, STATUSES, UNCLASSIFIED, VALIDATED, ObjectIndex
from pelagia.runtime.decisions import Entry, Holdings

Order = Literal["certain", "uncertain", "large", "small", "early", "late", "list"]
ORDERS: Mapping[str, str] = {
    "certain": "most certain first",
    "uncertain": "least certain first",
    "large": "largest first",
    "small": "smallest first",
    "early": "earliest first",
    "late": "latest first",
    "list": "as in the list",
}
LARGEST_PAGE = 500
KEPT_CHOICES = 8
WITHOUT_TAXON = "unclassified"

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which objects are wanted; what is ``None`` does not matter.

    Parameters
    ----------
    taxon
        The name that holds now, by a person or the model.
    predicted
        The name the model gave.
    status
        One of :data:`~pelagia.orders.object_index.STATUSES`.
    sample
        The sample.
    disputed
        Only those on which people differ.
    annotator
        Only those this person decided on.
    confidence_from, confidence_to
        Range of the model's confidence, 0 to 1.
    order
        How they are sorted.
    """

    taxon: str | None = None
    predicted: str | None = None
    status: str | None = None
    sample: str | None = None
    disputed: bool = False
    annotator: str | None = None
    confidence_from: float | None = None
    confidence_to: float | None = None
    order: Order = "certain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the chosen objects; ``before`` is how many of the chosen stand ahead of them."""

    rows: tuple[int, ...]
    total: int
    before: int

    @property
    def has_more(self) -> bool:
        """Whether more of the chosen follow."""
        return self.before + len(self.rows) < self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonCount:
    """How many objects bear a name now, by how they came by it."""

    taxon: str
    predicted: int
    validated: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.predicted + self.validated


@dataclass
class Objects:
    """The objects of one result with the decisions that hold; safe to use from many threads.

    Parameters
    ----------
    index
        What is known of them without the decisions.
    """

    index: ObjectIndex
    holdings: Holdings = field(default_factory=Holdings)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._taxa = list(self.index.names["taxon"])
        self._numbers = {taxon: number for number, taxon in enumerate(self._taxa)}
        self._taxon = self.index.numbers("taxon").copy()
        self._status = self.index.numbers("status").copy()
        self._decided: dict[str, int] = {}
        self._kept: OrderedDict[Choice, Rows] = OrderedDict()

    def add(self, entries: Iterable[Entry]) -> None:
        """Take further decisions, in their order."""
        with self._lock:
            touched = self.holdings.add(entries)
            if not touched:
                return
            new = [object_id for object_id in touched if object_id not in self._decided]
            self._decided.update(self.index.find(new))
            for object_id in touched & self._decided.keys():
                self._lay_over(object_id, self._decided[object_id])
            self._kept.clear()

    def _lay_over(self, object_id: str, row: int) -> None:
        entry = self.holdings.current(object_id)
        if entry is None:
            self._taxon[row] = self.index.numbers("taxon")[row]
            self._status[row] = self.index.numbers("status")[row]
            return
        label = entry.label or ""
        if label not in self._numbers:
            self._numbers[label] = len(self._taxa)
            self._taxa.append(label)
        self._taxon[row], self._status[row] = self._numbers[label], VALIDATED

    def taxa(self, sample: str | None = None) -> tuple[TaxonCount, ...]:
        """Return every name with its number of objects, the commonest first, those without a name last."""
        with self._lock:
            taxon, status = self._taxon, self._status
            if sample is not None:
                inside = self.index.numbers("sample_id") == _number(self.index, "sample_id", sample)
                taxon, status = taxon[inside], status[inside]
            names = (WITHOUT_TAXON, *self._taxa)
            pairs = np.bincount((taxon.astype(np.int64) + 1) * 2 + (status == VALIDATED), minlength=2 * len(names))
        counts = [
            TaxonCount(taxon=name, predicted=int(pairs[2 * at]), validated=int(pairs[2 * at + 1]))
            for at, name in enumerate(names)
            if pairs[2 * at : 2 * at + 2].any()
        ]
        return tuple(sorted(counts, key=lambda one: (one.taxon in {WITHOUT_TAXON, "unknown"}, -one.total, one.taxon)))

    def samples(self) -> tuple[str, ...]:
        """Return the names of the samples, in their order."""
        return self.index.names["sample_id"]

    def statuses(self) -> dict[str, int]:
        """Return how many objects there are of each status."""
        with self._lock:
            counts = np.bincount(self._status, minlength=len(STATUSES))
        return {name: int(number) for name, number in zip(STATUSES, counts, strict=True)}

    def page(self, choice: Choice, *, after: int | None = None, limit: int = 60) -> Page:
        """Return a page of the chosen objects.

        Parameters
        ----------
        choice
            Which, in which order.
        after
            The row of the last object seen: the page begins behind it. Where that object is no longer among the
            chosen, because somebody gave it another name, the page begins behind the place it had.
        limit
            How many.
        """
        with self._lock:
            rows = self._chosen(choice)
        if after is not None and not 0 <= after < self.index.rows:
            raise BadParameter("There is no such object", value=after, remedy="Begin again with the first page.")
        total, limit = len(rows), min(limit, LARGEST_PAGE)
        keys = self._keys(choice.order, rows)
        if after is not None:
            key = self._keys(choice.order, np.array([after]))[0]
            behind = (keys > key) | ((keys == key) & (rows > after))
            rows, keys = rows[behind], keys[behind]
        return Page(rows=tuple(_first(rows, keys, limit).tolist()), total=total, before=total - len(rows))

    def _chosen(self, choice: Choice) -> Rows:
        """Return the rows of the chosen objects as in the list; kept until the next decision."""
        wanted = replace(choice, order="list")
        if wanted not in self._kept:
            self._kept[wanted] = self._filtered(wanted)
            while len(self._kept) > KEPT_CHOICES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(wanted)
        return self._kept[wanted]

    def _filtered(self, choice: Choice) -> Rows:
        chosen = np.ones(self.index.rows, bool)
        if choice.taxon is not None:
            absent = NO_NUMBER if choice.taxon == WITHOUT_TAXON else NO_NUMBER - 1
            chosen &= self._taxon == self._numbers.get(choice.taxon, absent)
        if choice.predicted is not None:
            chosen &= self.index.numbers("predicted_taxon") == _number(self.index, "predicted_taxon", choice.predicted)
        if choice.status is not None:
            chosen &= self._status == _status_number(choice.status)
        if choice.sample is not None:
            chosen &= self.index.numbers("sample_id") == _number(self.index, "sample_id", choice.sample)
        confidence = self.index.numbers("confidence")
        if choice.confidence_from is not None:
            chosen &= confidence >= choice.confidence_from
        if choice.confidence_to is not None:
            chosen &= confidence <= choice.confidence_to
        if choice.disputed or choice.annotator is not None:
            decided = np.zeros(self.index.rows, bool)
            decided[[row for name, row in self._decided.items() if self._is_wanted(name, choice)]] = True
            chosen &= decided
        return np.flatnonzero(chosen)

    def _is_wanted(self, object_id: str, choice: Choice) -> bool:
        if choice.disputed and not self.holdings.is_disputed(object_id):
            return False
        keys = {vote.annotator.key for vote in self.holdings.votes(object_id)}
        return choice.annotator is None or choice.annotator in keys

    def _keys(self, order: Order, rows: Rows) -> npt.NDArray[np.float64]:
        """Return what the rows are sorted by, smallest first; what is not known comes last."""
        if order == "list":
            return rows.astype(np.float64)
        name = {"certain": "confidence", "uncertain": "confidence", "large": "size_um", "small": "size_um"}
        values = self.index.numbers(name.get(order, "time_us"))[rows].astype(np.float64)
        values[values == float(NO_TIME)] = np.nan
        if order in {"certain", "large", "late"}:
            values = -values
        values[np.isnan(values)] = np.inf
        return values

    def card(self, row: int) -> dict[str, Any]:
        """Return what a gallery shows of one object.

        Raises
        ------
        NotFound
            Where there is no such row.
        """
        if not 0 <= row < self.index.rows:
            raise NotFound("There is no such object", value=row, remedy="Open the gallery again.")
        object_id = self.index.object_id(row)
        taxon, status = int(self._taxon[row]), int(self._status[row])
        width, height = (int(self.index.numbers(name)[row]) for name in ("box_width_px", "box_height_px"))
        return {
            "row": row,
            "object_id": object_id,
            "sample_id": self.index.text("sample_id", row),
            "taxon": None if taxon == NO_NUMBER else self._taxa[taxon],
            "status": STATUSES[status],
            "predicted_taxon": self.index.text("predicted_taxon", row),
            "confidence": _known(self.index.numbers("confidence")[row]),
            "size_um": _known(self.index.numbers("size_um")[row]),
            "pixel_size_um": _known(self.index.numbers("pixel_size_um")[row]),
            "width_px": width if width > 0 else None,
            "height_px": height if height > 0 else None,
            "has_image": status != UNCLASSIFIED or self.index.text("problem", row) is None,
            "disputed": self.holdings.is_disputed(object_id),
            "decided_by": [
                {"key": vote.annotator.key, "name": vote.annotator.name, "taxon": vote.label}
                for vote in self.holdings.votes(object_id)
            ],
        }


def _first(rows: Rows, keys: npt.NDArray[np.float64], number: int) -> Rows:
    """Return the rows with the smallest keys, sorted, equal ones as in the list; the others are not sorted at all."""
    if len(rows) > number:
        near = keys <= np.partition(keys, number - 1)[number - 1]
        rows, keys = rows[near], keys[near]
    return rows[np.argsort(keys, kind="stable")][:number]


def _known(value: np.floating[Any]) -> float | None:
    number = float(value)
    return None if np.isnan(number) else float(f"{number:.4g}")


def _number(index: ObjectIndex, name: str, text: str) -> int:
    """Return the number of a text; one that no row has where it does not occur."""
    texts = index.names[name]
    return texts.index(text) if text in texts else NO_NUMBER - 1


def _status_number(status: str) -> int:
    if status not in STATUSES:
        raise BadParameter("There is no such status", value=status, remedy=f"Choose from {', '.join(STATUSES)}.")
    return STATUSES.index(status)
