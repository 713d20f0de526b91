from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pelagia.io.zooscan.coordinates import convention_of, is_decimal, latitude_deg, longitude_deg


@pytest.mark.parametrize(
    ("latitude", "longitude", "degrees"),
    [
        # Of a table of results that the legacy made from the same header table.
        ("47.5076", "15.2622", (47.846, -15.437)),
        ("43.41", "-7.18", (43 + 41 / 60, 7.3)),
        ("-0.30", "0.15", (-0.5, -0.25)),
        ("-21.0128", "-172.1015", (-(21 + 1.28 / 60), 172 + 10.15 / 60)),
    ],
)
def test_degrees_and_minutes_west_positive_become_decimal_degrees_east_positive(
    latitude: str, longitude: str, degrees: tuple[float, float]
) -> None:
    read = latitude_deg(latitude, "degrees-minutes"), longitude_deg(longitude, "degrees-minutes")
    assert read == pytest.approx(degrees, abs=1e-9)


@given(st.integers(-89, 89), st.integers(0, 5999))
def test_minutes_survive_the_way_through_a_decimal_number(whole: int, hundredths: int) -> None:
    text = f"{whole}.{hundredths:04d}"
    expected = (abs(whole) + hundredths / 6000) * (-1 if text.startswith("-") else 1)
    assert latitude_deg(text, "degrees-minutes") == pytest.approx(expected, abs=1e-9)


def test_sixty_minutes_or_more_are_no_minutes() -> None:
    assert is_decimal("-68.807")
    assert is_decimal("43,60")
    assert not is_decimal("43.5999")
    assert not is_decimal("99999")
    assert not is_decimal("nan")


def test_decimal_degrees_keep_their_sign() -> None:
    assert longitude_deg("-68.807", "decimal") == -68.807


def test_one_slip_does_not_turn_a_project_to_decimal_degrees() -> None:
    right = [{"latitude": f"43.{minutes:02d}", "longitude": "-7.18"} for minutes in range(10, 50, 4)]
    assert convention_of(right) == "degrees-minutes"
    assert convention_of([*right, {"latitude": "43.75", "longitude": "-7.18"}]) == "degrees-minutes"
    assert convention_of([]) == "degrees-minutes"


def test_many_of_them_do() -> None:
    assert convention_of([{"latitude": "39.2822", "longitude": "-68.807"}, {"latitude": "39.3015"}]) == "decimal"


@pytest.mark.parametrize("text", ["91.00", "north", "99999", ""])
def test_what_is_no_latitude_is_none(text: str) -> None:
    assert latitude_deg(text, "degrees-minutes") is None


def test_what_is_no_longitude_is_none() -> None:
    assert longitude_deg("180.30", "degrees-minutes") is None
    assert longitude_deg("180.00", "degrees-minutes") == -180
