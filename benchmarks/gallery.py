"""Measure how quickly a gallery of a million objects opens, shows a page, and takes decisions."""

from __future__ import annotations

import datetime as dt
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from benchmarks.measure import record

from pelagia.orders.object_index import build_index, open_index
from pelagia.orders.objects import Choice, Objects
from pelagia.runtime.decisions import Annotator, Entry

OBJECTS = 1_000_000
TAXA = 60
REPEATS = 5
CHOICES = {
    "all, most certain first": Choice(),
    "all, smallest first": Choice(order="small"),
    "one name, least certain first": Choice(taxon="Taxon 3", order="uncertain"),
    "one name in one sample": Choice(taxon="Taxon 3", sample="run-003"),
    "half sure, latest first": Choice(confidence_to=0.5, order="late"),
}


def main() -> None:
    """Measure and record."""
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-") as folder:
        table, path = write_objects(Path(folder) / "objects.parquet"), Path(folder) / "objects.arrow"
        figures: dict[str, object] = {"objects": OBJECTS}
        figures["index made, s"] = round(seconds(lambda: build_index(str(table), str(path))), 2)
        figures["index on disk, MB"] = round(path.stat().st_size / 1e6, 1)
        index = open_index(table, path)
        if index is None:
            raise RuntimeError("the index cannot be opened")
        figures["a page of 60, ms"] = {
            name: round(1000 * statistics.median(first_page(Objects(index), choice) for _ in range(REPEATS)))
            for name, choice in CHOICES.items()
        }
        objects = Objects(index)
        figures["20 decisions, ms"] = round(1000 * seconds(lambda: objects.add(decisions(range(20)))))
        figures["100,000 decisions, ms"] = round(1000 * seconds(lambda: objects.add(decisions(range(20, 100_020)))))
        figures["numbers of all names, ms"] = round(1000 * seconds(objects.taxa))
    record("gallery", figures)


def write_objects(path: Path) -> Path:
    """Write a table ``objects`` with the columns a gallery asks for."""
    rng = np.random.default_rng(1)
    numbers = range(OBJECTS)
    taxon = np.array([f"Taxon {number}" for number in range(TAXA)])[rng.integers(0, TAXA, OBJECTS)]
    boxes = {
        f"box_{name}_px": pa.array(rng.integers(10, 900, OBJECTS), pa.int32())
        for name in ("col", "row", "width", "height")
    }
    columns = {
        "object_id": [f"run-{number // 5000:03d}_{number}" for number in numbers],
        "sample_id": [f"run-{number // 5000:03d}" for number in numbers],
        "source_uri": [f"upload://{number // 5000:08d}" for number in numbers],
        "source_file": [f"run_{number // 100:06d}.tif" for number in numbers],
        **boxes,
        "esd_um": rng.lognormal(2.5, 0.5, OBJECTS),
        "acquired_at_utc": pa.array(rng.integers(16 * 10**14, 17 * 10**14, OBJECTS), pa.timestamp("us", tz="UTC")),
        "taxon": taxon,
        "status": ["predicted"] * OBJECTS,
        "predicted_taxon": taxon,
        "confidence": rng.random(OBJECTS).astype(np.float32),
    }
    pq.write_table(pa.table(columns), path, row_group_size=16_384)
    return path


def first_page(objects: Objects, choice: Choice) -> float:
    """Return how long the first page takes that needs this choice sorted anew."""
    return seconds(lambda: [objects.card(row) for row in objects.page(choice).rows])


def decisions(rows: range) -> list[Entry]:
    """Return a decision on each of these rows."""
    now, who = dt.datetime.now(dt.UTC), Annotator(key="account:a", name="Ada")
    return [
        Entry(id=row + 1, object_id=f"run-{row // 5000:03d}_{row}", label="Taxon 1", annotator=who, at=now)
        for row in rows
    ]


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
