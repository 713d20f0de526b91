"""Results over HTTP: figures, tables by page and whole, files, the archive."""

from __future__ import annotations

import io
import zipfile

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from tests.api.conftest import Installation, order

WORDS = ["one", "three", "seven", "eleven", "a", "bee"]


@pytest.fixture(scope="module")
def owner(installation: Installation) -> TestClient:
    return installation.account("owner")


@pytest.fixture(scope="module")
def here(installation: Installation, owner: TestClient) -> str:
    job_id = owner.post("/v1/jobs", json=order(owner)).json()["id"]
    installation.work()
    return f"/v1/jobs/{job_id}/results"


@pytest.fixture(scope="module")
def table(here: str) -> str:
    return f"{here}/tables/words"


def words(owner: TestClient, table: str, **asked: object) -> list[str]:
    answer = owner.get(table, params=asked)
    assert answer.status_code == 200, answer.text
    return [row["word"] for row in answer.json()["rows"]]


def test_a_result_tells_its_figures_tables_findings_and_files(owner: TestClient, here: str):
    result = owner.get(here).json()

    assert result["summary"]["words"] == {
        "value": 6,
        "description": "Words found",
        "unit": "words",
        "low": None,
        "high": None,
    }
    assert result["tables"]["words"]["rows"] == 6
    units = {column["name"]: column["unit"] for column in result["tables"]["words"]["columns"]}
    assert units["letters"] == "letters"
    assert [finding["code"] for finding in result["findings"]] == ["seen"]
    files = {file["path"] for file in result["files"]}
    assert {"summary.json", "words.parquet", "report.html", "pages/page.html"} <= files
    assert not any(path.startswith(".") for path in files)
    for file in result["files"]:
        assert len(owner.get(file["link"]).content) == file["bytes"]


def test_rows_come_by_page_filtered_and_sorted(owner: TestClient, table: str):
    assert words(owner, table) == WORDS
    assert words(owner, table, offset=2, limit=2) == ["seven", "eleven"]
    assert words(owner, table, sort="word") == sorted(WORDS)
    assert words(owner, table, sort="-letters", limit=3) == ["eleven", "three", "seven"]
    assert words(owner, table, where="letters=5") == ["three", "seven"]
    assert words(owner, table, where=["letters=5", "word=seven"]) == ["seven"]
    assert words(owner, table, where="weight=") == ["one", "a", "bee"]
    assert words(owner, table, where="letters=5", sort="-word", limit=1) == ["three"]
    assert words(owner, table, offset=100) == []
    assert owner.get(table, params={"where": "letters=5"}).json()["total"] == 2


def test_columns_are_chosen_and_carry_their_units(owner: TestClient, table: str):
    page = owner.get(table, params={"columns": "letters,word", "limit": 1}).json()

    assert page["rows"] == [{"letters": 3, "word": "one"}]
    assert [(column["name"], column["unit"]) for column in page["columns"]] == [("letters", "letters"), ("word", "")]


@pytest.mark.parametrize(
    "asked",
    [
        {"columns": "nonsense"},
        {"sort": "nonsense"},
        {"where": "nonsense=1"},
        {"where": "letters=many"},
        {"where": "letters"},
        {"limit": 0},
        {"format": "xlsx"},
        {"format": "csv", "sort": "word"},
        {"format": "csv", "columns": "nonsense"},
    ],
)
def test_what_cannot_be_asked_of_a_table_is_told(owner: TestClient, table: str, asked: dict[str, object]):
    answer = owner.get(table, params=asked)

    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")


def test_a_table_is_whole_as_csv_arrow_and_parquet(owner: TestClient, table: str):
    csv = arrow_csv.read_csv(io.BytesIO(owner.get(table, headers={"Accept": "text/csv"}).content))
    arrow = pa.ipc.open_stream(owner.get(table, params={"format": "arrow"}).content).read_all()
    parquet = pq.read_table(io.BytesIO(owner.get(table, params={"format": "parquet"}).content))

    for found in (csv, arrow, parquet):
        assert found["word"].to_pylist() == WORDS
    some = owner.get(table, params={"format": "csv", "columns": "word", "where": "letters=5"})
    assert some.text == '"word"\n"three"\n"seven"\n'
    none = owner.get(table, params={"format": "csv", "columns": "word", "where": "letters=77"})
    assert none.text == '"word"\n'


def test_a_table_or_file_that_is_not_there_is_not_found(owner: TestClient, here: str):
    for path in (
        "tables/nonsense",
        "files/nonsense.txt",
        "files/..%2F..%2Fpelagia.db",
        "files/%2Fetc%2Fpasswd",
        "files/pages",
        "files/.partial",
        "files/pages%2F..%2Fsummary.json",
        "files/pages%5Cpage.html",
    ):
        assert owner.get(f"{here}/{path}").status_code == 404, path


def test_pages_of_a_result_are_shown_in_a_sandbox(owner: TestClient, here: str):
    page = owner.get(f"{here}/files/pages/page.html")

    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    saved = owner.get(f"{here}/files/pages/page.html", params={"download": True})
    assert saved.headers["Content-Disposition"] == 'attachment; filename="page.html"'


def test_the_archive_has_every_file_of_the_result(owner: TestClient, here: str):
    listed = {file["path"]: file["bytes"] for file in owner.get(here).json()["files"]}
    with zipfile.ZipFile(io.BytesIO(owner.get(f"{here}/archive.zip").content)) as archive:
        assert archive.testzip() is None
        assert {info.filename: info.file_size for info in archive.infolist()} == listed


def test_there_is_no_result_before_the_end(installation: Installation, visitor: TestClient):
    job_id = visitor.post("/v1/jobs", json=order(visitor)).json()["id"]

    answer = visitor.get(f"/v1/jobs/{job_id}/results")
    assert (answer.status_code, answer.json()["code"]) == (409, "no-result")
    installation.work()
