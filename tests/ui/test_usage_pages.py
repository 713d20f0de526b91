"""My usage, the dashboard and the form of reports: what each person sees there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from tests.api.conftest import Installation, installation, order
from tests.api.people import Person, browser_of, person
from tests.api.usage_people import admin, anna, provider

from pelagia.runtime.ledger import ledger_rows, usage_totals
from pelagia.runtime.registry import service_slugs

__all__ = ["admin", "anna", "installation", "provider"]
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def visitor(installation: Installation) -> Iterator[TestClient]:
    yield browser_of(installation)


def text_of(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


def test_my_usage_shows_what_was_counted(anna: Person, visitor: TestClient, installation: Installation) -> None:
    (total,) = usage_totals(installation.runtime.database, service="words")
    text = text_of(anna.browser, "/usage")
    assert f"{total.units} {total.unit} 1 1 0 0" in text
    assert f"{dt.datetime.now(dt.UTC).date()}" in text
    nothing = text_of(visitor, "/usage")
    assert "Nothing is counted yet" in nothing and "Erase my usage" not in nothing


def test_a_list_that_goes_on_nowhere_is_told(anna: Person) -> None:
    assert anna.browser.get("/usage?before=yesterday~x").status_code == 422
    assert anna.browser.get("/usage?before=2000-01-01~words~word").status_code == 200


def test_erasing_asks_for_a_word(installation: Installation) -> None:
    bert = person(installation, "bert")
    assert bert.browser.post("/v1/jobs", json=order(bert.browser)).status_code == 202
    unended = bert.browser.post("/usage/erase", data={"confirm": "erase"})
    assert unended.status_code == 422 and "not finished" in unended.text
    installation.work()
    unsure = bert.browser.post("/usage/erase", data={"confirm": "yes"})
    assert unsure.status_code == 422 and "Type the word erase, to be sure" in unsure.text
    assert "Day by day" in text_of(bert.browser, "/usage")
    before = usage_totals(installation.runtime.database)
    done = bert.browser.post("/usage/erase", data={"confirm": "Erase "})
    assert (done.status_code, done.headers["location"]) == (303, "/usage?erased=1")
    assert "Nothing is counted yet" in text_of(bert.browser, "/usage?erased=1")
    assert usage_totals(installation.runtime.database) == before


def test_the_dashboard_is_for_providers_and_administrators(
    anna: Person, provider: Person, admin: Person, visitor: TestClient
) -> None:
    assert anna.browser.get("/admin").status_code == 403
    assert visitor.get("/admin").status_code == 401
    own, every = text_of(provider.browser, "/admin"), text_of(admin.browser, "/admin")
    assert "When is it used?" in own and "FlowCam" not in own and "Words" in own
    assert "FlowCam" in every and "Words" in every and "All together" in every


def test_every_chart_stands_beside_its_numbers(anna: Person, admin: Person) -> None:
    page = admin.browser.get("/admin").text
    charts = re.findall(r'<svg role="img" aria-label="([^"]*)"', page)
    assert len(charts) == 3 and page.count("<summary>Numbers</summary>") == 3
    assert "style=" not in page


def test_a_report_is_asked_for_by_a_form(anna: Person, provider: Person, admin: Person) -> None:
    assert anna.browser.get("/admin/reports").status_code == 403
    form = provider.browser.get("/admin/reports").text
    assert 'name="service"' not in form
    assert f'value="{dt.datetime.now(dt.UTC).year}-01-01"' in form
    assert 'value="M1-M12"' in form
    page = admin.browser.get("/admin/reports").text
    assert page.count('name="service"') == len(service_slugs()) and 'action="/v1/usage/report"' in page
    query = {"project_start": "2026-01-01", "period": "m1-m12", "compare": "", "format": "csv", "service": "words"}
    answer = admin.browser.get("/v1/usage/report", params=query)
    assert answer.status_code == 200 and answer.text.startswith("installation,metric,baseline,M1-M12,Total")


@pytest.mark.parametrize("wrong", [{"period": "M12-M1"}, {"period": "last year"}, {"project_start": "yesterday"}])
def test_what_is_wrong_with_a_report_is_told_on_a_page(provider: Person, wrong: dict[str, str]) -> None:
    query = {"project_start": "2026-01-01", "period": "M1-M12", "format": "csv", **wrong}
    program = provider.browser.get("/v1/usage/report", params=query, headers={"Accept": "text/html"})
    assert (program.status_code, program.headers["content-type"]) == (422, "application/problem+json")
    person = {"Accept": "text/html", "Sec-Fetch-Dest": "document"}
    person["Referer"] = f"{provider.browser.base_url}/admin/reports"
    page = provider.browser.get("/v1/usage/report", params=query, headers=person)
    assert (page.status_code, page.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert 'class="problem"' in page.text and "openapi" not in page.text
    assert 'href="/admin/reports">Back</a>' in page.text


def test_a_visitor_who_looks_at_a_service_is_a_view_and_nobody_else_is(
    installation: Installation, anna: Person, visitor: TestClient
) -> None:
    def views() -> int:
        return sum(row["units"] for row in ledger_rows(installation.runtime.database) if row["outcome"] == "viewed")

    before = views()
    anna.browser.get("/services/words", headers={"User-Agent": BROWSER})
    visitor.get("/services/words", headers={"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"})
    visitor.get("/services/nothing", headers={"User-Agent": BROWSER})
    assert views() == before
    for _ in range(3):
        visitor.get("/services/words", headers={"User-Agent": BROWSER})
    assert views() == before + 1
