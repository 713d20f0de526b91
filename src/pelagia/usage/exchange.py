"""Usage of a local installation in the ledger of the central one: receipts out, receipts in."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, get_args

import sqlalchemy as sa

from pelagia.core.countries import COUNTRIES
from pelagia.core.errors import BadInput, BadParameter, Conflict, NotFound, Unavailable
from pelagia.runtime.daily import MEASURES
from pelagia.runtime.database import Database
from pelagia.runtime.ledger import LOCAL, ROWS_AT_ONCE, Outcome, insert_rows
from pelagia.runtime.runner import Runtime
from pelagia.runtime.tables import LEDGER, RECEIPTS, utc_now
from pelagia.usage.receipt import Header, Receipt, ReceiptRow, write_receipt
from pelagia.usage.receipt_key import installation_id, open_receipt_key, public_hex

LONGEST_AFFILIATION = 300
STATE_FILE = "receipts.json"
SAME = ("service", "service_version", "models", "unit", "kind", "route", "outcome", "is_test", "is_staff", *MEASURES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the people of a local installation say of it once: for rows that say nothing themselves."""

    country: str | None = None
    affiliation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A receipt that was written: its id, its rows, the fingerprint of its key."""

    id: str
    rows: int
    public_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A receipt that was taken in: its id, its rows, and those of them that were new."""

    id: str
    rows: int
    new: int


def export_receipt(
    runtime: Runtime, out: Path, *, now: dt.datetime, everything: bool = False, declared: Declared | None = None
) -> Exported | None:
    """Write a signed receipt of the own use; return ``None``, and write nothing, where nothing is new.

    Parameters
    ----------
    runtime
        The installation.
    out
        The file; it is replaced where it exists.
    now
        The instant.
    everything
        Also what was exported before; taking that in again changes nothing.
    declared
        Country and affiliation for rows that have none.

    Raises
    ------
    BadParameter
        Where there is no such country, or the affiliation is too long.
    """
    told = declared or Declared()
    if told.country is not None and told.country not in COUNTRIES:
        raise BadParameter("There is no such country", value=told.country, remedy="Give two letters, such as BE.")
    if len(told.affiliation or "") > LONGEST_AFFILIATION:
        raise BadParameter(
            f"The affiliation has more than {LONGEST_AFFILIATION} characters",
            value=f"{len(told.affiliation or '')} characters",
            remedy="Give a shorter one.",
        )
    home = runtime.settings.home
    key = open_receipt_key(home)
    with runtime.database.write() as connection:
        if connection.dialect.name == "postgresql":
            # Numbers are given out before rows are committed: wait until none below the last one can still come.
            connection.execute(sa.text("LOCK TABLE ledger IN SHARE MODE"))
        last = int(connection.execute(sa.select(sa.func.max(LEDGER.c.id))).scalar() or 0)
        before = 0 if everything else _exported(home, last)
        own = LEDGER.c.receipt.is_(None) & LEDGER.c.outcome.in_(get_args(Outcome))
        own &= (LEDGER.c.id > before) & (LEDGER.c.id <= last)
        count = int(connection.execute(sa.select(sa.func.count()).where(own)).scalar_one())
    if not count:
        return None
    partial = out.with_name(f".{out.name}.partial")
    try:
        with runtime.database.read() as connection, partial.open("wb") as file:
            rows = _own_rows(connection, own, installation_id(public_hex(key)), told)
            receipt = write_receipt(file, key, rows, count, now)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(out)
    except OSError as error:
        raise Unavailable(
            f"The receipt cannot be written: {error.strerror}", file=str(out), remedy="Choose another place."
        ) from error
    (home / "keys" / STATE_FILE).write_text(json.dumps({"last_row": last}))
    return Exported(id=receipt, rows=count, public_key=public_hex(key))


def _exported(home: Path, last: int) -> int:
    """Return the number of the last row that was exported; 0 where the ledger was begun anew since."""
    path = home / "keys" / STATE_FILE
    found = int(json.loads(path.read_text())["last_row"]) if path.exists() else 0
    return found if found <= last else 0


def _own_rows(
    connection: sa.Connection, own: sa.ColumnElement[bool], installation: str, declared: Declared
) -> Iterator[ReceiptRow]:
    corrected = LEDGER.alias()
    joined = LEDGER.outerjoin(corrected, corrected.c.id == LEDGER.c.corrects)
    query = sa.select(LEDGER, corrected.c.idempotency_key.label("corrected_key")).select_from(joined)
    query = query.where(own).order_by(LEDGER.c.id).execution_options(yield_per=ROWS_AT_ONCE)
    for row in connection.execute(query).mappings():
        yield ReceiptRow(
            key=_digest(row["idempotency_key"]),
            corrects=None if row["corrects"] is None else _digest(row["corrected_key"]),
            at=row["at"].isoformat(),
            job=_digest(row["job_id"])[:32],
            installation=row["installation"] or row["service"],
            subject=row["subject"] or LOCAL + installation,
            affiliation=row["affiliation"] or declared.affiliation,
            country=row["country"] or declared.country,
            country_source=row["country_source"] if row["country"] else "declared" if declared.country else None,
            **{name: row[name] for name in SAME},
        )


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def read_header(path: Path) -> Header:
    """Return whose receipt a file is, as it says; only taking it in proves that.

    Raises
    ------
    NotFound, BadInput
        Where it is not there, or is no receipt.
    """
    with _opened(path) as file:
        return Receipt(file, path.name).header


def is_known(database: Database, public_key: str) -> bool:
    """Tell whether a receipt of this key was accepted before."""
    query = sa.select(sa.func.count()).where(RECEIPTS.c.origin == public_key)
    with database.read() as connection:
        return bool(connection.execute(query).scalar_one())


def import_receipt(runtime: Runtime, path: Path, *, public_key: str, by: str | None = None) -> Imported:
    """Take a receipt into the ledger, whole or not at all; what is there already changes nothing.

    Parameters
    ----------
    runtime
        The installation.
    path
        The file.
    public_key
        The key that is trusted: the receipt must be signed with it.
    by
        Who takes it in: the id of an account.

    Raises
    ------
    NotFound, BadInput
        Where it is not there, was changed, or is of another key.
    Conflict
        Where it is of this installation itself.
    """
    with _opened(path) as file, runtime.database.write() as connection:
        receipt = Receipt(file, path.name)
        _refuse_if_wrong(receipt.header, public_key, runtime.settings.home)
        new = sum(_take_in(connection, receipt))
        # The id is known only when all is read; rows of this import have none yet.
        mine = LEDGER.c.receipt == _unfinished(receipt.header)
        connection.execute(sa.update(LEDGER).where(mine).values(receipt=receipt.id))
        row = {
            "id": receipt.id,
            "origin": public_key,
            "rows": receipt.header.rows,
            "imported_at": utc_now(),
            "imported_by": by,
        }
        if connection.execute(sa.select(RECEIPTS.c.id).where(RECEIPTS.c.id == receipt.id)).first() is None:
            connection.execute(sa.insert(RECEIPTS).values(row))
    return Imported(id=receipt.id, rows=receipt.header.rows, new=new)


def _refuse_if_wrong(header: Header, public_key: str, home: Path) -> None:
    if header.public_key != public_key:
        raise BadInput(
            "The receipt is not of the key that is trusted", value=header.installation, remedy="See whose it is first."
        )
    if header.public_key == public_hex(open_receipt_key(home)):
        raise Conflict(
            "The receipt is of this installation itself, whose use is counted already",
            value=header.installation,
            remedy="Take it in elsewhere.",
        )


def _unfinished(header: Header) -> str:
    return f"reading {header.installation}"


def _take_in(connection: sa.Connection, receipt: Receipt) -> Iterator[int]:
    """Add the rows; yield how many of each lot were new."""
    lot: list[dict[str, Any]] = []
    for row in receipt.rows():
        if row.corrects is not None or len(lot) == ROWS_AT_ONCE:
            yield insert_rows(connection, lot)
            lot = []
        lot.append(_ledger_row(connection, row, receipt.header))
    yield insert_rows(connection, lot)


def _ledger_row(connection: sa.Connection, row: ReceiptRow, header: Header) -> dict[str, Any]:
    return {
        "idempotency_key": f"{header.installation}:{row.key}",
        "at": dt.datetime.fromisoformat(row.at),
        "job_id": row.job,
        "installation": row.installation,
        "subject": row.subject,
        "affiliation": row.affiliation,
        "country": row.country,
        "country_source": row.country_source,
        "corrects": None if row.corrects is None else _corrected(connection, row, header),
        "receipt": _unfinished(header),
        **{name: getattr(row, name) for name in SAME},
        "route": "import",
    }


def _corrected(connection: sa.Connection, row: ReceiptRow, header: Header) -> int:
    """Return the number of the row that is taken back; it must be there, and be its opposite."""
    query = sa.select(LEDGER).where(LEDGER.c.idempotency_key == f"{header.installation}:{row.corrects}")
    found = connection.execute(query).mappings().one_or_none()
    if found is None:
        raise BadInput(
            "The receipt takes back use that is not in the ledger",
            value=row.corrects,
            remedy="Take in the earlier receipts of the installation first, or ask for one of everything.",
        )
    if any(getattr(row, name) != -found[name] for name in MEASURES):
        raise BadInput(
            "The receipt takes back another amount than was used", value=row.corrects, remedy="Ask for it again."
        )
    return int(found["id"])


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise NotFound(
            f"The receipt cannot be read: {error.strerror}", value=path, remedy="Give the file of a usage receipt."
        ) from None
