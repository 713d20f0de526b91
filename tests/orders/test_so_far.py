"""What a run has found so far."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from tests.runtime.queue_jobs import queued

from pelagia.orders.so_far import STEPS_AT_ONCE, SoFar
from pelagia.runtime.lifecycle import claim_job
from pelagia.runtime.perform import perform
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.runtime.step_store import StepStore


def table_of(*taxa: str | None) -> dict[str, object]:
    return {"objects": pa.table({"taxon": pa.array(taxa, pa.string())}), "images": len(taxa)}


def test_each_finished_step_is_counted_once(tmp_path: Path):
    with open_runtime(read_settings({}, home=tmp_path)) as runtime:
        job = claim_job(runtime.database, queued(runtime.database, "one").id)
        store, so_far = StepStore(runtime.database, runtime.storage, job), SoFar(runtime)
        assert so_far.update(job) == {}
        store.save("classify/0", perform("classify/0", table_of, "diatom", "ciliate", "diatom", None), 4)
        store.save("samples", perform("samples", dict), 0)
        assert so_far.update(job) == so_far.update(job) == {"diatom": 2, "ciliate": 1}
        store.save("classify/1", perform("classify/1", table_of, "ciliate", "ciliate"), 2)

        assert list(so_far.update(job).items()) == [("ciliate", 3), ("diatom", 2)]
        runtime.storage.delete_under("jobs")
        assert SoFar(runtime).update(job) == {}


def test_one_who_looks_late_is_told_some_at_a_time(tmp_path: Path):
    with open_runtime(read_settings({}, home=tmp_path)) as runtime:
        job = claim_job(runtime.database, queued(runtime.database, "one").id)
        store, so_far = StepStore(runtime.database, runtime.storage, job), SoFar(runtime)
        for number in range(STEPS_AT_ONCE + 3):
            store.save(f"classify/{number}", perform("x", table_of, "diatom"), 1)

        assert [so_far.update(job)["diatom"] for _ in range(3)] == [STEPS_AT_ONCE, STEPS_AT_ONCE + 3, STEPS_AT_ONCE + 3]
