"""Short work: its steps in memory, its job written down whole, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

from pelagia.core.errors import Conflict
from pelagia.runtime.immediate import Ended, MemorySteps, UsedStep, new_job_id, record_ended
from pelagia.runtime.jobs import find_job
from pelagia.runtime.ledger import ledger_rows, usage_totals
from pelagia.runtime.lifecycle import NewJob, User
from pelagia.runtime.runner import Runtime
from pelagia.runtime.tables import USAGE_DAILY


def ended(job_id: str, **more: Any) -> Ended:
    request = {
        "service": "toy",
        "service_version": "1.0.0",
        "inputs": {},
        "params": {},
        "models": {"classifier": {"name": "m", "version": "1.0.0", "sha256": "0"}},
        "seed": 0,
        "target": job_id,
    }
    new = NewJob(
        request=request,
        estimate={"steps": 2, "units": 7, "bytes": 11, "understood": {}, "issues": []},
        unit="line",
        kind="analysis",
        route="deepaas",
        asker="account:a",
        lane="interactive",
        user=User(subject="u:1", country="BE", country_source="declared"),
    )
    steps = (UsedStep(key="a", units=5, seconds=0.25), UsedStep(key="b", units=0, seconds=0.5))
    return Ended(**{"job_id": job_id, "new": new, "steps": steps, "state": "succeeded", "seconds": 0.75, **more})


def test_a_job_that_has_ended_is_written_down_with_its_use(runtime: Runtime) -> None:
    error = {"code": "bad-input", "what": "w", "value": "", "remedy": "r", "file": ""}
    good, bad = ended(new_job_id()), ended(new_job_id(), state="failed", error=error)
    record_ended(runtime.database, [good, bad])
    job = find_job(runtime.database, good.job_id)
    assert (job.state, job.attempt, job.done_steps, job.done_units, job.total_units) == ("succeeded", 1, 2, 5, 7)
    assert job.error is None and job.output is None and job.cleaned_at == job.finished_at
    assert job.started_at is not None and job.finished_at is not None
    assert (job.finished_at - job.started_at).total_seconds() == pytest.approx(0.75, abs=1e-3)
    assert find_job(runtime.database, bad.job_id).error == error
    told = {row["outcome"]: row for row in ledger_rows(runtime.database, job_id=good.job_id)}
    assert told.keys() == {"ingested", "processed", "succeeded"}
    assert (told["processed"]["units"], told["processed"]["seconds"]) == (5, 0.25)
    assert (told["ingested"]["ingested"], told["succeeded"]["jobs"], told["succeeded"]["bytes"]) == (7, 1, 11)
    assert {row["models"] for row in told.values()} == {"m@1.0.0"}
    total = usage_totals(runtime.database)[0]
    assert (total.units, total.jobs, total.succeeded, total.failed) == (10, 2, 1, 1)
    with runtime.database.read() as connection:
        assert connection.execute(sa.select(sa.func.sum(USAGE_DAILY.c.units))).scalar_one() == 10


def test_of_jobs_that_end_together_all_are_written_or_none(runtime: Runtime) -> None:
    first = ended(new_job_id())
    record_ended(runtime.database, [first])
    with pytest.raises(sa.exc.IntegrityError):
        record_ended(runtime.database, [ended(new_job_id()), first])
    assert [total.jobs for total in usage_totals(runtime.database)] == [1]


def test_ids_rise_with_time_and_are_never_the_same() -> None:
    ids = [new_job_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert [each[:12] for each in ids] == sorted(each[:12] for each in ids)
    assert {len(each) for each in ids} == {20}


def test_a_value_is_as_it_would_be_read_back(tmp_path: Path) -> None:
    steps = MemorySteps(tmp_path / "work")
    value = {"table": pa.table({"a": [1]}), "array": np.arange(3), "pair": (1, 2.5)}
    found = steps.do("one", dict, value, units=3)
    assert found["table"].equals(value["table"]) and (found["array"] == value["array"]).all()
    assert found["pair"] == [1, 2.5]
    assert [(step.key, step.units) for step in steps.finished] == [("one", 3)]


def test_mapped_steps_are_done_in_order_and_billed_by_their_values(tmp_path: Path) -> None:
    steps = MemorySteps(tmp_path / "work")
    assert list(steps.map("square", abs, [-1, -2], units=int)) == [1, 2]
    assert [(step.key, step.units) for step in steps.finished] == [("square/0", 1), ("square/1", 2)]


def test_a_key_used_twice_and_a_negative_bill_are_refused(tmp_path: Path) -> None:
    steps = MemorySteps(tmp_path / "work")
    steps.do("one", int)
    with pytest.raises(Conflict):
        steps.do("one", int)
    with pytest.raises(ValueError, match="negative"):
        steps.do("two", int, units=-1)


def test_a_folder_is_made_when_asked_for_and_gone_afterwards(tmp_path: Path) -> None:
    steps = MemorySteps(tmp_path / "work")
    steps.forget()
    assert not (tmp_path / "work").exists()
    (steps.workdir / "file").write_text("x")
    assert steps.workdir == tmp_path / "work"
    steps.forget()
    assert not (tmp_path / "work").exists()
