"""The secret keys of an installation."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import stat
from pathlib import Path

import pytest

from pelagia.core.errors import Unavailable
from pelagia.runtime.accounts.keys import open_keys
from pelagia.runtime.accounts.pseudonyms import subject_of_account, subject_of_visit

DAY = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def _pseudonyms_key(home: Path) -> bytes:
    return open_keys(home).pseudonyms


def test_only_the_account_that_runs_pelagia_may_read_them(tmp_path: Path) -> None:
    open_keys(tmp_path).visits(DAY.date())
    files = list((tmp_path / "keys").iterdir())
    assert {path.name for path in files} == {"pseudonyms.key", "tokens.key", "visits-2026-03-01.key"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_they_last_and_differ(tmp_path: Path) -> None:
    first, second = open_keys(tmp_path), open_keys(tmp_path)
    assert (first.pseudonyms, first.tokens) == (second.pseudonyms, second.tokens)
    assert first.pseudonyms != first.tokens
    assert first.visits(DAY.date()) == second.visits(DAY.date())


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(_pseudonyms_key, [tmp_path] * 16)
    assert len(set(found)) == 1
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {"pseudonyms.key", "tokens.key"}


def test_a_damaged_key_is_told_not_replaced(tmp_path: Path) -> None:
    open_keys(tmp_path)
    (tmp_path / "keys" / "pseudonyms.key").write_bytes(b"short")
    with pytest.raises(Unavailable, match="damaged"):
        open_keys(tmp_path)


def test_a_key_does_not_stand_in_what_is_printed(tmp_path: Path) -> None:
    keys = open_keys(tmp_path)
    assert repr(keys.pseudonyms) not in repr(keys) and repr(keys.tokens) not in repr(keys)


def test_the_pseudonym_of_an_account_stays_and_says_nothing(tmp_path: Path) -> None:
    keys = open_keys(tmp_path)
    subject = subject_of_account(keys, "a" * 32)
    assert subject == subject_of_account(open_keys(tmp_path), "a" * 32)
    assert subject.startswith("u:") and "a" * 8 not in subject
    assert subject != subject_of_account(keys, "b" * 32)
    assert subject != subject_of_account(open_keys(tmp_path / "elsewhere"), "a" * 32)


def test_the_pseudonym_of_a_visit_lasts_a_day_and_its_key_is_then_gone(tmp_path: Path) -> None:
    keys = open_keys(tmp_path)
    today = subject_of_visit(keys, "192.0.2.1", "Firefox", DAY)
    assert today == subject_of_visit(keys, "192.0.2.1", "Firefox", DAY + dt.timedelta(hours=11))
    assert today != subject_of_visit(keys, "192.0.2.2", "Firefox", DAY)
    assert today != subject_of_visit(keys, "192.0.2.1", "Chromium", DAY)
    assert today != subject_of_visit(keys, "192.0.2.1", "Firefox", DAY + dt.timedelta(hours=12))
    assert not (tmp_path / "keys" / "visits-2026-03-01.key").exists()
    assert (tmp_path / "keys" / "visits-2026-03-02.key").exists()


def test_a_folder_that_may_not_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file in the way")
    with pytest.raises(Unavailable, match="keys"):
        open_keys(tmp_path)
