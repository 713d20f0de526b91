"""Orders over HTTP: estimated, done, followed, stopped, started again, deleted."""

from __future__ import annotations

import datetime as dt
import json
import threading

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from tests.api.conftest import TEXTS, Installation, order, upload

from pelagia.orders.own_jobs import tidy_jobs
from pelagia.runtime.ledger import ledger_rows
from pelagia.runtime.lifecycle import claim_job, finish_job
from pelagia.runtime.tables import JOBS


def create(client: TestClient, body: dict[str, object], **headers: str) -> dict:
    answer = client.post(
        "/v1/jobs", json=body, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )
    assert answer.status_code == 202, answer.text
    return answer.json()


def events(client: TestClient, job_id: str, **headers: str) -> list[tuple[str, int, dict]]:
    text = client.get(f"/v1/jobs/{job_id}/events", headers=headers).text
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields["event"], int(fields["id"]), json.loads(fields["data"])))
    return found


def test_an_order_is_estimated_without_being_kept(visitor: TestClient):
    answer = visitor.post("/v1/estimates", json=order(visitor))

    assert answer.status_code == 200
    assert answer.json()["understood"] == {"Texts": "3"}
    assert (answer.json()["units"], answer.json()["unit"]) == (3, "text")
    assert [finding["code"] for finding in answer.json()["findings"]] == ["others"]
    assert visitor.get("/v1/jobs").json()["items"] == []


def test_an_order_is_done_and_its_job_shown(installation: Installation, visitor: TestClient):
    job = create(visitor, order(visitor, title="Two words", params={"shortest": 4}))
    assert (job["state"], job["kind"], job["route"]) == ("queued", "try-out", "api-async")
    assert visitor.get(f"/v1/jobs/{job['id']}").json()["progress"]["queue_position"] == 1

    assert installation.work() == 1
    shown = visitor.get(f"/v1/jobs/{job['id']}").json()

    assert (shown["state"], shown["title"], shown["params"]["shortest"]) == ("succeeded", "Two words", 4)
    assert shown["progress"]["share"] == 1
    assert shown["links"]["results"] == f"/v1/jobs/{job['id']}/results"
    units = sum(row["units"] for row in ledger_rows(installation.runtime.database, job_id=job["id"]))
    assert units == 3


def test_waiting_answers_with_the_finished_job(installation: Installation, visitor: TestClient):
    body = order(visitor)
    worker = threading.Timer(0.3, installation.work)
    worker.start()
    answer = visitor.post("/v1/jobs?wait=30", json=body)
    worker.join()

    assert (answer.status_code, answer.json()["state"], answer.json()["route"]) == (201, "succeeded", "api-sync")


def test_a_wait_that_runs_out_answers_with_the_job_as_it_stands(installation: Installation, visitor: TestClient):
    answer = visitor.post("/v1/jobs?wait=0.2", json=order(visitor))

    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert installation.work() == 1


def test_the_same_key_is_the_same_job_and_not_another_one(installation: Installation, visitor: TestClient):
    body = order(visitor)
    first = create(visitor, body, Idempotency_Key="k1")

    assert create(visitor, body, Idempotency_Key="k1")["id"] == first["id"]
    assert create(visitor, body, Idempotency_Key="k2")["id"] != first["id"]
    other_body = {**body, "params": {"shortest": 2}}
    answer = visitor.post("/v1/jobs", json=other_body, headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-key-reused")
    assert installation.work() == 2


def test_the_key_of_somebody_else_is_another_job(installation: Installation, visitor: TestClient, other: TestClient):
    first = create(visitor, order(visitor), Idempotency_Key="same")

    assert create(other, order(other), Idempotency_Key="same")["id"] != first["id"]
    assert installation.work() == 2


def test_many_at_once_with_one_key_are_one_job(installation: Installation, visitor: TestClient):
    body = order(visitor)
    visitor.get("/v1/jobs")
    ids: list[str] = []
    threads = [
        threading.Thread(target=lambda: ids.append(create(visitor, body, Idempotency_Key="at once")["id"]))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(ids), len(set(ids))) == (6, 1)
    assert installation.work() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"inputs": {}}, "texts"),
        ({"inputs": {"texts": ["/etc"]}}, "texts"),
        ({"inputs": {"texts": ["file:///etc/passwd"]}}, "texts"),
        ({"inputs": {"texts": ["http://127.0.0.1/"]}}, "texts"),
        ({"inputs": {"texts": ["upload://0123456789abcdef"]}}, "texts"),
        ({"inputs": {"texts": ["upload://../../x"]}}, "texts"),
        ({"inputs": {"nonsense": ["upload://0123456789abcdef"]}}, "nonsense"),
        ({"params": {"shortest": 0}}, "shortest"),
        ({"params": {"nonsense": 0}}, "nonsense"),
        ({"models": {"classifier": "/etc"}}, "classifier"),
        ({"exports": ["nonsense"]}, "exports"),
        ({"dataset": {"nonsense": 1}}, "dataset.nonsense"),
    ],
)
def test_what_is_wrong_with_an_order_is_told_by_field(visitor: TestClient, change: dict[str, object], field: str):
    for path in ("/v1/jobs", "/v1/estimates"):
        answer = visitor.post(path, json={**order(visitor), **change})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad-order")
        assert field in answer.json()["fields"]


def test_a_body_that_is_no_order_is_a_problem_too(visitor: TestClient):
    answer = visitor.post("/v1/jobs", json={"service": 7, "more": 1})

    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert set(answer.json()["fields"]) == {"body.service", "body.more"}
    assert visitor.post("/v1/jobs", content=b"{").json()["status"] == 422


def test_an_upload_of_somebody_else_is_no_input(visitor: TestClient, other: TestClient):
    answer = other.post("/v1/jobs", json=order(visitor))

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-order")


def test_files_that_a_run_needs_are_not_deleted(installation: Installation, visitor: TestClient):
    upload_id = upload(visitor, TEXTS)
    create(visitor, {"service": "words", "inputs": {"texts": [f"upload://{upload_id}"]}})

    answer = visitor.delete(f"/v1/uploads/{upload_id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "in-use")
    assert visitor.delete(f"/v1/uploads/{upload_id}/files/a.txt").status_code == 409
    installation.work()
    assert visitor.delete(f"/v1/uploads/{upload_id}").status_code == 204


def test_jobs_of_others_are_not_there(installation: Installation, visitor: TestClient, other: TestClient):
    job = create(visitor, order(visitor))
    installation.work()
    place = f"/v1/jobs/{job['id']}"

    for somebody in (other, installation.account("nosy")):
        answers = [
            somebody.get(place),
            somebody.get(f"{place}/events"),
            somebody.get(f"{place}/results"),
            somebody.get(f"{place}/results/tables/words"),
            somebody.get(f"{place}/results/files/report.html"),
            somebody.get(f"{place}/results/archive.zip"),
            somebody.post(f"{place}/cancel"),
            somebody.post(f"{place}/retry"),
            somebody.delete(place),
        ]
        assert [answer.status_code for answer in answers] == [404] * 9
        assert somebody.get("/v1/jobs").json()["items"] == []
    assert installation.account("boss", is_admin=True).get(place).json()["inputs"] is not None


def test_a_job_that_waits_is_stopped_and_started_again(installation: Installation, visitor: TestClient):
    job = create(visitor, order(visitor))

    assert visitor.post(f"/v1/jobs/{job['id']}/cancel").json()["state"] == "cancelled"
    assert installation.work() == 0
    assert visitor.post(f"/v1/jobs/{job['id']}/cancel").status_code == 409
    assert visitor.post(f"/v1/jobs/{job['id']}/retry").json()["state"] == "queued"
    assert installation.work() == 1
    assert visitor.get(f"/v1/jobs/{job['id']}").json()["state"] == "succeeded"
    assert visitor.post(f"/v1/jobs/{job['id']}/retry").status_code == 409


def test_a_failed_job_says_why_and_is_counted_once_however_often_it_is_tried(
    installation: Installation, visitor: TestClient
):
    job = create(visitor, order(visitor, params={"fault": True}))
    place = f"/v1/jobs/{job['id']}"
    installation.work()

    assert visitor.get(place).json()["error"]["what"] == "The text is at fault"
    assert visitor.get(f"{place}/results").json()["code"] == "no-result"
    visitor.post(f"{place}/retry")
    installation.work()
    rows = list(ledger_rows(installation.runtime.database, job_id=job["id"]))
    assert sum(row["jobs"] for row in rows) == 1
    assert sum(row["units"] for row in rows) == 1


def test_a_stopped_retry_leaves_one_ending_in_the_ledger(installation: Installation, visitor: TestClient):
    job = create(visitor, order(visitor, params={"fault": True}))
    installation.work()
    visitor.post(f"/v1/jobs/{job['id']}/retry")
    visitor.post(f"/v1/jobs/{job['id']}/cancel")

    rows = list(ledger_rows(installation.runtime.database, job_id=job["id"]))
    assert sum(row["jobs"] for row in rows) == 1


def test_deleting_a_job_keeps_its_record(installation: Installation, visitor: TestClient):
    job = create(visitor, order(visitor))
    place = f"/v1/jobs/{job['id']}"
    assert visitor.delete(place).status_code == 409
    installation.work()
    folder = installation.settings.result_folder(job["id"])
    assert folder.is_dir()

    assert visitor.delete(place).status_code == 204
    assert not folder.exists()
    assert not installation.settings.workdir(job["id"]).exists()
    assert visitor.get(place).json()["files_deleted"] is True
    assert visitor.get(f"{place}/results").status_code == 410
    assert sum(row["units"] for row in ledger_rows(installation.runtime.database, job_id=job["id"])) == 3


def test_jobs_are_listed_by_page_state_and_service(installation: Installation, visitor: TestClient):
    ids = [create(visitor, order(visitor, {"a.txt": b"a"}))["id"] for _ in range(3)]
    first = visitor.get("/v1/jobs", params={"limit": 2}).json()
    rest = visitor.get("/v1/jobs", params={"limit": 2, "cursor": first["next"]}).json()

    assert [job["id"] for job in (*first["items"], *rest["items"])] == ids[::-1]
    assert rest["next"] is None
    assert len(visitor.get("/v1/jobs", params={"state": "queued"}).json()["items"]) == 3
    assert visitor.get("/v1/jobs", params={"state": "failed"}).json()["items"] == []
    assert visitor.get("/v1/jobs", params={"service": "flowcam"}).json()["items"] == []
    assert visitor.get("/v1/jobs", params={"state": "nonsense"}).status_code == 422
    installation.work()


def test_events_tell_log_progress_and_end(installation: Installation, visitor: TestClient):
    job = create(visitor, order(visitor, params={"seconds_per_file": 0.5}))
    worker = threading.Timer(0.2, installation.work)
    worker.start()
    found = events(visitor, job["id"])
    worker.join()

    names = [name for name, _, _ in found]
    assert names[-1] == "end"
    assert found[-1][2] == {"state": "succeeded", "error": None}
    logged = [data["message"] for name, _, data in found if name == "log"]
    assert logged[0] == "Waiting for its turn"
    assert "Started" in logged
    counts = [data["counts"] for name, _, data in found if name == "found"]
    assert counts[0]["long"] in (2, 3)
    shares = [data["share"] for name, _, data in found if name == "progress"]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_provider_follows_a_job_but_not_what_it_finds(installation: Installation, visitor: TestClient):
    provider = installation.account("onlooker", provides=("words",), scopes=("read", "provide"))
    job = create(visitor, order(visitor, params={"seconds_per_file": 0.5}))
    worker = threading.Timer(0.2, installation.work)
    worker.start()
    names = {name for name, _, _ in events(provider, job["id"])}
    worker.join()

    assert names == {"log", "progress", "end"}


def test_a_provider_is_not_told_the_file_at_which_a_job_failed(installation: Installation, visitor: TestClient):
    provider = installation.account("helper", provides=("words",), scopes=("read", "provide"))
    job = create(visitor, order(visitor))
    running = claim_job(installation.runtime.database, job["id"])
    error = {"code": "bad-input", "what": "It is damaged", "value": "Ada", "remedy": "Mend it.", "file": "mytext"}
    finish_job(installation.runtime.database, running, "failed", error=error)

    for place in ("/v1/jobs/{}", "/v1/jobs/{}/events", "/runs/{}"):
        mine, theirs = (client.get(place.format(job["id"])).text for client in (visitor, provider))
        assert "Mend it" in mine and "mytext" in mine
        assert "Mend it" in theirs and "mytext" not in theirs and "Ada" not in theirs


def test_events_go_on_behind_the_last_one_heard(installation: Installation, visitor: TestClient):
    job = create(visitor, order(visitor))
    installation.work()
    whole = events(visitor, job["id"])
    lines = [number for name, number, _ in whole if name == "log"]

    rest = events(visitor, job["id"], **{"Last-Event-ID": str(lines[0])})
    assert [number for name, number, _ in rest if name == "log"] == lines[1:]
    assert rest[-1][0] == "end"


def test_an_account_has_its_use_counted_as_analysis(installation: Installation):
    client = installation.account("ada")
    job = create(client, order(client, test=True))

    assert (job["kind"], job["is_test"]) == ("analysis", True)
    installation.work()


def test_a_page_of_ours_is_another_route_whatever_it_waits_for(installation: Installation, visitor: TestClient):
    job = create(visitor, order(visitor), Sec_Fetch_Site="same-origin")

    assert job["route"] == "web"
    installation.work()


def test_a_job_at_work_is_not_started_again(installation: Installation, visitor: TestClient):
    job = create(visitor, order(visitor))
    claim_job(installation.runtime.database, job["id"])

    assert visitor.post(f"/v1/jobs/{job['id']}/retry").status_code == 409
    assert visitor.post(f"/v1/jobs/{job['id']}/cancel").json()["state"] == "cancelled"


def test_results_of_visits_are_forgotten_and_those_of_accounts_are_not(installation: Installation, visitor: TestClient):
    account = installation.account("keeper")
    ids = [create(client, order(client))["id"] for client in (visitor, account)]
    waiting = create(visitor, order(visitor))["id"]
    visitor.post(f"/v1/jobs/{waiting}/cancel")
    recent = create(visitor, order(visitor))["id"]
    installation.work()
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    with installation.runtime.database.write() as connection:
        connection.execute(sa.update(JOBS).where(JOBS.c.id.in_([*ids, waiting])).values(finished_at=long_ago))
    tidy_jobs(installation.runtime)

    assert visitor.get(f"/v1/jobs/{ids[0]}/results").status_code == 410
    assert visitor.get(f"/v1/jobs/{waiting}").json()["files_deleted"] is True
    assert visitor.get(f"/v1/jobs/{recent}/results").status_code == 200
    assert account.get(f"/v1/jobs/{ids[1]}/results").status_code == 200
