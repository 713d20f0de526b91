"""Measure a server under 50 people in the web app and 50 programs at ``/v1`` at once: errors, times, memory, bill.

People load pages with the files these name, start samples, follow them by an event stream, look at the gallery.
Programs upload a run, order it (twice at once, with one key), wait for it in one of three ways, read and download the
result, delete all. Afterwards the ledger must hold each job exactly once. ``SESSIONS_SECONDS=20`` gives a short form.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import io
import os
import random
import re
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from benchmarks.measure import ROOT, _pss_bytes, _tree, make_run, pelagia, record

from pelagia.runtime.accounts.accounts import create_account
from pelagia.runtime.accounts.keys import open_keys
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.accounts.tokens import create_token
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

PEOPLE = 50
PROGRAMS = 50
SECONDS = float(os.environ.get("SESSIONS_SECONDS", "300"))
# Until here the server loads what it needs; from then on its memory shall not grow.
WARM_UP_SHARE = 0.3
PARTICLES = 60
# A person looks at a page for about so long.
LOOK_S = 2.0
# A visitor may start 20 samples a day.
SAMPLES = 12
TIMEOUT_S = 120.0
PLACED = re.compile(r'(?:src|href)="(/static/[^"]+)"')
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@dataclass(slots=True)
class Tally:
    """What happened: times by kind, errors, and the jobs that were made."""

    until: float
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    jobs: set[str] = field(default_factory=set)
    finished: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nobody shall begin anything more."""
        return time.monotonic() >= self.until


@dataclass(slots=True)
class Visitor:
    """One browser or program, and how it asks."""

    client: httpx.AsyncClient
    tally: Tally
    chance: random.Random
    known_files: set[str] = field(default_factory=set)

    async def ask(
        self, kind: str, method: str, path: str, *, accept: Sequence[int] = (), **more: Any
    ) -> httpx.Response:
        """Ask for something and note how long it took, and whether the answer is one to be expected."""
        start = time.perf_counter()
        answer = await self.client.request(method, path, **more)
        self.tally.seconds[kind].append(time.perf_counter() - start)
        if answer.status_code not in (accept or (200, 201, 202, 204)):
            self.tally.errors[f"{kind}: {answer.status_code}"] += 1
            raise Unexpected(f"{kind}: {method} {path} {answer.status_code} {answer.text[:300]}")
        return answer

    async def page(self, kind: str, path: str) -> str:
        """Load a page with the files it names, those only that are not known yet."""
        text = (await self.ask(kind, "GET", path)).text
        for name in dict.fromkeys(PLACED.findall(text)):
            if name not in self.known_files:
                self.known_files.add(name)
                await self.ask("static file", "GET", name)
        return text

    async def follow(self, job_id: str) -> str:
        """Follow a job by its event stream until it ends; return how."""
        start, last = time.perf_counter(), ""
        async with self.client.stream("GET", f"/v1/jobs/{job_id}/events") as stream:
            if stream.status_code != 200:
                self.tally.errors[f"event stream: {stream.status_code}"] += 1
                raise Unexpected(f"event stream {stream.status_code}")
            self.tally.seconds["event stream opened"].append(time.perf_counter() - start)
            async for line in stream.aiter_lines():
                if last == "event: end" and line.startswith("data:"):
                    return line
                if not line.startswith("id:"):
                    last = line
        self.tally.errors["event stream: no end"] += 1
        raise Unexpected("the event stream ended before its job")

    async def look(self) -> None:
        """Look at what there is, as a person does."""
        await asyncio.sleep(self.chance.uniform(0.5, 1.5) * LOOK_S)


class Unexpected(Exception):
    """An answer that should not be; it is counted already."""


async def be_a_person(visitor: Visitor) -> None:
    """Use the web app until the time is over."""
    await asyncio.sleep(visitor.chance.uniform(0, LOOK_S))
    samples, run = 0, ""
    while not visitor.tally.is_over:
        await visitor.page("home page", "/")
        await visitor.look()
        form = await visitor.page("service page", "/services/flowcam")
        assert "flowcam" in form.lower()
        await visitor.look()
        if samples < SAMPLES and not visitor.tally.is_over:
            key = f"{visitor.chance.getrandbits(96):024x}"
            begun = await visitor.ask(
                "start a sample",
                "POST",
                "/services/flowcam/sample",
                accept=(303,),
                data={"key": key},
                headers=SAME_ORIGIN,
            )
            run = begun.headers["location"].rpartition("/")[2]
            visitor.tally.jobs.add(run)
            samples += 1
            await visitor.page("run page", f"/runs/{run}")
            end = await visitor.follow(run)
            if "succeeded" not in end:
                visitor.tally.errors[f"run of a person: {end[:60]}"] += 1
            visitor.tally.finished += 1
        if not run:
            return
        await visitor.page("run page", f"/runs/{run}")
        await visitor.look()
        await visitor.page("result page", f"/runs/{run}/results")
        await visitor.look()
        await visitor.page("gallery page", f"/runs/{run}/results/gallery")
        listed = (await visitor.ask("objects of the gallery", "GET", f"/v1/jobs/{run}/objects?limit=60")).json()
        rows = [str(item["row"]) for item in listed["items"]]
        for first in range(0, len(rows), 20):
            path = f"/v1/jobs/{run}/vignettes?rows={','.join(rows[first : first + 20])}"
            await visitor.ask("20 vignettes", "GET", path)
        await visitor.look()
        await visitor.page("list of runs", "/runs")
        await visitor.look()


async def be_a_program(visitor: Visitor, archive: bytes, number: int) -> None:
    """Upload, order, wait, download, delete, until the time is over."""
    await asyncio.sleep(visitor.chance.uniform(0, LOOK_S))
    while not visitor.tally.is_over:
        upload = (await visitor.ask("begin an upload", "POST", "/v1/uploads", json={"name": "load"})).json()
        files = f"/v1/uploads/{upload['id']}/files"
        await visitor.ask("upload a run", "PUT", f"{files}/run.zip", content=archive)
        order = {"service": "flowcam", "inputs": {"runs": [f"upload://{upload['id']}/run.zip"]}, "exports": ["csv"]}
        headers = {"Idempotency-Key": f"{visitor.chance.getrandbits(96):024x}"}
        twice = [visitor.ask("order", "POST", "/v1/jobs", json=order, headers=headers) for _ in range(2)]
        made = {answer.json()["id"] for answer in await asyncio.gather(*twice)}
        visitor.tally.jobs |= made
        if len(made) != 1:
            visitor.tally.errors["one key made two jobs"] += 1
        job = made.pop()
        if await _ended(visitor, job, number % 3) != "succeeded":
            visitor.tally.errors["run of a program did not succeed"] += 1
            continue
        visitor.tally.finished += 1
        found = (await visitor.ask("results", "GET", f"/v1/jobs/{job}/results")).json()
        assert found["summary"]["particles_listed"]["value"] == PARTICLES
        content = (await visitor.ask("download", "GET", f"/v1/jobs/{job}/results/archive.zip")).content
        if zipfile.ZipFile(io.BytesIO(content)).testzip() is not None:
            visitor.tally.errors["a download was damaged"] += 1
        await visitor.ask("delete", "DELETE", f"/v1/jobs/{job}")
        await visitor.ask("delete", "DELETE", f"/v1/uploads/{upload['id']}")


async def _ended(visitor: Visitor, job: str, way: int) -> str:
    """Wait for a job by an event stream, by waiting requests, or by asking again and again; return how it ended."""
    start = time.perf_counter()
    try:
        if way == 0:
            await visitor.follow(job)
        while True:
            query = "?wait=20" if way == 1 else ""
            kind = "waiting request" if way == 1 else "poll"
            state = str((await visitor.ask(kind, "GET", f"/v1/jobs/{job}{query}")).json()["state"])
            if state not in ("queued", "running"):
                return state
            if way == 2:
                await asyncio.sleep(1.0)
    finally:
        visitor.tally.seconds["from order to result"].append(time.perf_counter() - start)


async def press(address: str, tokens: Sequence[str], archive: bytes, tally: Tally) -> None:
    """Let all of them come at once."""
    limits = httpx.Limits(max_connections=4)
    async with contextlib.AsyncExitStack() as stack:

        async def visitor(number: int, headers: dict[str, str]) -> Visitor:
            client = httpx.AsyncClient(base_url=address, headers=headers, timeout=TIMEOUT_S, limits=limits)
            return Visitor(await stack.enter_async_context(client), tally, random.Random(number))

        coming = [
            _kept_on(be_a_person, await visitor(number, {"User-Agent": f"Browser {number}"}))
            for number in range(PEOPLE)
        ]
        for number, token in enumerate(tokens):
            program = await visitor(1000 + number, {"Authorization": f"Bearer {token}"})
            coming.append(_kept_on(be_a_program, program, archive, number))
        await asyncio.gather(*coming)


async def _kept_on(being: Any, visitor: Visitor, *more: Any) -> None:
    """Go on after an error, which is counted, until the time is over."""
    while not visitor.tally.is_over:
        try:
            await being(visitor, *more)
        except Unexpected as error:
            print(error, file=sys.stderr)
            await asyncio.sleep(1.0)
        except httpx.HTTPError as error:
            visitor.tally.errors[type(error).__name__] += 1
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            await asyncio.sleep(1.0)


class Memory(threading.Thread):
    """Looks at the memory of the server, and of all its processes together, once a second.

    Parameters
    ----------
    pid
        Of the server.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.server_mb: list[float] = []
        self.all_mb: list[float] = []
        self._pid = pid
        self._done = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self._done.wait(1.0):
            self.server_mb.append(_pss_bytes(self._pid) / 1e6)
            self.all_mb.append(sum(map(_pss_bytes, _tree(self._pid))) / 1e6)

    def stop(self) -> dict[str, float]:
        """Return the memory after the warm-up, at the end, and by how much it grew."""
        self._done.set()
        self.join()
        first, last = _after_warm_up(self.server_mb), _at_the_end(self.server_mb)
        return {
            "server_after_warm_up_mb": round(first, 1),
            "server_at_the_end_mb": round(last, 1),
            "server_growth_percent": round(100 * (last / first - 1), 1),
            "all_processes_after_warm_up_mb": round(_after_warm_up(self.all_mb), 1),
            "all_processes_at_the_end_mb": round(_at_the_end(self.all_mb), 1),
        }


def _after_warm_up(series: Sequence[float]) -> float:
    start = int(len(series) * WARM_UP_SHARE)
    return statistics.median(series[start : start + max(1, len(series) // 10)])


def _at_the_end(series: Sequence[float]) -> float:
    return statistics.median(series[-max(1, len(series) // 10) :])


@contextlib.contextmanager
def served(home: Path, log: Path) -> Iterator[tuple[str, int]]:
    """Start a server with a worker; yield its address and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PELAGIA_HOME": str(home), "PELAGIA_LOG_FORMAT": "json"}
    # They all come from one address here, where the limit of one visitor would hold for all.
    environment["PELAGIA_TRY_OUT_JOBS"] = str(PEOPLE * SAMPLES)
    with log.open("wb") as sink:
        process = subprocess.Popen(
            pelagia("serve", "--port", str(port)), env=environment, cwd=ROOT, stdout=sink, stderr=sink
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{address}/health", timeout=5).status_code in (200, 503):
                    break
            if process.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.2)
        yield address, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def make_tokens(home: Path) -> list[str]:
    """Make an account with a token for each program."""
    expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    tokens = []
    with open_runtime(read_settings({}, home=home)) as runtime:
        keys = open_keys(home)
        for number in range(PROGRAMS):
            account = create_account(runtime.database, email=f"program{number}@example.org", name="Program")
            owner = Principal(asker=f"account:{account.id}", account_id=account.id)
            _, token = create_token(
                runtime.database, keys, owner, name="load", scopes={"read", "run"}, expires_at=expires_at
            )
            tokens.append(token)
    return tokens


def make_archive(place: Path) -> bytes:
    """Return a small FlowCam run as a zip archive."""
    run = make_run(place / "run", PARTICLES)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(run.iterdir()):
            archive.write(path, f"run/{path.name}")
    return sink.getvalue()


def bill(home: Path, made: set[str]) -> dict[str, Any]:
    """Compare the ledger with the jobs that were made: each must be in it exactly once."""
    with sqlite3.connect(f"file:{home / 'pelagia.db'}?mode=ro", uri=True) as connection:
        jobs = dict(connection.execute("SELECT id, done_units FROM jobs WHERE state = 'succeeded'").fetchall())
        ledger = {
            row[0]: row[1:]
            for row in connection.execute("SELECT job_id, sum(units), sum(jobs) FROM ledger GROUP BY job_id")
        }
        others = connection.execute("SELECT id, state, error FROM jobs WHERE state != 'succeeded'").fetchall()
        daily = connection.execute("SELECT coalesce(sum(units), 0), coalesce(sum(jobs), 0) FROM usage_daily").fetchone()
    for other in others[:10]:
        print(*other, file=sys.stderr)
    wrong = [job for job, units in jobs.items() if ledger.get(job) != (units, 1)]
    sums = tuple(sum(row[column] for row in ledger.values()) for column in (0, 1))
    return {
        "jobs": len(jobs),
        "jobs_that_did_not_succeed": len(others),
        "jobs_nobody_made": len(jobs.keys() - made),
        "jobs_lost": len(made - jobs.keys()),
        "jobs_not_billed_exactly_once": len(wrong),
        "units_billed": sums[0],
        "daily_sums_agree": sums == daily,
    }


def times(tally: Tally) -> dict[str, Any]:
    """Return number and times by kind."""
    return {
        kind: {
            "number": len(seconds),
            "p50_ms": round(1000 * statistics.median(seconds), 1),
            "p95_ms": round(1000 * sorted(seconds)[int(0.95 * (len(seconds) - 1))], 1),
        }
        for kind, seconds in sorted(tally.seconds.items())
    }


def main() -> None:
    """Measure and record."""
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-") as folder:
        place = Path(folder)
        home, log = place / "home", place / "log"
        home.mkdir()
        tokens, archive = make_tokens(home), make_archive(place)
        with served(home, log) as (address, pid):
            memory = Memory(pid)
            memory.start()
            tally = Tally(until=time.monotonic() + SECONDS)
            asyncio.run(press(address, tokens, archive, tally))
            grown = memory.stop()
            metrics = httpx.get(f"{address}/metrics", timeout=30).text
        failures = [line for line in log.read_text().splitlines() if '"level": "error"' in line]
        for line in failures[:20]:
            print(line, file=sys.stderr)
        figures = {
            "people": PEOPLE,
            "programs": PROGRAMS,
            "seconds": SECONDS,
            "requests": sum(map(len, tally.seconds.values())),
            "errors": dict(tally.errors) or 0,
            "errors_in_the_log": len(failures),
            "runs_finished": tally.finished,
            "memory": grown,
            "bill": bill(home, tally.jobs),
            "open_streams_at_the_end": float(re.findall(r"^pelagia_http_open_streams (\S+)", metrics, re.M)[0]),
            "times": times(tally),
        }
    record("sessions", figures)


if __name__ == "__main__":
    main()
