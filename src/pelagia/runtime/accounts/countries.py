"""The country of who uses a service, looked up offline; the address is not kept."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import iptocc

from pelagia.core.errors import BadParameter

DECLARED = "declared"
# The country in which the address is registered, which need not be where the person is.
LOOKED_UP = f"iptocc {version('iptocc')}"[:16]

Network = IPv4Network | IPv6Network


def country_of_address(address: str) -> str | None:
    """Return the country an internet address is registered in, ISO 3166-1 alpha-2; ``None`` where that is unknown."""
    found = iptocc.country_code(address) if _parsed(address) is not None else None
    return str(found) if found else None


def read_networks(text: str) -> tuple[Network, ...]:
    """Read the addresses and networks of trusted proxies.

    Raises
    ------
    BadParameter
        Naming the part that is neither.
    """
    found: list[Network] = []
    for word in text.split():
        try:
            found.append(ip_network(word, strict=False))
        except ValueError as error:
            raise BadParameter(
                "PELAGIA_TRUSTED_PROXIES names something that is no address or network",
                value=word,
                remedy="Use addresses such as 127.0.0.1 or networks such as 10.0.0.0/8, separated by blanks.",
            ) from error
    return tuple(found)


def address_of(peer: str, forwarded: str, proxies: Sequence[Network]) -> str:
    """Return the address a request came from.

    Parameters
    ----------
    peer
        The other end of the connection.
    forwarded
        The header ``X-Forwarded-For``: each proxy adds the address it was asked from at the end.
    proxies
        Those whose word is taken.
    """
    address = peer
    for said in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not _is_among(address, proxies):
            break
        if _parsed(said) is None:
            break
        address = said
    return address


def _is_among(address: str, networks: Sequence[Network]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address.strip("[]"))
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed
