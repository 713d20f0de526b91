"""Memory of the server while a file of many gigabytes is uploaded: whole, and in parts."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
from benchmarks.measure import PAGE_BYTES, pelagia, record

SIZE = 5_000_000_000
PART_BYTES = 8 << 20
PIECE_BYTES = 1 << 20
LIMIT_MB = 100.0
HOW_OFTEN_S = 0.05

Send = Callable[[httpx.Client, str, int], None]


def main(arguments: list[str] | None = None) -> None:
    """Upload the file both ways; report the growth of the resident memory, and the speed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bytes", type=int, default=SIZE)
    parser.add_argument("--no-record", action="store_true", help="print only")
    parser.add_argument("--home", type=Path, help="a folder on the disk to write to, with room for the file")
    given = parser.parse_args(arguments or [])
    size: int = given.bytes
    home = Path(tempfile.mkdtemp(prefix="pelagia-upload-", dir=given.home))
    try:
        with _server(home) as (address, process):
            whole = _measured(address, process.pid, size, _send_whole)
            parts = _measured(address, process.pid, size, _send_parts)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    figures = {
        "gigabytes": size / 1e9,
        "whole": whole,
        "in_parts_of_8_MiB": parts,
        "most_MB_allowed": LIMIT_MB,
        "within": max(whole["growth_MB"], parts["growth_MB"]) <= LIMIT_MB,
    }
    if given.no_record:
        print(figures)
    else:
        record("upload", figures)


@contextlib.contextmanager
def _server(home: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    environment = {**os.environ, "PELAGIA_HOME": str(home), "PELAGIA_REQUESTS_PER_MINUTE": "0"}
    environment |= {"PELAGIA_UPLOAD_VISIT_BYTES": str(10**12), "PELAGIA_LOG_FORMAT": "json"}
    command = pelagia("serve", "--port", "0", "--no-worker")
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            found = re.search(r"http://\S+", line)
            if found:
                threading.Thread(target=process.stdout.read, daemon=True).start()
                _wait_for(found.group())
                yield found.group(), process
                return
        raise SystemExit("The server did not start")
    finally:
        process.terminate()
        process.wait()


def _wait_for(address: str) -> None:
    for _ in range(200):
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{address}/v1/services")
            return
        time.sleep(0.1)


def _measured(address: str, pid: int, size: int, send: Send) -> dict[str, float]:
    with httpx.Client(base_url=address, timeout=600) as client:
        here = f"/v1/uploads/{client.post('/v1/uploads', json={}).json()['id']}"
        # What is loaded at the first upload stays loaded, whatever its size.
        client.put(f"{here}/files/first.bin", content=bytes(3 * PART_BYTES)).raise_for_status()
        with _Resident(pid) as resident:
            start = time.perf_counter()
            send(client, here, size)
            seconds = time.perf_counter() - start
        found = client.get(f"{here}/files").json()["items"]
        sha256 = next(file["sha256"] for file in found if file["path"] == "big.bin")
        if sha256 != _sha256(size):
            raise SystemExit("The file that arrived is another one")
        client.delete(here).raise_for_status()
    return {
        "seconds": round(seconds, 1),
        "MB_per_s": round(size / 1e6 / seconds, 1),
        "before_MB": round(resident.before / 1e6, 1),
        "growth_MB": round((resident.peak - resident.before) / 1e6, 1),
    }


def _send_whole(client: httpx.Client, here: str, size: int) -> None:
    headers = {"Content-Length": str(size)}
    client.put(f"{here}/files/big.bin", content=_content(size), headers=headers).raise_for_status()


def _send_parts(client: httpx.Client, here: str, size: int) -> None:
    made = client.post(f"{here}/files", json={"path": "big.bin", "bytes": size})
    made.raise_for_status()
    offset, part = 0, bytearray()
    for piece in _content(size):
        part += piece
        if len(part) >= PART_BYTES or offset + len(part) == size:
            headers = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
            client.patch(made.headers["Location"], content=bytes(part), headers=headers).raise_for_status()
            offset += len(part)
            part.clear()


def _content(size: int) -> Iterator[bytes]:
    """Yield bytes without a pattern, different at every megabyte, the same at every run."""
    base = hashlib.shake_128(b"pelagia").digest(PIECE_BYTES - 8)
    for number in range(0, size, PIECE_BYTES):
        yield (number.to_bytes(8, "big") + base)[: size - number]


def _sha256(size: int) -> str:
    digest = hashlib.sha256()
    for piece in _content(size):
        digest.update(piece)
    return digest.hexdigest()


class _Resident(threading.Thread):
    """Watches the resident memory of a process, without its children: they take no part."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._path = Path(f"/proc/{pid}/statm")
        self._done = threading.Event()
        self.before = self.peak = self._now()

    def run(self) -> None:
        while not self._done.wait(HOW_OFTEN_S):
            self.peak = max(self.peak, self._now())

    def __enter__(self) -> _Resident:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()

    def _now(self) -> int:
        return int(self._path.read_text().split()[1]) * PAGE_BYTES


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
