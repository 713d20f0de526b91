from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tests.data.zooscan.make import sample_row, write_table

from pelagia.core.errors import BadInput
from pelagia.io.tally import Tally
from pelagia.io.zooscan.configuration import parse_configuration, parse_lut
from pelagia.io.zooscan.decimals import meas_text, pid_text
from pelagia.io.zooscan.headers import parse_header_table
from pelagia.io.zooscan.keyed import parse_keyed
from pelagia.io.zooscan.meas import make_meas, parse_meas
from pelagia.io.zooscan.pid import make_pid, parse_pid
from pelagia.io.zooscan.results import parse_results

COLUMNS = ("Area", "Mean", "Major", "Skew", "Symetriehc")
OBJECTS = ({"Area": 645.0, "Mean": 241.353, "Major": 46.84, "Skew": 0.009, "Symetriehc": 2.5},)


def made_pid() -> bytes:
    sections = [
        ("Sample", [("SampleId", "st1"), ("Vol", "10")]),
        ("Fraction", [("Code", "1"), ("FracId", "d1"), ("Min", "1000"), ("Max", "999999")]),
        ("Subsample", [("SubPart", "4"), ("SubMethod", "motoda")]),
    ]
    return make_pid(sections, COLUMNS, OBJECTS, label="st1_d1_1")


def test_a_pid_made_here_reads_back() -> None:
    tally = Tally("a.pid")
    pid = parse_pid(made_pid(), "a.pid", tally)
    assert pid.columns == ("!Item", "Label", *COLUMNS)
    assert pid.rows == (("1", "st1_d1_1", "645", "241.35", "46.8", "0.0090", "3"),)
    told = pid.metadata()
    assert (told["sampleid"], told["fracmin"], told["fracsup"], told["fracnb"]) == ("st1", "1000", "999999", "4")
    assert pid.write() == made_pid()
    assert tally.issues() == ()


def test_a_correction_changes_its_line_of_the_pid_and_no_other() -> None:
    pid = parse_pid(made_pid(), "a.pid", Tally("a.pid"))
    new = pid.with_metadata({"fracmin": "500", "vol": "12.5", "ship": "none"}).write()
    before, after = made_pid().split(b"\r\n"), new.split(b"\r\n")
    changed = [(old, now) for old, now in zip(before, after, strict=True) if old != now]
    assert changed == [(b"Vol= 10", b"Vol= 12.5"), (b"Min= 1000", b"Min= 500")]


def test_a_pid_without_its_table_is_refused() -> None:
    with pytest.raises(BadInput, match="no table of objects") as caught:
        parse_pid(b"PID\r\n[Image]\r\n[Data]\r\n", "a.pid", Tally("a.pid"))
    assert caught.value.code == "pid-no-data"


def test_ragged_rows_are_kept_and_told() -> None:
    data = made_pid() + b"2;st1_d1_1;7\r\n"
    tally = Tally("a.pid")
    assert parse_pid(data, "a.pid", tally).write() == data
    (issue,) = tally.issues()
    assert (issue.code, issue.value, issue.objects) == ("table-ragged", "2: 3 of 7 fields", 1)


def test_measures_are_printed_as_the_legacy_prints_them() -> None:
    assert [pid_text("Mean", value) for value in (236.029, 178.0, 0.104)] == ["236.03", "178", "0.1"]
    assert [pid_text("Kurt", value) for value in (-0.0092, 0.01, float("nan"))] == ["-0.0090", "0.01", "NaN"]
    assert [meas_text(value) for value in (645.0, 10.15, 0.0, -1.006)] == ["645", "10.150", "0", "-1.006"]


def test_a_table_of_measures_made_here_reads_back() -> None:
    data = make_meas(COLUMNS, OBJECTS, label="st1_d1_1")
    table = parse_meas(data, "a_meas.txt", Tally("a_meas.txt"))
    assert table.numbers("Mean").tolist() == [241.353]
    assert table.write() == data
    with pytest.raises(BadInput, match="no column Area"):
        parse_meas(b"a\tb\n", "a_meas.txt", Tally("a_meas.txt"))


def test_a_header_table_is_corrected_by_key_and_keeps_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_table(path, [sample_row(sample_comment="Villéfranche"), sample_row(sampleid="st2")])
    table = parse_header_table(path.read_bytes(), path.name, ("sampleid",), Tally(path.name))
    assert table.write() == path.read_bytes()
    changed = table.with_records("sampleid", {"st2": {"vol": "99"}})
    assert [row["vol"] for row in changed.records()] == ["10", "99"]
    assert b"Vill\xe9franche" in changed.write()


def test_ragged_and_repeated_rows_of_a_header_table_are_told() -> None:
    data = b"sampleid;ship;vol\na;x\nb;x;3;4\na;y;5\n"
    tally = Tally("t.csv")
    table = parse_header_table(data, "t.csv", ("sampleid",), tally)
    assert [issue.code for issue in tally.issues()] == ["header-table-ragged", "header-table-repeated"]
    assert table.records()[0] == {"sampleid": "a", "ship": "x"}
    assert table.with_records("sampleid", {"a": {"vol": "1"}, "b": {"vol": "2"}}).write() == (
        b"sampleid;ship;vol\na;x;1\nb;x;2;4\na;y;1\n"
    )
    with pytest.raises(BadInput, match="lacks the column sampleid"):
        parse_header_table(b"a,b\n", "t.csv", ("sampleid",), tally)


def test_a_meta_file_is_corrected_where_it_has_the_key() -> None:
    file = parse_keyed(b"SampleId= a\r\nVol= 3\r\nVol= 4\r\n")
    assert file.values() == {"sampleid": "a", "vol": "3"}
    assert file.with_values({"sampleid": "b", "ship": "x"}).write() == b"SampleId= b\r\nVol= 3\r\nVol= 4\r\n"


def test_the_settings_of_the_legacy_stand_where_a_line_is_missing() -> None:
    lut, issues = parse_lut(b"0\n65536\n1\nbefore\nno\n1,9\n", "lut.txt")
    assert (lut.adjust, lut.odrange, lut.ratio, lut.median_filter) == (False, 1.9, 1.15, False)
    assert {issue.code for issue in issues} == {"comma-decimal", "lut-short"}
    found, issues = parse_configuration(b"upper= 240\nresolution= 1200\nminsizeesd_mm= ?\n", "config.txt")
    assert (found.threshold, found.resolution_dpi, found.min_esd_mm) == (240, 1200, 0.3)
    assert [issue.code for issue in issues] == ["number-unreadable"]
    for parse in (parse_lut, parse_configuration):
        with pytest.raises(BadInput, match="no settings"):
            parse(b"\n\n", "empty.txt")


def test_a_table_of_results_tells_of_its_scan() -> None:
    data = (
        b"object_id\tobject_lat\tacq_sub_part\tobject_annotation_category\n[t]\t[f]\t[f]\t[t]\n"
        b"a_1\t1.5\t4\tCopepoda\na_2\t1.5\t8\tCopepoda\na_3\n"
    )
    found = parse_results(data, "ecotaxa_a.tsv")
    assert (found.objects, found.values["acq_sub_part"], found.categories) == (3, ("4", "8"), {"Copepoda": 2})
    assert (found.text("acq_sub_part"), found.text("acq_min_mesh")) == ("4", None)
    assert parse_results(b"", "ecotaxa_a.tsv").objects == 0


def test_all_real_tables_are_written_as_they_were(shared_data: Path) -> None:
    root = shared_data / "zooscan"
    pids = sorted(root.rglob("*.pid"))
    assert pids
    for path in pids:
        tally = Tally(path.name)
        pid = parse_pid(path.read_bytes(), path.name, tally)
        assert pid.write() == path.read_bytes(), path.name
        assert tally.issues() == (), path.name
        for row in pid.rows:
            for column, text in zip(pid.columns[2:], row[2:], strict=True):
                assert pid_text(column, float(text)) == text, (path.name, column)
    for path in sorted(root.rglob("*meas*.*")):
        assert parse_meas(path.read_bytes(), path.name, Tally(path.name)).write() == path.read_bytes(), path.name
    for path in (*root.rglob("*meta*.txt"), *root.rglob("*_log.txt"), *root.rglob("*config*.txt")):
        assert parse_keyed(path.read_bytes()).write() == path.read_bytes(), path.name
    for path in root.rglob("*_header_table*.csv"):
        key = "scanid" if "scan_header" in path.name else "sampleid"
        table = parse_header_table(path.read_bytes(), path.name, (key,), Tally(path.name))
        assert table.write() == path.read_bytes(), path.name


def test_a_real_scan_of_the_server_survives_as_a_pid(shared_data: Path) -> None:
    (path,) = (shared_data / "zooscan" / "project_json").glob("*_dat1.json")
    told = json.loads(path.read_text(encoding="utf-8"))
    objects = told.pop("Data")
    columns = [name for name in objects[0] if name not in {"Item", "Label"}]
    sections = [(name, list(values.items())) for name, values in told.items()]
    data = make_pid(sections, columns, objects, label=objects[0]["Label"])
    pid = parse_pid(data, "a.pid", Tally("a.pid"))
    for name, values in told.items():
        assert {key: pid.value(name, key) for key in values} == values, name
    for row, one in zip(pid.rows, objects, strict=True):
        assert [float(text) for text in row[2:]] == [one[column] for column in columns]
    assert pid.metadata()["vol"] == "20.2875"


def test_real_settings_are_read(shared_data: Path) -> None:
    folder = shared_data / "zooscan" / "imagej_reference" / "project" / "config"
    lut, issues = parse_lut((folder / "lut.txt").read_bytes(), "lut.txt")
    assert (lut.maximum, lut.odrange, lut.ratio, lut.adjust, lut.resolution_limit) == (65536, 1.8, 1.15, True, 2400)
    assert issues == ()
    found, issues = parse_configuration((folder / "process_install_both_config.txt").read_bytes(), "config.txt")
    assert (found.threshold, found.min_esd_mm, found.max_esd_mm, found.resolution_dpi) == (243, 0.3, 100, 2400)
    assert issues == ()


def test_real_results_are_counted(shared_data: Path) -> None:
    for path in sorted((shared_data / "zooscan" / "quality_check_projects").rglob("*.tsv")):
        with path.open(encoding="latin-1", newline="") as lines:
            rows = sum(1 for _ in csv.reader(lines, delimiter="\t")) - 2
        assert parse_results(path.read_bytes(), path.name).objects == rows
