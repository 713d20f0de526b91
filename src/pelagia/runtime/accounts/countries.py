"""The country of who uses a service, looked up offline; the address is not kept."""

from __future__ import annotations

from importlib.metadata import version
from ipaddress import ip_address

import iptocc

DECLARED = "declared"
# The country in which the address is registered, which need not be where the person is.
LOOKED_UP = f"iptocc {version('iptocc')}"[:16]


def country_of_address(address: str) -> str | None:
    """Return the country an internet address is registered in, ISO 3166-1 alpha-2; ``None`` where that is unknown."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    found = iptocc.country_code(str(getattr(parsed, "ipv4_mapped", None) or parsed))
    return str(found) if found else None
