"""The path of a request as the addresses of DEEPaaS are matched: a slash that is doubled counts once."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

SLASHES = re.compile(r"/{2,}")


def plain_path(scope: MutableMapping[str, Any]) -> str:
    """Return the path of a request without doubled slashes: by them nothing gets around a limit."""
    path: str = scope["path"]
    return SLASHES.sub("/", path) if "//" in path else path
