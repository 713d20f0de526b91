"""Usage receipts: taken in once, whole or not at all, and never if anything was changed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.runtime.test_daily import check
from tests.runtime.toy_run import run
from tests.runtime.toy_service import toy_request, write_lines

from pelagia.core.errors import BadInput, BadParameter, Conflict, NotFound
from pelagia.runtime import ledger
from pelagia.runtime.ledger import ledger_rows, usage_totals
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.usage.exchange import Declared, export_receipt, import_receipt, is_known, read_header
from pelagia.usage.receipt_key import open_receipt_key, public_hex

NOW = dt.datetime(2025, 9, 15, tzinfo=dt.UTC)
NUMBERS = ("units", "ingested", "archived", "objects", "jobs", "bytes", "seconds")


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Runtime]:
    """A local installation on which thirty lines of secret-name.txt were hashed."""
    with open_runtime(read_settings({}, home=tmp_path / "local", executor="inline")) as opened:
        run(opened, toy_request(write_lines(tmp_path / "secret-name.txt", 30)))
        yield opened


@pytest.fixture
def receipt(local: Runtime, tmp_path: Path) -> Path:
    assert export_receipt(
        local, tmp_path / "receipt.jsonl", now=NOW, declared=Declared(country="BE", affiliation="VLIZ")
    )
    return tmp_path / "receipt.jsonl"


def take_in(runtime: Runtime, path: Path) -> int:
    return import_receipt(runtime, path, public_key=read_header(path).public_key).new


def sums(runtime: Runtime) -> dict[str, float]:
    rows = list(ledger_rows(runtime.database))
    return {name: pytest.approx(sum(row[name] for row in rows)) for name in NUMBERS}


def test_a_receipt_carries_all_that_was_counted(runtime: Runtime, local: Runtime, receipt: Path) -> None:
    assert take_in(runtime, receipt) == 5
    assert sums(runtime) == sums(local)
    rows = list(ledger_rows(runtime.database))
    assert {(row["route"], row["kind"], row["country"], row["affiliation"]) for row in rows} == {
        ("import", "local", "BE", "VLIZ")
    }
    assert [row["at"] for row in rows] == [row["at"] for row in ledger_rows(local.database)]
    assert len({row["receipt"] for row in rows}) == 1 and len(rows[0]["receipt"]) == 64
    assert all(row["subject"].startswith("i:") for row in rows)
    check(runtime.database)


def test_taking_in_again_changes_nothing(runtime: Runtime, local: Runtime, receipt: Path, tmp_path: Path) -> None:
    assert take_in(runtime, receipt) == 5
    before = list(ledger_rows(runtime.database))
    assert take_in(runtime, receipt) == 0
    again = tmp_path / "everything.jsonl"
    assert export_receipt(local, again, now=NOW + dt.timedelta(days=1), everything=True)
    assert take_in(runtime, again) == 0
    assert list(ledger_rows(runtime.database)) == before
    check(runtime.database)


def test_the_next_receipt_has_only_what_is_new(runtime: Runtime, local: Runtime, receipt: Path, tmp_path: Path) -> None:
    second = tmp_path / "second.jsonl"
    assert export_receipt(local, second, now=NOW) is None and not second.exists()
    run(local, toy_request(write_lines(tmp_path / "b.txt", 7)))
    ledger.correct(local.database, 2)
    written = export_receipt(local, second, now=NOW)
    assert written is not None and written.rows == 4
    with pytest.raises(BadInput, match="takes back use that is not in the ledger"):
        take_in(runtime, second)
    assert list(ledger_rows(runtime.database)) == []
    assert (take_in(runtime, receipt), take_in(runtime, second)) == (5, 4)
    assert sums(runtime) == sums(local)
    assert usage_totals(runtime.database)[0].units == 27
    check(runtime.database)


def test_no_name_stands_in_a_receipt(receipt: Path, local: Runtime) -> None:
    text = receipt.read_text()
    assert "secret-name" not in text and str(local.settings.home) not in text
    job = next(ledger_rows(local.database))["job_id"]
    assert job not in text


def test_two_installations_with_the_same_run_count_twice(runtime: Runtime, receipt: Path, tmp_path: Path) -> None:
    with open_runtime(read_settings({}, home=tmp_path / "other", executor="inline")) as other:
        run(other, toy_request(tmp_path / "secret-name.txt"))
        assert export_receipt(other, tmp_path / "other.jsonl", now=NOW)
    assert take_in(runtime, receipt) == take_in(runtime, tmp_path / "other.jsonl") == 5
    assert usage_totals(runtime.database)[0].units == 60


def test_an_installation_does_not_take_in_its_own_receipt(local: Runtime, receipt: Path) -> None:
    with pytest.raises(Conflict, match="of this installation itself"):
        take_in(local, receipt)


def test_what_was_taken_in_is_not_exported_again(runtime: Runtime, receipt: Path, tmp_path: Path) -> None:
    take_in(runtime, receipt)
    assert export_receipt(runtime, tmp_path / "next.jsonl", now=NOW) is None


def test_an_installation_is_known_once_it_was_accepted(runtime: Runtime, receipt: Path) -> None:
    key = read_header(receipt).public_key
    assert not is_known(runtime.database, key)
    take_in(runtime, receipt)
    assert is_known(runtime.database, key)


def test_only_the_trusted_key_opens(runtime: Runtime, receipt: Path, tmp_path: Path) -> None:
    other = public_hex(open_receipt_key(tmp_path / "other"))
    with pytest.raises(BadInput, match="not of the key that is trusted"):
        import_receipt(runtime, receipt, public_key=other)


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    keys = {public_hex(open_receipt_key(tmp_path)) for _ in range(3)}
    assert len(keys) == 1
    assert (tmp_path / "keys" / "receipts.key").stat().st_mode & 0o077 == 0


def test_a_country_that_is_none_is_refused(local: Runtime, tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="no such country"):
        export_receipt(local, tmp_path / "x", now=NOW, declared=Declared(country="XX"))


Lines = list[bytes]


def resigned(lines: Lines, change: Callable[[dict[str, Any]], None]) -> Lines:
    """Change a row as somebody would who knows the format, but has not the key."""
    from hashlib import sha256

    found, chain = [], ""
    for number, line in enumerate(lines):
        row = json.loads(line)
        row.pop("chain")
        if number == 1:
            change(row)
        if number == len(lines) - 1:
            row["receipt"] = chain
        text = json.dumps(row, sort_keys=True, separators=(",", ":"))
        chain = sha256(f"{chain}\n{text}".encode()).hexdigest()
        found.append(json.dumps({**row, "chain": chain}, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    return found


CHANGES: dict[str, Callable[[Lines], Lines]] = {
    "a row dropped": lambda lines: lines[:2] + lines[3:],
    "the last row dropped": lambda lines: lines[:-2] + lines[-1:],
    "the end dropped": lambda lines: lines[:-1],
    "a row twice": lambda lines: lines[:2] + lines[1:],
    "rows exchanged": lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
    "a row added": lambda lines: [*lines[:-1], lines[1], lines[-1]],
    "a line added": lambda lines: [*lines, b"\n"],
    "a blank added": lambda lines: [lines[0], lines[1].replace(b":", b": ", 1), *lines[2:]],
    "a number changed": lambda lines: [lines[0], lines[1].replace(b'"ingested":30', b'"ingested":90'), *lines[2:]],
    "changed and chained anew": lambda lines: resigned(lines, lambda row: row.update(ingested=90)),
    "a negative amount": lambda lines: resigned(lines, lambda row: row.update(ingested=-30)),
    "an amount beyond all bounds": lambda lines: resigned(lines, lambda row: row.update(ingested=10**30)),
    "a field more": lambda lines: resigned(lines, lambda row: row.update(name="Anna")),
    "a time without zone": lambda lines: resigned(lines, lambda row: row.update(at="2025-01-01T00:00:00")),
    "a time that is none": lambda lines: resigned(lines, lambda row: row.update(at="yesterday")),
    "nothing": lambda _: [],
    "no receipt": lambda _: [b"[1, 2]\n"],
    "no text": lambda _: [b"\xff\xfe\n"],
    "a very deep line": lambda _: [b"[" * 60_000],
    "a very long line": lambda lines: [b" " * 70_000 + lines[0], *lines[1:]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_receipt_that_was_changed_is_refused_whole(runtime: Runtime, receipt: Path, change: str) -> None:
    key = read_header(receipt).public_key
    lines = receipt.read_bytes().splitlines(keepends=True)
    changed = CHANGES[change](lines)
    assert changed != lines
    receipt.write_bytes(b"".join(changed))
    with pytest.raises(BadInput, match=r"not a whole and unchanged usage receipt|signature"):
        import_receipt(runtime, receipt, public_key=key)
    assert list(ledger_rows(runtime.database)) == []
    assert not is_known(runtime.database, key)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(1, 255))
def test_any_changed_byte_is_found(runtime: Runtime, receipt: Path, tmp_path: Path, place: float, byte: int) -> None:
    data = bytearray(receipt.read_bytes())
    data[int(place * len(data))] ^= byte
    changed = tmp_path / "changed.jsonl"
    changed.write_bytes(data)
    with pytest.raises(BadInput):
        import_receipt(runtime, changed, public_key=read_header(receipt).public_key)
    assert list(ledger_rows(runtime.database)) == []


def test_a_receipt_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="cannot be read"):
        read_header(tmp_path / "absent")
