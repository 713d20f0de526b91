"""The oils of the table at the command line."""

from __future__ import annotations

import json

from tests.cli.conftest import Shell


def test_oils_are_listed_by_words(shell: Shell) -> None:
    told = shell("oils", "arabian", "heavy").out
    assert "ARABIAN HEAVY" in told and "°API" in told and "7 oils" in told
    assert "EKOFISK" not in told


def test_a_long_list_is_cut_and_says_so(shell: Shell) -> None:
    told = shell("oils", "--limit", "3").out
    assert "1,442 oils" in told and "first 3" in told


def test_all_of_one_oil_is_told(shell: Shell) -> None:
    told = shell("oils", "AD00042").out
    assert "ARABIAN HEAVY" in told and "Source: Jokuty" in told
    assert "from a relation" in next(line for line in told.splitlines() if "vapour_pressure_bar" in line)
    assert "from a relation" not in next(line for line in told.splitlines() if "density_kg_m3" in line)


def test_the_oil_for_an_api_gravity_is_told(shell: Shell) -> None:
    told = shell("oils", "--api", "22", "--format", "json").out
    (oil,) = json.loads(told)
    assert abs(oil["api"] - 22.0) < 0.3 and oil["product_type"] == "Crude Oil NOS"


def test_an_oil_nobody_knows_is_told_with_the_nearest(shell: Shell) -> None:
    assert "ARABIAN LIGHT" in shell("oils", "arabain", "light").out


def test_words_and_an_api_gravity_are_not_asked_together(shell: Shell) -> None:
    told = shell("oils", "ekofisk", "--api", "38")
    assert told.code != 0 and "one of them" in told.err
