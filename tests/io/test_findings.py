from __future__ import annotations

import pickle

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.findings import finding, gather
from pelagia.io.tally import Tally


def issue(number: int, code: str = "image-empty") -> Issue:
    return Issue(file=f"{number}.png", code=code, message="Empty", remedy="Copy it", objects=2)


def test_an_error_becomes_a_finding_with_all_it_says() -> None:
    error = BadInput("Too large", remedy="Split it", value=7, file="a.png", code="file-too-large")
    assert finding(error, severity="warning", objects=3) == Issue(
        file="a.png",
        code="file-too-large",
        message="Too large",
        remedy="Split it",
        value="7",
        severity="warning",
        objects=3,
    )
    assert finding(BadInput("x", remedy="y")).code == "bad-input"


def test_the_code_of_an_error_travels_between_processes() -> None:
    error = pickle.loads(pickle.dumps(BadInput("x", remedy="y", value=1, file="f", code="zip-bomb")))
    assert (type(error), error.code, str(error)) == (BadInput, "zip-bomb", "f: x (found: 1). y")


def test_findings_of_many_files_are_told_once_with_all_their_objects() -> None:
    many = [issue(number) for number in range(30)]
    merged = gather([*many, issue(99, "image-alpha")])
    assert [(one.code, one.file, one.objects) for one in merged] == [
        ("image-empty", "0.png", 60),
        ("image-alpha", "99.png", 2),
    ]
    assert "29 further files" in merged[0].message


def test_findings_of_few_files_stay_as_they_are() -> None:
    few = [issue(number) for number in range(20)]
    assert gather(few) == tuple(few)


def test_a_tally_counts_like_findings_and_keeps_the_first_value() -> None:
    tally = Tally("a.tsv")
    for value in (5, 6, 7):
        tally.add("range", "Outside", remedy="Correct", value=value)
    tally.add("range", "Outside of another column", remedy="Correct", objects=4)
    assert [(one.file, one.value, one.objects) for one in tally.issues()] == [("a.tsv", "5", 3), ("a.tsv", "", 4)]
