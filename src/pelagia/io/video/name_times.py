"""When a recording was begun by its name, in all the ways recorders write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from pelagia.core.errors import BadParameter
from pelagia.io.video.times import EPOCH, TimeRules, is_plausible

USUAL = re.compile(
    r"(?<!\d)(?P<Y>(?:19|20)\d\d)(?P<a>[-_.]?)(?P<m>\d\d)(?P=a)(?P<d>\d\d)(?:[T_ .-]{1,3}|%20|)"
    r"(?P<H>\d\d)(?P<b>[-_.:h]?)(?P<M>\d\d)[-_.:m]?(?P<S>\d\d)"
    r"(?:[.,](?P<f>\d{1,9})|[_-]?(?P<ms>\d{3})(?!\d)|s)?(?P<z>Z|_?UTC|[+-]\d\d:?\d\d)?(?!\d)",
    re.ASCII,
)
DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(\d\d)\2(\d\d)(?!\d)", re.ASCII)
HOUR = re.compile(r"(?<!\d)([01]\d|2[0-3])([-_.:h])([0-5]\d)[-_.:m]([0-5]\d)(?!\d)", re.ASCII)
DIRECTIVES = {
    "Y": r"\d{4}",
    "y": r"\d{2}",
    "m": r"\d{2}",
    "d": r"\d{2}",
    "H": r"\d{2}",
    "I": r"\d{2}",
    "M": r"\d{2}",
    "S": r"\d{2}",
    "j": r"\d{3}",
    "f": r"\d{1,6}",
    "b": r"[A-Za-z]{3}",
    "B": r"[A-Za-z]{3,9}",
    "p": r"[AaPp][Mm]",
    "z": r"Z|[+-]\d{2}:?\d{2}",
    "%": "%",
}


@dataclass(frozen=True, slots=True)
class NameTime:
    """What a name says of the time.

    Parameters
    ----------
    seconds
        Since 1970 UTC; ``None`` where it says nothing, or nonsense.
    rest
        The name without the time and its ending: what is left may be the camera.
    nonsense
        What looks like a time and is none, such as one of month 13; empty otherwise.
    """

    seconds: float | None
    rest: str
    nonsense: str = ""


def time_from_name(name: str, rules: TimeRules) -> float | None:
    """Return when a recording was begun by its name, seconds since 1970 UTC; ``None`` where that does not tell it."""
    return read_name(name, rules).seconds


def read_name(name: str, rules: TimeRules) -> NameTime:
    """Read what a name says of the time, and what is left of it.

    Parameters
    ----------
    name
        A path with forward slashes. The usual ways are ``20240422-080901``, ``2024-04-22_08-09-01``,
        ``20240422T080901.250Z``, ``20240422080901123``, ``1713773341`` (seconds since 1970, or milliseconds), and a
        folder of the day with a time of day in the name.
    rules
        What the user says of times.
    """
    folder, _, base = name.rpartition("/")
    stem = base.rpartition(".")[0] or base
    if rules.pattern:
        return _by_pattern(name, base, stem, rules)
    match = USUAL.search(stem)
    if match is not None:
        return _judged(_usual(match, rules.utc_offset_h), stem, match)
    match = EPOCH.search(stem)
    if match is not None:
        return _judged(int(match[1]) + int(match[2] or 0) / 1000, stem, match)
    hour = HOUR.search(stem)
    if hour is not None:
        days = list(DAY.finditer(f"{folder}/{stem[: hour.start()]}"))
        if days:
            day = days[-1]
            numbers = [int(part) for part in (day[1], day[3], day[4], hour[1], hour[3], hour[4])]
            return _judged(_moment(numbers, 0.0, rules.utc_offset_h), stem, hour)
    return NameTime(None, stem)


def check_pattern(pattern: str) -> None:
    """Check that a pattern of times can be used.

    Raises
    ------
    BadParameter
        It holds a sign that is not known, or does not tell the day.
    """
    if pattern:
        _compiled(pattern)


def _usual(match: re.Match[str], utc_offset_h: float) -> float | None:
    numbers = [int(match[part]) for part in "YmdHMS"]
    fraction = float(f"0.{match['f'] or match['ms'] or 0}")
    return _moment(numbers, fraction, _offset_h(match["z"], utc_offset_h))


def _moment(numbers: list[int], fraction: float, offset_h: float) -> float | None:
    try:
        return datetime(*numbers, tzinfo=UTC).timestamp() + fraction - offset_h * 3600  # type: ignore[misc, arg-type]
    except ValueError:
        return None


def _offset_h(zone: str | None, otherwise: float) -> float:
    if not zone:
        return otherwise
    if zone[0] not in "+-":
        return 0.0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return (hours + minutes / 60) * (-1 if zone[0] == "-" else 1)


def _judged(seconds: float | None, stem: str, match: re.Match[str]) -> NameTime:
    rest = f"{stem[: match.start()]}-{stem[match.end() :]}".strip(" -_.")
    if seconds is None or not is_plausible(seconds):
        return NameTime(None, rest, match[0])
    return NameTime(seconds, rest)


def _by_pattern(name: str, base: str, stem: str, rules: TimeRules) -> NameTime:
    expression, form = _compiled(rules.pattern)
    match = expression.search(name if "/" in rules.pattern else base)
    if match is None:
        return NameTime(None, stem)
    try:
        moment = datetime.strptime(match[0], form)
    except ValueError:
        return NameTime(None, stem, match[0])
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone(timedelta(hours=rules.utc_offset_h)))
    at = stem.find(match[0])
    rest = f"{stem[:at]}-{stem[at + len(match[0]) :]}".strip(" -_.") if at >= 0 else stem
    seconds = moment.timestamp()
    return NameTime(seconds, rest) if is_plausible(seconds) else NameTime(None, rest, match[0])


@lru_cache(maxsize=8)
def _compiled(pattern: str) -> tuple[re.Pattern[str], str]:
    parts = re.split(r"(%.)", pattern)
    signs = [part[1] for part in parts if re.fullmatch("%.", part)]
    unknown = [sign for sign in signs if sign not in DIRECTIVES]
    tells_day = bool(set("Yy") & set(signs)) and (
        "j" in signs or ({"d"} <= set(signs) and bool(set("mbB") & set(signs)))
    )
    if unknown or not tells_day or len(set(signs)) < len(signs):
        raise BadParameter(
            "The pattern of times cannot be used",
            remedy="Write it with year, month and day at least, each once, as in %Y%m%d-%H%M%S; known are "
            + " ".join(f"%{sign}" for sign in DIRECTIVES)
            + ".",
            value=pattern,
            code="time-pattern",
        )
    text = "".join(
        f"(?:{DIRECTIVES[part[1]]})" if part[:1] == "%" and len(part) == 2 else re.escape(part) for part in parts
    )
    return re.compile(text, re.ASCII), pattern
