"""From which address a request comes."""

from __future__ import annotations

import pytest

from pelagia.http.client_address import address_group, client_address


def scope(client: str | None, *forwarded: str) -> dict:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return {"type": "http", "client": None if client is None else (client, 5), "headers": headers}


def test_a_proxy_is_not_believed_unless_it_is_trusted():
    assert client_address(scope("192.0.2.1", "198.51.100.7")) == "192.0.2.1"
    assert client_address(scope("192.0.2.1", "198.51.100.7"), "10.0.0.0/8") == "192.0.2.1"
    assert client_address(scope("10.1.2.3", "198.51.100.7"), "10.0.0.0/8") == "198.51.100.7"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (("203.0.113.9, 198.51.100.7",), "198.51.100.7"),
        (("203.0.113.9", "198.51.100.7, 10.0.0.9"), "198.51.100.7"),
        (("nonsense, 198.51.100.7:4711",), "198.51.100.7"),
        (("198.51.100.7, nonsense",), "10.0.0.1"),
        (("[2001:db8::7]:4711",), "2001:db8::7"),
        (("203.0.113.9, ::ffff:198.51.100.7, ::ffff:10.0.0.9",), "198.51.100.7"),
        ((), "10.0.0.1"),
    ],
)
def test_the_last_address_that_is_no_proxy_counts(forwarded: tuple[str, ...], address: str):
    assert client_address(scope("10.0.0.1", *forwarded), "10.0.0.0/8") == address


def test_without_a_client_the_address_is_unknown():
    assert client_address(scope(None)) == "unknown"


def test_an_old_address_in_a_new_one_is_the_old_one():
    assert client_address(scope("::ffff:10.0.0.1", "198.51.100.7"), "10.0.0.0/8") == "198.51.100.7"
    assert address_group("::ffff:192.0.2.1") == "192.0.2.1"
    assert address_group("::ffff:192.0.2.1") != address_group("::ffff:192.0.2.2")


def test_ipv6_addresses_of_one_network_are_one():
    assert address_group("2001:db8:1:2:3:4:5:6") == address_group("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert address_group("2001:db8:1:3::1") != address_group("2001:db8:1:2::1")
    assert address_group("192.0.2.1") == "192.0.2.1"
