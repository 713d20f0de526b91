"""The entry: light, and every ending has its code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from tests.cli.conftest import Shell

from pelagia import __version__
from pelagia.cli import services as services_module
from pelagia.cli.endings import EXIT_CODES, exit_code
from pelagia.cli.main import COMMANDS, cli
from pelagia.core import errors

HEAVY = ("numpy", "pyarrow", "pydantic", "sqlalchemy", "alembic", "obstore", "rich", "onnxruntime", "cv2", "torch")
ROOT = Path(__file__).resolve().parents[2]


def test_the_help_imports_nothing_heavy() -> None:
    program = f"""
import sys
from pelagia.cli.main import call
assert call(["--help"]) == 0
found = [name for name in {HEAVY} if name in sys.modules]
assert not found, found
"""
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)


def test_every_command_can_be_imported_and_says_what_it_does() -> None:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None and command.help, name


def test_the_help_lists_commands_and_exit_codes(shell: Shell) -> None:
    told = shell("--help").out
    assert all(name in told for name in COMMANDS)
    assert all(f"{code}  {meaning}" in told for code, meaning in EXIT_CODES.items())


def test_the_version_is_told(shell: Shell) -> None:
    assert __version__ in shell("--version").out


@pytest.mark.parametrize("words", [["nonsense"], ["run", "nonsense"], ["run", "toy"], ["usage", "--format", "x"]])
def test_a_command_that_is_not_understood_ends_with_2(shell: Shell, words: list[str]) -> None:
    ended = shell(*words)
    assert ended.code == 2 and "Usage:" in ended.err


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.BadParameter, 2),
        (errors.BadInput, 3),
        (errors.NotFound, 3),
        (errors.NothingUsable, 3),
        (errors.Conflict, 4),
        (errors.Unavailable, 5),
        (errors.Cancelled, 130),
    ],
)
def test_every_error_has_its_exit_code(kind: type[errors.PelagiaError], code: int) -> None:
    assert exit_code(kind("x", remedy="y")) == code
    assert code in EXIT_CODES


def test_an_error_tells_value_place_and_remedy_and_no_traceback(shell: Shell, tmp_path: Path) -> None:
    ended = shell("run", "toy", tmp_path / "absent", "--out", tmp_path / "out")
    assert ended.code == 3
    assert ended.err.startswith("Error: ")
    assert str(tmp_path / "absent") in ended.err and "remedy:" in ended.err and "Traceback" not in ended.err


def test_a_fault_of_the_program_ends_with_1_and_shows_its_place_only_when_asked(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(services_module, "all_services", broken)
    quiet, loud = shell("services"), shell("--debug", "services")
    assert quiet.code == loud.code == 1
    assert "ZeroDivisionError: by nothing" in quiet.err and "--debug" in quiet.err and "Traceback" not in quiet.err
    assert "Traceback" in loud.err


def test_ctrl_c_ends_with_130(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(services_module, "all_services", stopped)
    assert shell("services").code == 130


def test_a_reader_that_leaves_early_is_no_fault(environment: dict[str, str]) -> None:
    command = f"{sys.executable} -m pelagia.cli.main services | true"
    ended = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in ended.stderr and "Error" not in ended.stderr


def test_services_are_listed(shell: Shell) -> None:
    told = shell("services").out
    assert "toy" in told and "Hashes the lines of text files" in told and "lines" in told


def test_an_unknown_service_is_named(shell: Shell) -> None:
    assert "nonsense" in shell("run", "nonsense").err


PAGE = ROOT / "docs" / "reference" / "command-line.md"


def test_the_page_has_every_command_option_and_exit_code() -> None:
    text = PAGE.read_text()
    for words, command in _commands(cli, ("pelagia",)):
        assert f"`{' '.join(words)}" in text, words
        for option in command.params:
            if isinstance(option, click.Option):
                assert any(f"`{name}" in text for name in option.opts), (words, option.opts)
    for code, meaning in EXIT_CODES.items():
        assert f"| {code} | {meaning} |" in text


def _commands(group: click.Group, words: tuple[str, ...]) -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        if words[-1] in ("run", "train"):
            return found
        command = group.get_command(context, name)
        assert command is not None
        found.append(((*words, name), command))
        if isinstance(command, click.Group):
            found += _commands(command, (*words, name))
    return found
