"""The biovolume size spectrum: every class in its place, nothing claimed where nothing is known."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from tests.exports.publishable import write_table
from tests.exports.report.net_result import SPECTRUM_TYPES, Recipe, make_net_result, spectrum_rows

from pelagia.exports.report.biovolume_spectrum import PANELS_AT_MOST, biovolume_spectrum


def drawn(tmp_path, rows):
    result = make_net_result(tmp_path, Recipe(objects=1))
    table = write_table(tmp_path, "spectrum", SPECTRUM_TYPES, rows)
    return biovolume_spectrum(replace(result, tables={"spectrum": table}), {})


def all_organisms(*nbss, sample="net1"):
    return spectrum_rows(sample, "all organisms", nbss)


def test_a_power_law_is_a_straight_line(tmp_path):
    (panel,) = drawn(tmp_path, all_organisms(*(300 * 2.0 ** (-1.2 * number) for number in range(8)))).panels
    slopes = [(b.y - a.y) / (b.x - a.x) for a, b in pairwise(panel.points)]
    assert slopes == pytest.approx([slopes[0]] * 7, rel=0.01)  # places are rounded to 0.01 %
    assert slopes[0] > 0  # downwards: the smaller the figure the further from the top


def test_a_point_stands_between_its_ticks(tmp_path):
    found = drawn(tmp_path, all_organisms(30.0, 3.0, 0.3))
    ticks = {label: place for place, label in found.y_ticks}
    assert list(ticks) == ["0.1", "1", "10", "100"]
    assert [ticks["0.1"], ticks["100"]] == [100, 0]
    first, second, third = found.panels[0].points
    assert ticks["100"] < first.y < ticks["10"] < second.y < ticks["1"] < third.y < ticks["0.1"]
    assert second.y == pytest.approx((first.y + third.y) / 2, abs=0.02)


def test_intervals_enclose_their_points_and_stay_inside_the_drawing(tmp_path):
    for point in drawn(tmp_path, all_organisms(90.0, 3.0, 0.11)).panels[0].points:
        assert 0 <= point.high <= point.y <= point.low <= 100


def test_a_class_in_which_nothing_was_counted_has_an_upper_bound_alone_and_no_line_to_it(tmp_path):
    found = drawn(tmp_path, all_organisms(30.0, 10.0, 0.0, 3.0, 1.0))
    empty = found.panels[0].points[2]
    assert (empty.y, "empty" in found.kinds) == (None, True)
    assert 0 < empty.high < 100
    assert len(found.panels[0].segments) == 2


def test_classes_that_are_not_complete_are_told_apart(tmp_path):
    found = drawn(tmp_path, all_organisms(30.0, 10.0, 3.0))
    assert [point.is_complete for point in found.panels[0].points] == [False, True, True]
    assert found.kinds == {"complete", "incomplete"}


def test_of_one_sample_its_main_taxa_follow(tmp_path):
    rows = [
        *all_organisms(30.0, 10.0),
        *spectrum_rows("net1", "unknown", [20.0, 9.0]),
        *spectrum_rows("net1", "Copepoda", [8.0]),
        *spectrum_rows("net1", "Chaetognatha", [8.0, 9.0]),
        *spectrum_rows("net1", "rare", [1.0], counted=2),
    ]
    found = drawn(tmp_path, rows)
    assert [panel.name for panel in found.panels] == ["All organisms", "Chaetognatha", "Copepoda"]
    assert not found.of_samples


def test_of_several_samples_each_has_a_panel_and_the_rest_is_told(tmp_path):
    names = [f"net{number}" for number in range(PANELS_AT_MOST + 3)]
    rows = [row for name in names for row in all_organisms(30.0, 3.0, sample=name)]
    found = drawn(tmp_path, [*rows, *spectrum_rows("net1", "Copepoda", [8.0])])
    assert [panel.name for panel in found.panels] == names[:PANELS_AT_MOST]
    assert (found.of_samples, found.left_out) == (True, 3)


def test_spheres_are_drawn_where_there_are_no_ellipsoids(tmp_path):
    assert "ellipsoids" in drawn(tmp_path / "one", all_organisms(3.0)).volumes
    spheres = spectrum_rows("net1", "all organisms", [3.0, 1.0], volume_as="sphere")
    assert "spheres" in drawn(tmp_path / "two", spheres).volumes


def test_without_a_volume_of_water_there_is_no_spectrum(tmp_path):
    assert drawn(tmp_path / "one", all_organisms(None, None)) is None
    assert drawn(tmp_path / "two", all_organisms(0.0, 0.0)) is None
    assert drawn(tmp_path / "three", []) is None


def test_an_axis_shorter_than_two_powers_of_ten_has_ticks_between_them(tmp_path):
    labels = [label for _, label in drawn(tmp_path, all_organisms(3.0)).x_ticks]
    assert labels == ["0.02"]
