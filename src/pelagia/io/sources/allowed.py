"""Whether an address begins as an installation allows: what a server is asked to read, and where others send it on."""

from __future__ import annotations

import os
from urllib.parse import parse_qsl, unquote, urlsplit

VARIABLE = "PELAGIA_ALLOWED_ADDRESSES"
DEFAULT_PORTS = {"http": 80, "https": 443, "mongodb": 27017, "rtsp": 554, "rtsps": 322}
# What says which documents are meant. All else could have files of this machine read, or another host spoken to.
MONGODB_PARAMETERS = frozenset({"query", "image_field", "label_field", "bucket"})


def is_allowed(address: str, allowed: str) -> bool:
    """Whether an address begins as one of the allowed ones, in a way that no spelling can trick.

    Parameters
    ----------
    address
        As it came.
    allowed
        Beginnings of addresses, separated by blanks; none allow nothing.
    """
    return any(_is_under(address, prefix) for prefix in allowed.split())


def may_be_sent_to(address: str) -> bool:
    """Whether a server may send this process on to an address; to any where the installation names none."""
    allowed = os.environ.get(VARIABLE, "")
    return not allowed.strip() or is_allowed(address, allowed)


def _is_under(address: str, prefix: str) -> bool:
    """Whether an address begins with an allowed one, in a way that no spelling can trick."""
    asked, allowed = urlsplit(address), urlsplit(prefix)
    if "@" in asked.netloc or "\\" in address or asked.fragment:
        return False
    place = _place(address)
    # One without a place (several hosts, a port that is none) is like no other, not even like another such.
    if asked.scheme.lower() != allowed.scheme.lower() or place is None or place != _place(prefix):
        return False
    path, start = unquote(asked.path), unquote(allowed.path)
    if "%" in path or ".." in path.split("/") or "//" in path or "\\" in path:
        return False
    if asked.scheme.lower().startswith("mongodb"):
        names = {name for name, _ in parse_qsl(asked.query, keep_blank_values=True)}
        if not names <= MONGODB_PARAMETERS:
            return False
    return path == start or path.startswith(start if start.endswith("/") else f"{start}/") or start in {"", "/"}


def _place(address: str) -> tuple[str, int | None] | None:
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        return None
    return (parts.hostname or "").lower(), port or DEFAULT_PORTS.get(parts.scheme.lower())
