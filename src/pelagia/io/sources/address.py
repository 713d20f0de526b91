"""Addresses of sources: what kind they are, and how they look without their secrets."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

HIDDEN = "***"
SECRET_WORDS = re.compile(
    r"pass|pwd|secret|token|signature|credential|api.?key|access.?key|mechanismproperties|auth$|^sig$|^key$", re.I
)
USER = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@")
# An unescaped slash in a password must not bring it to light: no MongoDB address has an @ elsewhere.
MONGODB_USER = re.compile(r"^(mongodb(?:\+srv)?://)[^?]*@", re.I)
PARAMETER = re.compile(r"([?&;])([^=&;#]+)=([^&;#]*)")


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
        parameter whose name speaks of a password, key, token or signature. An address without
        secrets, and any path, is returned as it is.
    """
    if not scheme_of(uri):
        return uri
    plain = USER.sub(r"\1", MONGODB_USER.sub(r"\1", uri))

    def hidden(match: re.Match[str]) -> str:
        start, name, value = match.groups()
        return f"{start}{name}={HIDDEN if SECRET_WORDS.search(unquote(name)) else value}"

    return PARAMETER.sub(hidden, plain)
