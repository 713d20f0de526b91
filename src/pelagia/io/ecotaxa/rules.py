"""What EcoTaxa's importer takes and what it refuses: limits, columns, and single values.

References
----------
The importer of https://github.com/ecotaxa/ecotaxa_back and the import page of https://ecotaxa.obs-vlfr.fr, from which
facts and figures were taken.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

TEXT, NUMBER = "[t]", "[f]"
TYPES = frozenset({TEXT, NUMBER})
STATES = frozenset({"predicted", "validated", "dubious", "discarded"})

MOST_TABLES = 2_000
LARGEST_UPLOAD_BYTES = 681_574_400
MOST_PIXELS = 20_000**2
LONGEST_NAME = 255
LONGEST_TEXT = 250
HIGHEST_CATEGORY = 9_999_999
"""EcoTaxa's categories and the AphiaIDs it moves to have six or seven digits; a higher number is a placeholder."""

NESTED_SUFFIX = "Images.zip"
"""An archive of this name inside a bundle (UVP6) is a bundle of its own."""

PREDEFINED: Mapping[str, str] = {
    "object_id": TEXT,
    "object_lat": NUMBER,
    "object_lon": NUMBER,
    "object_date": TEXT,
    "object_time": TEXT,
    "object_link": TEXT,
    "object_depth_min": NUMBER,
    "object_depth_max": NUMBER,
    "object_annotation_category": TEXT,
    "object_annotation_category_id": NUMBER,
    "object_annotation_date": TEXT,
    "object_annotation_time": TEXT,
    "object_annotation_person_name": TEXT,
    "object_annotation_person_email": TEXT,
    "object_annotation_status": TEXT,
    "img_rank": NUMBER,
    "img_file_name": TEXT,
    "sample_id": TEXT,
    "sample_dataportal_descriptor": TEXT,
    "acq_id": TEXT,
    "acq_instrument": TEXT,
    "process_id": TEXT,
}
"""Columns EcoTaxa has a place for; what their type line says does not matter."""

NAMES = frozenset({"object_id", "sample_id", "acq_id", "process_id", "img_file_name", "object_link"})

FREE_COLUMNS: Mapping[tuple[str, str], int] = {
    ("object", NUMBER): 500,
    ("object", TEXT): 20,
    ("acq", TEXT): 30,
    ("process", TEXT): 30,
    ("sample", TEXT): 60,
}
"""How many columns of one's own a project can hold; all of acquisition, process and sample are kept as text."""

CONCENTRATION_COLUMNS = frozenset({"sample_tot_vol", "acq_sub_part"})
"""EcoTaxa computes concentrations and biovolumes of these two; they are texts to it and taken whatever they say."""

UNKNOWN_NUMBERS = frozenset({9_999.0, 99_999.0, 999_999.0})
"""What ZooProcess writes for a number that is not known."""

PREFIXES = tuple(dict.fromkeys(prefix for prefix, _ in FREE_COLUMNS))
_DEGREES_AND_MINUTES = re.compile(r"(-?\d+)°(\d+) (\d+)")


def is_table_name(name: str) -> bool:
    """Tell whether EcoTaxa takes a file for a table; its search is for lower case."""
    base = PurePosixPath(name).name
    return base.startswith("ecotaxa") and base.endswith((".tsv", ".txt"))


def looks_like_table_name(name: str) -> bool:
    """Tell whether a file would be a table if its name were in lower case."""
    return is_table_name(PurePosixPath(name).name.lower())


def is_absent(text: str, column_type: str) -> bool:
    """Tell whether a cell holds nothing; in numbers ``nan`` and ``na`` do not either."""
    return text == "" or (column_type == NUMBER and text.lower() in {"nan", "na"})


def value_problem(name: str, kind: str, text: str) -> str:
    """Say what is wrong with the value of a column (``""``: nothing).

    Parameters
    ----------
    name, kind
        The column and its type.
    text
        The value, which is not absent.
    """
    check = VALUE_CHECKS.get(name)
    if check is not None:
        return check(text)
    if kind == NUMBER:
        return number_problem(text)
    longest = LONGEST_NAME if name in NAMES else LONGEST_TEXT
    return f"has {len(text)} characters, more than {longest}" if len(text) > longest else ""


def number_problem(text: str) -> str:
    """Say what is wrong with a number as text; plus infinity is taken."""
    try:
        return "is minus infinity" if float(text) == -math.inf else ""
    except ValueError:
        return "is no number"


def rank_problem(text: str) -> str:
    """Say what is wrong with the rank of an image."""
    return number_problem(text) or ("is infinite" if is_infinite(text) else "")


def category_problem(text: str) -> str:
    """Say what is wrong with the number of a category."""
    problem = number_problem(text)
    return problem or ("" if 0 < float(text) <= HIGHEST_CATEGORY else "is the number of no category")


def state_problem(text: str) -> str:
    """Say what is wrong with the status of an annotation."""
    known = text.lower() in STATES or text == "noid"
    return "" if known else f"is none of {', '.join(sorted(STATES))}"


def is_infinite(text: str) -> bool:
    """Tell whether a text is the number infinity, which EcoTaxa takes and sums cannot bear."""
    try:
        return math.isinf(float(text))
    except ValueError:
        return False


def degrees_problem(text: str, limit: float) -> str:
    """Say what is wrong with a latitude or longitude: decimal degrees, or ``12°34 56``."""
    match = _DEGREES_AND_MINUTES.search(text)
    if match:
        degrees, minutes, seconds = (float(part) for part in match.groups())
        value = degrees + (minutes + seconds / 60) / 60
    else:
        try:
            value = float(text)
        except ValueError:
            return "is no number"
    return "" if -limit <= value <= limit else f"lies outside -{limit:g} to {limit:g} degrees"


def date_problem(text: str) -> str:
    """Say what is wrong with a date: ``YYYYMMDD`` or ``YYYY-MM-DD``; what follows is not read."""
    places = (0, 5, 8) if text[4:5] == text[7:8] == "-" else (0, 4, 6)
    parts = (text[places[0] : 4], text[places[1] : places[1] + 2], text[places[2] : places[2] + 2])
    try:
        year, month, day = (int(part) for part in parts)
        dt.date(year, month, day)
    except ValueError:
        return "is no date of the form YYYYMMDD or YYYY-MM-DD"
    return ""


def time_problem(text: str) -> str:
    """Say what is wrong with a time: ``HHMM``, ``HHMMSS`` or ``HH:MM:SS``; what follows is not read."""
    if text[2:3] == text[5:6] == ":":
        parts = (text[0:2], text[3:5], text[6:8])
    else:
        # Spreadsheets drop leading zeros: 420 is 04:20.
        digits = text.rjust(4, "0").ljust(6, "0")
        parts = (digits[0:2], digits[2:4], digits[4:6])
    try:
        hour, minute, second = (int(part) for part in parts)
        dt.time(hour, minute, second)
    except ValueError:
        return "is no time of the form HHMM, HHMMSS or HH:MM:SS"
    return ""


def concentration_problem(text: str) -> str:
    """Say why a volume or a sub-sampling factor is of no use (``""``: it is)."""
    try:
        number = float(text)
    except ValueError:
        return "is no number"
    if not math.isfinite(number) or number <= 0:
        return "is not positive"
    return "means unknown" if number in UNKNOWN_NUMBERS else ""


VALUE_CHECKS: Mapping[str, Callable[[str], str]] = {
    "object_lat": lambda text: degrees_problem(text, 90.0),
    "object_lon": lambda text: degrees_problem(text, 180.0),
    "object_date": date_problem,
    "object_time": time_problem,
    "object_annotation_date": date_problem,
    "object_annotation_time": time_problem,
    "object_annotation_status": state_problem,
    "object_annotation_category_id": category_problem,
    "img_rank": rank_problem,
    "sample_dataportal_descriptor": lambda _: "",
}
"""Columns whose values have rules of their own."""

_REMEDIES: Mapping[str, str] = {
    "object_lat": "Write decimal degrees, south negative.",
    "object_lon": "Write decimal degrees, west negative.",
    "object_date": "Write it as YYYYMMDD, such as 20240517.",
    "object_annotation_date": "Write it as YYYYMMDD, such as 20240517.",
    "object_time": "Write it as HHMMSS, such as 093000.",
    "object_annotation_time": "Write it as HHMMSS, such as 093000.",
    "object_annotation_status": "Write predicted, validated, dubious or discarded; or neither status nor category.",
    "object_annotation_category_id": "Write the number EcoTaxa gave the category, or nothing.",
    "img_rank": "Write 0 for the first image of an object, 1 for the next.",
}


def value_remedy(name: str, kind: str) -> str:
    """Say what to do about a wrong value of a column."""
    if name in _REMEDIES:
        return _REMEDIES[name]
    if kind == NUMBER:
        return "Write a number with a decimal point, or nothing; or give the column the type [t]."
    return "Shorten it."
