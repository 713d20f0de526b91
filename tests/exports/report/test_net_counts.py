"""Figures of net samples: per cubic metre, in mm³ and millimetres; samples with what was filtered, where and how."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.exports.flowcam_result import make_result
from tests.exports.publishable import write_table
from tests.exports.report.net_result import SAMPLE_TYPES, Recipe, make_net_result
from tests.exports.zooscan_result import sample_row

from pelagia.core.result import own_files
from pelagia.exports.report.basis import FILTERED, IMAGED, basis_of
from pelagia.exports.report.caveats import caveats
from pelagia.exports.report.count_rows import by_sample, read_counts
from pelagia.exports.report.counting import bar_charts, compare
from pelagia.exports.report.mosaics import gallery
from pelagia.exports.report.samples import read_samples
from pelagia.exports.report.spectrum import size_spectrum


def facts_of(tmp_path, **told):
    result = make_net_result(tmp_path)
    row = {**sample_row("net1"), "instrument": "ZooScan", "scans": 1, "objects": 40, **told}
    samples = write_table(tmp_path, "samples", SAMPLE_TYPES, [row])
    (sample,) = read_samples(replace(result, tables={**result.tables, "samples": samples}), ())
    return sample, {fact.label: fact for fact in sample.facts}


def test_the_columns_of_the_counts_decide_what_figures_refer_to(tmp_path):
    assert basis_of(make_net_result(tmp_path / "net")) is FILTERED
    assert basis_of(make_result(tmp_path / "flow")) is IMAGED
    assert basis_of(replace(make_result(tmp_path / "none"), tables={})) is IMAGED


def test_rows_have_figures_per_cubic_metre_and_biovolume_with_their_intervals(tmp_path):
    row = read_counts(make_net_result(tmp_path))[0]
    assert (row.taxon, row.counted.value, row.per_volume.value) == ("Copepoda", 20, 16)
    assert (row.biovolume.value, row.biovolume_per_volume.value) == (5, 4)
    assert (row.biovolume_per_volume.low, row.biovolume_per_volume.high) == pytest.approx((2.8, 5.6))
    assert (row.adjusted.value, row.per_volume_adjusted.value) == (None, None)


def test_bars_are_per_cubic_metre_or_objects_counted_where_the_volume_is_not_known(tmp_path):
    known, unknown = make_net_result(tmp_path / "a"), make_net_result(tmp_path / "b", Recipe(volume_m3=None))
    (chart,) = bar_charts(by_sample(read_counts(known)))
    assert (chart.unit, chart.told) == ("per m³", "their number per cubic metre")
    assert {bar.row.taxon: bar.value for bar in chart.bars}["Copepoda"] == "16.0"
    (chart,) = bar_charts(by_sample(read_counts(unknown)))
    assert (chart.unit, chart.told) == ("objects counted", "objects counted")


def test_many_samples_are_compared_per_cubic_metre(tmp_path):
    counts = by_sample(read_counts(make_net_result(tmp_path, Recipe(samples=5))))
    assert compare(counts).unit == "per m³"


def test_diameters_are_told_in_millimetres(tmp_path):
    result = make_net_result(tmp_path)
    spectrum = size_spectrum(result, {})
    assert (spectrum.unit, spectrum.panels[0].name) == ("mm", "All objects")
    assert all(0.1 <= float(label) <= 10 for _, label in spectrum.ticks)
    assert 0.4 < float(spectrum.median) < 0.9
    assert all(" mm: " in told for panel in spectrum.panels for _, _, told in panel.bars)


def test_vignettes_in_archives_of_the_result_are_shown_at_one_scale_in_millimetres(tmp_path):
    result = make_net_result(tmp_path)
    found = gallery(result.tables["objects"], {}, own_files(result.artifacts), FILTERED)
    assert {mosaic.taxon: mosaic.total for mosaic in found.mosaics} == {
        "Copepoda": 20, "Chaetognatha": 10, "detritus": 10,
    }  # fmt: skip
    assert found.unreadable == 0
    assert all(mosaic.scale.endswith(" mm") for mosaic in found.mosaics)
    assert found.doubtful[0].size.endswith(" mm")


def test_a_sample_is_told_with_haul_place_and_part_scanned(tmp_path):
    sample, facts = facts_of(tmp_path)
    assert (sample.started, sample.listed, sample.volume_known) == ("2023-06-26 08:28 UTC", 40, True)
    told = {label: (fact.value, fact.remark) for label, fact in facts.items()}
    assert told["Volume filtered"] == ("203.5 m³", "")
    assert told["Net"] == ("bioness, 500 µm", "")
    assert told["Depth"] == ("312–419 m", "")
    assert told["Position"] == ("47.8460° N, 15.4370° W", "to 47.8190° N, 15.4918° W")
    assert told["Station"] == ("46", "")
    assert told["Scans"] == ("1", "1 fraction: tot 1/8")


def test_what_a_sample_lacks_is_marked(tmp_path):
    lacking = {"volume_m3": None, "latitude": None, "longitude": None, "net_type": None, "net_mesh_um": None}
    sample, facts = facts_of(tmp_path, **lacking)
    assert not sample.volume_known
    assert {label for label, fact in facts.items() if fact.matters} == {"Volume filtered", "Position"}
    assert "Net" not in facts


def test_caveats_are_those_of_a_net(tmp_path):
    result = make_net_result(tmp_path, Recipe(volume_m3=None))
    told = " ".join(caveats(read_counts(result), read_samples(result, ()), result))
    for said in ("counting alone", "per cubic metre", "0.300 mm", "500 µm", "ellipsoids", "separated"):
        assert said in told, said
    for said in ("millilitre", "imaged", "Adjusted", "particle"):
        assert said not in told, said
