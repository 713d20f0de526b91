"""From classified particles to counts per mL: unadjusted, adjusted, with 95 % intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.service import Request
from pelagia.core.table import Table
from pelagia.io.findings import Findings
from pelagia.learning.naming import UNKNOWN
from pelagia.learning.package import ModelPackage, read_package
from pelagia.learning.quantify import adjust_counts, check_adjustment, heldout_confusion, poisson_interval
from pelagia.services.flowcam.service import FlowCamParams

UNCLASSIFIED = "unclassified"
ALL_SIZES = "all"
KEYS = ["sample_id", "taxon", "status", "size_index"]

Record = dict[str, Any]
SizeClass = tuple[str, float | None, float | None]
"""Label, lower and upper bound in µm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRules:
    """How objects are counted.

    Parameters
    ----------
    classes
        The model's classes, in its order.
    confusion
        (classes, classes + 1) held-out images: rows are the true class, columns the predicted one, the last
        column those declined as unknown; ``None`` where the model has no held-out images.
    size_by
        The diameter that decides the size class.
    bounds_um
        Ascending bounds of the size classes.
    stuck_duplicates
        ``count`` or ``leave-out``.
    rng
        Gives the random generator of a named purpose (the bootstrap of one sample and size class).
    """

    classes: tuple[str, ...]
    confusion: npt.NDArray[np.float64] | None
    size_by: Literal["esd", "abd"]
    bounds_um: tuple[float, ...]
    stuck_duplicates: Literal["count", "leave-out"]
    rng: Callable[[str], np.random.Generator]


def size_labels(bounds_um: Sequence[float]) -> list[SizeClass]:
    """Return label, lower and upper bound of each size class; index 0 lies below the first bound."""
    first, last = bounds_um[0], bounds_um[-1]
    inner = [(f"{low:g}–{high:g} µm", low, high) for low, high in pairwise(bounds_um)]
    return [(f"< {first:g} µm", None, first), *inner, (f"≥ {last:g} µm", last, None), ("not measured", None, None)]


def count_samples(
    request: Request[FlowCamParams], samples: Sequence[Record], objects_path: str
) -> dict[str, list[Record]]:
    """Count: the step that makes the rows of the table ``counts`` and the findings on them.

    Parameters
    ----------
    request
        The request.
    samples
        Rows of the table ``samples``.
    objects_path
        The table ``objects``.
    """
    package = read_package(Path(request.models["classifier"].path), verify=False)
    taxa = {
        one.name: {"scientific_name": one.scientific_name, "aphia_id": one.aphia_id, "is_organism": one.is_organism}
        for one in package.card.classes
    }
    counting = Counting(_rules(request, package), {row["sample_id"]: row for row in samples}, taxa)
    tallied = tally(Table(name="objects", path=Path(objects_path)), counting.rules)
    records = list(counting.records(tallied))
    return {"counts": records, "issues": counting.findings.records()}


def _rules(request: Request[FlowCamParams], package: ModelPackage) -> CountRules:
    params = request.params
    return CountRules(
        classes=package.card.class_names,
        confusion=heldout_confusion(package, params.max_error),
        size_by=params.size_by,
        bounds_um=params.size_classes_um,
        stuck_duplicates=params.stuck_duplicates,
        rng=request.rng,
    )


def tally(objects: Table, rules: CountRules) -> pa.Table:
    """Count objects and sum their biovolumes per sample, taxon, status and size class.

    Parameters
    ----------
    objects
        The table ``objects``.
    rules
        How to count.

    Returns
    -------
    pyarrow.Table
        ``sample_id, taxon, status, size_index, counted, volume_abd_um3, volume_esd_um3``.
    """
    diameter = f"{rules.size_by}_um"
    columns = ["sample_id", "taxon", "status", "duplicate_of", diameter, "volume_abd_um3", "volume_esd_um3"]
    parts = [_tally_batch(batch, diameter, rules) for batch in objects.batches(columns, rows=131_072)]
    sums = [("counted", "sum"), ("volume_abd_um3", "sum"), ("volume_esd_um3", "sum")]
    merged = pa.concat_tables(parts).group_by(KEYS, use_threads=False).aggregate(sums)
    merged = merged.rename_columns([name.removesuffix("_sum") for name in merged.column_names])
    return merged.sort_by([(key, "ascending") for key in KEYS])


def _tally_batch(batch: pa.RecordBatch, diameter: str, rules: CountRules) -> pa.Table:
    table = pa.Table.from_batches([batch])
    if rules.stuck_duplicates == "leave-out":
        table = table.filter(pc.is_null(table["duplicate_of"]))
    size = table[diameter].to_numpy(zero_copy_only=False).astype(np.float64)
    index = np.searchsorted(np.asarray(rules.bounds_um), size, side="right")
    index[~np.isfinite(size)] = len(rules.bounds_um) + 1
    table = table.set_column(
        table.column_names.index("taxon"), "taxon", pc.fill_null(table["taxon"], UNCLASSIFIED)
    ).append_column("size_index", pa.array(index, pa.int32()))
    # Threads would add up in another order each time, and equal requests must give equal bytes.
    grouped = table.group_by(KEYS, use_threads=False).aggregate(
        [("sample_id", "count"), ("volume_abd_um3", "sum"), ("volume_esd_um3", "sum")]
    )
    names = {
        "sample_id_count": "counted",
        "volume_abd_um3_sum": "volume_abd_um3",
        "volume_esd_um3_sum": "volume_esd_um3",
    }
    return grouped.rename_columns([names.get(name, name) for name in grouped.column_names])


@dataclass(frozen=True, slots=True)
class Counting:
    """Turns a tally into the rows of the table ``counts``.

    Parameters
    ----------
    rules
        How to count.
    samples
        Sample id → row of the table ``samples`` (volume and dilution are read).
    taxa
        Class → ``scientific_name``, ``aphia_id``, ``is_organism``.

    Notes
    -----
    Per mL = count × dilution / volume imaged. The volume is taken as exact: the instrument's files do not
    state its uncertainty.
    """

    rules: CountRules
    samples: Mapping[str, Record]
    taxa: Mapping[str, Record]
    findings: Findings = field(default_factory=Findings)

    def records(self, tallied: pa.Table) -> Iterator[Record]:
        """Yield the rows: per sample all sizes first, then each size class; the commonest taxon first."""
        by_sample: dict[str, list[Record]] = {name: [] for name in self.samples}
        for row in tallied.to_pylist():
            by_sample[row["sample_id"]].append(row)
        sizes = size_labels(self.rules.bounds_um)
        for sample_id, rows in by_sample.items():
            yield from self._size_class(sample_id, (ALL_SIZES, None, None), _merge_sizes(rows))
            for index in sorted({row["size_index"] for row in rows}):
                yield from self._size_class(sample_id, sizes[index], [r for r in rows if r["size_index"] == index])

    def _size_class(self, sample_id: str, size: SizeClass, rows: list[Record]) -> Iterator[Record]:
        label, low, high = size
        fixed = {"sample_id": sample_id, "size_class": label, "size_low_um": low, "size_high_um": high}
        for row in self._adjusted(sample_id, label, rows):
            yield {**fixed, **_finish(row, self.samples[sample_id]), **self.taxa.get(row["taxon"], {})}

    def _adjusted(self, sample_id: str, size: str, rows: list[Record]) -> list[Record]:
        """Add the adjusted counts of the predicted; classes that only the adjustment sees get a row of their own."""
        predicted = {row["taxon"]: row for row in rows if row["status"] == "predicted"}
        others = [row for row in rows if row["status"] != "predicted"]
        if predicted and self.rules.confusion is not None:
            observed = [predicted.get(name, {}).get("counted", 0) for name in (*self.rules.classes, UNKNOWN)]
            rng = self.rules.rng(f"counts/{sample_id}/{size}")
            adjusted = adjust_counts(np.array(observed), self.rules.confusion, rng)
            for index, name in enumerate(self.rules.classes):
                if name in predicted or adjusted.estimate[index] >= 0.5:
                    row = predicted.setdefault(name, {"taxon": name, "status": "predicted", "counted": 0})
                    row["adjusted"] = float(adjusted.estimate[index])
                    row["adjusted_low"] = float(adjusted.low[index])
                    row["adjusted_high"] = float(adjusted.high[index])
            issue = check_adjustment(adjusted, sample_id)
            if issue is not None and size == ALL_SIZES:
                self.findings.add(issue)
        return sorted([*predicted.values(), *others], key=_order)


def _merge_sizes(rows: list[Record]) -> list[Record]:
    merged: dict[tuple[str, str], Record] = {}
    for row in rows:
        into = merged.setdefault((row["taxon"], row["status"]), {"taxon": row["taxon"], "status": row["status"]})
        for name in ("counted", "volume_abd_um3", "volume_esd_um3"):
            if row[name] is not None:
                into[name] = into.get(name, 0) + row[name]
    return list(merged.values())


def _order(row: Record) -> tuple[int, str, str]:
    return -row["counted"], row["taxon"], row["status"]


def _finish(row: Record, sample: Record) -> Record:
    """Add the Poisson interval and everything per mL."""
    low, high = poisson_interval(row["counted"])
    done: Record = {
        "taxon": row["taxon"],
        "status": row["status"],
        "counted": row["counted"],
        "counted_low": float(low),
        "counted_high": float(high),
        "volume_imaged_ml": sample["volume_imaged_ml"],
        "dilution": sample["dilution"],
        **{name: row.get(name) for name in ("adjusted", "adjusted_low", "adjusted_high")},
        **{f"biovolume_{kind}_um3": row.get(f"volume_{kind}_um3") for kind in ("abd", "esd")},
    }
    factor = per_ml_factor(sample)
    if factor is not None:
        for source, target in (("counted", "per_ml"), ("adjusted", "per_ml_adjusted")):
            for end in ("", "_low", "_high"):
                done[target + end] = None if done[source + end] is None else done[source + end] * factor
        for kind in ("abd", "esd"):
            total = done[f"biovolume_{kind}_um3"]
            done[f"biovolume_{kind}_um3_per_ml"] = None if total is None else total * factor
    return done


def per_ml_factor(sample: Mapping[str, Any]) -> float | None:
    """Return dilution / volume imaged (1/mL), or ``None`` where the volume is not known."""
    volume = sample.get("volume_imaged_ml")
    return (sample.get("dilution") or 1.0) / volume if volume else None
