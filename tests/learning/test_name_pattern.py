"""Groups by a pattern of the file name: as Python finds them, in time that no pattern can blow up."""

from __future__ import annotations

import re

import pytest

from pelagia.core.errors import BadParameter
from pelagia.learning.name_pattern import check_pattern, groups_by_pattern

NAMES = ["run1_12.png", "run2_run3_4.png", "x.png", "Küste_7.png", "two\nlines_1.png", "(odd)[name]_3.png", ""]


@pytest.mark.parametrize(
    "pattern",
    [
        r"^(.*)_\d+\.png$",
        r"(run\d)_",
        r"(?P<run>[a-z]+)\d",
        r"(?i)^(RUN)",
        r"x|(\d+)",
        r"_(.)",
        r"(n\d)(_)",
        r"(\)|\])",
    ],
)
def test_groups_are_those_that_pythons_expressions_find(pattern: str) -> None:
    check_pattern(pattern)
    found = [re.search(pattern, name) for name in NAMES]
    assert groups_by_pattern(pattern, NAMES) == [(match[1] or None) if match else None for match in found]
    assert any(found)


@pytest.mark.parametrize("pattern", [r"^((a+)+)+$", r"^(a|aa)+$", r"^(.*a){20}$", r"(x+x+)+y"])
def test_no_pattern_takes_for_ever(pattern: str) -> None:
    check_pattern(pattern)
    assert groups_by_pattern(pattern, ["a" * 250 + "!", "x" * 250]) == [None, None]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "marks no group"),
        ("run", "marks no group"),
        ("(?:run)", "marks no group"),
        ("(", r"no regular expression: missing \)"),
        ("a)(b", r"no regular expression: unexpected \)"),
        (r"(?<=_)(\d)", "Looking ahead or behind"),
        (r"(.)\1", "repeating what was found"),
        ("((a{999}){999}){999}", "repetition size"),
    ],
)
def test_what_cannot_tell_groups_is_said_to_be_wrong(pattern: str, words: str) -> None:
    with pytest.raises(BadParameter, match=words):
        check_pattern(pattern)


def test_a_name_that_is_not_utf_8_does_no_harm() -> None:
    assert groups_by_pattern("^(.*)_", [b"run\xff_1.png".decode(errors="surrogateescape")]) == ["run?"]
