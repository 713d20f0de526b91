"""Findings: equal ones are one, many of a kind are told once; no object is lost on the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pelagia.core.result import Issue
from pelagia.io.findings import Findings


def issue(file: str, code: str = "collage-missing", objects: int = 1) -> Issue:
    return Issue(file=file, code=code, message="gone", remedy="copy it", objects=objects, severity="error")


def test_equal_findings_become_one_with_the_objects_added() -> None:
    findings = Findings([issue("a.tif", objects=3), issue("a.tif", objects=4), issue("b.tif")])
    assert [(one.file, one.objects) for one in findings.issues()] == [("a.tif", 7), ("b.tif", 1)]


def test_what_many_files_share_is_told_once_with_all_objects() -> None:
    (told,) = Findings(issue(f"{number:04d}.png") for number in range(1000)).issues()
    assert told.objects == 1000
    assert told.file == "0000.png"
    assert "999" in told.message


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from("ab"), st.integers(1, 5)), max_size=400))
def test_no_object_is_lost(found: list[tuple[int, str, int]]) -> None:
    findings = Findings(issue(str(file), code, objects) for file, code, objects in found)
    assert sum(one.objects for one in findings.issues()) == sum(objects for _, _, objects in found)


def test_findings_travel_through_a_step_unchanged() -> None:
    findings = Findings([issue("a.tif"), issue("b.tif", "box-outside-collage")])
    again = Findings()
    again.add_records(findings.records())
    assert again.issues() == findings.issues()
