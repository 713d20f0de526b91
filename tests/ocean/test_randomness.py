"""Random numbers by what they are for."""

from __future__ import annotations

import numpy as np

from pelagia.ocean.randomness import normals, uniforms

MANY = 100_000


def test_numbers_depend_on_seed_step_purpose_and_element_alone():
    whole = uniforms(7, 3, 1, 0, 100)
    assert np.array_equal(whole[40:60], uniforms(7, 3, 1, 40, 20))
    for other in ((8, 3, 1), (7, 4, 1), (7, 3, 2)):
        assert not np.any(whole == uniforms(*other, 0, 100))


def test_numbers_are_uniform_and_independent():
    drawn = uniforms(1, 2, 3, 0, MANY)
    assert drawn.min() >= 0.0
    assert drawn.max() < 1.0
    # Five standard errors of a mean of a uniform number, and of a correlation.
    assert np.abs(drawn.mean(axis=0) - 0.5).max() < 5.0 / np.sqrt(12.0 * MANY)
    for one, two in (
        (drawn[:, 0], drawn[:, 1]),
        (drawn[1:, 0], drawn[:-1, 0]),
        (drawn[:, 0], uniforms(1, 3, 3, 0, MANY)[:, 0]),
        (drawn[:, 0], uniforms(2, 2, 3, 0, MANY)[:, 0]),
    ):
        assert abs(np.corrcoef(one, two)[0, 1]) < 5.0 / np.sqrt(MANY)
    counts = np.histogram(drawn[:, 0], bins=100, range=(0.0, 1.0))[0]
    # Chi-squared of 99 degrees of freedom: 99 ± 14.
    assert ((counts - MANY / 100) ** 2 / (MANY / 100)).sum() < 99.0 + 5.0 * 14.1


def test_normal_numbers_have_the_moments_of_a_standard_normal():
    drawn = normals(1, 0, 5, 0, MANY)
    assert np.abs(drawn.mean(axis=0)).max() < 5.0 / np.sqrt(MANY)
    assert np.abs(drawn.var(axis=0) - 1.0).max() < 5.0 * np.sqrt(2.0 / MANY)
    assert np.abs((drawn**4).mean(axis=0) - 3.0).max() < 5.0 * np.sqrt(96.0 / MANY)
