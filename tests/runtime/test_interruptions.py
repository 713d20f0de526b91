"""Whatever stops a job, and however often: it ends with the same result, and every unit is counted once."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runtime.compare import content
from tests.runtime.toy_run import prepare, run
from tests.runtime.toy_service import toy_request, write_lines

from pelagia.core.errors import PelagiaError
from pelagia.runtime import ledger
from pelagia.runtime.jobs import list_jobs
from pelagia.runtime.lifecycle import cancel_job, claim_job
from pelagia.runtime.progress import Progress
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings

LINES, STEPS = 50, 7
events = st.tuples(st.sampled_from(["error", "ctrl-c", "cancel", "taken over"]), st.integers(0, STEPS))


class CutError(Exception):
    """The test pulls the plug."""


def interrupt(runtime: Runtime, text: Path, how: str, after: int) -> None:
    """Start the job, and stop it after some steps."""

    def on_progress(progress: Progress) -> None:
        if progress.new_steps != after:
            return
        job = list_jobs(runtime.database)[0]
        if how == "error":
            raise CutError
        if how == "ctrl-c":
            raise KeyboardInterrupt
        if how == "cancel":
            cancel_job(runtime.database, job.id)
        else:
            claim_job(runtime.database, job.id)

    try:
        run(runtime, toy_request(text), on_progress=on_progress)
    except (CutError, KeyboardInterrupt, PelagiaError):
        return


def check_ledger(runtime: Runtime) -> None:
    """No unit is ever counted twice, and no job more than once."""
    (job,) = list_jobs(runtime.database)
    rows = list(ledger.ledger_rows(runtime.database))
    assert sum(row["units"] for row in rows) == job.done_units <= LINES
    assert sum(row["jobs"] for row in rows) == (job.state in ("succeeded", "failed", "cancelled"))


@settings(max_examples=25, deadline=None)
@given(st.lists(events, max_size=4))
def test_any_interruptions_lead_to_the_same_end(stops: Sequence[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = write_lines(Path(folder) / "a.txt", LINES)
        with open_runtime(read_settings({}, home=Path(folder) / "home", executor="inline")) as runtime:
            for how, after in stops:
                if prepare(runtime, toy_request(text)).state == "succeeded":
                    break
                interrupt(runtime, text, how, after)
                check_ledger(runtime)
            stopped = content(run(runtime, toy_request(text)))
            check_ledger(runtime)
            (total,) = ledger.usage_totals(runtime.database)
            assert (total.units, total.jobs, total.succeeded) == (LINES, 1, 1)
        with open_runtime(read_settings({}, home=Path(folder) / "other", executor="inline")) as runtime:
            assert stopped == content(run(runtime, toy_request(text)))
