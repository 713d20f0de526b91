"""One real DEEPaaS and one Pelagia for all tests of the interface."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from tests.api.deepaas.servers import Server, oracle_server, pelagia_server, token_of


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real DEEPaaS."""
    with oracle_server(tmp_path_factory.mktemp("oracle")) as server:
        yield server


@pytest.fixture(scope="session")
def pelagia(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Pelagia with the same models."""
    with pelagia_server(tmp_path_factory.mktemp("pelagia") / "home") as server:
        yield server


@pytest.fixture(scope="session")
def token(pelagia: Server) -> str:
    """The token of an account."""
    return token_of(pelagia)


@pytest.fixture
def client(pelagia: Server, token: str) -> Iterator[httpx.Client]:
    """Somebody with an account."""
    with httpx.Client(base_url=pelagia.address, headers={"authorization": f"Bearer {token}"}, timeout=60) as opened:
        yield opened


@pytest.fixture
def visitor(pelagia: Server) -> Iterator[httpx.Client]:
    """Somebody without an account."""
    with httpx.Client(base_url=pelagia.address, timeout=60) as opened:
        yield opened
