"""ZooProcess' own tables are written so that they read back as what was measured."""

from __future__ import annotations

import pyarrow as pa
import pytest
from tests.exports.publishable import options, write_table
from tests.exports.zooscan_result import SAMPLE_TYPES, SCAN_TYPES, provenance, sample_row, scan_row

from pelagia.core.errors import Conflict
from pelagia.core.result import Result
from pelagia.exports.registry import missing_columns
from pelagia.exports.zooprocess import NEEDS, SPELLINGS, write
from pelagia.imaging.measures import LEGACY_MEASURES
from pelagia.io.tally import Tally
from pelagia.io.zooscan.coordinates import latitude_deg, longitude_deg
from pelagia.io.zooscan.meas import parse_meas
from pelagia.io.zooscan.pid import parse_pid

COLUMNS = NEEDS["objects"][1:]
TYPES = {"scan_id": pa.string(), **dict.fromkeys(COLUMNS, pa.float64())}


def measured(scan, start):
    return {"scan_id": scan, **{name: start + at + 0.123456 for at, name in enumerate(COLUMNS)}}


def make(tmp_path, objects, **tables):
    scans = tables.get("scans") or [scan_row("net1_d1_1"), scan_row("net2_tot_1")]
    samples = tables.get("samples") or [sample_row("net1"), sample_row("net2")]
    return Result(
        tables={
            "objects": write_table(tmp_path, "objects", TYPES, objects),
            "scans": write_table(tmp_path, "scans", SCAN_TYPES, scans),
            "samples": write_table(tmp_path, "samples", SAMPLE_TYPES, samples),
        },
        summary={},
        issues=(),
        provenance=provenance(),
    )


def export(tmp_path, objects=None, **tables):
    rows = objects or [measured("net1_d1_1", 0), measured("net1_d1_1", 1), measured("net2_tot_1", 2)]
    return write(make(tmp_path, rows, **tables), tmp_path / "out", options())


def pid_of(outcome, scan="net1_d1_1"):
    path = next(path for path in outcome.files if path.name == f"{scan}_dat1.pid")
    tally = Tally(path.name)
    found = parse_pid(path.read_bytes(), path.name, tally)
    assert tally.issues() == ()
    return found


def test_a_scan_has_its_two_files(tmp_path):
    names = [path.relative_to(tmp_path / "out").as_posix() for path in export(tmp_path).files]
    assert names == [
        "zooprocess/net1_d1_1/net1_d1_1_dat1.pid",
        "zooprocess/net1_d1_1/net1_d1_1_meas.txt",
        "zooprocess/net2_tot_1/net2_tot_1_dat1.pid",
        "zooprocess/net2_tot_1/net2_tot_1_meas.txt",
    ]


def test_the_spellings_are_those_of_the_measures_in_their_order():
    assert [spelling.lower() for spelling in SPELLINGS] == [one.name for one in LEGACY_MEASURES][: len(SPELLINGS)]
    assert LEGACY_MEASURES[len(SPELLINGS)].name == "esd"


def test_the_pid_rounds_by_column_and_holds_zero_where_nothing_is_ever_computed(tmp_path):
    pid = pid_of(export(tmp_path))
    rows = [dict(zip(pid.columns, row, strict=True)) for row in pid.rows]
    assert len(rows) == 2
    at = {name: COLUMNS.index(name) + 0.123456 for name in COLUMNS}
    first = rows[0]
    assert (first["!Item"], first["Label"], first["XMg5"], first["CompM3"]) == ("1", "net1_d1_1", "0", "0")
    for spelling, decimals in (("Area", 0), ("Mean", 2), ("StdDev", 3), ("Feret", 1), ("Convarea", 0)):
        assert float(first[spelling]) == pytest.approx(round(at[spelling.lower()], decimals))


def test_the_table_of_measures_has_three_decimals(tmp_path):
    path = next(path for path in export(tmp_path).files if path.name == "net2_tot_1_meas.txt")
    table = parse_meas(path.read_bytes(), path.name, Tally(path.name))
    assert table.numbers("Mean").tolist() == [3.123]
    assert table.numbers("Nb3").tolist() == [0.0]


def test_the_metadata_read_back_as_they_were(tmp_path):
    told = pid_of(export(tmp_path)).metadata()
    assert {
        "sampleid": "net1", "date": "20230626-0828", "stationid": "46", "nettype": "bioness", "netmesh": "500",
        "zmin": "312", "zmax": "419", "vol": "203.5", "fracid": "d1", "fracmin": "300", "fracsup": "2000",
        "fracnb": "4", "submethod": "motoda", "depth": "99999", "barcode": "NaN", "scanop": "anna",
    }.items() <= told.items()  # fmt: skip


def test_positions_are_degrees_and_minutes_west_positive(tmp_path):
    told = pid_of(export(tmp_path)).metadata()
    assert told["latitude"] == "47.5076"
    assert told["longitude"].startswith("15.26")
    assert latitude_deg(told["latitude"], "degrees-minutes") == pytest.approx(47.846, abs=1e-6)
    assert longitude_deg(told["longitude"], "degrees-minutes") == pytest.approx(-15.437, abs=1e-6)
    assert longitude_deg(told["longitude_end"], "degrees-minutes") == pytest.approx(-15.4918, abs=1e-6)


@pytest.mark.parametrize("degrees", [0.0, 12.999999, -0.25, 59.9999999, 5.5])
def test_every_position_reads_back(tmp_path, degrees):
    samples = [sample_row("net1", latitude=degrees, longitude=degrees), sample_row("net2")]
    told = pid_of(export(tmp_path, samples=samples)).metadata()
    assert latitude_deg(told["latitude"], "degrees-minutes") == pytest.approx(degrees, abs=2e-6)
    assert longitude_deg(told["longitude"], "degrees-minutes") == pytest.approx(degrees, abs=2e-6)


def test_what_is_known_of_the_process_stands_in_the_log(tmp_path):
    pid = pid_of(export(tmp_path))
    assert pid.value("Process", "Version") == "Pelagia 0.9.0"
    assert pid.value("Particules_Process", "B/W_ratio") == "0.0868"
    assert pid.value("Particules_Process", "Analysed_Objects") == "2"
    assert pid.value("Image_Process", "Background_correct_using") == "20250121_1031_background_large_manual.tif"
    assert pid.value("LUT", "Median_level") == "43516.45"
    assert pid.value("Image", "Scanning_date") == "20250121-1251"


def test_what_is_not_known_is_told_with_the_codes_of_zooprocess(tmp_path):
    samples = [dict.fromkeys(sample_row("x")) | {"sample_id": name} for name in ("net1", "net2")]
    scans = [
        dict.fromkeys(scan_row(name)) | {"scan_id": name, "sample_id": name[:4]} for name in ("net1_d1_1", "net2_tot_1")
    ]
    told = pid_of(export(tmp_path, samples=samples, scans=scans)).metadata()
    assert (told["vol"], told["latitude"], told["fracsup"], told["ship"]) == ("99999", "NaN", "999999", "NaN")


def test_a_measure_that_is_missing_is_no_number(tmp_path):
    pid = pid_of(export(tmp_path, [measured("net1_d1_1", 0) | {"fractal": None, "mean": float("inf")}]))
    row = dict(zip(pid.columns, pid.rows[0], strict=True))
    assert (row["Fractal"], row["Mean"]) == ("NaN", "NaN")


def test_objects_of_a_scan_that_do_not_stand_together_are_a_fault(tmp_path):
    with pytest.raises(Conflict):
        export(tmp_path, [measured("net1_d1_1", 0), measured("net2_tot_1", 1), measured("net1_d1_1", 2)])


def test_it_needs_the_measures(tmp_path):
    result = make(tmp_path, [measured("net1_d1_1", 0)])
    assert missing_columns(result, NEEDS) == ()
    poor = {**result.tables, "objects": result.tables["scans"]}
    lacking = Result(tables=poor, summary={}, issues=(), provenance=provenance())
    assert "objects.thickr" in missing_columns(lacking, NEEDS)
