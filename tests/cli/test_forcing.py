"""``pelagia forcing``: describe, fetch, idealised."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Shell
from tests.io.forcing import services
from tests.io.forcing.made import write


def test_files_are_described_for_people_and_programs(shell: Shell, tmp_path: Path) -> None:
    file = write(tmp_path / "a.nc")
    told = shell("forcing", "describe", file).out
    for part in (
        "currents",
        "36.000 to 38.000 N",
        "2024-05-17T00:00:00Z to 2024-05-17T06:00:00Z",
        "uo (m s-1)",
        "21 × 21",
    ):
        assert part in told
    facts = json.loads(shell("forcing", "describe", file, "--format", "json").out)
    assert facts[0]["kinds"] == ["currents"] and facts[0]["times"] == 7


def test_parts_of_a_data_set_are_described_together(shell: Shell, tmp_path: Path) -> None:
    one, other = write(tmp_path / "a.nc", hours=[0, 1, 2]), write(tmp_path / "b.nc", hours=[3, 4, 5, 6])
    assert "7 times" in shell("forcing", "describe", "--together", one, other).out
    assert "7 times" not in shell("forcing", "describe", one, other).out


def test_a_file_of_something_else_ends_with_the_code_of_bad_input(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_text("hello")
    ended = shell("forcing", "describe", tmp_path / "a.nc")
    assert ended.code == 3 and "a.nc" in ended.err and "remedy" in ended.err


@pytest.mark.parametrize("shape", ["uniform", "rotation", "gyre", "tide"])
def test_an_idealised_field_is_made(shell: Shell, tmp_path: Path, shape: str) -> None:
    out = tmp_path / "new" / "field.nc"
    words = ("--area", "36", "37", "4", "5", "--start", "2024-05-17T12:00", "--hours", "6", "--step", "0.25")
    ended = shell("forcing", "idealised", shape, *words, "--kind", "wind", "--out", out)
    assert ended.code == 0 and str(out) in ended.out
    assert "wind" in shell("forcing", "describe", out).out
    assert shell("forcing", "idealised", shape, *words, "--out", out).code == 4  # nothing is overwritten


def test_forcing_is_fetched_into_the_home_and_the_next_command_is_told(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setitem(sys.modules, "copernicusmarine", services.marine(asked))
    monkeypatch.setitem(sys.modules, "cdsapi", services.climate(asked))
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setenv("COPERNICUSMARINE_SERVICE_USERNAME", services.USER)
    monkeypatch.setenv("COPERNICUSMARINE_SERVICE_PASSWORD", services.PASSWORD)
    monkeypatch.setenv("CDSAPI_KEY", services.KEY)
    words = ("--lat", "36.5", "--lon", "5", "--start", "2024-05-17T12:00", "--hours", "12")
    ended = shell("forcing", "fetch", "currents", "wind", *words, "--out", tmp_path / "out")
    assert ended.code == 0, ended.err
    files = sorted(path.name for path in (tmp_path / "out").glob("*.nc"))
    assert len(files) == 3 and all(name in ended.out for name in files)
    assert "--currents" in ended.err and "--wind" in ended.err
    everything = ended.out + ended.err + "".join(p.read_text("latin-1") for p in (tmp_path / "out").iterdir())
    assert not any(secret in everything for secret in (services.USER, services.PASSWORD, services.KEY))


@pytest.mark.parametrize(
    "words",
    [
        ("currents", "--start", "2024-05-17"),
        ("currents", "--lat", "36", "--start", "2024-05-17"),
        ("currents", "--lat", "36", "--lon", "5", "--start", "yesterday"),
        ("currents", "wind", "--lat", "36", "--lon", "5", "--start", "2024-05-17", "--dataset", "x"),
        ("salinity", "--lat", "36", "--lon", "5", "--start", "2024-05-17"),
        ("wind", "--area", "38", "36", "4", "5", "--start", "2024-05-17"),
    ],
)
def test_a_fetch_that_is_not_understood_ends_before_anything_is_asked(
    shell: Shell, tmp_path: Path, words: tuple[str, ...]
) -> None:
    ended = shell("forcing", "fetch", *words, "--out", tmp_path / "out")
    assert ended.code == 2 and ended.err
