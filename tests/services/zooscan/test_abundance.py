"""Individuals and biovolume per cubic metre: by hand, by chance, and with what is not known left unknown."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from pelagia.io.tally import Tally
from pelagia.io.zooscan.pid import parse_pid
from pelagia.learning.quantify import poisson_interval
from pelagia.services.zooscan.abundance import (
    NOTHING,
    abundance_per_m3,
    biovolume_per_m3,
    known,
    scan_weights,
    weighted_interval,
)
from pelagia.services.zooscan.biovolume import sphere_mm3


def scan(name="s_d1_1", sample="s", fraction="d1", part=4.0):
    return {"scan_id": name, "sample_id": sample, "fraction_id": fraction, "sub_part": part}


def sample(name="s", volume=200.0):
    return {"sample_id": name, "volume_m3": volume}


def weights_of(*scans, volume=200.0):
    return scan_weights(scans, [sample(volume=volume)])


def test_each_object_stands_for_its_part_of_the_sample_in_cubic_metres():
    weights, issues = weights_of(scan(part=4.0), scan("s_d2_1", fraction="d2", part=32.0))
    assert weights == {"s_d1_1": 4 / 200, "s_d2_1": 32 / 200}
    assert issues == ()


def test_an_abundance_is_the_sum_over_the_fractions_of_the_haul():
    weights, _ = weights_of(scan(part=4.0), scan("s_d2_1", fraction="d2", part=32.0))
    found = abundance_per_m3({"s_d1_1": 10, "s_d2_1": 3}, weights)
    assert found.value == pytest.approx(10 * 4 / 200 + 3 * 32 / 200)
    assert found.low < found.value < found.high


def test_the_part_of_a_fraction_that_was_scanned_in_parts_is_not_divided_again():
    parts = [scan(f"s_d2_{n}_sur_2_1", fraction=f"d2_{n}_sur_2", part=4.0) for n in (1, 2)]
    weights, issues = weights_of(*parts)
    assert issues == ()
    assert abundance_per_m3({one["scan_id"]: 5 for one in parts}, weights).value == pytest.approx(10 * 4 / 200)


def test_a_part_that_is_missing_leaves_no_figure_and_a_finding():
    weights, issues = weights_of(scan("a", fraction="d2_2_sur_3"), scan("b", fraction="d1"))
    assert weights == {"a": None, "b": None}
    assert (issues[0].code, issues[0].value) == ("fraction-incomplete", "1 of 3")
    assert "part 1, 3" in issues[0].message
    assert abundance_per_m3({"a": 3}, weights) == NOTHING


@pytest.mark.parametrize("volume", [None, 99999.0, 9999.0, 999999.0, 0.0, -1.0, float("nan"), float("inf")])
def test_a_volume_that_is_not_known_gives_no_figure_and_a_finding(volume):
    weights, issues = weights_of(scan(), volume=volume)
    assert weights == {"s_d1_1": None}
    assert [one.code for one in issues] == ["volume-unknown"]


@pytest.mark.parametrize("part", [None, 99999.0, 0.0, float("nan")])
def test_a_part_that_is_not_known_takes_the_figures_of_its_sample_and_of_no_other(part):
    scans = [scan(part=part), scan("s_d2_1", fraction="d2"), scan("t_d1_1", "t")]
    weights, issues = scan_weights(scans, [sample(), sample("t", 100.0)])
    assert weights == {"s_d1_1": None, "s_d2_1": None, "t_d1_1": 0.04}
    assert [(one.code, one.file) for one in issues] == [("sub-part-unknown", "s_d1_1")]


def test_a_sample_that_is_in_no_table_has_no_volume():
    weights, issues = scan_weights([scan()], [])
    assert weights == {"s_d1_1": None}
    assert issues[0].code == "volume-unknown"


@pytest.mark.parametrize(
    ("value", "number"), [("203.5", 203.5), (7, 7.0), ("99999", None), ("x", None), (True, None), ("", None)]
)
def test_numbers_are_known_or_not(value, number):
    assert known(value) == number


@pytest.mark.parametrize("counted", [0, 1, 7, 120])
def test_of_equal_weights_the_interval_is_the_exact_one_of_poisson(counted):
    found = weighted_interval(np.full(counted, 0.02), 0.02)
    low, high = poisson_interval(counted)
    assert (found.value, found.low) == (pytest.approx(counted * 0.02), pytest.approx(float(low) * 0.02))
    assert found.high == pytest.approx(float(high) * 0.02)


def test_an_absent_taxon_has_an_upper_bound_by_the_least_sampled_fraction():
    found = abundance_per_m3({}, {"a": 0.02, "b": 0.16})
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(3.6889 * 0.16, rel=1e-4)


def test_the_interval_holds_as_often_as_it_says():
    rng = np.random.default_rng(5)
    weights, means = np.array([0.02, 0.32]), np.array([40.0, 2.5])
    truth, held, runs = float(weights @ means), 0, 2000
    for counts in rng.poisson(means, (runs, 2)):
        found = weighted_interval(np.repeat(weights, counts), 0.32)
        held += found.low <= truth <= found.high
    # 95 % at least; three standard errors of 2,000 trials are 1.5 %.
    assert held / runs >= 0.935


def test_a_biovolume_is_weighted_as_the_objects_are():
    found = biovolume_per_m3([1.5, 0.5, 2.0], [0.02, 0.02, 0.16])
    assert found.value == pytest.approx(0.02 * 2.0 + 0.16 * 2.0)
    assert found.low < found.value < found.high


def test_one_large_animal_makes_a_biovolume_less_certain_than_many_small_ones():
    one, many = biovolume_per_m3([100.0], [0.02]), biovolume_per_m3(np.ones(100), np.full(100, 0.02))
    assert one.value == pytest.approx(many.value)
    assert one.high - one.low > 5 * (many.high - many.low)


def test_a_volume_that_is_not_known_leaves_the_sum_unknown():
    assert biovolume_per_m3([1.0, np.nan], [0.02, 0.02]) == NOTHING
    assert biovolume_per_m3([1.0], [np.nan]) == NOTHING


def test_without_objects_the_biovolume_is_nothing_and_has_no_upper_bound():
    found = biovolume_per_m3([], [])
    assert (found.value, found.low, found.high) == (0.0, 0.0, None)


def lines_of(path):
    return list(csv.DictReader(path.read_text(encoding="latin-1").splitlines(), delimiter="\t"))


@pytest.mark.data
@pytest.mark.parametrize(("name", "objects"), [("m106_mn01_n1_sml", 5), ("m106_mn01_n2_sml", 3)])
def test_ecotaxas_own_concentrations_and_biovolumes_are_met(shared_data, name, objects):
    bundles = shared_data / "zooscan" / "ecotaxa_bundles"
    table = lines_of(bundles / "import_test" / name / f"ecotaxa_{name}.tsv")[1 : objects + 1]
    areas = np.array([float(row["object_area"]) for row in table])
    told = {}
    for kind in ("concentration", "biovolume"):
        reference = bundles / "ref_exports" / f"{kind}s_by_sample" / "ref.tsv"
        told[kind] = [float(row[kind]) for row in lines_of(reference) if row["sampleid"] == name and row[kind] != "0"]
    # Every taxon there has one object; EcoTaxa has them stand for 2 in 100 (m³), with a pixel of 10.6 (µm).
    weights, _ = weights_of(scan(part=2.0), volume=100.0)
    assert told["concentration"] == pytest.approx([abundance_per_m3({"s_d1_1": 1}, weights).value] * objects)
    ours = [biovolume_per_m3([volume], [weights["s_d1_1"]]).value for volume in sphere_mm3(areas, 10.6)]
    assert sorted(told["biovolume"]) == pytest.approx(sorted(ours), rel=1e-12)


def read_pid(path):
    tally = Tally(path.name)
    pid = parse_pid(path.read_bytes(), path.name, tally)
    return pid, pid.metadata()


@pytest.mark.data
def test_of_real_tables_the_abundance_is_that_of_their_metadata(shared_data):
    paths = sorted((shared_data / "zooscan" / "pid").glob("*.pid"))
    assert len(paths) >= 10
    for path in paths:
        pid, told = read_pid(path)
        scans = [scan(path.stem, told["sampleid"], told["fracid"], told["fracnb"])]
        weights, issues = scan_weights(scans, [{"sample_id": told["sampleid"], "volume_m3": told["vol"]}])
        found = abundance_per_m3({path.stem: len(pid.rows)}, weights)
        assert issues == ()
        assert found.value == pytest.approx(len(pid.rows) * float(told["fracnb"]) / float(told["vol"]))
        assert found.low <= found.value < found.high


@pytest.mark.data
def test_one_of_four_scans_of_a_real_fraction_gives_no_abundance(shared_data):
    (path,) = (shared_data / "zooscan" / "imagej_reference" / "project" / "work").glob("*_dat1.pid")
    pid, told = read_pid(path)
    assert (len(pid.rows), told["fracid"], told["fracnb"], told["vol"]) == (439, "d2_2_sur_4", "2", "124.5")
    parts = [f"d2_{part}_sur_4" for part in range(1, 5)]
    _, alone = weights_of(scan(fraction=parts[1], part=2.0), volume=124.5)
    weights, together = weights_of(*(scan(name, fraction=name, part=2.0) for name in parts), volume=124.5)
    assert [one.code for one in alone] == ["fraction-incomplete"]
    assert together == ()
    # Split into eight, four eighths scanned: each animal stands for two, not for eight.
    assert abundance_per_m3({parts[1]: len(pid.rows)}, weights).value == pytest.approx(439 * 2 / 124.5)
