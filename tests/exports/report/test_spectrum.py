"""The size spectrum: every measured particle in the bin it belongs to."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from tests.exports.flowcam_result import Recipe, _table, make_result

from pelagia.core.table import Column
from pelagia.exports.report.spectrum import size_spectrum

COLUMNS = (
    Column(name="taxon", type=pa.string(), description="Taxon"),
    Column(name="duplicate_of", type=pa.string(), description="First image"),
    Column(name="esd_um", type=pa.float64(), description="ESD", unit="µm"),
    Column(name="abd_um", type=pa.float64(), description="ABD", unit="µm"),
)


def spectrum_of(tmp_path, rows, **params):
    result = make_result(tmp_path, Recipe(particles=1))
    table = _table(tmp_path, "sized", COLUMNS, rows)
    provenance = replace(result.provenance, params=params)
    return size_spectrum(replace(result, tables={"objects": table}, provenance=provenance), {})


def test_particles_of_one_size_fill_one_bin_up_to_the_top(tmp_path):
    spectrum = spectrum_of(tmp_path, [{"taxon": "a", "esd_um": 10.0}] * 8)
    (bar,) = spectrum.panels[0].bars
    assert (bar[1], spectrum.panels[0].highest) == (100.0, "8")
    assert spectrum.median == "9.0"  # the middle of the third octave from 2^(9/3) to 2^(10/3) = 8.0 to 10.1


def test_heights_add_up_to_the_number_measured_and_the_rest_is_told(tmp_path):
    sizes = [2.0, 3.0, 5.0, 8.0, 40.0, 40.5, None, 0.0, float("nan")]
    spectrum = spectrum_of(tmp_path, [{"taxon": "a", "esd_um": size} for size in sizes])
    top = float(spectrum.panels[0].highest)
    assert sum(tall * top / 100 for _, tall, _ in spectrum.panels[0].bars) == pytest.approx(6, abs=0.01)
    assert (spectrum.measured, spectrum.not_measured) == (6, 3)


def test_doubling_every_diameter_moves_the_bars_by_three_bins(tmp_path):
    rows = [{"taxon": "a", "esd_um": size} for size in (2.1, 3.1, 4.1, 5.1, 6.1, 30.1)]
    one = spectrum_of(tmp_path / "one", rows)
    two = spectrum_of(tmp_path / "two", [{**row, "esd_um": 2 * row["esd_um"]} for row in rows])
    assert [bar[:2] for bar in one.panels[0].bars] == [bar[:2] for bar in two.panels[0].bars]
    ten = [next(place for place, label in spectrum.ticks if label == "10") for spectrum in (one, two)]
    assert ten[0] - ten[1] == pytest.approx(3 * one.step, abs=0.02)


def test_the_diameter_is_the_one_the_counts_were_made_with(tmp_path):
    rows = [{"taxon": "a", "esd_um": 10.0, "abd_um": 9.0}] * 6
    assert "ESD" in spectrum_of(tmp_path / "one", rows).diameter
    assert "ABD" in spectrum_of(tmp_path / "two", rows, size_by="abd").diameter


def test_stuck_particles_are_left_out_where_the_counts_leave_them_out(tmp_path):
    rows = [{"taxon": "a", "esd_um": 10.0, "duplicate_of": "x" if number % 2 else None} for number in range(20)]
    assert spectrum_of(tmp_path / "one", rows).measured == 20
    assert spectrum_of(tmp_path / "two", rows, stuck_duplicates="leave-out").measured == 10


def test_next_to_nothing_measured_gives_no_spectrum(tmp_path):
    assert spectrum_of(tmp_path, [{"taxon": "a", "esd_um": 10.0}] * 4) is None
    assert spectrum_of(tmp_path, []) is None


def test_each_main_taxon_has_a_panel_on_the_common_axis(tmp_path):
    rows = [{"taxon": taxon, "esd_um": 10.0} for taxon in ["a"] * 9 + ["b"] * 6 + ["rare"] * 2 + ["unknown"] * 30]
    names = [panel.name for panel in spectrum_of(tmp_path, rows).panels]
    assert names == ["All particles", "a", "b"]
