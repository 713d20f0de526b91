"""Jobs, models, train, usage, doctor."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Shell
from tests.learning.tiny_model import tiny_package
from tests.runtime.queue_jobs import change, queued

from pelagia.runtime.accounts.keys import open_keys
from pelagia.runtime.jobs import list_jobs
from pelagia.runtime.owner import this_process
from pelagia.runtime.queue import LANES, claim_next
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.ui import assets


@pytest.fixture
def done(shell: Shell, lines: Path, tmp_path: Path) -> str:
    """The id of a finished run."""
    assert shell("run", "toy", lines, "--out", tmp_path / "out").code == 0
    with open_runtime(read_settings({}, home=tmp_path / "home")) as runtime:
        return list_jobs(runtime.database)[0].id


def test_before_the_first_run_the_list_says_how_to_start(shell: Shell) -> None:
    assert "pelagia run SERVICE" in shell("jobs").out


def test_runs_are_listed_and_shown(shell: Shell, done: str, tmp_path: Path) -> None:
    told = shell("jobs").out
    assert done in told and "succeeded" in told and "100%" in told and str(tmp_path / "out") in told
    told = shell("jobs", "show", done[:4]).out
    assert "toy 1.0.0" in told and "8 of 8" in told and str(tmp_path / "lines.txt") in told


def test_a_run_can_be_shown_as_json(shell: Shell, done: str) -> None:
    found = json.loads(shell("jobs", "show", done, "--format", "json").out)
    assert (found["state"], found["done"]) == ("succeeded", {"steps": 8, "units": 60})
    assert found["request"]["params"]["rounds"] == 1


def test_why_a_run_failed_is_shown(shell: Shell, lines: Path, tmp_path: Path) -> None:
    lines.write_text("fault\n")
    ended = shell("run", "toy", lines, "--fault", "bug", "--out", tmp_path / "out")
    assert ended.code == 1 and "Step hash/0 failed" in ended.err
    with open_runtime(read_settings({}, home=tmp_path / "home")) as runtime:
        job = list_jobs(runtime.database)[0]
    told = shell("jobs", "show", job.id).out
    assert "failed" in told and "division by nothing" in told and "Remedy:" in told


def test_an_unknown_run_ends_with_3(shell: Shell) -> None:
    assert shell("jobs", "show", "zzz").code == 3


def test_what_has_ended_cannot_be_stopped(shell: Shell, done: str) -> None:
    ended = shell("jobs", "cancel", done)
    assert ended.code == 4 and "succeeded already" in ended.err


def test_cleaning_frees_the_disk_and_keeps_result_list_and_usage(shell: Shell, done: str, tmp_path: Path) -> None:
    work = tmp_path / "home" / "work" / done
    assert work.is_dir()
    assert "Cleaned 1 run." in shell("jobs", "clean", done).out
    assert not work.exists() and (tmp_path / "out" / "lines.parquet").exists()
    assert done in shell("jobs").out
    assert "60" in shell("usage").out


def test_a_run_of_the_queue_whose_worker_died_is_not_cleaned_as_another_goes_on_with_it(
    shell: Shell, tmp_path: Path
) -> None:
    with open_runtime(read_settings({}, home=tmp_path / "home")) as runtime:
        job = queued(runtime.database, "1")
        assert claim_next(runtime.database, LANES, 60) is not None
        change(runtime.database, job, owner=this_process() + "0")
    ended = shell("jobs", "clean", job.id)
    assert ended.code == 4 and "has not ended" in ended.err


def test_old_runs_are_cleaned_together(shell: Shell, done: str) -> None:
    assert "Cleaned 0 runs." in shell("jobs", "clean", "--older-than", "1").out
    assert "Cleaned 1 run." in shell("jobs", "clean", "--older-than", "0").out
    assert "Cleaned 0 runs." in shell("jobs", "clean", "--older-than", "0").out
    assert shell("jobs", "clean").code == 2


def test_usage_is_told_in_three_forms(shell: Shell, done: str) -> None:
    assert "toy" in shell("usage").out
    rows = list(csv.DictReader(io.StringIO(shell("usage", "--format", "csv").out)))
    found = json.loads(shell("usage", "--format", "json", "--service", "toy").out)
    assert rows[0]["units"] == "60" and found[0]["units"] == 60
    assert found[0]["jobs"] == found[0]["succeeded"] == 1


def test_usage_is_told_for_a_period(shell: Shell, done: str) -> None:
    today = dt.datetime.now(dt.UTC).date()
    days = [today - dt.timedelta(days=1), today + dt.timedelta(days=1)]
    assert "60" in shell("usage", "--from", days[0], "--to", days[1]).out
    assert "Nothing was used" in shell("usage", "--to", days[0]).out
    assert shell("usage", "--from", days[1], "--to", days[0]).code == 2


def test_models_are_listed_added_and_shown(shell: Shell, tmp_path: Path) -> None:
    package = tiny_package(tmp_path / "trained")
    assert "tiny@1.0.0" in shell("models", "add", package.path).out
    assert "tiny@1.0.0" in shell("models").out
    assert (package.path / "card.md").read_text().strip() in shell("models", "show", "tiny").out
    assert shell("models", "show", "absent").code == 3
    assert shell("models", "add", tmp_path / "absent").code == 3


def test_converting_never_writes_into_a_folder_with_files(shell: Shell, tmp_path: Path) -> None:
    said = ["--name", "x", "--title", "X", "--licence", "MIT", "--published", "2025-04-01"]
    assert shell("models", "convert", tmp_path / "absent", "--out", tmp_path / "new", *said).code == 3
    assert shell("models", "convert", tmp_path / "absent", "--out", tmp_path, *said).code == 4


def test_training_leaves_the_files_of_the_model_and_no_others(shell: Shell, lines: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    ended = shell("train", "toy", lines, "--out", out)
    assert ended.code == 0 and f"pelagia models add {out}" in ended.out
    found = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert found == {"model.onnx", "figures/curve.png", "SHA256SUMS"}
    assert "Finished already" in shell("train", "toy", lines, "--out", out).out
    (row,) = json.loads(shell("usage", "--format", "json").out)
    assert (row["service"], row["units"]) == ("toy-training", 1)


def test_only_what_can_be_trained_is_offered(shell: Shell) -> None:
    assert "toy-model" not in shell("train", "--help").out
    assert shell("train", "toy-model", "x", "--out", "y").code == 2


def test_the_doctor_examines_everything(shell: Shell) -> None:
    ended = shell("doctor")
    assert ended.code == 0, ended.out
    found = {line.split()[1] for line in ended.out.splitlines()[:-1]}
    assert found == {
        "python", "packages", "services", "home", "disk", "database", "storage", "workers", "models", "web", "keys",
        "graphics", "training",
    }  # fmt: skip


def test_the_doctor_tells_of_keys_that_others_may_read_or_that_are_damaged(shell: Shell, tmp_path: Path) -> None:
    assert "none yet" in shell("doctor").out
    keys = open_keys(tmp_path / "home")
    assert "only this account may read them" in shell("doctor").out
    (keys.folder / "tokens.key").chmod(0o640)
    ended = shell("doctor")
    assert ended.code == 5 and f"chmod go= {keys.folder / 'tokens.key'}" in ended.out
    (keys.folder / "tokens.key").chmod(0o600)
    (keys.folder / "tokens.key").write_bytes(b"short")
    ended = shell("doctor")
    assert ended.code == 5 and "tokens.key is damaged" in ended.out


def test_the_doctor_tells_what_the_web_app_lacks(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    ended = shell("doctor")
    assert ended.code == 0 and "lacks app.css" in ended.out and "vendor/htmx.min.js" in ended.out


def test_jobs_of_a_server_stand_with_their_way_and_their_own_folder(shell: Shell, tmp_path: Path) -> None:
    with open_runtime(read_settings({}, home=tmp_path / "home")) as runtime:
        job = queued(runtime.database, "a")
        folder = runtime.settings.result_folder(job.id)
    assert str(folder) not in shell("jobs").out
    folder.mkdir(parents=True)
    assert str(folder) in shell("jobs").out and " web " in shell("jobs").out
    assert str(folder) in shell("jobs", "show", job.id).out


def test_the_doctor_names_what_fails_and_ends_with_5(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PELAGIA_DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/nothing")
    (tmp_path / "file").touch()
    monkeypatch.setenv("PELAGIA_STORAGE_URL", str(tmp_path / "file" / "storage"))
    ended = shell("doctor")
    assert ended.code == 5 and "2 things do not work" in ended.out and "secret" not in ended.out
