"""Run the toy service as the faces do; also a program of its own, to be killed by tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.runtime.toy_service import SERVICE, toy_request

from pelagia.core.result import Result
from pelagia.core.service import Request
from pelagia.runtime.executors import Executor, InlineExecutor, open_executor
from pelagia.runtime.identity import request_record
from pelagia.runtime.jobs import Job
from pelagia.runtime.progress import OnProgress
from pelagia.runtime.runner import Runtime, Use, open_runtime, prepare_job, run_job
from pelagia.runtime.settings import read_settings

USE = Use(kind="local", route="cli")


def prepare(runtime: Runtime, request: Request[Any], *, target: str = "/target", anew: bool = False) -> Job:
    return prepare_job(runtime, SERVICE, request, request_record(request, target), use=USE, anew=anew)


def run(
    runtime: Runtime,
    request: Request[Any],
    *,
    executor: Executor | None = None,
    on_progress: OnProgress | None = None,
    anew: bool = False,
) -> Result:
    job = prepare(runtime, request, anew=anew)
    return run_job(runtime, executor or InlineExecutor(), SERVICE, request, job, on_progress=on_progress)


def main(text_file: str, seconds_per_step: str) -> None:
    """Run the toy on a file, five lines a step; the settings come from the environment."""
    settings = read_settings()
    request = toy_request(Path(text_file), lines_per_step=5, seconds_per_step=float(seconds_per_step))
    with open_runtime(settings) as runtime, open_executor(settings.executor, settings.workers) as executor:
        run(runtime, request, executor=executor)


if __name__ == "__main__":
    main(*sys.argv[1:])
