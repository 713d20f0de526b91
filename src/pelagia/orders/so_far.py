"""What a run has found so far: how many objects of each class are in its finished steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.errors import PelagiaError
from pelagia.runtime.jobs import Job
from pelagia.runtime.runner import Runtime
from pelagia.runtime.step_store import StepStore

# The columns that say what an object is, the most telling first.
CLASS_COLUMNS = ("taxon", "class", "label")
# So many steps are read at a time, so that one who looks late does not wait for all.
STEPS_AT_ONCE = 10


@dataclass(slots=True)
class SoFar:
    """Counts the objects in the finished steps of one job, each step once.

    Parameters
    ----------
    runtime
        Where the steps are kept.
    """

    runtime: Runtime
    counts: Counter[str] = field(default_factory=Counter)
    _seen: set[str] = field(default_factory=set)

    def update(self, job: Job) -> dict[str, int]:
        """Count what is new; return class → objects, the most frequent first."""
        store = StepStore(self.runtime.database, self.runtime.storage, job)
        for key in sorted(store.finished - self._seen)[:STEPS_AT_ONCE]:
            self._seen.add(key)
            try:
                value = store.load(key)
            except PelagiaError:
                # It was deleted, or the storage does not answer: what is shown here is no result.
                continue
            for table in _tables(value):
                self._count(table)
        return dict(self.counts.most_common())

    def _count(self, table: pa.Table) -> None:
        name = next((name for name in CLASS_COLUMNS if name in table.column_names), None)
        if name is None or not pa.types.is_string(table.schema.field(name).type):
            return
        for one in pc.value_counts(table[name].drop_null()).to_pylist():
            self.counts[one["values"]] += one["counts"]


def _tables(value: Any) -> Iterator[pa.Table]:
    if isinstance(value, pa.Table):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _tables(part)
    elif isinstance(value, list):
        for part in value:
            yield from _tables(part)
