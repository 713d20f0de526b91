from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.imaging.drawn_ground import COLS, ROWS, look, mud, noisy, with_fish, with_screen, with_specks

from pelagia.imaging.camera_motion import KNOWN_FROM, Motion, estimate_motion

MUD = mud(1)


def seen(shift: complex = 0j, *, seed: int = 0, rotation_rad: float = 0.0, zoom: float = 1.0) -> Motion:
    """Return the motion found between two noisy looks at the same mud."""
    rng = np.random.default_rng(seed)
    return estimate_motion(noisy(look(MUD), rng), noisy(look(MUD, shift, rotation_rad=rotation_rad, zoom=zoom), rng))


def assert_is(motion: Motion, shift: complex, *, within_px: float = 0.3) -> None:
    assert motion.shift_row_px == pytest.approx(shift.imag, abs=within_px)
    assert motion.shift_col_px == pytest.approx(shift.real, abs=within_px)


@settings(max_examples=30, deadline=None)
@given(row=st.floats(-60, 60), col=st.floats(-110, 110))
def test_shifts_of_a_third_of_the_picture_are_found_to_a_fraction_of_a_pixel(row: float, col: float) -> None:
    motion = seen(complex(col, row))
    assert_is(motion, complex(col, row))
    assert motion.is_known


@pytest.mark.parametrize("shift", [complex(0, 0.4 * ROWS), complex(-0.4 * COLS, 0)])
def test_a_tow_may_go_on_by_two_fifths_of_the_picture_between_frames(shift: complex) -> None:
    assert_is(seen(shift), shift, within_px=0.5)


@settings(max_examples=20, deadline=None)
@given(rotation_rad=st.floats(-0.08, 0.08), zoom=st.floats(0.94, 1.06))
def test_turn_and_zoom_are_told_apart_from_the_shift(rotation_rad: float, zoom: float) -> None:
    motion = seen(complex(-12, 20), rotation_rad=rotation_rad, zoom=zoom)
    assert_is(motion, complex(-12, 20), within_px=0.6)
    assert motion.rotation_rad == pytest.approx(rotation_rad, abs=0.004)
    assert motion.zoom == pytest.approx(zoom, abs=0.005)


@pytest.mark.parametrize("seed", range(6))
def test_fish_snow_letters_and_lasers_do_not_pull_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shift = complex(rng.uniform(-30, 30), rng.uniform(-50, 50))
    before, now = (with_screen(with_fish(with_specks(noisy(look(MUD, at), rng), rng), rng)) for at in (0j, shift))
    motion = estimate_motion(before, now)
    assert motion.is_known
    assert_is(motion, shift, within_px=0.8)


def test_a_camera_that_stands_still_is_told_to_stand_still_though_a_shoal_passes() -> None:
    rng = np.random.default_rng(3)
    before, now = (with_fish(noisy(look(MUD), rng), rng, count=8) for _ in range(2))
    assert_is(estimate_motion(before, now), 0j, within_px=0.2)


def test_the_way_back_is_the_way_there() -> None:
    rng = np.random.default_rng(5)
    here, there = noisy(look(MUD), rng), noisy(look(MUD, complex(9, -14), rotation_rad=0.02, zoom=1.02), rng)
    out, back = estimate_motion(here, there), estimate_motion(there, here)
    round_trip = back.turn * (out.turn * complex(40, 30) + out.shift) + back.shift
    assert abs(round_trip - complex(40, 30)) < 0.6


def test_a_mirrored_picture_moves_the_mirrored_way() -> None:
    rng = np.random.default_rng(6)
    before, now = noisy(look(MUD), rng), noisy(look(MUD, complex(13, 8), rotation_rad=0.03), rng)
    plain = estimate_motion(before, now)
    mirrored = estimate_motion(np.ascontiguousarray(before[:, ::-1]), np.ascontiguousarray(now[:, ::-1]))
    assert mirrored.shift_col_px == pytest.approx(-plain.shift_col_px, abs=0.3)
    assert mirrored.shift_row_px == pytest.approx(plain.shift_row_px, abs=0.3)
    assert mirrored.rotation_rad == pytest.approx(-plain.rotation_rad, abs=0.003)


def test_darkness_and_open_water_tell_nothing() -> None:
    rng = np.random.default_rng(7)
    empty = np.full((ROWS, COLS), 90, np.uint8)
    assert estimate_motion(empty, empty).confidence == 0
    assert not estimate_motion(noisy(empty, rng), noisy(empty, rng)).is_known


def test_a_thing_on_a_ground_without_any_grain_is_looked_at_without_complaint() -> None:
    before, now = np.full((ROWS, COLS), 40, np.uint8), np.full((ROWS, COLS), 40, np.uint8)
    before[40:90, 20:60] = now[40:90, 26:66] = 240
    assert np.isfinite(estimate_motion(before, now).confidence)


@pytest.mark.parametrize("seed", range(8))
def test_two_places_that_have_nothing_in_common_have_no_motion(seed: int) -> None:
    rng = np.random.default_rng(seed)
    motion = estimate_motion(noisy(look(MUD), rng), noisy(look(mud(100 + seed)), rng))
    assert motion.confidence < KNOWN_FROM


def test_pictures_of_unlike_size_have_no_motion() -> None:
    assert estimate_motion(np.zeros((180, 320), np.uint8), np.zeros((90, 160), np.uint8)).confidence == 0


def test_a_motion_holds_in_a_larger_picture_too() -> None:
    small = Motion(shift_row_px=2.0, shift_col_px=-3.0, rotation_rad=0.1, zoom=1.1, confidence=0.7)
    assert small.scaled(6) == Motion(shift_row_px=12, shift_col_px=-18, rotation_rad=0.1, zoom=1.1, confidence=0.7)


def test_the_same_pictures_have_the_same_motion_every_time() -> None:
    assert seen(complex(5, 9), seed=4) == seen(complex(5, 9), seed=4)
