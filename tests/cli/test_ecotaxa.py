"""EcoTaxa from the command line: verdicts as exit codes, a dry run that changes nothing."""

from __future__ import annotations

import json

import pytest
from tests.io.ecotaxa.bundles import as_folder, as_zip, files, row
from tests.servers.ecotaxa import PASSWORD, TOKEN, Project, small_ecotaxa

from pelagia.io.ecotaxa import upload as upload_module


@pytest.fixture
def remote(monkeypatch):
    monkeypatch.setattr(upload_module, "POLL_SECONDS", 0.001)
    with small_ecotaxa() as state:
        yield state


@pytest.fixture
def out(tmp_path):
    as_zip(tmp_path / "out" / "exports" / "ecotaxa.zip", files([row(1), row(2)]))
    return tmp_path / "out"


def test_a_good_bundle_ends_with_0_and_a_bad_one_with_3(shell, tmp_path):
    good = shell("ecotaxa", "validate", as_folder(tmp_path / "a", files([row(1)])))
    assert (good.code, good.err) == (0, "")
    assert "1 table, 1 object, 1 image" in good.out and "EcoTaxa would take this" in good.out
    bad = shell("ecotaxa", "validate", as_folder(tmp_path / "b", files([row(1, object_date="tomorrow")])))
    assert bad.code == 3
    assert "error: ecotaxa_s1.tsv, line 3, column object_date: the value is no date" in bad.out
    assert "found:  tomorrow" in bad.out and "remedy: Write it as YYYYMMDD" in bad.out


def test_a_bundle_that_is_not_there_ends_with_3(shell, tmp_path):
    assert shell("ecotaxa", "validate", tmp_path / "nothing").code == 3


def test_findings_for_programs(shell, tmp_path):
    told = shell("ecotaxa", "validate", "--format", "json", as_folder(tmp_path, files([row(1, object_lat="95")])))
    found = json.loads(told.out)
    assert (told.code, found["accepted"], found["rows"]) == (3, False, 1)
    assert found["findings"][0]["lines"] == [3]


def test_a_table_alone_is_good_for_an_update(shell, tmp_path):
    place = as_folder(tmp_path, {"ecotaxa_s1.tsv": files([row(1)])["ecotaxa_s1.tsv"]})
    assert (shell("ecotaxa", "validate", place).code, shell("ecotaxa", "validate", "--update", place).code) == (3, 0)


def test_a_dry_run_compares_and_changes_nothing(shell, remote, out, monkeypatch):
    monkeypatch.setenv("PELAGIA_ECOTAXA_TOKEN", TOKEN)
    told = shell("ecotaxa", "upload", out, "--project", 1, "--server", remote.address, "--dry-run")
    assert told.code == 0
    assert "Anna Operator" in told.out and "2 only in the export" in told.out and "Nothing was changed" in told.out
    assert remote.projects[1].objects == {}
    assert remote.sent("POST", "/api/user_files") == 0


def test_an_upload_fills_an_empty_project_and_says_so(shell, remote, out, monkeypatch):
    monkeypatch.setenv("PELAGIA_ECOTAXA_TOKEN", TOKEN)
    monkeypatch.setenv("PELAGIA_ECOTAXA_URL", remote.address)
    told = shell("ecotaxa", "upload", out, "--project", 1)
    assert (told.code, set(remote.projects[1].objects)) == (0, {"s1_1", "s1_2"})
    assert "Imported ecotaxa.zip (job 1)" in told.out
    again = shell("ecotaxa", "upload", out, "--project", 1)
    assert again.code == 0 and "nothing to do" in again.out
    assert TOKEN not in told.out + told.err


def test_a_project_with_other_objects_ends_with_4(shell, remote, out, monkeypatch):
    monkeypatch.setenv("PELAGIA_ECOTAXA_TOKEN", TOKEN)
    remote.projects[1] = Project("held", {"x": ("s", "a")})
    refused = shell("ecotaxa", "upload", out, "--project", 1, "--server", remote.address)
    assert refused.code == 4
    assert "2 only in the export, 1 only in the project" in refused.err
    assert shell("ecotaxa", "upload", out, "--project", 1, "--server", remote.address, "--add").code == 0


def test_email_and_password_serve_as_well(shell, remote, out, monkeypatch):
    monkeypatch.setenv("PELAGIA_ECOTAXA_EMAIL", "anna@example.org")
    monkeypatch.setenv("PELAGIA_ECOTAXA_PASSWORD", PASSWORD)
    told = shell("ecotaxa", "upload", out, "--project", 1, "--server", remote.address, "--dry-run")
    assert told.code == 0 and PASSWORD not in told.out + told.err


def test_without_a_token_it_is_told_how_to_give_one(shell, remote, out):
    refused = shell("ecotaxa", "upload", out, "--project", 1, "--server", remote.address)
    assert refused.code == 2 and "PELAGIA_ECOTAXA_TOKEN" in refused.err


def test_categories_can_be_told(shell, remote, tmp_path, monkeypatch):
    monkeypatch.setenv("PELAGIA_ECOTAXA_TOKEN", TOKEN)
    path = as_zip(tmp_path / "ecotaxa.zip", files([row(1, object_annotation_category="Ozzeur")]))
    words = ("ecotaxa", "upload", path, "--project", 1, "--server", remote.address)
    asks = shell(*words)
    assert asks.code == 4 and "categories: ozzeur" in asks.err
    assert shell(*words, "--taxon", "Ozzeur=85011").code == 0
    assert shell(*words, "--taxon", "Ozzeur").code == 2
