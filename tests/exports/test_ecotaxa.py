from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.exports.ecotaxa_rules import problems, read_table
from tests.exports.publishable import BOX, make_publishable, object_row, options, sample_row

from pelagia.exports.ecotaxa import write
from pelagia.exports.ecotaxa.bundle import Bundle
from pelagia.exports.ecotaxa.columns import plan_layout, text_of
from pelagia.exports.outcome import DatasetInfo, SampleInfo
from pelagia.io.ecotaxa import EcoTaxaTable, find_tables
from pelagia.io.ecotaxa.validate import validate_bundles
from pelagia.io.sources import open_source


def export(tmp_path, *, told=None, **tables):
    return write(make_publishable(tmp_path, **tables), tmp_path / "out", told or options())


def table_of(path, sample="S1"):
    with zipfile.ZipFile(path) as archive:
        return read_table(archive.read(f"{sample}/ecotaxa_{sample}.tsv"))


def rows_of(path, sample="S1"):
    return {row["object_id"]: row for row in table_of(path, sample)[2]}


@pytest.fixture
def made(tmp_path):
    return export(tmp_path)


def test_ecotaxa_would_take_it(made):
    assert problems(made.files[0]) == []


def test_our_own_validator_has_nothing_to_say_about_it(made):
    found = validate_bundles([str(made.files[0])])
    assert (found.findings, found.rows) == ((), 7)


def test_one_file_holds_a_table_and_the_vignettes_of_each_sample(made):
    assert [path.name for path in made.files] == ["ecotaxa.zip"]
    with zipfile.ZipFile(made.files[0]) as archive:
        names = archive.namelist()
    assert {name for name in names if name.startswith("S2/")} == {"S2/S2_1.png", "S2/ecotaxa_S2.tsv"}
    assert sum(name.endswith(".png") for name in names) == 7


def test_a_vignette_is_the_box_of_its_particle(made):
    with zipfile.ZipFile(made.files[0]) as archive:
        image = cv2.imdecode(np.frombuffer(archive.read("S1/S1_4.png"), np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (BOX, BOX, 3)
    assert (image == 4).all()


def test_an_image_that_is_a_vignette_is_written_whole(tmp_path):
    whole = dict.fromkeys(("box_col_px", "box_row_px", "box_width_px", "box_height_px"))
    made = export(tmp_path, objects=[object_row("S1", 1, **whole)])
    with zipfile.ZipFile(made.files[0]) as archive:
        image = cv2.imdecode(np.frombuffer(archive.read("S1/S1_1.png"), np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (BOX * 5, BOX * 10, 3)


def test_a_particle_without_image_is_told_and_not_written(made):
    issue = next(i for i in made.issues if i.code == "particles-without-image")
    assert (issue.file, issue.objects) == ("S2", 1)
    assert "S2_2" not in rows_of(made.files[0], "S2")


def test_particles_written_and_told_are_all_particles(made):
    written = len(rows_of(made.files[0])) + len(rows_of(made.files[0], "S2"))
    assert written + sum(issue.objects for issue in made.issues) == 8


def test_predicted_and_validated_objects_carry_category_and_state(made):
    rows = rows_of(made.files[0])
    keys = ("object_annotation_category", "object_annotation_status", "object_annotation_person_name")
    assert [rows["S1_1"][key] for key in keys] == ["Chaetoceros", "predicted", ""]
    assert [rows["S1_3"][key] for key in keys] == ["Chaetoceros", "validated", "Ada Lovelace"]
    assert (rows["S1_3"]["object_annotation_date"], rows["S1_3"]["object_annotation_time"]) == ("20260102", "101112")


def test_an_address_of_the_validator_stands_in_the_column_for_it(tmp_path):
    told = {"status": "validated", "validated_by": "ada@example.org", "validated_at": "2026-01-02"}
    row = rows_of(export(tmp_path, objects=[object_row("S1", 1, **told)]).files[0])["S1_1"]
    assert row["object_annotation_person_email"] == row["object_annotation_person_name"] == "ada@example.org"
    assert (row["object_annotation_date"], row["object_annotation_time"]) == ("20260102", "")


def test_an_unknown_object_carries_neither_category_nor_state(made):
    row = rows_of(made.files[0])["S1_6"]
    assert (row["object_annotation_category"], row["object_annotation_status"]) == ("", "")
    assert row["object_is_unknown"] == "1"


def test_place_and_time_of_sampling_are_written_in_utc(tmp_path):
    dataset = DatasetInfo(
        samples={"S1": SampleInfo(sampled_at="2024-05-17T09:30+02:00/2024-05-17T11:00+02:00", latitude=-3, longitude=7)}
    )
    row = rows_of(export(tmp_path, told=options(dataset=dataset)).files[0])["S1_1"]
    assert (row["object_date"], row["object_time"]) == ("20240517", "073000")
    assert (row["object_lat"], row["object_lon"], row["object_depth_max"]) == ("-3", "7", "3")


def test_the_position_of_an_object_goes_before_that_of_its_sample(tmp_path):
    objects = [object_row("S1", 1, latitude=50.5, longitude=1.5), object_row("S2", 1)]
    path = export(tmp_path, objects=objects).files[0]
    assert rows_of(path)["S1_1"]["object_lat"] == "50.5"
    assert rows_of(path, "S2")["S2_1"]["object_lat"] == "51.25"


def test_without_a_date_of_sampling_that_of_the_image_stands_and_is_told(tmp_path):
    outcome = export(tmp_path, told=options(dataset=DatasetInfo()))
    row = rows_of(outcome.files[0])["S1_1"]
    assert (row["object_date"], row["object_time"]) == ("20240517", "081400")
    assert "sampling-date-assumed" in {issue.code for issue in outcome.issues}


def test_a_result_without_place_or_date_is_still_importable(tmp_path):
    bare = {"latitude": None, "longitude": None, "started_at_utc": None, "pixel_size_um": None}
    objects = [object_row("S1", 1, acquired_at_utc=None)]
    outcome = export(tmp_path, told=options(dataset=DatasetInfo()), objects=objects, samples=[sample_row("S1", **bare)])
    assert problems(outcome.files[0]) == []
    assert {"position-missing", "date-missing"} <= {issue.code for issue in outcome.issues}


def test_sizes_confidence_and_the_instruments_own_columns_are_numbers(made):
    header, types, _ = table_of(made.files[0])
    kinds = dict(zip(header, types, strict=True))
    for name in ("object_abd_um", "object_esd_um", "object_confidence", "object_lst_edge_gradient", "object_ppc"):
        assert kinds[name] == "[f]"
    row = rows_of(made.files[0])["S1_2"]
    assert (row["object_abd_um"], row["object_lst_edge_gradient"]) == ("12", "42.5")


def test_run_and_model_are_told_with_every_object(made):
    row = rows_of(made.files[0])["S1_1"]
    assert row["acq_id"] != rows_of(made.files[0], "S2")["S2_1"]["acq_id"]
    assert (row["acq_instrument"], row["acq_volume_imaged_ml"], row["process_pixel"]) == ("FlowCam", "0.02", "0.5")
    assert (row["process_model"], row["process_date"]) == ("flowcam-protist@1.0.0", "20260304")


def test_equal_results_give_equal_bytes(tmp_path):
    first = write(make_publishable(tmp_path), tmp_path / "a", options()).files[0]
    second = write(make_publishable(tmp_path), tmp_path / "b", options()).files[0]
    assert first.read_bytes() == second.read_bytes()


def test_text_beyond_latin_letters_survives_as_utf8(tmp_path):
    samples = [sample_row("S1", volume_source="given"), sample_row("S2", volume_source="given")]
    objects = [object_row("S1", 1, taxon="Détritus – œuf"), object_row("S2", 1)]
    outcome = export(tmp_path, objects=objects, samples=samples)
    assert rows_of(outcome.files[0])["S1_1"]["object_annotation_category"] == "Détritus – œuf"
    with zipfile.ZipFile(outcome.files[0]) as archive:
        assert archive.read("S1/ecotaxa_S1.tsv").startswith(b"\xef\xbb\xbf")
        assert not archive.read("S2/ecotaxa_S2.tsv").startswith(b"\xef\xbb\xbf")


def test_names_that_no_file_can_have_are_replaced_and_stay_apart(tmp_path):
    objects = [object_row("S1", 1, object_id="a/b"), object_row("S1", 2, object_id="a:b")]
    outcome = export(tmp_path, objects=objects)
    assert problems(outcome.files[0]) == []
    assert set(rows_of(outcome.files[0])) == {"a/b", "a:b"}


def test_text_is_cut_to_what_ecotaxa_takes():
    assert len(text_of("x" * 400)) == 250
    assert text_of("a\tb\nc") == "a b c"
    assert text_of(float("nan")) == ""


def test_a_full_archive_is_followed_by_another_that_is_complete_in_itself(tmp_path):
    result = make_publishable(tmp_path)
    layout = plan_layout(result.tables["objects"].columns, {"sample_id": "S1", "acq_id": "a", "process_id": "p"})
    out = tmp_path / "out"
    png = bytes(cv2.imencode(".png", np.zeros((9, 9, 3), np.uint8))[1])
    with Bundle(out, layout, largest_bytes=2_000) as bundle:
        for number in range(9):
            cells = {"object_id": f"o{number}", "img_file_name": f"o{number}.png", "img_rank": 0}
            bundle.add("S1", {**cells, "sample_id": "S1", "acq_id": "a", "process_id": "p"}, png)
    assert len(bundle.files) > 1
    assert bundle.files[0].name == "ecotaxa-1.zip"
    assert all(problems(path) == [] for path in bundle.files)
    assert sum(len(rows_of(path)) for path in bundle.files) == 9
    assert {path.name for path in out.iterdir()} == {path.name for path in bundle.files}


def test_nothing_is_left_after_an_error(tmp_path):
    layout = plan_layout((), {"sample_id": "S1"})
    with pytest.raises(RuntimeError), Bundle(tmp_path / "out", layout, largest_bytes=600) as bundle:
        for number in range(3):
            bundle.add("S1", {"object_id": f"o{number}", "img_file_name": f"o{number}.png"}, b"png")
        raise RuntimeError
    assert list((tmp_path / "out").iterdir()) == []


def test_a_result_without_images_makes_no_file(tmp_path):
    outcome = export(tmp_path, objects=[object_row("S1", 1, source_file=None, taxon=None, status="unclassified")])
    assert outcome.files == ()
    assert [issue.objects for issue in outcome.issues if issue.code == "particles-without-image"] == [1]


def test_pelagia_reads_back_what_it_wrote(made):
    source = open_source(str(made.files[0]))
    names = [entry.name for entry in source.entries()]
    tables = [EcoTaxaTable(source, name, names) for name in find_tables(names)]
    rows = {row["object_id"]: row for table in tables for batch in table.batches() for row in batch.to_pylist()}
    assert set(rows) == {"S1_1", "S1_2", "S1_3", "S1_4", "S1_5", "S1_6", "S2_1"}
    assert {issue.severity for table in tables for issue in table.issues()} <= {"note"}
    first, third, sixth = rows["S1_1"], rows["S1_3"], rows["S1_6"]
    assert (first["image"], first["sample_id"]) == ("S1/S1_1.png", "S1")
    assert (first["label"], first["label_status"]) == ("Chaetoceros", "predicted")
    assert (first["latitude"], first["longitude"], first["depth_max_m"]) == (51.25, 2.5, 3.0)
    assert first["acquired_at_utc"] == datetime(2024, 5, 17, 7, 30, tzinfo=UTC)
    assert (first["pixel_size_um"], first["object_abd_um"], first["object_lst_edge_gradient"]) == (0.5, 11.0, 42.5)
    assert (third["label_by"], third["label_at"]) == ("Ada Lovelace", "2026-01-02T10:11:12Z")
    assert (sixth["label"], sixth["label_status"]) == (None, None)
    assert tables[0].samples()[0].volume_imaged_ml == 0.02


VALID = (
    "import_test",
    "import_just_predicted",
    "import_various_states",
    "import_v_or_d_just_state",
)
BROKEN = (
    "classif_without_state", "corrupted_img", "duplicate_in_tsv", "empty_tsv",
    "extra_data_without_header", "no_relevant_file", "predicted_but_what", "tsv_issues", "tsv_too_many_cols",
)  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize("name", VALID)
def test_the_rules_take_what_ecotaxa_takes(shared_data: Path, name):
    assert problems(shared_data / "zooscan" / "ecotaxa_bundles" / name) == []


@pytest.mark.data
@pytest.mark.parametrize("name", BROKEN)
def test_the_rules_refuse_what_ecotaxa_refuses(shared_data: Path, name):
    assert problems(shared_data / "zooscan" / "ecotaxa_bundles" / "import_issues" / name)
