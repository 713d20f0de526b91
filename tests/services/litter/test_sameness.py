"""One thing is one item, whatever it is called; a thing on top of another one is another."""

import numpy as np

from pelagia.services.litter.sameness import distinct

BAG = (0.0, 0.0, 100.0, 100.0)


def kept(*boxes):
    edges = np.array([box for box, _, _ in boxes], np.float64)
    return distinct(
        edges, np.array([score for _, score, _ in boxes]), np.array([label for _, _, label in boxes], np.int32)
    ).tolist()


def test_a_thing_of_two_names_is_one_of_the_surer_name():
    assert kept((BAG, 0.4, 1), ((4.0, 3.0, 98.0, 101.0), 0.6, 2)) == [1]


def test_a_thing_that_lies_partly_on_another_one_is_another():
    assert kept((BAG, 0.9, 1), ((80.0, 80.0, 120.0, 120.0), 0.5, 2)) == [0, 1]


def test_half_a_thing_of_the_same_name_is_the_same():
    assert kept((BAG, 0.9, 1), ((60.0, 0.0, 104.0, 100.0), 0.5, 1)) == [0]


def test_nothing_stays_nothing():
    assert distinct(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int32)).tolist() == []
