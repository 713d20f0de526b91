"""What must not get into a log: secrets, and what tells a person."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

HIDDEN = "…"
SECRET_WORDS = ("password", "passwd", "secret", "token", "authorization", "cookie", "api_key", "apikey", "credential")
PERSONAL_WORDS = ("email", "mail", "user_agent", "client", "remote", "referer", "asker", "subject", "account")
# What somebody called their files and runs may tell who they are; a warning may name them, daily business may not.
NAMING_WORDS = ("file", "files", "filename", "path", "url", "title")
QUIET_LEVELS = ("debug", "info")
# Names of routes and events come again and again, and need to be looked at once.
SHORT = 80
LONGEST = 20_000

_SUSPECT = re.compile(
    r"(?P<login>(?<=://)[^/\s@]+@)"
    r"|(?P<email>[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24})"
    r"|(?P<query>(?<=[\w/])\?[^\s\"'?]*=[^\s\"']*)"
    r"|(?P<bearer>(?<=bearer )\S+|(?<=basic )\S+)"
    r"|(?P<given>(?:password|passwd|secret|token|api_?key)[\"']?\s*[=:]\s*[\"']?[^\s,;&\"']+)"
    r"|(?P<address>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?<![\w:.])[0-9a-f]{0,4}:[0-9a-f:]{0,36}:[0-9a-f.]{0,16}(?![\w:]))"
    r"|(?P<random>[A-Za-z0-9_-]{40,})",
    re.IGNORECASE,
)
_MIXED = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)")


def without_personal_data(text: str) -> str:
    """Return a text without addresses, e-mail addresses, passwords, tokens and query strings.

    Addresses of this computer itself (``127.0.0.1``, ``0.0.0.0``) stay. What is longer than a log can use is cut.
    """
    if len(text) <= SHORT:
        return _short_without(text)
    shown = text if len(text) <= LONGEST else text[:LONGEST] + HIDDEN
    return _SUSPECT.sub(_hide, shown)


@lru_cache(maxsize=4096)
def _short_without(text: str) -> str:
    return _SUSPECT.sub(_hide, text)


def redacted(fields: Mapping[str, Any], *, level: str) -> dict[str, Any]:
    """Return the fields of an event with all that must not be logged hidden.

    Parameters
    ----------
    fields
        Name → value; texts within lists and mappings are looked through as well.
    level
        Of the event: below a warning, names of files are hidden too.
    """
    quiet = level in QUIET_LEVELS
    return {name: HIDDEN if _is_hidden(name, quiet=quiet) else _clean(value, quiet) for name, value in fields.items()}


@lru_cache(maxsize=1024)
def _is_hidden(name: str, *, quiet: bool) -> bool:
    lowered = name.lower()
    if any(word in lowered for word in SECRET_WORDS):
        return True
    parts = lowered.split("_")
    return (
        lowered in PERSONAL_WORDS or parts[0] in PERSONAL_WORDS or "ip" in parts or (quiet and lowered in NAMING_WORDS)
    )


def _clean(value: Any, quiet: bool) -> Any:
    if isinstance(value, str):
        return without_personal_data(value)
    if isinstance(value, Mapping):
        return redacted({str(name): inner for name, inner in value.items()}, level="info" if quiet else "error")
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item, quiet) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return without_personal_data(str(value))


def _hide(found: re.Match[str]) -> str:
    kind, text = found.lastgroup, found.group()
    if kind == "login":
        return f"{HIDDEN}@"
    if kind == "query":
        return f"?{HIDDEN}"
    if kind == "given":
        return re.split(r"[=:]", text, maxsplit=1)[0] + f"={HIDDEN}"
    if kind == "address":
        return HIDDEN if _tells_a_person(text) else text
    if kind == "random":
        return HIDDEN if _MIXED.match(text) else text
    return HIDDEN


def _tells_a_person(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)
