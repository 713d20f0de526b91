"""From which address a request comes; a reverse proxy is believed only where the settings trust it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

UNKNOWN = "unknown"
FORWARDED = "x-forwarded-for"
# Whoever has one IPv6 address has all of its network.
IPV6_NETWORK_BITS = 64


def client_address(scope: Scope, trusted_proxies: str = "") -> str:
    """Return the address of whoever asks, as text; ``unknown`` where the server was not told.

    Parameters
    ----------
    scope
        Of the request.
    trusted_proxies
        Addresses or networks, separated by blanks, whose ``X-Forwarded-For`` is believed: the last address in it
        that is not theirs is the client's.
    """
    client = scope.get("client")
    nearest = str(client[0]) if client else UNKNOWN
    trusted = _networks(trusted_proxies)
    if not _is_in(nearest, trusted):
        return nearest
    listed = ",".join(Headers(scope=scope).getlist(FORWARDED))
    for text in reversed([part.strip() for part in listed.split(",") if part.strip()]):
        address = _parsed(text)
        if address is None:
            break
        nearest = str(address)
        if not _is_in(nearest, trusted):
            break
    return nearest


def address_group(address: str) -> str:
    """Return what a limit counts by: the address, or the network that an IPv6 address is one of very many of."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(parsed), IPV6_NETWORK_BITS), strict=False))
    return address if parsed is None else str(parsed)


@lru_cache(maxsize=8)
def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part, strict=False) for part in text.split())


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    parsed = _parsed(address) if networks else None
    return parsed is not None and any(parsed in network for network in networks)


def _parsed(text: str) -> Address | None:
    # A port may follow: 192.0.2.1:50000 or [2001:db8::1]:50000.
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    host = host.partition(":")[0] if host.count(":") == 1 else host
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    # How one that listens to both kinds tells an address of the older.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
