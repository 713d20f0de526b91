"""A run in which nothing can be used says what was found, where, and what to do."""

from __future__ import annotations

from pelagia.core.errors import BadInput
from pelagia.io.findings import Findings
from pelagia.services.oilspill.inventory import nothing


def test_the_value_that_is_wrong_is_told():
    findings = Findings()
    findings.add_error(
        BadInput("the amount cannot be right", value="volume_m3 -5", remedy="Give it.", file="s.geojson"), objects=0
    )
    error = nothing(findings)
    assert error.value == "volume_m3 -5"
    assert "s.geojson" in error.what and error.remedy == "Give it."


def test_without_any_finding_it_is_said_what_to_give():
    error = nothing(Findings())
    assert error.value == "nothing found" and "slicks" in error.remedy
