"""What people say of themselves: name, institute, country; checked where it comes in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pelagia.core.countries import COUNTRIES
from pelagia.core.errors import BadParameter

ROR = re.compile(r"^(?:https?://)?(?:ror\.org/)?(0[0-9a-hjkmnp-tv-z]{6}[0-9]{2})$")
ROR_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
LONGEST_TEXT = 300


def clean_profile(given: Mapping[str, str | None]) -> dict[str, str | None]:
    """Check and normalise ``name``, ``ror``, ``affiliation``, ``country``; empty ones become ``None``.

    Raises
    ------
    BadParameter
        Where one cannot be used.
    """
    cleaned: dict[str, str | None] = {}
    for field, value in given.items():
        text = " ".join((value or "").split())
        cleaned[field] = CLEANERS[field](text) if text else None
    if "name" in cleaned and cleaned["name"] is None:
        raise BadParameter("The name is empty", remedy="Give the name to address you by.")
    return cleaned


def clean_ror(text: str) -> str:
    """Return the id of an institute in the Research Organization Registry as its address.

    Notes
    -----
    An id is 0, six characters of Crockford's base 32 for a number n, and the check digits 98 - (100 n mod 97)
    (ISO/IEC 7064, MOD 97-10).

    Raises
    ------
    BadParameter
        Where it is none, or its check digits are wrong.
    """
    match = ROR.match(text.lower())
    if match is None or _check_digits(match[1][1:7]) != int(match[1][7:]):
        raise BadParameter(
            "This is not the ROR id of an institute",
            value=text[:LONGEST_TEXT],
            remedy="Look it up on https://ror.org; it looks like https://ror.org/02feahw73.",
        )
    return f"https://ror.org/{match[1]}"


def _check_digits(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 32 + ROR_LETTERS.index(letter)
    return 98 - number * 100 % 97


def clean_country(text: str) -> str:
    """Return a country as ISO 3166-1 alpha-2 in capitals.

    Raises
    ------
    BadParameter
        Where there is none of that code.
    """
    code = text.upper()
    if code not in COUNTRIES:
        raise BadParameter(
            "There is no such country", value=text[:LONGEST_TEXT], remedy="Give its two letters (ISO 3166), such as BE."
        )
    return code


def clean_text(text: str) -> str:
    """Return a short text of one line.

    Raises
    ------
    BadParameter
        Where it is too long or has control characters.
    """
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise BadParameter(
            f"The text has more than {LONGEST_TEXT} characters, or some that cannot be printed",
            value=text[:40],
            remedy="Give a shorter one.",
        )
    return text


CLEANERS = {"name": clean_text, "affiliation": clean_text, "ror": clean_ror, "country": clean_country}
