"""The pages of scans: verdicts in words, findings with a way to put them right, corrections and their trail."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.orders.finished import bench_of
from tests.ui.cruise import SAMPLE, SCAN, STATIONS, cruise_job

from pelagia.core.errors import PelagiaError
from pelagia.core.service import Edit
from pelagia.http.problems import problem_response
from pelagia.orders.edits import change
from pelagia.orders.outputs import tables_in
from pelagia.orders.own_jobs import delete_job
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.decisions import Annotator
from pelagia.runtime.edits import edits_of, undo_edits
from pelagia.runtime.jobs import Job
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.services.zooscan.metadata_edits import SAMPLE_FIELDS, SCAN_FIELDS
from pelagia.ui.results import pages as result_pages
from pelagia.ui.scans import metadata, table
from pelagia.ui.scans.corrections import as_text, batches_of, standing_of
from pelagia.ui.scans.findings import FIELD_OF, Rows, group_checks
from pelagia.ui.scans.reading import headline, projects_of, sorted_scans, worst

ADA = Annotator(key="visit:me", name="Ada")
VOLUME = f"sample:{SAMPLE('st02')}"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    home = tmp_path_factory.mktemp("installation") / "home"
    with open_runtime(read_settings({}, home=home, executor="inline", workers=2)) as opened:
        yield opened


@pytest.fixture(scope="module")
def job(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Job:
    return cruise_job(runtime, tmp_path_factory.mktemp("cruise"))


@pytest.fixture(scope="module")
def client(runtime: Runtime) -> Iterator[TestClient]:
    """The pages of scans and results alone; the header ``Who`` says who asks."""
    app = FastAPI()
    for module in (table, metadata, result_pages):
        app.include_router(module.router)
    app.state.workbench = bench_of(runtime)
    app.add_exception_handler(PelagiaError, lambda _, error: problem_response(error))  # type: ignore[arg-type]

    @app.middleware("http")
    async def identify(request: Request, call_next):
        scopes = frozenset(request.headers.get("scopes", "read run").split())
        request.state.principal = Principal(asker=request.headers.get("who", "visit:me"), scopes=scopes)
        return await call_next(request)

    with TestClient(app) as opened:
        yield opened


@pytest.fixture
def corrected(runtime: Runtime, job: Job) -> Iterator[tuple[int, int]]:
    """The volume of st02 corrected by Ada, and taken back afterwards."""
    edit = Edit(kind="metadata", subject=VOLUME, field="volume_m3", value="12,5", why="log book, page 12")
    kept = change(bench_of(runtime), job, [edit], ADA)
    yield kept
    undo_edits(runtime.database, job.id, *kept, ADA)


def scan(name: str, verdict: str = "ok", findings: int = 0, **more: Any) -> dict[str, Any]:
    return {"scan_id": name, "sample_id": name, "project": "p", "verdict": verdict, "findings": findings} | more


def check(scope: str, subject: str, code: str, verdict: str, value: str = "") -> dict[str, Any]:
    return {"project": "p", "scope": scope, "subject": subject, "code": code, "verdict": verdict, "value": value}


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        ("oo", "All 2 scans are in order; none needs you."),
        ("o", "The scan is in order."),
        ("bloo", "2 of 4 scans need you: 1 is wrong, 1 wants a look."),
        ("bb", "2 of 2 scans need you: 2 are wrong."),
        ("lou", "1 of 3 scans needs you: 1 wants a look."),
        ("b", "The scan needs you: something is wrong."),
    ],
)
def test_the_headline_says_how_many_scans_need_a_person(verdicts: str, told: str) -> None:
    words = {"o": "ok", "b": "bad", "l": "look", "u": "unknown"}
    assert headline([scan(str(at), words[sign]) for at, sign in enumerate(verdicts)]) == told


def test_those_that_need_a_person_come_first_and_what_is_not_known_last() -> None:
    scans = [scan("a"), scan("b", "look", 1), scan("c", "bad", 1), scan("d", "bad", 3), scan("e", "unknown")]
    assert [one["scan_id"] for one in sorted_scans(scans, "verdict", falling=False)] == ["d", "c", "b", "e", "a"]
    parts = [scan("a", sub_part=None), scan("b", sub_part=2.0), scan("c", sub_part=8.0)]
    assert [one["scan_id"] for one in sorted_scans(parts, "part", falling=False)] == ["b", "c", "a"]
    assert [one["scan_id"] for one in sorted_scans(parts, "part", falling=True)] == ["c", "b", "a"]


def test_a_project_is_as_bad_as_the_worst_of_its_checks() -> None:
    checks = [check("project", "p", "spelling", "look"), check("scan", "a", "frame", "bad")]
    (line,) = projects_of([scan("a", "bad"), scan("b")], checks)
    assert (line.verdict, line.scans, line.needing, line.findings) == ("bad", 2, 1, 1)
    assert worst(["ok", "unknown"]) == "ok"
    assert worst([]) == "unknown"


def test_every_field_a_check_leads_to_is_one_of_the_form() -> None:
    fields = {("sample", field.name) for field in SAMPLE_FIELDS} | {("scan", field.name) for field in SCAN_FIELDS}
    assert set(FIELD_OF.values()) <= fields


def test_findings_lead_to_where_they_can_be_put_right() -> None:
    scans = [
        scan("s1_d1", sample_id="s1", operator="Ann", sub_method="motoda"),
        scan("s1_d2", sample_id="s1", operator="Anne", sub_method="motoda"),
    ]
    rows = Rows(here="/x", scans=scans, samples=[{"sample_id": "s1", "net_type": "wp2"}], labels=table.LABELS)
    for found, wanted in (
        (check("sample", "s1", "volume", "bad"), ("sample:s1", "volume_m3")),
        (check("scan", "s1_d2", "sampled-at", "bad"), ("sample:s1", "sampled_at_utc")),
        (check("project", "p", "spelling", "look", "Anne / Ann"), ("scan:s1_d2", "operator")),
    ):
        ((_, address),) = rows.links(found)
        asked = parse_qs(urlsplit(address).query)
        assert (asked["subject"], asked["field"]) == ([wanted[0]], [wanted[1]])
    assert rows.links(check("scan", "s1_d1", "multiples", "look")) == (("Separate what touches", "/x/s1_d1/separate"),)
    assert rows.links(check("scan", "nowhere", "sub-part", "bad")) == ()


def test_groups_begin_with_what_is_wrong_and_keep_what_is_in_order_apart() -> None:
    rows = Rows(here="/x", scans=[], samples=[], labels=table.LABELS)
    checks = [
        check("scan", "a", "frame", "ok"),
        check("scan", "b", "frame", "look"),
        check("scan", "b", "dark-share", "bad"),
        check("project", "p", "spelling", "ok"),
    ]
    groups = group_checks(checks, rows)
    assert [(group.scope, group.subject, group.verdict) for group in groups] == [
        ("project", "p", "ok"),
        ("scan", "b", "bad"),
        ("scan", "a", "ok"),
    ]
    assert [one.check["verdict"] for one in groups[1].findings] == ["bad", "look"]
    assert [len(group.others) for group in groups] == [1, 0, 1]


def test_the_table_has_a_row_a_scan_with_its_verdict_in_words(client: TestClient, job: Job) -> None:
    answer = client.get(f"/runs/{job.id}/scans")
    assert answer.status_code == 200
    rows = re.findall(r"<tr>\n<td class=\"picture\">.*?</tr>", answer.text, re.DOTALL)
    assert len(rows) == len(STATIONS)
    assert SCAN("st02").replace("_", "_<wbr>") in rows[0]
    assert '<span class="verdict bad">wrong</span>' in rows[0]
    assert "4 of 4 scans need you: 1 is wrong, 3 want a look." in answer.text
    for led in (
        "/view",
        "/separate",
        f"gallery?sample={SAMPLE('st02')}",
        f"checks?scan={SCAN('st02')}",
        "picture.webp",
    ):
        assert led in rows[0], led
    assert "style=" not in answer.text and "<script>" not in answer.text


def test_the_table_is_sorted_and_filtered_as_asked(client: TestClient, job: Job) -> None:
    def names(query: str) -> list[str]:
        text = client.get(f"/runs/{job.id}/scans?{query}").text
        return re.findall(r"scans/([^/]+)/view\" tabindex", text)

    assert names("sort=scan") == [SCAN(station) for station in STATIONS]
    assert names("sort=scan&falling=true") == [SCAN(station) for station in reversed(STATIONS)]
    assert names("sort=volume")[-1] == SCAN("st02")
    assert len(names("mine=true")) == 4
    assert client.get(f"/runs/{job.id}/scans?sort=nonsense").status_code == 422


def test_checks_say_what_is_there_what_should_be_and_what_to_do(client: TestClient, job: Job) -> None:
    text = client.get(f"/runs/{job.id}/scans/checks").text
    for told in ("The volume of water is unknown", "99999", "Should be", "Enter the volume", "other check"):
        assert told in text, told
    assert f"subject=sample%3A{SAMPLE('st03')}&amp;field=longitude" in text
    of_one = client.get(f"/runs/{job.id}/scans/checks?scan={SCAN('st02')}").text
    assert "The volume of water is unknown" in of_one
    assert SAMPLE("st03") not in of_one
    assert "Nothing was checked" in client.get(f"/runs/{job.id}/scans/checks?scan=nowhere").text


def test_the_result_and_the_run_lead_to_the_scans(client: TestClient, job: Job) -> None:
    assert f'href="/runs/{job.id}/scans"' in client.get(f"/runs/{job.id}/results").text


def test_the_form_has_every_field_with_what_it_takes(client: TestClient, job: Job) -> None:
    text = client.get(f"/runs/{job.id}/scans/metadata").text
    for field in (*SAMPLE_FIELDS, *SCAN_FIELDS):
        assert f'data-field="{field.name}"' in text
    assert "Give a number from -180 to 180 °" in text
    assert f'data-subject="sample:{SAMPLE("st01")}"' in text and f'data-subject="scan:{SCAN("st01")}"' in text
    assert "Nothing was changed yet" in text
    assert "style=" not in text and "<script>" not in text


def test_without_an_account_one_signs_and_with_a_token_to_read_one_only_looks(client: TestClient, job: Job) -> None:
    form = f"/runs/{job.id}/scans/metadata"
    assert 'id="signed"' in client.get(form).text
    looked = client.get(form, headers={"scopes": "read"}).text
    assert "this token allows to read only" in looked
    assert "metadata.js" not in looked and 'id="review"' not in looked
    assert f'data-subject="sample:{SAMPLE("st01")}"' in looked


def test_a_correction_shows_in_the_form_and_in_the_trail(
    client: TestClient, job: Job, corrected: tuple[int, int]
) -> None:
    text = client.get(f"/runs/{job.id}/scans/metadata").text
    assert 'data-value="12.5" data-filed=""' in text
    assert "log book, page 12" in text and "<ins>12.5</ins>" in text
    assert f'data-first="{corrected[0]}" data-last="{corrected[1]}"' in text
    (row,) = csv.DictReader(io.StringIO(client.get(f"/runs/{job.id}/scans/metadata/changes.csv").text))
    assert (row["who"], row["about"], row["field"]) == ("Ada", VOLUME, "volume_m3")
    assert (row["old"], row["new"], row["why"]) == ("", "12.5", "log book, page 12")
    assert dt.datetime.fromisoformat(row["when"]).tzinfo is not None


def test_the_result_says_that_a_correction_is_not_in_it_yet(
    client: TestClient, job: Job, corrected: tuple[int, int]
) -> None:
    for page in ("scans", "scans/checks", "scans/metadata", "results"):
        text = client.get(f"/runs/{job.id}/{page}").text
        assert re.search(r"\d changes? of lines or metadata (is|are) not in the results yet", text), page
        assert f'action="/runs/{job.id}/results/revision"' in text, page


def test_what_was_taken_back_stays_in_the_trail(runtime: Runtime, job: Job) -> None:
    edit = Edit(kind="metadata", subject=VOLUME, field="comment", value="two jars", why="label")
    first, last = change(bench_of(runtime), job, [edit], ADA)
    undo_edits(runtime.database, job.id, first, last, ADA)
    made = edits_of(runtime.database, job.id)
    now = standing_of(tables_in(runtime.settings.result_folder(job.id)), made)
    mine = [change for change in now.changes if change.field.name == "comment"]
    assert [(one.old, one.new) for one in mine] == [("drawn", "two jars"), ("two jars", "drawn")]
    batches = [one for one in batches_of(now.changes, made, "visit:me") if one.changes[0].field.name == "comment"]
    assert [one.why for one in batches] == ["", "label"]
    assert all(one.mine for one in batches)
    assert not any(one.mine for one in batches_of(now.changes, made, "visit:other"))


def test_edits_of_what_is_not_there_are_passed_over(runtime: Runtime, job: Job) -> None:
    edits = [
        Edit(kind="metadata", subject="sample:nowhere", field="comment", value="x"),
        Edit(kind="cuts", subject="a_1", value=[]),
    ]
    before = edits_of(runtime.database, job.id)
    change(bench_of(runtime), job, edits, ADA)
    now = standing_of(tables_in(runtime.settings.result_folder(job.id)), edits_of(runtime.database, job.id))
    assert {one.number for one in now.changes} <= {one.id for one in before}


def test_values_are_told_as_the_form_takes_them_back() -> None:
    fields = {field.name: field for field in (*SAMPLE_FIELDS, *SCAN_FIELDS)}
    moment = dt.datetime(2026, 6, 2, 8, 30, tzinfo=dt.UTC)
    assert as_text(moment) == "2026-06-02T08:30Z"
    assert fields["sampled_at_utc"].parse(as_text(moment)) == moment
    assert fields["sampled_at_utc"].parse(as_text(moment.replace(second=5))) == moment.replace(second=5)
    assert as_text(7.633333333333333) == "7.633333333"
    assert (as_text(None), as_text(8.0), as_text("x")) == ("", "8", "x")


def test_pages_of_scans_are_for_those_who_may_see_the_run(client: TestClient, job: Job) -> None:
    for page in ("", "/checks", "/metadata", "/metadata/changes.csv"):
        assert client.get(f"/runs/{job.id}/scans{page}", headers={"who": "visit:stranger"}).status_code == 404


def test_pages_of_a_deleted_run_say_that_it_is_gone(
    client: TestClient, runtime: Runtime, tmp_path_factory: pytest.TempPathFactory
) -> None:
    deleted = cruise_job(runtime, tmp_path_factory.mktemp("other"))
    delete_job(bench_of(runtime), deleted)
    for page in ("", "/checks", "/metadata", "/metadata/changes.csv"):
        answer = client.get(f"/runs/{deleted.id}/scans{page}")
        assert (answer.status_code, answer.json()["code"]) == (410, "gone")
