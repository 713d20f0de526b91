"""What people outside hear of an error: never where the files of the server stand."""

from __future__ import annotations

import errno

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs
from tests.api.conftest import Installation, order

from pelagia.core.errors import PelagiaError, Unavailable
from pelagia.http.problems import problem
from pelagia.orders.order import BadOrder
from pelagia.runtime.faults import StepFailed, clear_fault, error_to_json
from pelagia.runtime.jobs import find_job
from pelagia.runtime.lifecycle import finish_job
from pelagia.runtime.outward import outward, without_places
from pelagia.runtime.queue import claim_next


@pytest.fixture
def failed(installation: Installation, visitor: TestClient) -> str:
    """A run that a disk failed, with a path of the server in its words."""
    job_id: str = visitor.post("/v1/jobs", json=order(visitor)).json()["id"]
    job = claim_next(installation.runtime.database, ("interactive",), 60.0)
    assert job is not None and job.id == job_id
    fault = clear_fault(OSError(errno.EIO, "unreadable", f"{installation.settings.home}/work/x"), "count/0")
    assert str(installation.settings.home) in str(fault)
    finish_job(installation.runtime.database, job, "failed", error=error_to_json(fault))
    return job_id


@pytest.mark.parametrize("place", ["/v1/jobs/{}", "/v1/jobs/{}/events", "/v1/jobs", "/runs/{}", "/runs/{}/state"])
def test_no_answer_on_a_failed_run_tells_where_the_server_keeps_it(
    installation: Installation, visitor: TestClient, failed: str, place: str
):
    answer = visitor.get(place.format(failed), headers={"Accept": "text/html" if "runs" in place else "*/*"})

    assert answer.status_code == 200 and "did not answer" in answer.text
    assert str(installation.settings.home) not in answer.text


def test_a_problem_tells_neither_folders_nor_the_database(installation: Installation):
    home = installation.settings.home
    fields = BadOrder({"runs": [f"{home}/uploads is gone"]})
    silent = Unavailable("It is silent", value="10.0.0.5", remedy="Wait.", file="postgresql://pelagia:***@10.0.0.5/x")
    hidden = PelagiaError(f"{home}/a", value=f"{home}/b", remedy=f"See {home}/c", file=f"{home}/d")

    for error in (fields, silent, hidden):
        told = str(problem(error))
        assert str(home) not in told and "10.0.0.5" not in told
    assert problem(hidden)["detail"] == "…/a"


def test_of_a_fault_of_the_program_nothing_is_told():
    told = outward({"code": "internal", "what": "KeyError: secret", "value": "secret"})

    assert (told["what"], told["value"], told["file"]) == ("The program made a mistake", "", "")


@pytest.fixture
def faulty(installation: Installation, visitor: TestClient) -> str:
    """A run at which the program itself failed."""
    job_id: str = visitor.post("/v1/jobs", json=order(visitor)).json()["id"]
    job = claim_next(installation.runtime.database, ("interactive",), 60.0)
    assert job is not None and job.id == job_id
    fault = clear_fault(KeyError("hidden_column"), "count/0")
    finish_job(installation.runtime.database, job, "failed", error=error_to_json(fault))
    return job_id


@pytest.mark.parametrize("place", ["/v1/jobs/{}", "/v1/jobs/{}/events", "/runs/{}", "/runs/{}/state"])
def test_a_fault_of_the_program_is_told_by_the_number_of_the_run(visitor: TestClient, faulty: str, place: str):
    answer = visitor.get(place.format(faulty), headers={"Accept": "text/html" if "runs" in place else "*/*"})

    assert answer.status_code == 200 and "The program made a mistake" in answer.text
    assert f"run {faulty}" in answer.text
    assert "KeyError" not in answer.text and "hidden_column" not in answer.text and "count/0" not in answer.text


def test_those_who_run_the_installation_find_what_the_fault_was(installation: Installation, faulty: str):
    error = find_job(installation.runtime.database, faulty).error
    assert error is not None and error["what"] == "Step count/0 failed: KeyError: 'hidden_column'"


def test_a_fault_that_ends_no_run_stands_in_the_log():
    with capture_logs() as lines:
        told = problem(StepFailed("Step estimate failed: KeyError: 'hidden'", remedy="Report it."))
    assert told["detail"] == "The program made a mistake" and "hidden" not in str(told)
    assert [line["reason"] for line in lines] == ["Step estimate failed: KeyError: 'hidden'"]


def test_addresses_of_people_stay_as_they_are(installation: Installation):
    assert without_places("upload://0123456789abcdef/run/a.tif") == "upload://0123456789abcdef/run/a.tif"
