"""``pelagia usage``: report, export, import, rebuild."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Shell

BASELINE = "installation,metric,baseline\ntoy,images processed,1000\ntoy,unique users,5\n"


@pytest.fixture
def done(shell: Shell, lines: Path, tmp_path: Path) -> Shell:
    """A shell whose installation has run the toy on 60 lines."""
    assert shell("run", "toy", lines, "--out", tmp_path / "out").code == 0
    return shell


@pytest.fixture
def months() -> tuple[str, str]:
    """The start of the project, and the label of the period that holds today."""
    today = dt.datetime.now(dt.UTC).date()
    return f"{today.year - 1}-01-01", "M1-M24"


@pytest.mark.parametrize("form", ["html", "docx", "csv", "json"])
def test_a_report_is_written_in_the_form_of_its_suffix(
    done: Shell, months: tuple[str, str], tmp_path: Path, form: str
) -> None:
    (tmp_path / "baseline.csv").write_text(BASELINE)
    out = tmp_path / f"report.{form}"
    told = ["--project-start", months[0], "--period", months[1], "--baseline", tmp_path / "baseline.csv"]
    ended = done("usage", "report", *told, "--out", out)
    assert ended.code == 0 and str(out) in ended.out and out.stat().st_size > 1000
    if form == "csv":
        rows = {(row["installation"], row["metric"]): row for row in csv.DictReader(io.StringIO(out.read_text()))}
        processed = rows["toy", "images processed"]
        assert (processed["baseline"], processed["M1-M24"], processed["Total"]) == ("1000", "60", "60")
        users = rows["toy", "unique users"]
        assert users["Total"] == "N/A" and "none of the 1 uses says its user" in users["remark"]


def test_the_file_of_installations_says_what_a_report_needs(
    done: Shell, months: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "baseline.csv").write_text(BASELINE)
    file = tmp_path / "installations.toml"
    file.write_text(
        f"""
        title = "A year of hashing"
        project_start = {months[0]}
        baseline = "baseline.csv"
        [[installation]]
        id = "toy"
        title = "The toy"
        location = "Oostende"
        metrics = ["images processed", "images archived", "unique users"]
        how = {{ "images processed" = "Lines hashed" }}
        not_tracked = [{{ metric = "images archived", reason = "nothing is archived here" }}]
        """
    )
    monkeypatch.setenv("PELAGIA_INSTALLATIONS", str(file))
    out = tmp_path / "report.json"
    assert done("usage", "report", "--period", months[1], "--service", "toy", "--out", out).code == 0
    data = json.loads(out.read_text())
    (part,) = data["installations"]
    assert (data["title"], part["title"]) == ("A year of hashing", "The toy")
    assert ["Location", "Oostende"] in part["description"]
    rows = {row["metric"]: row for row in part["metrics"]}
    assert rows["images processed"]["how"] == "Lines hashed" and rows["images processed"]["baseline"] == "1,000"
    assert rows["images archived"]["total"]["text"] == "N/A"
    assert "nothing is archived here" in rows["images archived"]["total"]["why"]


def test_without_any_file_the_services_describe_themselves(
    done: Shell, months: tuple[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "report.csv"
    told = ["--project-start", months[0], "--period", months[1], "--service", "toy"]
    assert done("usage", "report", *told, "--out", out).code == 0
    rows = {row["metric"]: row for row in csv.DictReader(io.StringIO(out.read_text())) if row["installation"] == "toy"}
    assert rows["images processed"]["Total"] == rows["images ingested"]["Total"] == "60"
    assert rows["images processed"]["baseline"] == "not stated"
    assert rows["Task"]["remark"] == "Hashes the lines of text files"
    assert rows["countries"]["Total"] == "N/A"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--out", "report.pdf"], 2, "the form is told by the suffix"),
        (["--out", "report.csv", "--project-start", "x"], 2, "--project-start"),
        (["--out", "report.csv"], 2, "start of the project is not known"),
        (["--out", "report.csv", "--project-start", "2022-09-01", "--compare", "M36-M40"], 2, "overlap"),
        (["--out", "report.csv", "--project-start", "2022-09-01", "--compare", "M9-M3"], 2, "not a period"),
        (["--out", "report.csv", "--project-start", "2022-09-01", "--service", "absent"], 3, "no installation"),
        (["--out", "report.csv", "--project-start", "2022-09-01", "--baseline", "absent.csv"], 3, "no such file"),
        (["--out", "absent/report.csv", "--project-start", "2022-09-01"], 5, "cannot be written"),
    ],
)
def test_what_is_wrong_is_told(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = shell("usage", "report", "--period", "M25-M36", *words)
    assert ended.code == code and said in ended.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 3", "title"),
        ("x = ", "installations is not understood"),
        ('[[installation]]\nid = "toy"\n[[installation]]\nid = "toy"', "twice"),
        ('[[installation]]\nid = "toy"\nmetrics = ["fun"]', "no such metric: fun"),
        ('[[installation]]\nid = "toy"\nnot_tracked = [{metric = "countries", reason = ""}]', "reason"),
        ('baseline = "absent.csv"', "no such file"),
    ],
)
def test_a_wrong_file_of_installations_is_told(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    (tmp_path / "installations.toml").write_text(text)
    monkeypatch.setenv("PELAGIA_INSTALLATIONS", str(tmp_path / "installations.toml"))
    ended = shell("usage", "report", "--period", "M1", "--out", tmp_path / "r.csv", "--project-start", "2022-09-01")
    assert ended.code == 3 and said in ended.err


def test_use_travels_by_receipt_to_the_central_installation(
    done: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = tmp_path / "receipt.jsonl"
    exported = done("usage", "export", "--out", receipt, "--country", "be", "--affiliation", "VLIZ")
    assert exported.code == 0 and "Fingerprint" in exported.out
    fingerprint = exported.out.strip().splitlines()[-1].rpartition(": ")[2]
    assert "Nothing was used since" in done("usage", "export", "--out", tmp_path / "second.jsonl").out
    monkeypatch.setenv("PELAGIA_HOME", str(tmp_path / "central"))
    refused = done("usage", "import", receipt)
    assert refused.code == 3 and "not known here yet" in refused.err and fingerprint in refused.err
    assert done("usage", "import", receipt, "--trust", "0" * 32).code == 3
    assert "new rows" in done("usage", "import", receipt, "--trust", fingerprint).out
    assert "taken in before; nothing has changed" in done("usage", "import", receipt).out
    (row,) = json.loads(done("usage", "--format", "json").out)
    assert (row["service"], row["units"], row["succeeded"]) == ("toy", 60, 1)
    receipt.write_bytes(receipt.read_bytes().replace(b'"ingested":60', b'"ingested":61'))
    changed = done("usage", "import", receipt)
    assert changed.code == 3 and "Nothing of it was taken in" in changed.err


def test_a_new_installation_is_accepted_on_request(
    done: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert done("usage", "export", "--out", tmp_path / "receipt.jsonl").code == 0
    monkeypatch.setenv("PELAGIA_HOME", str(tmp_path / "central"))
    assert done("usage", "import", tmp_path / "receipt.jsonl", "--accept-new").code == 0


def test_the_daily_sums_are_made_anew(done: Shell) -> None:
    before = done("usage").out
    assert "daily sums, made anew" in done("usage", "rebuild").out
    assert done("usage").out == before


def test_the_page_on_the_command_line_tells_every_part_of_usage(shell: Shell) -> None:
    from pelagia.cli.usage import COMMANDS

    text = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "command-line.md").read_text()
    for name in COMMANDS:
        assert f"pelagia usage {name}" in text
