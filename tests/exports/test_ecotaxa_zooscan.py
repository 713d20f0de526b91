"""Scans as EcoTaxa takes them: a table a scan, with ZooProcess' columns, and the vignettes as they are."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from tests.exports.ecotaxa_rules import read_table
from tests.exports.publishable import make_publishable, options
from tests.exports.zooscan_result import make_scans, object_row, sample_row, scan_row, vignette

from pelagia.exports.ecotaxa import NEEDS, write
from pelagia.exports.ecotaxa import bundle as bundle_module
from pelagia.exports.outcome import DatasetInfo, SampleInfo
from pelagia.exports.registry import missing_columns
from pelagia.io.ecotaxa.validate import validate_bundles


def bare():
    return options(dataset=DatasetInfo())


def export(tmp_path, told=None, **tables):
    return write(make_scans(tmp_path, **tables), tmp_path / "out", told or bare())


def table_of(path: Path, scan="net1_d1_1"):
    with zipfile.ZipFile(path) as archive:
        return read_table(archive.read(f"{scan}/ecotaxa_{scan}.tsv"))


def rows_of(path: Path, scan="net1_d1_1"):
    return {one["object_id"]: one for one in table_of(path, scan)[2]}


@pytest.fixture
def made(tmp_path):
    return export(tmp_path)


def test_ecotaxa_would_take_it_without_a_word(made):
    found = validate_bundles([str(made.files[0])])
    assert found.findings == ()
    assert (found.rows, found.images) == (5, 5)
    assert found.owners == {"d1_net1": "net1", "d2_net1": "net1", "tot_net2": "net2"}


def test_a_scan_has_a_table_and_its_vignettes_byte_for_byte(made):
    with zipfile.ZipFile(made.files[0]) as archive:
        names = {name for name in archive.namelist() if name.startswith("net2_tot_1/")}
        assert archive.read("net2_tot_1/net2_tot_1_1.jpg") == vignette(1, "jpg")
        assert archive.read("net1_d1_1/net1_d1_1_2.png") == vignette(2, "png")
    assert names == {"net2_tot_1/net2_tot_1_1.jpg", "net2_tot_1/ecotaxa_net2_tot_1.tsv"}


def test_place_time_and_depth_are_those_of_the_net(made):
    row = rows_of(made.files[0])["net1_d1_1_1"]
    keys = ("object_lat", "object_lon", "object_lat_end", "object_lon_end", "object_depth_min", "object_depth_max")
    assert [row[key] for key in keys] == ["47.846", "-15.437", "47.819", "-15.4918", "312", "419"]
    assert (row["object_date"], row["object_time"]) == ("20230626", "082800")


def test_the_columns_of_zooprocess_are_filled(made):
    row = rows_of(made.files[0])["net1_d1_1_1"]
    assert {
        "process_id": "zooprocess_net1", "process_particle_threshold": "243", "process_particle_bw_ratio": "0.0868",
        "process_particle_pixel_size_mm": "0.0105833333", "process_img_resolution": "2400",
        "process_img_background_img": "20250121_1031_background_large_manual.tif", "acq_id": "d1_net1",
        "acq_instrument": "zooscan", "acq_min_mesh": "300", "acq_max_mesh": "2000", "acq_sub_part": "4",
        "acq_sub_method": "motoda", "acq_author": "anna", "acq_scan_date": "20250121", "acq_scan_time": "125100",
        "acq_lut_min": "599", "acq_lut_max": "50043", "acq_lut_16b_median": "43516.45", "sample_id": "net1",
        "sample_stationid": "46", "sample_net_type": "bioness", "sample_net_mesh": "500", "sample_tot_vol": "203.5",
        "sample_zmin": "312", "sample_zmax": "419", "sample_bottomdepth": "", "sample_comment": "œufs – net torn",
    }.items() <= row.items()  # fmt: skip


def test_measures_are_numbers_under_their_names_in_lower_case(made):
    header, types, _ = table_of(made.files[0])
    kinds = dict(zip(header, types, strict=True))
    for name in ("area", "mean", "perim.", "%area", "xstart", "area_exc", "thickr", "esd", "confidence", "is_multiple"):
        assert kinds[f"object_{name}"] == "[f]"
    assert kinds["object_predicted_taxon"] == kinds["object_top_taxa"] == "[t]"
    assert header.index("object_area") < header.index("object_mean") < header.index("object_perim.")
    assert all(name == name.lower() for name in header)
    assert not {"object_sample_id", "object_source_uri", "object_box_col_px"} & set(header)


def test_the_type_is_that_of_the_column_whatever_its_first_value(tmp_path):
    made = export(tmp_path, objects=[object_row("net1_d1_1", 1, area=None), object_row("net1_d1_1", 2)])
    header, types, rows = table_of(made.files[0])
    assert dict(zip(header, types, strict=True))["object_area"] == "[f]"
    assert [row["object_area"] for row in rows] == ["", "1002"]


def test_what_is_not_finite_is_empty(made):
    rows = rows_of(made.files[0])
    assert rows["net1_d1_1_1"]["object_mean"] == ""
    assert (rows["net1_d1_1_3"]["object_symetrieh"], rows["net1_d1_1_3"]["object_thickr"]) == ("", "")
    assert rows["net1_d1_1_2"]["object_mean"] == "200.125"


def test_category_and_state_go_together_and_the_person_is_named(made):
    rows = rows_of(made.files[0])
    keys = ("object_annotation_category", "object_annotation_status", "object_annotation_person_name")
    assert [rows["net1_d1_1_1"][key] for key in keys] == ["Copepoda", "predicted", ""]
    assert [rows["net1_d1_1_2"][key] for key in keys] == ["Copepoda", "validated", "Ada Lovelace"]
    assert [rows["net1_d1_1_3"][key] for key in keys] == ["", "", ""]


def test_an_object_without_a_vignette_is_told_and_not_written(made):
    issue = next(one for one in made.issues if one.code == "objects-without-image")
    assert (issue.file, issue.objects) == ("net2_tot_1", 1)
    assert set(rows_of(made.files[0], "net2_tot_1")) == {"net2_tot_1_1"}


def test_a_vignette_that_is_missing_or_no_image_is_told(tmp_path):
    objects = [object_row("net1_d1_1", 1), object_row("net1_d1_1", 2), object_row("net1_d1_1", 3)]
    result = make_scans(tmp_path, objects=objects)
    with zipfile.ZipFile(tmp_path / "vignettes" / "net1_d1_1.zip", "w") as archive:
        archive.writestr("1.png", vignette(1, "png"))
    made = write(result, tmp_path / "out", bare())
    assert next(one for one in made.issues if one.code == "objects-without-image").objects == 2
    assert set(rows_of(made.files[0])) == {"net1_d1_1_1"}


def test_a_box_is_cut_out_of_its_picture(tmp_path):
    box = {"box_col_px": 2, "box_row_px": 1, "box_width_px": 4, "box_height_px": 3}
    made = export(tmp_path, objects=[object_row("net1_d1_1", 1, **box), object_row("net1_d1_1", 2)])
    assert validate_bundles([str(made.files[0])]).rows == 2
    with zipfile.ZipFile(made.files[0]) as archive:
        assert archive.read("net1_d1_1/net1_d1_1_2.png") == vignette(2, "png")
        assert archive.read("net1_d1_1/net1_d1_1_1.png")[16:24] == (4).to_bytes(4) + (3).to_bytes(4)


def test_what_the_publisher_says_of_a_sample_goes_first(tmp_path):
    told = SampleInfo(latitude=1.5, longitude=2.5, sampled_at="2023-07-01T10:00Z", depth_min_m=0, depth_max_m=5)
    made = export(tmp_path, options(dataset=DatasetInfo(samples={"net1": told})))
    row = rows_of(made.files[0])["net1_d1_1_1"]
    assert (row["object_lat"], row["object_date"], row["object_depth_max"]) == ("1.5", "20230701", "5")


def test_a_date_of_sampling_is_not_taken_for_one_of_imaging(made):
    assert "sampling-date-assumed" not in {one.code for one in made.issues}


@pytest.mark.parametrize("volume", [None, 99999.0, 9999.0, 999999.0])
def test_a_volume_that_is_not_known_is_told(tmp_path, volume):
    made = export(tmp_path, samples=[sample_row("net1", volume_m3=volume), sample_row("net2")])
    told = [one for one in made.issues if one.code == "ecotaxa-concentration"]
    assert {one.file for one in told} == {"net1_d1_1", "net1_d2_1"}
    assert rows_of(made.files[0])["net1_d1_1_1"]["sample_tot_vol"] == ""


def test_a_result_that_knows_little_is_still_importable(tmp_path):
    samples = [dict.fromkeys(sample_row("x")) | {"sample_id": name} for name in ("net1", "net2")]
    scans = [
        dict.fromkeys(scan_row(name)) | {"scan_id": name, "sample_id": name[:4]}
        for name in ("net1_d1_1", "net1_d2_1", "net2_tot_1")
    ]
    made = export(tmp_path, samples=samples, scans=scans)
    assert validate_bundles([str(made.files[0])]).accepted
    assert {"position-missing", "date-missing", "ecotaxa-concentration"} <= {one.code for one in made.issues}


def test_equal_results_give_equal_bytes(tmp_path):
    first, second = (write(make_scans(tmp_path), tmp_path / name, bare()).files[0].read_bytes() for name in ("a", "b"))
    assert first == second


def test_an_export_too_large_for_one_upload_is_several_that_stand_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle_module.Bundle.__init__, "__defaults__", (4_000,))
    objects = [object_row("net1_d1_1", number) for number in range(1, 13)]
    made = export(tmp_path, objects=objects)
    assert len(made.files) > 1
    assert all(validate_bundles([str(path)]).accepted for path in made.files)
    together = validate_bundles([str(path) for path in made.files])
    assert (together.accepted, together.rows) == (True, 12)


def test_either_of_its_needs_suffices(tmp_path):
    (tmp_path / "scans").mkdir()
    (tmp_path / "particles").mkdir()
    scans, particles = make_scans(tmp_path / "scans"), make_publishable(tmp_path / "particles")
    assert missing_columns(scans, NEEDS) == missing_columns(particles, NEEDS) == ()
    lacking = {name: table for name, table in scans.tables.items() if name != "samples"}
    assert "samples" in missing_columns(type(scans)(**{**_parts(scans), "tables": lacking}), NEEDS)


def _parts(result):
    return {name: getattr(result, name) for name in ("summary", "issues", "provenance", "artifacts", "notes")}
