"""The size spectrum: octaves, widths, and what the smallest measured object cuts off."""

from __future__ import annotations

import numpy as np
import pytest

from pelagia.services.zooscan.spectrum import octaves, size_spectrum


@pytest.mark.parametrize(
    ("volume", "octave"), [(1.0, 0), (1.999, 0), (2.0, 1), (0.5, -1), (0.4999, -2), (1024.0, 10), (2.0**-40, -40)]
)
def test_a_class_begins_at_a_power_of_two(volume, octave):
    assert octaves([volume]).tolist() == [octave]


def test_the_spectrum_by_hand():
    classes = size_spectrum([1.0, 1.5, 3.0, 9.0], [0.1, 0.1, 0.2, 0.1])
    assert [(one.low_mm3, one.high_mm3, one.counted) for one in classes] == [
        (1.0, 2.0, 2), (2.0, 4.0, 1), (4.0, 8.0, 0), (8.0, 16.0, 1)
    ]  # fmt: skip
    assert [one.biovolume.value for one in classes] == pytest.approx([0.25, 0.6, 0.0, 0.9])
    assert [one.nbss.value for one in classes] == pytest.approx([0.25, 0.3, 0.0, 0.1125])
    assert [one.per_m3.value for one in classes] == pytest.approx([0.2, 0.2, 0.0, 0.1])
    assert classes[0].label == "1–2 mm³"


def test_the_classes_hold_all_objects_and_all_volume():
    rng = np.random.default_rng(3)
    volumes, weights = rng.lognormal(-2, 1.5, 500), rng.choice([0.02, 0.16], 500)
    classes = size_spectrum(volumes, weights)
    assert sum(one.counted for one in classes) == 500
    assert sum(one.biovolume.value for one in classes) == pytest.approx(float(volumes @ weights))
    assert sum(one.nbss.value * one.width_mm3 for one in classes) == pytest.approx(float(volumes @ weights))


def test_twice_the_water_is_half_the_spectrum():
    volumes = np.array([0.1, 0.2, 0.7])
    once, twice = (size_spectrum(volumes, np.full(3, weight)) for weight in (0.02, 0.01))
    assert [one.nbss.value for one in twice] == pytest.approx([one.nbss.value / 2 for one in once])


def test_the_slope_of_a_biovolume_that_is_equal_in_each_octave_is_minus_one():
    octave_of = np.arange(8)
    numbers = 2 ** (10 - octave_of)
    volumes = np.repeat(2.0**octave_of, numbers)
    classes = size_spectrum(volumes, np.full(volumes.size, 0.01))
    nbss = np.array([one.nbss.value for one in classes])
    assert np.polyfit(np.log2([one.low_mm3 for one in classes]), np.log2(nbss), 1)[0] == pytest.approx(-1.0)


def test_an_empty_class_between_is_told_with_an_upper_bound():
    empty = size_spectrum([1.0, 8.0], [0.1, 0.1])[1]
    assert (empty.counted, empty.nbss.value, empty.nbss.low) == (0, 0.0, 0.0)
    assert empty.nbss.high == pytest.approx(3.6889 * 0.1 * 4.0 / 2.0, rel=1e-4)


def test_a_class_that_begins_below_the_smallest_measured_object_is_not_complete():
    classes = size_spectrum([0.6, 1.1, 3.0], np.full(3, 0.1), smallest_mm3=0.7)
    assert [(one.low_mm3, one.is_complete) for one in classes] == [(0.5, False), (1.0, True), (2.0, True)]


def test_objects_without_a_volume_are_in_no_class():
    classes = size_spectrum([1.0, np.nan, 0.0, -3.0], np.full(4, 0.1))
    assert [one.counted for one in classes] == [1]
    assert size_spectrum([np.nan], [0.1]) == ()
    assert size_spectrum([], []) == ()


def test_without_weights_there_are_counts_and_no_figures():
    (only,) = size_spectrum([1.0, 1.5], [np.nan, np.nan])
    assert (only.counted, only.nbss.value, only.per_m3.value) == (2, None, None)


def test_the_heaviest_scan_of_the_sample_bounds_what_was_not_seen():
    lone, beside = (size_spectrum([1.0], [0.02], heaviest=heaviest)[0] for heaviest in (0.02, 0.32))
    assert beside.per_m3.high > lone.per_m3.high
    assert beside.per_m3.value == lone.per_m3.value


def test_volumes_and_weights_are_as_many():
    with pytest.raises(ValueError, match="3 volumes and 2 weights"):
        size_spectrum([1.0, 2.0, 3.0], [0.1, 0.1])
