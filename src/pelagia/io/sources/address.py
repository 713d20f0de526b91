"""Addresses of sources: what kind they are, and how they look without their secrets."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

HIDDEN = "***"
SECRET_WORDS = re.compile(r"pass|pwd|secret|token|signature|credential|api.?key|access.?key|auth$|^sig$|^key$", re.I)


def scheme_of(uri: str) -> str:
    """Return the scheme of an address in lower case, ``""`` for a path on this machine."""
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]+)://", uri)
    return match.group(1).lower() if match else ""


def local_path(uri: str) -> Path:
    """Return the path a local address (``/data/run``, ``~/run``, ``file:///data/run``) stands for."""
    if scheme_of(uri) == "file":
        return Path(unquote(urlsplit(uri).path))
    return Path(uri).expanduser()


def without_secrets(uri: str) -> str:
    """Return an address fit for reports and logs: no user, no password, no token.

    Parameters
    ----------
    uri
        An address as a user gives it.

    Returns
    -------
    str
        The same address without ``user:password@``, and with ``***`` for the value of every query
        parameter whose name speaks of a password, key, token or signature. Paths are returned as they are.
    """
    if not scheme_of(uri):
        return uri
    parts = urlsplit(uri)
    place = parts.netloc.rpartition("@")[2]
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = parts.query
    if any(SECRET_WORDS.search(key) for key, _ in pairs):
        query = "&".join(f"{quote(key)}={HIDDEN if SECRET_WORDS.search(key) else quote(value)}" for key, value in pairs)
    return urlunsplit((parts.scheme, place, parts.path, query, ""))
