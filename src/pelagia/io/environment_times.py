"""Times of a table, in any of the usual ways to write them, for whole columns at once."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]

_ZONE = r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})$"
_HAS_ZONE = r":\d{2}\s*[+-]\d{2}:?\d{2}$"
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d-%m-%Y", "%d.%m.%Y", "%Y.%m.%d")
_DAY_FIRST, _MONTH_FIRST = "%d/%m/%Y", "%m/%d/%Y"
_CLOCKS = (" %H:%M:%S", " %H:%M", "")
_COMPACT = (
    (r"^(\d{4})(\d{2})(\d{2})[-_T ]?(\d{2}):?(\d{2}):?(\d{2})(\D|$)", r"\1-\2-\3 \4:\5:\6\7"),
    (r"^(\d{4})(\d{2})(\d{2})[-_T ]?(\d{2}):?(\d{2})$", r"\1-\2-\3 \4:\5"),
    (r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3"),
)
"""Times written as digits alone, and with signs between them."""
_EPOCHS = ((1e8, 5e9, 1.0), (1e11, 5e12, 1e-3))
"""Numbers that are seconds or milliseconds since 1970: from 1973 to 2128."""


def parse_times(texts: pa.Array) -> tuple[Floats, bool]:
    """Return seconds since 1970 UTC, NaN where a text is no time, and whether day and month were guessed.

    Parameters
    ----------
    texts
        A column of texts. A time without a zone is taken as UTC; fractions of a second are dropped. Of ``3/4/2024``
        it is taken that the day comes first, unless another row shows that it cannot.
    """
    plain, offset_s = _plain(texts)
    order = [_DAY_FIRST, _MONTH_FIRST]
    guessed = bool(pc.any(pc.match_substring_regex(plain, r"^\d{1,2}/\d{1,2}/\d{4}")).as_py())
    if guessed and _is_over_12(plain, r"^\d{1,2}/(?P<part>\d{1,2})/"):
        order, guessed = [_MONTH_FIRST], False
    elif guessed and _is_over_12(plain, r"^(?P<part>\d{1,2})/"):
        order, guessed = [_DAY_FIRST], False
    else:
        order = order[:1]
    formats = [date + clock for date in (*_DATES, *order) for clock in _CLOCKS]
    seconds = np.full(len(texts), np.nan)
    for form in formats:
        missing = np.isnan(seconds)
        if not missing.any():
            break
        parsed = pc.strptime(plain.filter(pa.array(missing)), format=form, unit="s", error_is_null=True)
        seconds[missing] = _floats(pc.cast(parsed, pa.int64()))
    seconds -= offset_s
    return np.where(np.isnan(seconds), _from_numbers(plain), seconds), guessed


def _plain(texts: pa.Array) -> tuple[pa.Array, Floats]:
    """Return texts with a blank before the time of day, without fraction and zone, and the zones' offsets, s."""
    trimmed = pc.utf8_trim_whitespace(pc.fill_null(texts, ""))
    trimmed = pc.replace_substring_regex(trimmed, r"(:\d{2}:\d{2})[.,]\d+", r"\1")
    for pattern, by in _COMPACT:
        trimmed = pc.replace_substring_regex(trimmed, pattern, by)
    zoned = pc.match_substring_regex(trimmed, _HAS_ZONE)
    parts = pc.extract_regex(pc.if_else(zoned, trimmed, ""), _ZONE)
    offset_s = np.zeros(len(texts))
    if pc.any(pc.is_valid(parts)).as_py():
        hours, minutes = (
            _floats(pc.cast(pc.struct_field(parts, [name]), pa.float64())) for name in ("hours", "minutes")
        )
        negative = _floats(pc.cast(pc.equal(pc.struct_field(parts, ["sign"]), "-"), pa.float64())) == 1
        offset_s = np.nan_to_num((hours * 3600 + minutes * 60) * np.where(negative, -1, 1))
    for pattern, by in (
        (r"\s*(Z|UTC|GMT)$", ""),
        (r"(:\d{2})\s*[+-]\d{2}:?\d{2}$", r"\1"),
        (r"(\d)[T ]+(\d)", r"\1 \2"),
    ):
        trimmed = pc.replace_substring_regex(trimmed, pattern, by)
    return trimmed, offset_s


def _is_over_12(texts: pa.Array, pattern: str) -> bool:
    part = pc.struct_field(pc.extract_regex(texts, pattern), ["part"])
    largest = pc.max(pc.cast(part, pa.int64())).as_py()
    return largest is not None and largest > 12


def _from_numbers(texts: pa.Array) -> Floats:
    is_number = pc.match_substring_regex(texts, r"^(\d{9,10}|\d{13})(\.\d+)?$")
    numbers = _floats(pc.cast(pc.if_else(is_number, texts, None), pa.float64()))
    seconds = np.full(len(texts), np.nan)
    for low, high, scale in _EPOCHS:
        with np.errstate(invalid="ignore"):
            inside = (numbers >= low) & (numbers < high)
        seconds[inside] = numbers[inside] * scale
    return seconds


def _floats(values: pa.Array) -> Floats:
    found: Floats = np.asarray(pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    return found


def is_time_name(name: str) -> bool:
    """Tell whether a column is named as times are."""
    return re.search(r"time|date|fecha|hora|zeit|datum|timestamp|epoch", name, re.IGNORECASE) is not None
