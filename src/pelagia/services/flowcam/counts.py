"""From classified particles to counts per mL: unadjusted, adjusted, with 95 % intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.service import Request
from pelagia.core.table import Table
from pelagia.learning.package import read_package
from pelagia.learning.quantify import adjust_counts, heldout_confusion, poisson_interval
from pelagia.services.flowcam.service import FlowCamParams

UNKNOWN = "unknown"
UNCLASSIFIED = "unclassified"
ALL_SIZES = "all"
KEYS = ["sample_id", "taxon", "status", "size_index"]
WHOLE = -1
"""Size index of 'all sizes'."""

Record = dict[str, Any]


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
    confusion: npt.NDArray[np.int64] | None
    size_by: Literal["esd", "abd"]
    bounds_um: tuple[float, ...]
    stuck_duplicates: Literal["count", "leave-out"]
    rng: Callable[[str], np.random.Generator]


def size_labels(bounds_um: Sequence[float]) -> list[tuple[str, float | None, float | None]]:
    """Return label, lower and upper bound of each size class; index 0 lies below the first bound."""
    first, last = bounds_um[0], bounds_um[-1]
    inner = [(f"{low:g}–{high:g} µm", low, high) for low, high in zip(bounds_um, bounds_um[1:], strict=False)]
    return [(f"< {first:g} µm", None, first), *inner, (f"≥ {last:g} µm", last, None), ("not measured", None, None)]


def count_samples(
    request: Request[FlowCamParams], samples: Sequence[Record], objects_path: str
) -> list[Record]:
    """Return the rows of the table ``counts``: the step that counts."""
    package = read_package(Path(request.models["classifier"].path), verify=False)
    params = request.params
    rules = CountRules(
        classes=package.card.class_names,
        confusion=heldout_confusion(package, params.max_error),
        size_by=params.size_by,
        bounds_um=params.size_classes_um,
        stuck_duplicates=params.stuck_duplicates,
        rng=request.rng,
    )
    taxa = {
        one.name: {"scientific_name": one.scientific_name, "aphia_id": one.aphia_id, "is_organism": one.is_organism}
        for one in package.card.classes
    }
    tallied = tally(Table(name="objects", path=Path(objects_path)), rules)
    return list(count_records(tallied, {row["sample_id"]: row for row in samples}, taxa, rules))


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
    merged = pa.concat_tables(parts).group_by(KEYS).aggregate(sums)
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
    grouped = table.group_by(KEYS).aggregate(
        [("sample_id", "count"), ("volume_abd_um3", "sum"), ("volume_esd_um3", "sum")]
    )
    names = {"sample_id_count": "counted", "volume_abd_um3_sum": "volume_abd_um3", "volume_esd_um3_sum": "volume_esd_um3"}
    return grouped.rename_columns([names.get(name, name) for name in grouped.column_names])


def count_records(
    tallied: pa.Table, samples: Mapping[str, Record], taxa: Mapping[str, Record], rules: CountRules
) -> Iterator[Record]:
    """Turn the tally into the rows of the table ``counts``.

    Parameters
    ----------
    tallied
        From :func:`tally`.
    samples
        Sample id → row of the table ``samples`` (volume and dilution are read).
    taxa
        Class → ``scientific_name``, ``aphia_id``, ``is_organism``.
    rules
        How to count.

    Notes
    -----
    Per mL = count × dilution / volume imaged. The volume is taken as exact: its own uncertainty is not
    known to the instrument's files.
    """
    sizes = [*size_labels(rules.bounds_um)]
    for sample_id, sample in samples.items():
        rows = [row for row in tallied.to_pylist() if row["sample_id"] == sample_id]
        for index in [WHOLE, *sorted({row["size_index"] for row in rows})]:
            label, low, high = (ALL_SIZES, None, None) if index == WHOLE else sizes[index]
            size = {"size_class": label, "size_low_um": low, "size_high_um": high}
            chosen = _merge_sizes(rows) if index == WHOLE else [row for row in rows if row["size_index"] == index]
            rng = rules.rng(f"counts/{sample_id}/{index}")
            for row in _with_adjusted(chosen, rules, rng):
                yield {"sample_id": sample_id, **size, **_finish(row, sample), **taxa.get(row["taxon"], {})}


def _merge_sizes(rows: list[Record]) -> list[Record]:
    merged: dict[tuple[str, str], Record] = {}
    for row in rows:
        into = merged.setdefault((row["taxon"], row["status"]), {"taxon": row["taxon"], "status": row["status"]})
        for name in ("counted", "volume_abd_um3", "volume_esd_um3"):
            if row[name] is not None:
                into[name] = into.get(name, 0) + row[name]
    return list(merged.values())


def _with_adjusted(rows: list[Record], rules: CountRules, rng: np.random.Generator) -> list[Record]:
    """Add the adjusted counts of the predicted rows; classes that only the adjustment sees get a row of their own."""
    predicted = {row["taxon"]: row for row in rows if row["status"] == "predicted"}
    others = [row for row in rows if row["status"] != "predicted"]
    if not predicted or rules.confusion is None:
        return sorted([*predicted.values(), *others], key=_order)
    observed = np.array([predicted.get(name, {}).get("counted", 0) for name in (*rules.classes, UNKNOWN)])
    adjusted = adjust_counts(observed, rules.confusion, rng)
    for index, name in enumerate(rules.classes):
        if name in predicted or adjusted.estimate[index] >= 0.5:
            row = predicted.setdefault(name, {"taxon": name, "status": "predicted", "counted": 0})
            row["adjusted"] = float(adjusted.estimate[index])
            row["adjusted_low"] = float(adjusted.low[index])
            row["adjusted_high"] = float(adjusted.high[index])
    return sorted([*predicted.values(), *others], key=_order)


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
