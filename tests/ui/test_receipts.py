"""Receipts taken in by a page: of an installation not known yet only once somebody says that it is the right one."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from httpx import Response
from tests.api.conftest import Installation, installation, order
from tests.api.people import Person, person

from pelagia.runtime.ledger import insert_rows, ledger_rows
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.usage.exchange import export_receipt
from pelagia.usage.receipt_key import fingerprint

__all__ = ["installation"]


@pytest.fixture(scope="module")
def admin(installation: Installation) -> Person:
    found = person(installation, "admin", is_admin=True)
    assert found.browser.post("/v1/jobs", json=order(found.browser)).status_code == 202
    assert installation.work() == 1
    return found


def receipt_of(installation: Installation, home: Path) -> tuple[bytes, str]:
    """Return a receipt of another installation, on which the same was used, and its fingerprint."""
    rows = [row for row in ledger_rows(installation.runtime.database) if row["receipt"] is None]
    with open_runtime(read_settings({}, home=home)) as other:
        with other.database.write() as connection:
            insert_rows(connection, [{name: value for name, value in row.items() if name != "id"} for row in rows])
        written = export_receipt(other, home / "receipt", now=dt.datetime.now(dt.UTC))
    assert written is not None
    return (home / "receipt").read_bytes(), fingerprint(written.public_key)


def send(who: Person, content: bytes, name: str = "usage.jsonl") -> Response:
    return who.browser.post("/admin/receipts", files={"receipt": (name, content)})


def kept(installation: Installation) -> list[Path]:
    return list((installation.settings.home / "receipts").glob("*"))


def rows(installation: Installation) -> int:
    return len(list(ledger_rows(installation.runtime.database)))


def test_a_receipt_is_taken_in_once_its_fingerprint_is_said_to_be_right(
    installation: Installation, admin: Person, tmp_path: Path
) -> None:
    content, name = receipt_of(installation, tmp_path)
    before = rows(installation)
    asked = send(admin, content)
    assert asked.status_code == 200 and "Is this the right installation?" in asked.text and name in asked.text
    assert rows(installation) == before and len(kept(installation)) == 1
    action = re.search(r'action="(/admin/receipt/[0-9a-f]{32})"', asked.text)
    assert action is not None
    wrong = admin.browser.post(action[1], data={"trust": "0000 1111", "decision": "trust"})
    assert wrong.status_code == 422 and rows(installation) == before and kept(installation) == []
    action = re.search(r'action="(/admin/receipt/[0-9a-f]{32})"', send(admin, content).text)
    assert action is not None
    taken = admin.browser.post(action[1], data={"trust": name, "decision": "trust"})
    assert taken.status_code == 200 and "The receipt is taken in" in taken.text
    assert rows(installation) > before and kept(installation) == []
    assert admin.browser.post(action[1], data={"trust": name, "decision": "trust"}).status_code == 404
    after = rows(installation)
    again = send(admin, content)
    assert "This receipt was taken in before" in again.text and rows(installation) == after
    listed = admin.browser.get("/admin/receipts").text
    assert listed.count(name) == 1


def test_a_receipt_that_is_not_wanted_is_dropped(installation: Installation, admin: Person, tmp_path: Path) -> None:
    content, _ = receipt_of(installation, tmp_path)
    before = rows(installation)
    action = re.search(r'action="(/admin/receipt/[0-9a-f]{32})"', send(admin, content).text)
    assert action is not None
    answer = admin.browser.post(action[1], data={"decision": "drop"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/receipts")
    assert rows(installation) == before and kept(installation) == []


@pytest.mark.parametrize("content", [b"", b"no receipt\n", b"\xff\x00" * 50], ids=["nothing", "text", "bytes"])
def test_what_is_no_receipt_is_told_with_its_name_and_not_kept(
    installation: Installation, admin: Person, content: bytes
) -> None:
    answer = send(admin, content, "wrong")
    assert answer.status_code == 422 and "<dd>wrong</dd>" in answer.text
    assert str(installation.settings.home) not in answer.text and kept(installation) == []


def test_a_form_without_a_file_is_told(admin: Person) -> None:
    answer = admin.browser.post("/admin/receipts", files={"other": ("a.txt", b"x")})
    assert answer.status_code == 422 and "Choose the file of a receipt" in answer.text


def test_only_administrators_take_in_receipts(installation: Installation, tmp_path: Path, admin: Person) -> None:
    content, _ = receipt_of(installation, tmp_path)
    provider = person(installation, "provider", provides=("words",))
    assert provider.browser.get("/admin/receipts").status_code == 403
    assert send(provider, content).status_code == 403 and kept(installation) == []
    assert "/admin/receipts" not in provider.browser.get("/admin").text
    assert "/admin/receipts" in admin.browser.get("/admin").text
