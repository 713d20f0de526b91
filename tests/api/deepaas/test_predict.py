"""A prediction is a job like any other: counted once, its files gone afterwards, its errors told."""

from __future__ import annotations

import io
import json
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.deepaas.servers import Server, pelagia_server, token_of

from pelagia.runtime.jobs import Job, find_job, list_jobs
from pelagia.runtime.ledger import ledger_rows
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

NOOP, EVERY = "/v2/models/noop/predict/", "/v2/models/every-kind/predict/"
FILE = ("x.txt", b"hello\n", "text/plain")


def written(server: Server, job_id: str) -> tuple[Job, list[dict[str, Any]]]:
    """Return a job and its ledger rows."""
    with open_runtime(read_settings({}, home=server.home)) as runtime:
        return find_job(runtime.database, job_id), list(ledger_rows(runtime.database, job_id=job_id))


def left_behind(server: Server) -> list[str]:
    """Return the files of requests, and of work done at once, that stay: they go when the answer is sent."""
    # The ids of jobs of the queue, which keep their files, are shorter.
    patterns = ("uploads/deepaas*", "incoming/*", f"work/{'?' * 20}")
    for _ in range(50):
        found = [str(path) for pattern in patterns for path in server.home.glob(pattern)]
        if not found:
            break
        time.sleep(0.1)
    return found


def test_it_is_written_down_whole_before_it_is_answered(client: httpx.Client, pelagia: Server) -> None:
    answer = client.post(EVERY, params={"needed": 1}, files={"files": FILE})
    job, rows = written(pelagia, answer.headers["x-pelagia-job"])
    assert (job.state, job.route, job.kind, job.attempt) == ("succeeded", "deepaas", "analysis", 1)
    assert (job.done_steps, job.done_units, job.total_units) == (1, 1, 1)
    assert job.asker.startswith("account:") and job.finished_at is not None and job.created_at <= job.finished_at
    told = {row["outcome"]: row for row in rows}
    assert told.keys() == {"ingested", "processed", "succeeded"}
    assert (told["ingested"]["ingested"], told["processed"]["units"], told["succeeded"]["jobs"]) == (1, 1, 1)
    assert told["succeeded"]["bytes"] == len(FILE[1])
    assert {row["subject"] for row in rows} == {job.subject} and str(job.subject).startswith("u:")


def test_of_a_visitor_it_is_a_try_out(visitor: httpx.Client, pelagia: Server) -> None:
    job, rows = written(pelagia, visitor.post(NOOP).headers["x-pelagia-job"])
    assert (job.kind, job.asker[:6]) == ("try-out", "visit:")
    assert all(str(row["subject"]).startswith("v:") for row in rows)


def test_no_file_stays_behind(client: httpx.Client, pelagia: Server) -> None:
    for params in ({"needed": 1}, {"needed": "x"}, {"needed": 1, "word": "bug"}):
        client.post(EVERY, params=params, files={"files": FILE, "extra": FILE})
        client.post(EVERY, params=params, files={"files": FILE}, headers={"accept": "application/zip"})
    client.post(EVERY, params={"needed": 1}, files={"files": ("x.zip", b"no archive", "application/zip")})
    assert left_behind(pelagia) == []


def test_a_failure_is_told_and_counted(client: httpx.Client, pelagia: Server) -> None:
    answer = client.post(EVERY, params={"needed": 1, "word": "bug"}, files={"files": FILE})
    assert answer.status_code == 500
    assert answer.json()["status"] == "error"
    assert answer.json()["message"] == "The program made a mistake. Tell those who run this installation."
    with open_runtime(read_settings({}, home=pelagia.home)) as runtime:
        rows = [row for row in ledger_rows(runtime.database) if row["outcome"] == "failed"]
    job, _ = written(pelagia, rows[-1]["job_id"])
    assert job.state == "failed" and job.error is not None and job.error["code"] == "step-failed"
    assert rows[-1]["jobs"] == 1


def test_many_at_once_are_each_answered_and_counted_once(client: httpx.Client, pelagia: Server) -> None:
    def ask(number: int) -> httpx.Response:
        wrong = {0: {}, 1: {"word": "bug"}, 2: {"needed": "x"}}[number % 3]
        return client.post(EVERY, params={"needed": number, **wrong}, files={"files": FILE})

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(36)))
    assert [answer.status_code for answer in answers] == [200, 500, 422] * 12
    good = answers[::3]
    assert [answer.json()["predictions"]["needed"] for answer in good] == list(range(0, 36, 3))
    jobs = {answer.headers["x-pelagia-job"] for answer in good}
    assert len(jobs) == 12
    for job_id in jobs:
        assert [row["jobs"] for row in written(pelagia, job_id)[1]].count(1) == 1


def test_a_zip_is_the_output_folder(client: httpx.Client) -> None:
    answer = client.post(EVERY, params={"needed": 7}, files={"files": FILE}, headers={"accept": "application/zip"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert {"summary.json", "told.json", "report.html", "issues.csv"} <= set(archive.namelist())
        assert json.loads(archive.read("told.json"))["needed"] == 7
        assert not [name for name in archive.namelist() if name.startswith((".", "/")) or ".." in name]


@pytest.mark.parametrize(
    "name", ["../../x.txt", "/etc/passwd", "a\\b\\x.txt", "sub/x.txt"], ids=["out", "absolute", "windows", "folder"]
)
def test_a_file_keeps_its_name_without_folders(name: str, client: httpx.Client) -> None:
    answer = client.post(EVERY, params={"needed": 1}, files={"files": (name, b"hello\n")})
    assert answer.json()["predictions"]["files"]["name"] == name.replace("\\", "/").rpartition("/")[2]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.zip", b"PK\x03\x04 broken", ""),
        ("x.png", b"not a picture", "content-differs"),
        ("con.txt", b"x", "path-unsafe"),
    ],
)
def test_a_harmful_file_is_refused(name: str, content: bytes, code: str, client: httpx.Client) -> None:
    answer = client.post(EVERY, params={"needed": 1}, files={"files": (name, content)})
    assert answer.status_code == 422 and answer.json()["status"] == "error"
    assert code in answer.json()["code"]


@pytest.mark.parametrize("text", ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:9/", "upload://0123456789"])
def test_a_text_in_place_of_a_file_leads_nowhere(text: str, client: httpx.Client) -> None:
    answer = client.post(EVERY, params={"needed": 1}, data={"files": text})
    assert answer.status_code == 422
    assert list(answer.json()) == ["files"]


def test_an_own_upload_may_stand_in_place_of_a_file(client: httpx.Client) -> None:
    upload = client.post("/v1/uploads", json={"name": "mine"}).json()
    sent = client.put(f"/v1/uploads/{upload['id']}/files/x.txt", content=b"hello\n")
    assert sent.status_code in (200, 201), sent.text
    answer = client.post(EVERY, params={"needed": 1}, data={"files": f"upload://{upload['id']}/x.txt"})
    assert answer.json()["predictions"]["files"] == {"name": "x.txt", "text": "hello\n"}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\nbroken"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="files"\r\n\r\nx'),
        ("application/json", b"{"),
    ],
)
def test_a_broken_body_is_told(content_type: str, body: bytes, client: httpx.Client) -> None:
    answer = client.post(EVERY, content=body, headers={"content-type": content_type})
    assert answer.status_code == 400


def test_a_wrong_token_is_refused(pelagia: Server) -> None:
    answer = httpx.post(f"{pelagia.address}{NOOP}", headers={"authorization": "Bearer pel_000000000000_x"})
    assert answer.status_code == 401


def test_a_browser_sees_the_web_app_and_a_program_the_versions(pelagia: Server) -> None:
    page = httpx.get(f"{pelagia.address}/", headers={"accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    assert httpx.get(f"{pelagia.address}/").json()["versions"][0]["id"] == "v2"


def test_the_page_for_people_names_every_argument(pelagia: Server) -> None:
    page = httpx.get(f"{pelagia.address}/api").text
    assert '<html lang="en">' in page
    for name in ("image", "zip_data", "needed", "/v2/models/flowcam/predict/", "/v2/models/every-kind/train/"):
        assert name in page


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server where visitors may do little, and long predictions are not waited for."""
    home = tmp_path_factory.mktemp("small") / "home"
    limits = {"PELAGIA_TRY_OUT_JOBS": "2", "PELAGIA_TRY_OUT_BYTES": "1000", "PELAGIA_DEEPAAS_WAIT_S": "0.001"}
    with pelagia_server(home, **limits) as server:
        yield server


def test_visitors_have_the_limits_they_have_elsewhere(small: Server) -> None:
    with httpx.Client(base_url=small.address, timeout=60) as visitor:
        large = visitor.post(EVERY, params={"needed": 1}, files={"files": ("x.txt", b"x" * 2000)})
        assert large.status_code in (413, 429) and large.json()["status"] == "error"
        assert [visitor.post(NOOP).status_code for _ in range(3)] == [200, 200, 429]


def test_longer_work_goes_through_the_queue_to_the_same_answer(client: httpx.Client, pelagia: Server) -> None:
    answer = client.post("/v2/models/many/predict/", params={"units": 150})
    assert answer.json() == {"status": "OK", "predictions": {"units": 150}}
    job, rows = written(pelagia, answer.headers["x-pelagia-job"])
    assert (job.state, job.lane, job.route, job.done_units) == ("succeeded", "interactive", "deepaas", 150)
    assert sum(row["units"] for row in rows) == 150
    zipped = client.post("/v2/models/many/predict/", params={"units": 150}, headers={"accept": "application/zip"})
    assert zipped.content[:2] == b"PK"
    assert left_behind(pelagia) == []


def test_a_failure_in_the_queue_is_told(client: httpx.Client) -> None:
    answer = client.post("/v2/models/many/predict/", params={"units": 150, "wrong": True})
    assert answer.status_code == 500
    assert answer.json()["status"] == "error" and answer.json()["job"]


def test_what_takes_too_long_is_told_with_its_job_and_goes_on(small: Server) -> None:
    headers = {"authorization": f"Bearer {token_of(small)}"}
    answer = httpx.post(f"{small.address}/v2/models/many/predict/?units=150", headers=headers, timeout=60)
    assert answer.status_code == 504
    job, _ = written(small, answer.json()["job"])
    assert job.state in ("queued", "running", "succeeded")


@pytest.mark.parametrize(("has_account", "state"), [(False, "cancelled"), (True, "succeeded")])
def test_of_one_who_hangs_up_only_the_job_of_a_visitor_is_stopped(
    has_account: bool, state: str, pelagia: Server, token: str
) -> None:
    headers = {"authorization": f"Bearer {token}"} if has_account else {}
    address = f"{pelagia.address}/v2/models/many/predict/?units=300&seconds=0.5"
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(address, headers=headers, timeout=httpx.Timeout(60, read=1.5))
    with open_runtime(read_settings({}, home=pelagia.home)) as runtime:
        job_id = next(job.id for job in list_jobs(runtime.database, limit=1) if job.total_units == 300)
        for _ in range(300):
            job = find_job(runtime.database, job_id)
            if job.state not in ("queued", "running"):
                break
            time.sleep(0.1)
    assert job.state == state
    assert bool(list(pelagia.home.glob(f"results/{job_id}/summary.json"))) is has_account


def test_the_files_of_a_request_have_one_limit_together(small: Server) -> None:
    files = [(name, ("x.txt", b"x" * 600)) for name in ("files", "extra")]
    assert httpx.post(f"{small.address}{EVERY}?needed=1", files=files[:1], timeout=60).status_code in (200, 429)
    assert httpx.post(f"{small.address}{EVERY}?needed=1", files=files, timeout=60).status_code == 413


def test_a_dead_process_is_an_error_and_the_next_prediction_works(client: httpx.Client, pelagia: Server) -> None:
    answer = client.post("/v2/models/many/predict/", params={"units": 1, "die": True})
    assert answer.status_code == 503
    assert client.post(NOOP).status_code == 200


def test_work_of_others_is_nobodys_business(pelagia: Server, client: httpx.Client) -> None:
    job_id = client.post(NOOP).headers["x-pelagia-job"]
    other = {"authorization": f"Bearer {token_of(pelagia, 'other@example.org')}"}
    assert httpx.get(f"{pelagia.address}/v1/jobs/{job_id}", headers=other).status_code == 404
    assert client.get(f"/v1/jobs/{job_id}").status_code == 200


def test_no_secret_and_no_query_stands_in_the_log(client: httpx.Client, pelagia: Server, token: str) -> None:
    answer = client.post(EVERY, params={"needed": 1, "word": "confidential"}, files={"files": FILE})
    job_id = answer.headers["x-pelagia-job"]
    for _ in range(50):
        # The log is told after the answer is sent.
        log = Path(f"{pelagia.home}.log").read_text()
        if job_id in log:
            break
        time.sleep(0.1)
    assert "confidential" not in log and token not in log
    assert "/v2/models/{model}/predict/" in log and job_id in log
