"""Bars: adjusted figures where there are any, in proportion, organisms first, nothing lost silently."""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.exports.flowcam_result import Recipe, make_result

from pelagia.exports.report.count_rows import all_sizes, by_sample, has_per_volume, ordered, read_counts
from pelagia.exports.report.counting import BARS_AT_MOST, bar_charts, compare


@pytest.fixture
def rows(tmp_path):
    return all_sizes(read_counts(make_result(tmp_path, Recipe(particles=60))))


def chart_of(rows):
    (chart,) = bar_charts({"run-01": rows})
    return chart


def test_charts_of_two_samples_share_one_scale(tmp_path):
    rows = all_sizes(read_counts(make_result(tmp_path, Recipe(samples=2))))
    few, many = bar_charts({"few": by_sample(rows)["run-01"][:1], "many": by_sample(rows)["run-02"]})
    assert few.ticks == many.ticks


def test_bars_are_in_proportion_to_the_adjusted_figures_per_ml(rows):
    chart = chart_of(rows)
    adjusted = [bar for bar in chart.bars if bar.adjusted]
    assert chart.unit == "per mL"
    ratios = {round(bar.width / bar.row.per_volume_adjusted.value, 6) for bar in adjusted}
    assert max(ratios) - min(ratios) < 1e-2 * max(ratios)  # positions are rounded to 0.01 %


def test_whiskers_enclose_the_bar_and_stay_inside_the_drawing(rows):
    for bar in chart_of(rows).bars:
        assert 0 <= bar.low <= bar.width <= bar.high <= 100
        assert bar.unadjusted is None or 0 <= bar.unadjusted <= 100


def test_an_adjusted_bar_has_the_unadjusted_figure_marked_and_a_validated_one_has_none(rows):
    for bar in chart_of(rows).bars:
        assert (bar.unadjusted is not None) == (bar.row.status == "predicted")


def test_without_a_volume_images_are_drawn_instead(tmp_path):
    rows = all_sizes(read_counts(make_result(tmp_path, Recipe(volume_ml=None))))
    assert not has_per_volume(rows)
    assert chart_of(rows).unit == "images counted"


def test_taxa_beyond_the_twentieth_are_said_to_be_left_out(tmp_path):
    taxa = tuple(f"taxon_{number:03d}" for number in range(121))
    rows = all_sizes(read_counts(make_result(tmp_path, Recipe(taxa=taxa, particles=242, validated_every=0))))
    chart = chart_of(rows)
    assert (len(chart.bars), chart.left_out) == (BARS_AT_MOST, 121 - BARS_AT_MOST)


def test_what_has_no_name_stands_last_however_frequent(tmp_path):
    taxa = ("unknown", "unknown", "unknown", "Protist")
    rows = ordered(all_sizes(read_counts(make_result(tmp_path, Recipe(taxa=taxa, particles=40)))))
    assert [row.kind for row in rows] == sorted((row.kind for row in rows), key=["organism", "other", "unnamed"].index)


def test_rows_of_one_taxon_stand_together(rows):
    taxa = [row.taxon for row in ordered(rows)]
    assert len([one for one, other in pairwise(taxa) if one != other]) == len(set(taxa)) - 1


def test_many_samples_are_compared_taxon_by_taxon_each_on_its_own_scale(tmp_path):
    rows = all_sizes(read_counts(make_result(tmp_path, Recipe(samples=40))))
    comparison = compare(by_sample(rows))
    assert len(comparison.lines) == 40
    for column in range(len(comparison.taxa)):
        bars = [line[column] for _, line in comparison.lines if line[column]]
        assert {(bar.row.taxon, bar.row.status) for bar in bars} == {comparison.taxa[column]}
        assert 50 <= max(bar.high for bar in bars) <= 100


def test_samples_in_which_nothing_has_a_name_are_compared_by_what_was_left_without(tmp_path):
    recipe = Recipe(samples=5, taxa=("unknown",), validated_every=0)
    comparison = compare(by_sample(all_sizes(read_counts(make_result(tmp_path, recipe)))))
    assert comparison.taxa == (("unknown", "predicted"),)
    assert all(bars[0] is not None for _, bars in comparison.lines)


def test_a_result_without_counts_has_no_rows(tmp_path):
    result = make_result(tmp_path)
    assert read_counts(type(result)(tables={}, summary={}, issues=(), provenance=result.provenance)) == ()


def test_what_only_arithmetic_keeps_from_being_nothing_is_nothing(tmp_path):
    result = make_result(tmp_path, Recipe(particles=60))
    table = result.tables["counts"].read()
    dust = pa.array([5.41e-77] * table.num_rows)
    pq.write_table(
        table.set_column(table.column_names.index("per_ml_adjusted"), "per_ml_adjusted", dust),
        result.tables["counts"].path,
    )
    rows = all_sizes(read_counts(result))
    assert {row.per_volume_adjusted.value for row in rows} == {0.0}
    assert {bar.value for bar in chart_of(rows).bars if bar.adjusted} == {"0"}
