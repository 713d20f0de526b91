"""The settings: read from the environment, and documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pelagia.core.errors import BadParameter
from pelagia.runtime.processors import usable_processors
from pelagia.runtime.settings import read_settings, setting_docs

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "settings.md"


def test_by_default_all_stands_in_the_home_folder(tmp_path: Path) -> None:
    settings = read_settings({"PELAGIA_HOME": str(tmp_path)})
    assert settings.database == f"sqlite:///{tmp_path}/pelagia.db"
    assert settings.storage == f"{tmp_path}/storage"
    assert settings.executor == "processes"
    assert settings.workers == usable_processors()


def test_what_is_given_goes_before_the_variables() -> None:
    assert read_settings({"PELAGIA_WORKERS": "3"}, workers=None).workers == 3
    assert read_settings({"PELAGIA_WORKERS": "3"}, workers=5).workers == 5
    assert read_settings({"PELAGIA_WORKERS": ""}).workers == usable_processors()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PELAGIA_WORKERS", "0"),
        ("PELAGIA_WORKERS", "many"),
        ("PELAGIA_EXECUTOR", "threads"),
        ("PELAGIA_EXECUTOR", "dask://host"),
        ("PELAGIA_TRUSTED_PROXIES", "127.0.0.1 proxy.example.org"),
        ("PELAGIA_ALLOWED_HOSTS", "pelagia.example.org https://pelagia.example.org"),
        ("PELAGIA_ALLOWED_HOSTS", "pelagia.example.org:8000"),
        ("PELAGIA_ALLOWED_HOSTS", "*.example.org"),
        ("PELAGIA_OIDC_ISSUER", "http://aai.example.org"),
        ("PELAGIA_DATABASE_URL", "mysql://me:secret@host/db"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(variable: str, value: str) -> None:
    with pytest.raises(BadParameter, match=variable) as caught:
        read_settings({variable: value})
    assert caught.value.remedy and "secret" not in str(caught.value)


def test_the_page_lists_every_setting_with_its_description() -> None:
    text = PAGE.read_text()
    for doc in setting_docs():
        assert f"`{doc.variable}`" in text
        assert doc.description in " ".join(text.split()), doc.variable


def test_the_page_lists_every_variable_the_program_reads_and_no_other() -> None:
    source = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    read = set(re.findall(r"PELAGIA_[A-Z0-9_]*[A-Z0-9]", source)) | {doc.variable for doc in setting_docs()}
    assert set(re.findall(r"PELAGIA_[A-Z0-9_]*[A-Z0-9]", PAGE.read_text())) == read


@pytest.mark.parametrize(("limit", "expected"), [("150000 100000", 1), ("max 100000", None), ("50000 100000", 1)])
def test_the_quota_of_a_container_bounds_the_processors(tmp_path: Path, limit: str, expected: int | None) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(limit + "\n")
    assert usable_processors(file) == (expected or usable_processors(tmp_path / "absent"))
