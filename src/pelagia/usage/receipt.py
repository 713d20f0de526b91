"""A usage receipt: ledger rows of one installation, chained and signed, to be taken into the ledger of another.

It is a text file of JSON lines: a header, one line per row, an end. Each line has one way only to be written, and its
digest goes into that of the next one, so that a changed, left out, added or moved line is found and named.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, BinaryIO, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pelagia.core.errors import BadInput
from pelagia.runtime.daily import MEASURES
from pelagia.runtime.ledger import Outcome
from pelagia.usage.receipt_key import installation_id, public_hex, verify

FORMAT = "pelagia-usage-receipt"
LONGEST_LINE = 65_536
MOST = 2**53
Count = Field(ge=-MOST, le=MOST)
Digest = Field(pattern=r"^[0-9a-f]{64}$")


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Header(_Line):
    """The first line: whose rows they are, and how many."""

    format: Literal["pelagia-usage-receipt"]
    version: Literal[1]
    installation: str
    public_key: str = Digest
    made_at: str = Field(max_length=40)
    rows: int = Field(ge=0)


class ReceiptRow(_Line):
    """A row of the ledger; no name, address or file is in it.

    Parameters
    ----------
    key
        SHA-256 of the key of the row: the same however often it is exported.
    corrects
        The ``key`` of the row it takes back.
    """

    key: str = Digest
    corrects: str | None = Field(pattern=r"^[0-9a-f]{64}$")
    at: str = Field(max_length=40)
    job: str = Field(pattern=r"^[0-9a-f]{32}$")
    installation: str = Field(max_length=64)
    service: str = Field(max_length=64)
    service_version: str = Field(max_length=32)
    models: str = Field(max_length=4000)
    unit: str = Field(max_length=32)
    kind: Literal["try-out", "analysis", "training", "local"]
    route: str = Field(max_length=16)
    outcome: Outcome
    subject: str = Field(max_length=128, pattern=r"^[uvi]:.")
    affiliation: str | None = Field(max_length=1000)
    country: str | None = Field(pattern=r"^[A-Z]{2}$")
    country_source: str | None = Field(max_length=16)
    is_test: bool
    is_staff: bool
    units: int = Count
    ingested: int = Count
    archived: int = Count
    objects: int = Count
    jobs: int = Count
    bytes: int = Count
    seconds: float = Field(allow_inf_nan=False)

    @model_validator(mode="after")
    def _check(self) -> ReceiptRow:
        moment = dt.datetime.fromisoformat(self.at)
        if moment.utcoffset() != dt.timedelta(0):
            raise ValueError("the time is not in UTC")
        sign = 1 if self.corrects is None else -1
        if any(sign * getattr(self, name) < 0 for name in MEASURES):
            raise ValueError("a number has the wrong sign")
        return self


class _End(_Line):
    receipt: str = Digest
    signature: str = Field(pattern=r"^[0-9a-f]{128}$")


def write_receipt(
    file: BinaryIO, key: Ed25519PrivateKey, rows: Iterable[ReceiptRow], count: int, now: dt.datetime
) -> str:
    """Write a receipt; return its id.

    Parameters
    ----------
    file
        Where to.
    key
        Of the installation.
    rows, count
        The rows, and how many there are.
    now
        The instant.
    """
    public_key = public_hex(key)
    header = Header(
        format="pelagia-usage-receipt",
        version=1,
        installation=installation_id(public_key),
        public_key=public_key,
        made_at=now.isoformat(timespec="seconds"),
        rows=count,
    )
    chain = _write(file, "", header)
    for row in rows:
        chain = _write(file, chain, row)
    end = _End(receipt=chain, signature=key.sign(_signed(chain)).hex())
    _write(file, chain, end)
    return chain


class Receipt:
    """A receipt that is being read: its header at once, its rows one after the other, each checked.

    Parameters
    ----------
    file
        The file, open for reading bytes.
    name
        Its name, for errors.

    Raises
    ------
    BadInput
        Where it is no receipt, or was changed; while reading rows, as soon as that is seen, the signature at the end.
    """

    def __init__(self, file: BinaryIO, name: str = "") -> None:
        self._file = file
        self._name = name
        self._number = 0
        self._chain = ""
        self.header: Header = self._read(Header)
        if self.header.installation != installation_id(self.header.public_key):
            raise self._changed("the installation is not that of the key")

    @property
    def id(self) -> str:
        """The id of the receipt, known when all its rows are read."""
        return self._chain

    def rows(self) -> Iterator[ReceiptRow]:
        """Yield the rows; when they end without an error, the receipt is whole and genuine."""
        for _ in range(self.header.rows):
            yield self._read(ReceiptRow)
        chain = self._chain
        end: _End = self._read(_End)
        if end.receipt != chain:
            raise self._changed("a line before this one was changed, left out, added or moved")
        verify(self.header.public_key, end.signature, _signed(chain))
        if self._file.read(1):
            raise self._changed("something follows the end")
        self._chain = chain

    def _read(self, model: type[Any]) -> Any:
        line = self._file.readline(LONGEST_LINE)
        self._number += 1
        try:
            found = json.loads(line)
            chain = found.pop("chain")
            content = model.model_validate(found)
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
            raise self._changed(_reason(error)) from None
        self._chain, expected = _link(self._chain, content)
        if chain != self._chain or line != expected:
            raise self._changed("this line was changed, or one before it was left out, added or moved")
        return content

    def _changed(self, what: str) -> BadInput:
        return BadInput(
            "The file is not a whole and unchanged usage receipt",
            value=f"line {self._number}: {what}",
            remedy="Nothing of it was taken in. Ask the installation for the file again.",
            file=self._name,
        )


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'row'}: {first['msg']}"
    return "it is not a line of a receipt"


def _write(file: BinaryIO, chain: str, content: _Line) -> str:
    new, line = _link(chain, content)
    file.write(line)
    return new


def _link(chain: str, content: _Line) -> tuple[str, bytes]:
    """Return the digest of a line together with all before it, and the only way to write the line."""
    fields = content.model_dump()
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    new = sha256(f"{chain}\n{text}".encode()).hexdigest()
    line = json.dumps({**fields, "chain": new}, sort_keys=True, separators=(",", ":"))
    return new, line.encode() + b"\n"


def _signed(chain: str) -> bytes:
    return f"{FORMAT} 1 {chain}".encode()
