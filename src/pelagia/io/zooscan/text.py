"""Text of the legacy files: encodings, decimal commas, and codes that mean nothing is known."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime

from pelagia.io.sources import Source

TEXT_LIMIT_BYTES = 64 << 20
"""The longest real table (2,421 objects with its log) has 0.5 MB."""
UNKNOWN_CODES = frozenset({"9999", "99999", "999999"})
"""What operators enter where the form wants a number and there is none."""
NOTHING = frozenset({"", "nan", "na", "none", "null"})
_MOMENT = re.compile(r"^(\d{4})-?(\d{2})-?(\d{2})(?:[-_ T]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?$")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file and how it was encoded, so that it can be written alike."""

    text: str
    encoding: str

    @property
    def newline(self) -> str:
        """What ends the lines: carriage return and line feed where all end so, else one of the two."""
        ends = self.text.count("\n")
        if ends == 0 and "\r" in self.text:
            return "\r"
        return "\r\n" if ends and self.text.count("\r\n") == ends else "\n"

    def lines(self) -> list[str]:
        """Return the lines without their ends; one behind the last end is not counted."""
        lines = self.text.split(self.newline)
        return lines[:-1] if lines and not lines[-1] else lines

    @property
    def ended(self) -> bool:
        """Whether the last line is closed."""
        return self.text.endswith(self.newline)


def decoded(data: bytes) -> Decoded:
    """Return the text of a legacy file: UTF-8 with or without a mark, else ISO-8859-1, which fits any bytes."""
    try:
        return Decoded(data.decode("utf-8-sig"), "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8")
    except UnicodeDecodeError:
        return Decoded(data.decode("iso-8859-1"), "iso-8859-1")


def read_text(source: Source, name: str) -> Decoded:
    """Read a small text file.

    Raises
    ------
    PelagiaError
        It is missing, damaged or larger than :data:`TEXT_LIMIT_BYTES`.
    """
    return decoded(source.read(name, TEXT_LIMIT_BYTES))


def joined(lines: list[str], like: Decoded) -> bytes:
    """Write lines as the file they came from was written."""
    text = like.newline.join(lines) + (like.newline if like.ended else "")
    return text.encode(like.encoding, errors="replace" if like.encoding == "iso-8859-1" else "strict")


def number(text: str | None) -> float | None:
    """Return a finite number, written with a point or a comma, or None where the text is not one."""
    plain = (text or "").strip().replace(",", ".")
    if "_" in plain:
        return None  # Python takes 1_000 for a number; here it is a name
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def has_comma(text: str) -> bool:
    """Tell whether a number is written with a decimal comma."""
    return "," in text and number(text) is not None


def is_nothing(text: str | None) -> bool:
    """Tell whether a field says that there is no value."""
    return (text or "").strip().lower() in NOTHING


def is_unknown(text: str) -> bool:
    """Tell whether a number is one of the codes for an unknown value."""
    return text.strip().removesuffix(".0") in UNKNOWN_CODES


def moment(text: str | None) -> datetime | None:
    """Return a time as written (``20230704-0503``, ``20240529_1541``, ``20240529``), or None where it is not one."""
    match = _MOMENT.match((text or "").strip())
    if match is None:
        return None
    try:
        return datetime(*(int(part) for part in match.groups(default="0")))  # type: ignore[arg-type]
    except ValueError:
        return None
