"""The story of the toy service: read lines, hash them some lines a step, write one table."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from tests.runtime.toy_service import ToyParams

from pelagia.core.errors import BadInput, NothingUsable
from pelagia.core.provenance import InputRecord
from pelagia.core.result import Artifact, Figure, Issue, Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.core.table import Column, TableWriter

COLUMNS = (
    Column(name="line", type=pa.string(), description="The line"),
    Column(name="hash", type=pa.string(), description="Its hash"),
    Column(name="length_chars", type=pa.int64(), description="Its length", unit="characters"),
)


def estimate(request: Request[ToyParams], /) -> Estimate:
    """Count the lines of every file."""
    files = [_count(path) for path in _paths(request)]
    lines = sum(file["lines"] for file in files)
    if not lines:
        raise NothingUsable("No file has a line", remedy="Give files with lines.")
    return Estimate(
        steps=len(list(_chunks(files, request.params))) + 2,
        units=lines,
        bytes=sum(file["bytes"] for file in files),
        understood={"Files": str(len(files)), "Lines": str(lines)},
        issues=tuple(_issues(files)),
    )


def run(request: Request[ToyParams], steps: Steps, /) -> Result:
    """Hash every line."""
    files = steps.do("files", _count_all, _paths(request))
    work = partial(_hash_lines, params=request.params)
    table_path = steps.workdir / "lines.parquet"
    vowels = np.zeros(2, dtype=np.int64)
    if request.params.fault == "outside":
        raise ZeroDivisionError("between the steps")
    with TableWriter("lines", table_path, COLUMNS) as table:
        for piece in steps.map("hash", work, _chunks(files, request.params), units=lambda value: value["lines"]):
            table.write(piece["table"])
            vowels += piece["vowels"]
    if request.params.fault == "twice":
        steps.do("files", _count_all, _paths(request))
    text = steps.do(
        "summary", _write_summary, str(steps.workdir / "remarks.txt"), int(request.rng("lot").integers(1000))
    )
    return Result(
        tables={"lines": table.table},
        summary={
            "lines": Figure(value=table.table.rows, description="Lines hashed", unit="lines"),
            "vowels": Figure(value=int(vowels[0]), description="Vowels", low=0.0, high=float(vowels.sum())),
            "lot": Figure(value=text["lot"], description="A number drawn by lot"),
        },
        issues=tuple(_issues(files)),
        provenance=request.provenance(
            InputRecord(uri=file["path"], files=1, bytes=file["bytes"], sha256=file["sha256"]) for file in files
        ),
        artifacts=(
            Artifact(role="remarks", name="remarks.txt", path=steps.workdir / "remarks.txt", media_type="text/plain"),
        ),
        notes=("hashed",),
    )


def _paths(request: Request[ToyParams]) -> list[str]:
    return [path for paths in request.inputs.values() for path in paths]


def _count(path: str) -> dict[str, Any]:
    data = Path(path).read_bytes()
    return {"path": path, "lines": data.count(b"\n"), "bytes": len(data), "sha256": sha256(data).hexdigest()}


def _count_all(paths: list[str]) -> list[dict[str, Any]]:
    return [_count(path) for path in paths]


def _issues(files: list[dict[str, Any]]) -> Iterator[Issue]:
    for file in files:
        if not file["lines"]:
            yield Issue(file=file["path"], code="no-lines", message="The file has no lines", remedy="Write some.")


def _chunks(files: list[dict[str, Any]], params: ToyParams) -> Iterator[dict[str, Any]]:
    for file in files:
        for first in range(0, file["lines"], params.lines_per_step):
            yield {"path": file["path"], "first": first}


def _hash_lines(item: dict[str, Any], params: ToyParams) -> dict[str, Any]:
    all_lines = Path(item["path"]).read_text().splitlines()
    lines = all_lines[item["first"] : item["first"] + params.lines_per_step]
    if any("fault" in line for line in lines):
        _fail(params.fault)
    time.sleep(params.seconds_per_step)
    if params.upper:
        lines = [line.upper() for line in lines]
    hashes = [_hash(line, params.rounds) for line in lines]
    return {
        "lines": len(lines),
        "table": pa.table({"line": lines, "hash": hashes, "length_chars": [len(line) for line in lines]}),
        "vowels": np.array([sum(line.count(letter) for line in lines for letter in "aeiou"), 1]),
        "pid": os.getpid(),
        "threads": os.environ.get("PELAGIA_WORKER_THREADS"),
        "set": {1} if params.fault == "set" else None,
    }


def _hash(line: str, rounds: int) -> str:
    for _ in range(rounds):
        line = sha256(line.encode()).hexdigest()
    return line


def _fail(fault: str) -> None:
    if fault == "bug":
        raise ZeroDivisionError("division by nothing")
    if fault == "bad-input":
        raise BadInput("The line is at fault", value="fault", remedy="Take it out.", file="x.txt")
    if fault == "memory":
        raise MemoryError
    if fault == "disk":
        raise OSError(errno.ENOSPC, "No space left on device")
    if fault == "die":
        os.kill(os.getpid(), signal.SIGKILL)


def _write_summary(path: str, lot: int) -> dict[str, Any]:
    partial_path = Path(path + ".partial")
    partial_path.write_text(f"lot {lot}\n")
    partial_path.replace(path)
    return {"lot": lot}
