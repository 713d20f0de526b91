"""The country of who uses a service, looked up offline; the address is not kept."""

from __future__ import annotations

from importlib.metadata import version

import iptocc

DECLARED = "declared"
# The country in which the address is registered, which need not be where the person is.
LOOKED_UP = f"iptocc {version('iptocc')}"[:16]
# How a server that listens to both tells an address of the older form.
IPV4_IN_IPV6 = "::ffff:"


def country_of_address(address: str) -> str | None:
    """Return the country an internet address is registered in, ISO 3166-1 alpha-2; ``None`` where that is unknown."""
    found = iptocc.country_code(address.removeprefix(IPV4_IN_IPV6))
    return str(found) if found else None
