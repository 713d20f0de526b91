"""``/v1/usage``: one's own use; totals, reports and receipts for those who may."""

from __future__ import annotations

import csv
import datetime as dt
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.api.conftest import Installation, order
from tests.api.people import Person, person
from tests.api.usage_people import admin, anna, provider

from pelagia.runtime.ledger import insert_rows, ledger_rows, usage_totals
from pelagia.runtime.registry import service_slugs
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.usage.exchange import export_receipt
from pelagia.usage.receipt_key import fingerprint

__all__ = ["admin", "anna", "provider"]
YEARS = {"period": "M1-M24", "project_start": f"{dt.datetime.now(dt.UTC).year - 1}-01-01"}


@pytest.fixture(scope="module")
def other_provider(installation: Installation) -> Person:
    return person(installation, "other", provides=("flowcam",))


def own(client: TestClient, **query: object) -> dict[str, Any]:
    answer = client.get("/v1/usage/me", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_people_see_what_they_used_and_nobody_elses(anna: Person, visitor: TestClient, provider: Person) -> None:
    found = own(anna.browser)
    (total,) = found["totals"]
    assert (total["service"], total["jobs"], total["succeeded"]) == ("words", 1, 1)
    assert (found["items"][0]["outcome"], found["items"][-1]["outcome"]) == ("ingested", "succeeded")
    for nobody in (visitor, provider.browser):
        assert own(nobody) == {"totals": [], "items": [], "next": None}


def test_a_long_list_comes_in_pages(anna: Person) -> None:
    whole = own(anna.browser)["items"]
    found, cursor = [], ""
    while cursor is not None:
        page = own(anna.browser, limit=2, cursor=cursor)
        found += page["items"]
        cursor = page["next"]
    assert found == whole
    assert anna.browser.get("/v1/usage/me?cursor=nonsense").status_code == 422


def test_the_use_is_taken_along_as_usage_records(anna: Person) -> None:
    answer = anna.browser.get("/v1/usage/me/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="pelagia-usage.json"'
    records = answer.json()
    rows = own(anna.browser)["items"]
    assert [record["RecordId"] for record in records] == [str(row["id"]) for row in rows]
    assert {"CreateTime", "Site", "GlobalUserId", "GlobalGroupId", "GlobalJobId", "Status", "WallDuration"} <= set(
        records[0]
    )
    assert all(record["GlobalUserId"].startswith("u:") for record in records)
    assert sum(record["pelagia:units"] for record in records) == sum(row["units"] for row in rows)


def test_totals_are_for_who_provides_the_service(
    anna: Person, provider: Person, other_provider: Person, admin: Person, visitor: TestClient
) -> None:
    answers = [one.get("/v1/usage/totals") for one in (provider.browser, admin.browser, other_provider.browser)]
    services = [{item["service"] for item in answer.json()["items"]} for answer in answers]
    assert services[0] == {"words"} and "words" in services[1] and services[2] == set()
    assert anna.browser.get("/v1/usage/totals").status_code == 403
    assert visitor.get("/v1/usage/totals").status_code == 401


def test_totals_are_of_whole_days(anna: Person, provider: Person) -> None:
    today = dt.datetime.now(dt.UTC).date()
    tomorrow, yesterday = today + dt.timedelta(days=1), today - dt.timedelta(days=1)
    assert provider.browser.get(f"/v1/usage/totals?from={yesterday}&to={tomorrow}").json()["items"]
    assert provider.browser.get(f"/v1/usage/totals?to={yesterday}").json()["items"] == []
    assert provider.browser.get(f"/v1/usage/totals?from={tomorrow}&to={yesterday}").status_code == 422
    assert provider.browser.get("/v1/usage/totals?to=9999-12-31").status_code == 422


@pytest.mark.parametrize("form", ["html", "docx", "csv", "json"])
def test_a_report_comes_as_a_file(anna: Person, admin: Person, form: str) -> None:
    answer = admin.browser.get("/v1/usage/report", params={**YEARS, "format": form})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="usage-report-M1-M24.{form}"'
    assert len(answer.content) > 1000


def test_a_provider_gets_their_own_services_only(anna: Person, provider: Person, admin: Person) -> None:
    def installations(one: Person, **more: str) -> set[str]:
        answer = one.browser.get("/v1/usage/report", params={**YEARS, "format": "json", **more})
        assert answer.status_code == 200, answer.text
        return {part["id"] for part in answer.json()["installations"]}

    assert installations(provider) == {"words"} and installations(admin) == {"words", *service_slugs()}
    assert installations(admin, service="flowcam") == {"flowcam"}
    answer = provider.browser.get("/v1/usage/report", params={**YEARS, "service": "flowcam"})
    assert answer.status_code == 404
    assert anna.browser.get("/v1/usage/report", params=YEARS).status_code == 403


def test_the_report_has_what_was_used(anna: Person, provider: Person, installation: Installation) -> None:
    answer = provider.browser.get("/v1/usage/report", params={**YEARS, "format": "csv"})
    rows = {(row["installation"], row["metric"]): row for row in csv.DictReader(io.StringIO(answer.text))}
    (total,) = usage_totals(installation.runtime.database, service="words")
    assert rows["words", "images processed"]["Total"] == str(total.units)
    assert rows["words", "unique users"]["Total"] == "1"
    assert rows["words", "images ingested"]["Total"] == str(total.units)


@pytest.mark.parametrize(
    "query",
    [
        {"period": "x"},
        {"period": "M9-M3", "project_start": "2022-09-01"},
        {"period": "M1-M9"},
        {"period": "M1-M9", "project_start": "2022-09-01", "compare": "M3"},
        {"period": "M1-M9", "project_start": "2022-09-01", "format": "pdf"},
    ],
)
def test_a_report_that_cannot_be_is_refused(admin: Person, query: dict[str, str]) -> None:
    assert admin.browser.get("/v1/usage/report", params=query, headers={"Accept": "*/*"}).status_code == 422


def test_erasing_leaves_all_totals_and_no_trace(installation: Installation) -> None:
    bert = person(installation, "bert")
    assert bert.browser.post("/v1/jobs", json=order(bert.browser)).status_code == 202
    refused = bert.browser.delete("/v1/usage/me", headers={"Accept": "*/*"})
    assert refused.status_code == 409 and "not finished" in refused.text
    installation.work()
    subject = bert.browser.get("/v1/usage/me/export").json()[0]["GlobalUserId"]
    before = usage_totals(installation.runtime.database)
    assert bert.browser.delete("/v1/usage/me").status_code == 204
    assert own(bert.browser)["totals"] == []
    assert usage_totals(installation.runtime.database) == before
    assert subject not in {row["subject"] for row in ledger_rows(installation.runtime.database)}


def test_a_token_does_not_erase(installation: Installation, visitor: TestClient) -> None:
    holder = installation.account("carl")
    assert holder.delete("/v1/usage/me").status_code == 403
    assert visitor.delete("/v1/usage/me").status_code in (401, 403)


@pytest.fixture
def receipt(anna: Person, installation: Installation, tmp_path: Path) -> Iterator[tuple[bytes, str]]:
    """The receipt of another installation, on which the same was used; its fingerprint."""
    rows = [row for row in ledger_rows(installation.runtime.database) if row["receipt"] is None]
    with open_runtime(read_settings({}, home=tmp_path / "other")) as other:
        with other.database.write() as connection:
            insert_rows(connection, [{name: value for name, value in row.items() if name != "id"} for row in rows])
        written = export_receipt(other, tmp_path / "receipt", now=dt.datetime.now(dt.UTC))
    assert written is not None
    yield (tmp_path / "receipt").read_bytes(), fingerprint(written.public_key)


def test_an_administrator_takes_in_receipts(
    admin: Person, provider: Person, receipt: tuple[bytes, str], installation: Installation
) -> None:
    content, name = receipt
    plain = {"Accept": "*/*"}
    assert provider.browser.post("/v1/usage/receipts", content=content, headers=plain).status_code == 403
    unknown = admin.browser.post("/v1/usage/receipts", content=content, headers=plain)
    assert unknown.status_code == 422 and unknown.json()["code"] == "unknown-installation"
    assert unknown.json()["value"] == name
    before = len(list(ledger_rows(installation.runtime.database)))
    taken = admin.browser.post("/v1/usage/receipts", params={"trust": name}, content=content, headers=plain)
    assert taken.status_code == 200, taken.text
    assert taken.json()["new"] == taken.json()["rows"] > 0
    again = admin.browser.post("/v1/usage/receipts", content=content, headers=plain)
    assert again.json() == {**taken.json(), "new": 0}
    assert len(list(ledger_rows(installation.runtime.database))) == before + taken.json()["new"]
    changed = content.replace(b'"is_test":false', b'"is_test":true ', 1)
    refused = admin.browser.post("/v1/usage/receipts", content=changed, headers=plain)
    assert refused.status_code == 422 and "not a whole and unchanged" in refused.json()["detail"]
    assert str(installation.settings.home) not in refused.text
    assert not [path for path in installation.settings.home.iterdir() if path.name.startswith("tmp")]


def test_the_server_starts_without_what_draws_documents() -> None:
    code = "import sys, pelagia.app; print([name for name in ('matplotlib', 'docx') if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
