"""From a job of the queue to its output folder: whatever happens on the way, the folder is the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.learning.tiny_model import tiny_card, tiny_package
from tests.orders.toy_orders import order
from tests.runtime.queue_jobs import counted_jobs, expire, messages
from tests.runtime.toy_package import install_toy
from tests.runtime.toy_service import SERVICE, write_lines

from pelagia.catalogue.install import install
from pelagia.catalogue.models import find_package, list_models
from pelagia.cli.main import call
from pelagia.core.errors import BadInput, Conflict
from pelagia.core.result import Artifact, Result
from pelagia.orders import fulfil as fulfil_module
from pelagia.orders import result_folder
from pelagia.orders.delivery import keep_model
from pelagia.orders.fulfil import fulfil, request_of_record
from pelagia.runtime import runner
from pelagia.runtime.executors import InlineExecutor
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.ledger import usage_totals
from pelagia.runtime.queue import LANES, claim_next
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings


class CutError(Exception):
    """The test pulls the plug."""


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    monkeypatch.syspath_prepend(str(install_toy(tmp_path / "packages")))
    monkeypatch.setenv("PELAGIA_HOME", str(tmp_path / "home"))
    with open_runtime(read_settings({}, home=tmp_path / "home", executor="inline")) as opened:
        yield opened


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "a.txt", 60)


def claimed(runtime: Runtime) -> Job:
    job = claim_next(runtime.database, LANES, 60)
    assert job is not None
    return job


def fulfilled(runtime: Runtime) -> Job:
    job = claimed(runtime)
    fulfil(runtime, InlineExecutor(), job)
    return find_job(runtime.database, job.id)


def folder(runtime: Runtime, job: Job) -> dict[str, bytes]:
    return content(runtime.settings.result_folder(job.id))


def content(place: Path) -> dict[str, bytes]:
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_the_folder_is_that_of_the_command_line(runtime: Runtime, lines: Path, tmp_path: Path) -> None:
    order(runtime, lines)
    job = fulfilled(runtime)
    assert job.state == "succeeded" and job.output is not None and job.output["complete"]
    out = tmp_path / "out"
    assert call(["run", "toy", str(lines), "--out", str(out)]) == 0
    assert folder(runtime, job) == content(out)
    assert job.output["names"] == sorted(path.name for path in out.iterdir())


@pytest.mark.parametrize(("exports", "expected"), [(None, {"csv"}), ((), set()), (("csv",), {"csv"})])
def test_only_what_is_wanted_is_written(
    runtime: Runtime, lines: Path, exports: tuple[str, ...] | None, expected: set[str]
) -> None:
    order(runtime, lines, exports=exports, dataset={"title": "Lines of the North Sea"})
    job = fulfilled(runtime)
    written = {name.split("/")[1].partition(".")[0] for name in folder(runtime, job) if name.startswith("exports/")}
    assert bool(written) == bool(expected)
    summary = json.loads(folder(runtime, job)["summary.json"])
    assert set(summary["exports"]) == expected
    assert "Lines of the North Sea" in folder(runtime, job)["ro-crate-metadata.json"].decode()


@pytest.mark.parametrize("moment", ["result", "folder", "end"])
def test_killed_between_result_folder_and_end_nothing_is_lost_and_nothing_counted_twice(
    runtime: Runtime, lines: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    order(runtime, lines)
    whole = fulfilled(runtime)
    waiting = order(runtime, lines)

    def cut(*_: Any, **__: Any) -> None:
        raise CutError

    place = {
        "result": (runner, "write_result"),
        "folder": (result_folder, "write_folder"),
        "end": (runner, "finish_job"),
    }
    with monkeypatch.context() as patched:
        patched.setattr(*place[moment], cut)
        with pytest.raises(CutError):
            fulfil(runtime, InlineExecutor(), claimed(runtime))
    assert find_job(runtime.database, waiting.id).state == "running"
    expire(runtime.database, waiting)
    job = fulfilled(runtime)
    assert (job.id, job.state, job.attempt) == (waiting.id, "succeeded", 2)
    assert folder(runtime, job) == folder(runtime, whole)
    assert counted_jobs(runtime.database, job) == 1
    (total,) = usage_totals(runtime.database)
    assert (total.units, total.jobs) == (120, 2)


def test_an_input_that_changed_meanwhile_is_refused(runtime: Runtime, lines: Path) -> None:
    order(runtime, lines)
    write_lines(lines, 61)
    with pytest.raises(BadInput, match="changed"):
        fulfil(runtime, InlineExecutor(), claimed(runtime))


def test_a_service_that_was_updated_meanwhile_is_refused(runtime: Runtime, lines: Path) -> None:
    job = order(runtime, lines)
    with pytest.raises(Conflict, match="updated"):
        request_of_record(replace(SERVICE, version="2.0.0"), job.request, runtime.settings.home)


def test_a_model_that_was_replaced_meanwhile_is_refused(runtime: Runtime, lines: Path, tmp_path: Path) -> None:
    home = runtime.settings.home
    install(tiny_package(tmp_path / "one").path, home=home)
    record = dict(order(runtime, lines).request)
    model = {"name": "tiny", "version": "1.0.0", "sha256": find_package("tiny", home=home).sha256}
    record["models"] = {"classifier": model}
    assert request_of_record(SERVICE, record, home).models["classifier"].sha256 == model["sha256"]
    record["models"] = {"classifier": {**model, "sha256": "0" * 64}}
    with pytest.raises(Conflict, match="replaced"):
        request_of_record(SERVICE, record, home)


def test_the_request_is_made_again_with_all_that_was_said(runtime: Runtime, lines: Path) -> None:
    job = order(runtime, lines, params={"rounds": 3, "note": "x", "weights": [1.5]}, seed=7)
    request = request_of_record(SERVICE, job.request, runtime.settings.home)
    assert (request.params.rounds, request.params.note, request.params.weights, request.seed) == (3, "x", (1.5,), 7)
    assert request.inputs == {"files": (str(lines),)}


@pytest.fixture
def trains_tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the toy's training give a real model package."""
    package = tiny_package(tmp_path / "trained")
    names = sorted(content(package.path))
    run = fulfil_module.run_claimed

    def run_and_give_the_model(*arguments: Any, deliver: Any, **more: Any) -> Result:
        def deliver_model(result: Result) -> Any:
            files = tuple(
                Artifact(role="model", name=name, path=package.path / name, media_type="application/octet-stream")
                for name in names
            )
            return deliver(replace(result, artifacts=files))

        return run(*arguments, deliver=deliver_model, **more)

    monkeypatch.setattr(fulfil_module, "run_claimed", run_and_give_the_model)


@pytest.mark.usefixtures("trains_tiny")
def test_a_trained_model_is_written_and_kept_in_the_catalogue(runtime: Runtime, lines: Path) -> None:
    order(runtime, lines, service="toy-training")
    job = fulfilled(runtime)
    assert job.output is not None and job.output["model"] == "tiny@1.0.0"
    assert "The model is kept as tiny@1.0.0" in messages(runtime.database, job)
    kept = find_package("tiny@1.0.0", home=runtime.settings.home)
    assert folder(runtime, job) == content(kept.path)


@pytest.mark.usefixtures("trains_tiny")
def test_a_version_that_is_taken_is_not_overwritten(runtime: Runtime, lines: Path, tmp_path: Path) -> None:
    home = runtime.settings.home
    other = install(tiny_package(tmp_path / "other", tiny_card(title="Another")).path, home=home)
    before = content(other.path)
    order(runtime, lines, service="toy-training")
    job = fulfilled(runtime)
    assert job.output is not None and job.output["model"] == "tiny@1.0.1"
    assert content(other.path) == before
    assert find_package("tiny@1.0.1", home=home).card.version == "1.0.1"
    assert folder(runtime, job) == content(home / "models" / "tiny" / "1.0.1")


def test_a_model_kept_twice_is_one(runtime: Runtime, tmp_path: Path) -> None:
    home = runtime.settings.home
    install(tiny_package(tmp_path / "other", tiny_card(title="Another")).path, home=home)
    kept = [keep_model(tiny_package(tmp_path / name).path, home).reference for name in ("one", "two")]
    assert kept == ["tiny@1.0.1", "tiny@1.0.1"]
    assert [model.version for model in list_models(home) if model.name == "tiny"] == ["1.0.1", "1.0.0"]
