"""Errors say what, value, remedy and file, and survive the way back from a worker process."""

from __future__ import annotations

import pickle

import pytest

from pelagia.core import errors

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.PelagiaError)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_is_the_same_after_pickling(kind: type[errors.PelagiaError]) -> None:
    error = kind("the list ends early", value=12, remedy="Copy it again", file="a.lst", code="list-truncated")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert (back.what, back.value, back.remedy, back.file, back.code) == (
        "the list ends early",
        "12",
        "Copy it again",
        "a.lst",
        "list-truncated",
    )


def test_the_text_names_file_value_and_remedy() -> None:
    text = str(errors.BadInput("the list ends early", value=12, remedy="Copy it again.", file="a.lst"))
    assert text == "a.lst: the list ends early (found: 12). Copy it again."


def test_every_kind_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)
