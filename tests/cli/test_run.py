"""``pelagia run``: understood, run, resumed, finished, never mixed with other files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.conftest import Shell
from tests.runtime.toy_service import write_lines

from pelagia.cli import run as run_module
from pelagia.runtime.jobs import list_jobs
from pelagia.runtime.ledger import usage_totals
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

WAIT_SECONDS = 60.0


def used(home: Path) -> int:
    with open_runtime(read_settings({}, home=home)) as runtime:
        return sum(total.units for total in usage_totals(runtime.database))


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_a_run_says_what_it_understood_and_what_came_of_it(shell: Shell, lines: Path, out: Path, home: Path) -> None:
    ended = shell("run", "toy", lines, "--out", out)
    assert ended.code == 0
    assert "Lines:             60" in ended.out
    assert "Lines hashed:          60 lines" in ended.out
    assert "(95 %: 0 to 126)" in ended.out
    assert "60 lines counted as used" in ended.out
    assert f"Report: {out / 'report.html'}" in ended.out
    assert {"lines.parquet", "summary.json", "issues.csv", "report.html", "ro-crate-metadata.json"} <= set(files(out))
    assert used(home) == 60


def test_findings_are_told_by_severity_and_do_not_fail_the_run(
    shell: Shell, lines: Path, tmp_path: Path, out: Path
) -> None:
    (tmp_path / "empty.txt").touch()
    ended = shell("run", "toy", lines, tmp_path / "empty.txt", "--out", out)
    assert ended.code == 0
    assert "Findings: 1 warning" in ended.out and "The file has no lines" in ended.out


def test_nothing_usable_ends_with_3_and_leaves_no_job(shell: Shell, tmp_path: Path, out: Path, home: Path) -> None:
    (tmp_path / "empty.txt").touch()
    assert shell("run", "toy", tmp_path / "empty.txt", "--out", out).code == 3
    with open_runtime(read_settings({}, home=home)) as runtime:
        assert list_jobs(runtime.database) == []


def test_the_same_command_on_a_finished_folder_says_so_and_counts_nothing(
    shell: Shell, lines: Path, out: Path, home: Path
) -> None:
    shell("run", "toy", lines, "--out", out)
    before = files(out)
    ended = shell("run", "toy", lines, "--out", out)
    assert ended.code == 0 and "Finished already" in ended.out
    assert files(out) == before and used(home) == 60


def test_force_runs_anew_with_the_same_result_and_counts_again(
    shell: Shell, lines: Path, out: Path, home: Path
) -> None:
    shell("run", "toy", lines, "--out", out)
    before = files(out)
    assert shell("run", "toy", lines, "--out", out, "--force").code == 0
    assert files(out) == before and used(home) == 120


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (["--rounds", "2"], "parameter rounds: 1 then, 2 now"),
        (["--seed", "7"], "seed: 0 then, 7 now"),
        (["--upper"], "parameter upper: False then, True now"),
    ],
)
def test_a_folder_with_another_request_is_kept_and_the_difference_told(
    shell: Shell, lines: Path, out: Path, change: list[str], told: str
) -> None:
    shell("run", "toy", lines, "--out", out)
    before = files(out)
    ended = shell("run", "toy", lines, "--out", out, *change)
    assert ended.code == 4 and told in ended.err and "--force" in ended.err
    assert files(out) == before
    assert shell("run", "toy", lines, "--out", out, *change, "--force").code == 0


def test_changed_inputs_are_told(shell: Shell, lines: Path, out: Path) -> None:
    shell("run", "toy", lines, "--out", out)
    write_lines(lines, 61)
    ended = shell("run", "toy", lines, "--out", out)
    assert ended.code == 4 and "have changed" in ended.err


def test_a_folder_with_other_files_is_never_touched(shell: Shell, lines: Path, out: Path) -> None:
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    for force in ([], ["--force"]):
        ended = shell("run", "toy", lines, "--out", out, *force)
        assert ended.code == 4 and "no result of Pelagia" in ended.err
    assert files(out) == {"thesis.txt": b"years of work"}


def test_the_result_of_another_installation_is_replaced_only_when_asked(
    shell: Shell, lines: Path, out: Path, home: Path
) -> None:
    shell("run", "toy", lines, "--out", out)
    (out / "thesis.txt").write_text("years of work")
    home.rename(home.with_name("old-home"))
    ended = shell("run", "toy", lines, "--out", out)
    assert ended.code == 4 and "does not know" in ended.err
    assert shell("run", "toy", lines, "--out", out, "--force").code == 0
    assert (out / "thesis.txt").read_text() == "years of work"


def test_a_file_in_place_of_the_folder_is_never_touched(shell: Shell, lines: Path, out: Path) -> None:
    out.write_text("a file")
    assert shell("run", "toy", lines, "--out", out).code == 4
    assert out.read_text() == "a file"


def test_a_folder_that_cannot_be_made_ends_with_5(shell: Shell, lines: Path) -> None:
    ended = shell("run", "toy", lines, "--out", lines / "out")
    assert ended.code == 5 and "cannot be written" in ended.err


def test_a_lost_folder_is_written_again_byte_for_byte_and_nothing_is_counted(
    shell: Shell, lines: Path, out: Path, home: Path
) -> None:
    shell("run", "toy", lines, "--out", out)
    before = files(out)
    (out / "lines.parquet").unlink()
    ended = shell("run", "toy", lines, "--out", out)
    assert ended.code == 0 and "nothing is counted" in ended.out and "0 lines counted" in ended.out
    assert files(out) == before and used(home) == 60


def test_another_choice_of_exports_is_written_without_running(shell: Shell, lines: Path, out: Path, home: Path) -> None:
    shell("run", "toy", lines, "--out", out, "--export", "none")
    assert not (out / "exports").exists()
    assert shell("run", "toy", lines, "--out", out, "--export", "csv").code == 0
    assert any(path.name == "lines.csv" for path in (out / "exports").rglob("*"))
    assert used(home) == 60


def test_by_default_the_exports_that_fit_are_written(shell: Shell, lines: Path, out: Path) -> None:
    shell("run", "toy", lines, "--out", out)
    assert list(json.loads((out / "summary.json").read_text())["exports"]) == ["csv"]


def test_a_test_is_counted_apart(shell: Shell, lines: Path, out: Path, home: Path) -> None:
    shell("run", "toy", lines, "--out", out, "--test")
    with open_runtime(read_settings({}, home=home)) as runtime:
        assert [total.is_test for total in usage_totals(runtime.database)] == [True]


def test_a_folder_that_cannot_be_finished_is_finished_by_the_same_command(
    shell: Shell, lines: Path, out: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_arguments: object, **_options: object) -> None:
        (out / "half.txt").write_text("half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(run_module, "write_folder", no_room)
        ended = shell("run", "toy", lines, "--out", out)
        assert ended.code == 5 and "No space left" in ended.err
    assert shell("run", "toy", lines, "--out", out).code == 0
    assert used(home) == 60


def start(environment: dict[str, str], *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pelagia.cli.main", *(str(word) for word in words)]
    return subprocess.Popen(
        command,
        env={**environment, "PELAGIA_EXECUTOR": "processes", "PELAGIA_WORKERS": "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_steps(home: Path, steps: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if (home / "pelagia.db").exists():
            with open_runtime(read_settings({}, home=home)) as runtime:
                jobs = list_jobs(runtime.database)
            if jobs and jobs[0].done_steps >= steps:
                return
        time.sleep(0.05)
    raise AssertionError("the run did not get going")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_ctrl_c_the_same_command_goes_on_and_ends_byte_equal(
    shell: Shell, environment: dict[str, str], lines: Path, out: Path, home: Path, tmp_path: Path, sent: signal.Signals
) -> None:
    words = ("run", "toy", lines, "--seconds-per-step", "0.3")
    process = start(environment, *words, "--out", out)
    wait_for_steps(home, 3)
    os.killpg(process.pid, sent) if sent is signal.SIGINT else process.send_signal(sent)
    _, told = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 130
    assert "what is done is kept" in told and "Traceback" not in told
    assert 0 < used(home) < 60
    again = shell(*words, "--out", out)
    assert again.code == 0 and "Going on where it stopped" in again.out
    assert used(home) == 60
    shell(*words, "--out", tmp_path / "whole")
    assert files(out) == files(tmp_path / "whole")


def test_a_run_can_be_stopped_from_another_terminal(
    shell: Shell, environment: dict[str, str], lines: Path, out: Path, home: Path
) -> None:
    process = start(environment, "run", "toy", lines, "--seconds-per-step", "0.3", "--out", out)
    wait_for_steps(home, 2)
    ended = shell("run", "toy", lines, "--seconds-per-step", "0.3", "--out", out)
    assert ended.code == 4 and f"process {process.pid}" in ended.err
    with open_runtime(read_settings({}, home=home)) as runtime:
        job = list_jobs(runtime.database)[0]
    assert shell("jobs", "cancel", job.id[:5]).code == 0
    _, told = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 130 and "stopped on request" in told
    assert shell("run", "toy", lines, "--seconds-per-step", "0.3", "--out", out).code == 0
