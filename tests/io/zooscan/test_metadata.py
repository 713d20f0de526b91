from __future__ import annotations

from datetime import datetime

from tests.data.zooscan.make import sample_row, scan_row

from pelagia.io.tally import Tally
from pelagia.io.zooscan.metadata import SampleMetadata, disagreements, merged, read_sample, read_scan


def sample(**changes: str) -> tuple[SampleMetadata, dict[str, str]]:
    tally = Tally("meta.txt")
    found = read_sample(sample_row(**changes), tally, "degrees-minutes")
    return found, {issue.code: issue.value for issue in tally.issues()}


def test_a_sample_has_units_and_keeps_what_was_written() -> None:
    found, issues = sample()
    assert found.volume_m3 == 10
    assert (found.depth_max_m, found.depth_min_m, found.net_mesh_um) == (40, 0, 200)
    assert found.sampled_at == datetime(2026, 6, 2, 8, 30)
    assert found.longitude_deg == 7.9
    assert found.written["longitude"] == "-7.5400"
    assert issues.keys() == {"coordinates-degrees-minutes", "longitude-inverted"}
    assert issues["longitude-inverted"] == "54.1048 -7.5400 → 54.17467 7.90000"


def test_a_decimal_comma_is_read_and_told() -> None:
    found, issues = sample(vol="12,5")
    assert found.volume_m3 == 12.5
    assert issues["comma-decimal"] == "12,5"


def test_codes_for_unknown_values_become_nothing() -> None:
    found, issues = sample(vol="99999", depth="9999", cable_angle="999999")
    assert (found.volume_m3, found.bottom_depth_m, found.cable_angle_deg) == (None, None, None)
    assert issues["unknown-code"] == "Depth= 9999"


def test_decimal_degrees_are_recognised_and_told() -> None:
    found, issues = sample(latitude="39.2822", longitude="-68.807")
    assert (found.latitude_deg, found.longitude_deg) == (39.2822, -68.807)
    assert found.convention == "decimal"
    assert "coordinates-decimal" in issues
    assert "longitude-inverted" not in issues


def test_what_cannot_be_read_is_told_and_left_empty() -> None:
    found, issues = sample(vol="ten", date="20261302-0830", latitude="north")
    assert (found.volume_m3, found.sampled_at, found.latitude_deg) == (None, None, None)
    assert (issues["number-unreadable"], issues["date-unreadable"]) == ("ten", "20261302-0830")
    assert issues["coordinate-unreadable"] == "north"


def test_no_upper_sieve_is_not_an_unknown_one() -> None:
    tally = Tally("meta.txt")
    found = read_scan(scan_row("d1"), tally)
    assert (found.mesh_min_um, found.mesh_max_um, found.sub_part) == (1000, None, 2)
    assert tally.issues() == ()


def test_the_first_record_that_says_something_counts() -> None:
    assert merged([{"vol": "nan", "ship": ""}, {"vol": "5", "ship": "a"}, {"vol": "6"}]) == {"vol": "5", "ship": "a"}


def test_numbers_are_compared_as_numbers() -> None:
    first = {"vol": "37.5", "date": "20210728-1200", "zmax": "nan"}
    assert disagreements(first, {"vol": "37,50", "date": "20210728-1200", "zmax": "75"}, first) == []
    assert disagreements(first, {"vol": "75"}, first) == ["vol"]
