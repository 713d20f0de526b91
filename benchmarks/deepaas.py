"""Predictions of a model that does nothing: the real DEEPaaS and Pelagia, on the same machine, in the same run.

Pelagia writes each prediction down as a job with its ledger rows before it answers; DEEPaaS keeps nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.measure import record
from tests.api.deepaas.servers import Server, oracle_server, pelagia_server, token_of

PATH = "/v2/models/noop/predict/"
CLIENTS = (1, 16, 50, 128)
LONG, SHORT = 15.0, 3.0
ROUNDS = 3


class _Client(asyncio.Protocol):
    """Sends the same request again and again over one connection."""

    def __init__(self, request: bytes, until: float, ended: asyncio.Future[list[float]]) -> None:
        self._request = request
        self._until = until
        self._ended = ended
        self._seconds: list[float] = []
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        size = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
        if len(body) < size:
            return
        now = time.perf_counter()
        if not head.startswith(b"HTTP/1.1 200") or body != b'{"status": "OK", "predictions": {}}':
            self._ended.set_exception(SystemExit(self._buffer.decode()))
            return
        self._seconds.append(now - self._started)
        if now < self._until:
            self._ask()
        elif not self._ended.done():
            self._ended.set_result(self._seconds)
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_exception(SystemExit(f"the server hung up: {error}"))

    def _ask(self) -> None:
        self._buffer = b""
        self._started = time.perf_counter()
        self._transport.write(self._request)


def _load(address: str, token: str, clients: int, seconds: float) -> tuple[float, list[float]]:
    """Ask with so many clients for so long; return requests per second, and how long each took."""

    async def run() -> tuple[float, list[float]]:
        place = urlsplit(address)
        lines = [f"POST {PATH} HTTP/1.1", f"Host: {place.netloc}", "Content-Length: 0", "Accept: */*"]
        lines += [f"Authorization: Bearer {token}"] if token else []
        request = "\r\n".join([*lines, "", ""]).encode()
        loop = asyncio.get_running_loop()
        start = time.perf_counter()
        futures = [loop.create_future() for _ in range(clients)]
        for future in futures:
            await loop.create_connection(
                lambda future=future: _Client(request, start + seconds, future), place.hostname, place.port
            )
        took = [one for each in await asyncio.gather(*futures) for one in each]
        return len(took) / (time.perf_counter() - start), took

    return asyncio.run(run())


def _figures(server: Server, token: str, clients: int, seconds: float) -> tuple[float, float]:
    """Return requests per second and the median time in ms; the load comes from a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        rate, took = pool.apply(_load, (server.address, token, clients, seconds))
    return rate, 1000 * statistics.median(took)


@contextlib.contextmanager
def _servers(folder: Path) -> Iterator[dict[str, tuple[Server, str]]]:
    (folder / "oracle").mkdir()
    with oracle_server(folder / "oracle") as oracle, pelagia_server(folder / "home") as pelagia:
        yield {"deepaas": (oracle, ""), "pelagia": (pelagia, token_of(pelagia))}


def main(seconds: float = LONG) -> None:
    """Measure and record; the two take turns, so that what else the machine does meets both."""
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-") as folder, _servers(Path(folder)) as servers:
        for server, token in servers.values():
            _figures(server, token, 1, 1.0)
        for clients in CLIENTS:
            rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in servers}
            for _ in range(ROUNDS):
                for name, (server, token) in servers.items():
                    rounds[name].append(_figures(server, token, clients, seconds / ROUNDS))
            found[f"clients_{clients}"] = _compared(rounds)
    record("deepaas", {"model": "does nothing", "seconds_each": seconds, **found})


def _compared(rounds: dict[str, list[tuple[float, float]]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    rate, p50 = {}, {}
    for name, each in rounds.items():
        rate[name] = statistics.median(one[0] for one in each)
        p50[name] = statistics.median(one[1] for one in each)
        told |= {f"{name}_requests_per_s": round(rate[name]), f"{name}_p50_ms": round(p50[name], 2)}
    told["times_the_requests_per_s"] = round(rate["pelagia"] / rate["deepaas"], 2)
    told["p50_more_than_deepaas_ms"] = round(p50["pelagia"] - p50["deepaas"], 2)
    return told


if __name__ == "__main__":
    main(SHORT if "--short" in sys.argv else LONG)
