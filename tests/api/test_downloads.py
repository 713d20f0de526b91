"""Downloads by visitors are counted by the rules of COUNTER; what accounts and programs fetch is not filtered so."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from tests.api.conftest import Installation, order

from pelagia.runtime.ledger import ledger_rows

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
ROBOT = {"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}


@pytest.fixture(scope="module")
def guest(installation: Installation) -> TestClient:
    client = installation.visitor()
    client.headers.update(BROWSER)
    return client


@pytest.fixture(scope="module")
def here(installation: Installation, guest: TestClient) -> str:
    """The result of a visitor."""
    return _result(installation, guest)


def _result(installation: Installation, client: TestClient) -> str:
    answer = client.post("/v1/jobs", json=order(client))
    assert answer.status_code == 202, answer.text
    installation.work()
    return f"/v1/jobs/{answer.json()['id']}/results"


def downloads(installation: Installation) -> int:
    rows = ledger_rows(installation.runtime.database)
    return sum(row["units"] for row in rows if row["outcome"] == "downloaded" and row["service"] == "words")


@pytest.mark.parametrize(
    "path",
    [
        "/archive.zip",
        "/files/summary.json?download=true",
        "/files/words.parquet",
        "/tables/words?format=csv",
        "/tables/words?format=parquet",
        "/tables/words?format=arrow",
    ],
)
def test_what_a_visitor_saves_counts_once_however_fast_it_is_clicked(
    installation: Installation, guest: TestClient, here: str, path: str
) -> None:
    before = downloads(installation)
    for _ in range(3):
        assert guest.get(here + path).status_code == 200
    assert downloads(installation) == before + 1


def test_what_is_only_shown_or_asked_about_is_no_download(
    installation: Installation, guest: TestClient, here: str
) -> None:
    before = downloads(installation)
    for path in ("", "/files/summary.json", "/files/report.html", "/tables/words"):
        assert guest.get(here + path).status_code == 200
    assert guest.head(f"{here}/files/words.parquet").status_code == 200
    tag = guest.head(f"{here}/files/words.parquet").headers["etag"]
    assert guest.get(f"{here}/files/words.parquet", headers={"If-None-Match": tag}).status_code == 304
    assert guest.get(f"{here}/files/nothing.zip").status_code == 404
    assert downloads(installation) == before


def test_a_file_fetched_in_parts_is_one_download(installation: Installation, guest: TestClient) -> None:
    file = f"{_result(installation, guest)}/files/words.parquet"
    before = downloads(installation)
    for part in ("bytes=100-", "bytes=0-9", "bytes=10-19"):
        assert guest.get(file, headers={"Range": part}).status_code == 206
    assert downloads(installation) == before + 1


def test_robots_and_people_with_an_account_are_not_counted_so(installation: Installation, guest: TestClient) -> None:
    theirs = _result(installation, guest)
    member = installation.account("member")
    before = downloads(installation)
    assert guest.get(f"{theirs}/archive.zip", headers=ROBOT).status_code in (200, 404)
    assert member.get(f"{_result(installation, member)}/archive.zip", headers=BROWSER).status_code == 200
    assert downloads(installation) == before


def test_the_dashboard_tells_them(installation: Installation, guest: TestClient, here: str) -> None:
    assert guest.get(f"{here}/files/words.parquet").status_code == 200
    admin = installation.account("chief", is_admin=True)
    page = admin.get("/admin", headers={"Accept": "text/html"}).text
    assert f"saved {downloads(installation)} files of results" in " ".join(page.split())
