"""EcoTaxa's importer is foretold: what it takes is taken, what it refuses is refused, with the place and a remedy."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import pytest
from tests.io.ecotaxa.bundles import COLUMNS, as_folder, as_zip, files, picture, row, table

from pelagia.core.errors import BadInput
from pelagia.io.ecotaxa import rules
from pelagia.io.ecotaxa.bundle_findings import BundleFinding
from pelagia.io.ecotaxa.validate import Validation, validate_bundles


def check(tmp_path: Path, *rows: dict[str, str], columns=COLUMNS, update=False, **more: bytes) -> Validation:
    content = files(rows, columns) | more
    return validate_bundles([as_folder(tmp_path / "bundle", content)], update=update)


def only(validation: Validation) -> BundleFinding:
    assert len(validation.findings) == 1, validation.findings
    return validation.findings[0]


def test_a_good_bundle_is_taken_as_folder_and_as_zip(tmp_path):
    content = files([row(1), row(2)])
    for place in (as_folder(tmp_path / "a", content), as_zip(tmp_path / "b.zip", content)):
        found = validate_bundles([place])
        assert (found.findings, found.rows, found.images) == ((), 2, 2)
        assert found.objects == {"s1_1": "s1", "s1_2": "s1"}
        assert found.owners == {"tot_s1": "s1"}


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("object_lat", "91", "outside -90 to 90"),
        ("object_lat", "4,5", "no number"),
        ("object_lon", "-180.5", "outside -180 to 180"),
        ("object_date", "20240532", "no date"),
        ("object_date", "17/05/2024", "no date"),
        ("object_time", "9920", "no time"),
        ("object_time", "5:31", "no time"),
        ("object_area", "large", "no number"),
        ("object_area", "-inf", "minus infinity"),
        ("img_rank", "inf", "infinite"),
        ("object_annotation_status", "predit", "none of discarded"),
        ("object_remark", "x" * 251, "251 characters"),
        ("sample_tot_vol", "1" * 251, "251 characters"),
        ("object_id", "x" * 256, "256 characters"),
    ],
)
def test_a_wrong_value_is_told_with_file_line_column_value_and_remedy(tmp_path, column, value, what):
    found = only(check(tmp_path, row(1), row(2, **{column: value})))
    assert (found.severity, found.file, found.line, found.column) == ("error", "ecotaxa_s1.tsv", 4, column)
    assert found.value == value[:200]
    assert what in found.message
    assert found.remedy


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("object_lat", "12°30 45"),
        ("object_lat", "NaN"),
        ("object_date", "2024-05-17"),
        ("object_time", "420"),
        ("object_time", "04:20:00.000"),
        ("object_area", "na"),
        ("object_area", "1e-3"),
        ("img_rank", ""),
        ("object_remark", "x" * 250),
        ("object_annotation_status", "Validated"),
    ],
)
def test_the_forms_ecotaxa_reads_are_taken(tmp_path, column, value):
    assert check(tmp_path, row(1, **{column: value})).findings == ()


def test_infinity_is_taken_with_a_warning(tmp_path):
    found = check(tmp_path, row(1, object_area="inf"))
    assert found.accepted
    assert only(found).severity == "warning"


@pytest.mark.parametrize("value", ["99999", "9999", "999999", "NaN", "foo", "0"])
def test_a_volume_that_is_none_is_a_warning(tmp_path, value):
    found = check(tmp_path, row(1, sample_tot_vol=value))
    assert found.accepted
    assert (only(found).code, only(found).value) == ("ecotaxa-concentration", value)


def test_like_findings_are_one_that_names_the_lines(tmp_path):
    found = only(check(tmp_path, *(row(n, object_area="x") for n in range(1, 31))))
    assert (found.lines, found.rows) == (tuple(range(3, 13)), 30)
    assert found.place == "line 3 (and 29 more), column object_area"
    assert found.issue().objects == 30


def test_the_line_is_that_of_the_file_also_behind_a_cell_of_two_lines(tmp_path):
    found = only(check(tmp_path, row(1, object_remark='"two\nlines"'), row(2, object_area="x")))
    assert found.line == 5


@pytest.mark.parametrize(
    ("state", "category", "column"),
    [("predicted", "", "object_annotation_category"), ("", "Copepoda", "object_annotation_status")],
)
def test_status_and_category_go_together(tmp_path, state, category, column):
    cells = {"object_annotation_status": state, "object_annotation_category": category}
    assert only(check(tmp_path, row(1, **cells))).column == column
    assert check(tmp_path / "b", row(1, object_annotation_status="", object_annotation_category="")).findings == ()


@pytest.mark.parametrize("number", ["99999999", "0", "-3", "x"])
def test_a_placeholder_is_the_number_of_no_category(tmp_path, number):
    columns = {**COLUMNS, "object_annotation_category_id": "[f]"}
    found = check(tmp_path, row(1, object_annotation_category_id=number), columns=columns)
    assert only(found).column == "object_annotation_category_id"
    good = check(tmp_path / "b", row(1, object_annotation_category_id="85078"), columns=columns)
    assert (good.findings, good.categories) == ((), {85078})


def test_an_object_with_its_image_stands_once(tmp_path):
    found = only(check(tmp_path, row(1), row(1)))
    assert (found.code, found.line, found.value) == ("ecotaxa-duplicate", 4, "s1_1, s1_1.png: line 3")


def test_a_further_image_of_an_object_is_no_duplicate(tmp_path):
    assert check(tmp_path, row(1), row(1, img_file_name="s1_1b.png", img_rank="1")).findings == ()


def test_parts_of_one_project_are_compared(tmp_path):
    first = as_zip(tmp_path / "ecotaxa-1.zip", files([row(1)]))
    second = as_zip(tmp_path / "ecotaxa-2.zip", files([row(1), row(2)]))
    found = only(validate_bundles([first, second]))
    assert found.file == "ecotaxa-2.zip: ecotaxa_s1.tsv"
    assert found.value.endswith("line 3 of ecotaxa-1.zip: ecotaxa_s1.tsv")


def test_an_acquisition_belongs_to_one_sample(tmp_path):
    found = only(check(tmp_path, row(1), row(1, "s2", acq_id="tot_s1")))
    assert (found.code, found.value) == ("ecotaxa-acquisition-shared", "tot_s1: s1 and s2")


def test_acquisitions_of_the_project_are_known(tmp_path):
    place = as_folder(tmp_path, files([row(1)]))
    found = validate_bundles([place], owners={"tot_s1": "other"})
    assert only(found).code == "ecotaxa-acquisition-shared"
    assert validate_bundles([place], owners={"tot_s1": "s1"}).accepted


def test_an_object_of_two_samples_is_a_warning(tmp_path):
    second = row(1, "s2", object_id="s1_1")
    assert only(check(tmp_path, row(1), second)).code == "ecotaxa-object-shared"


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ("nounderscore", "ecotaxa-column-name"),
        ("", "ecotaxa-column-name"),
        ("foreign_thing", "ecotaxa-column-prefix"),
        ("img_thing", "ecotaxa-column-prefix"),
    ],
)
def test_columns_have_a_prefix(tmp_path, column, code):
    found = only(check(tmp_path, row(1), columns={**COLUMNS, column: "[t]"}))
    assert (found.code, found.line, found.column) == (code, 1, column)


def test_headers_are_read_in_any_case(tmp_path):
    columns = {name.upper(): kind for name, kind in COLUMNS.items()}
    rows = [{name.upper(): cell for name, cell in row(1).items()}]
    content = {"ecotaxa_s1.tsv": table(rows, columns).encode(), "s1_1.png": picture()}
    assert validate_bundles([as_folder(tmp_path, content)]).findings == ()


def test_a_column_twice_is_told(tmp_path):
    content = files([row(1)])
    content["ecotaxa_s1.tsv"] = content["ecotaxa_s1.tsv"].replace(b"object_remark", b"object_area", 1)
    found = validate_bundles([as_folder(tmp_path, content)])
    assert "ecotaxa-column-twice" in {one.code for one in found.findings}


@pytest.mark.parametrize("kind", ["[H]", "", "f"])
def test_columns_of_objects_have_a_type(tmp_path, kind):
    found = only(check(tmp_path, row(1), columns={**COLUMNS, "object_area": kind}))
    assert (found.code, found.line, found.column) == ("ecotaxa-type", 2, "object_area")


def test_the_types_of_the_other_columns_do_not_matter(tmp_path):
    assert check(tmp_path, row(1), columns={**COLUMNS, "acq_sub_part": "", "object_lat": "?"}).findings == ()


def test_a_table_without_a_line_of_types_is_refused(tmp_path):
    content = files([row(1)])
    lines = content["ecotaxa_s1.tsv"].splitlines(keepends=True)
    content["ecotaxa_s1.tsv"] = b"".join([lines[0], lines[2], lines[2].replace(b"s1_1", b"s1_2")])
    found = validate_bundles([as_folder(tmp_path, content)])
    assert found.findings[0].code == "ecotaxa-types-missing"
    assert not found.accepted


@pytest.mark.parametrize("column", ["object_id", "acq_id", "process_id", "sample_id", "img_file_name"])
def test_mandatory_columns_are_missed(tmp_path, column):
    content = files([row(1)])
    content["ecotaxa_s1.tsv"] = table([row(1)], {k: v for k, v in COLUMNS.items() if k != column}).encode()
    found = only(validate_bundles([as_folder(tmp_path, content)]))
    assert (found.code, found.column) == ("ecotaxa-column-missing", column)


def test_an_object_without_a_name_is_refused(tmp_path):
    assert only(check(tmp_path, row(1, object_id=" "))).code == "ecotaxa-object-id"


@pytest.mark.parametrize(
    ("prefix", "kind", "most"),
    [("object", "[f]", 500), ("object", "[t]", 20), ("acq", "[t]", 30), ("process", "[t]", 30), ("sample", "[t]", 60)],
)
def test_a_project_holds_so_many_columns_of_ones_own(tmp_path, prefix, kind, most):
    bare = {"img_file_name": "[t]", "object_id": "[t]", f"{prefix}_id": "[t]"}
    full = bare | {f"{prefix}_own{n}": kind for n in range(most)}
    assert check(tmp_path / "a", row(1), columns=full).findings == ()
    found = only(check(tmp_path / "b", row(1), columns={**full, f"{prefix}_onemore": kind}))
    assert (found.code, found.column) == ("ecotaxa-columns-too-many", f"{prefix}_onemore")


def test_cells_beyond_the_header_are_refused(tmp_path):
    content = files([row(1)])
    content["ecotaxa_s1.tsv"] = content["ecotaxa_s1.tsv"].rstrip(b"\n") + b"\tExtra\tExtra2\n"
    found = only(validate_bundles([as_folder(tmp_path, content)]))
    assert (found.code, found.line, found.value) == ("ecotaxa-row-long", 3, "Extra | Extra2")


def test_short_rows_and_empty_lines_are_taken(tmp_path):
    content = files([row(1)])
    content["ecotaxa_s1.tsv"] = content["ecotaxa_s1.tsv"].rsplit(b"\t", 1)[0] + b"\n\n"
    assert validate_bundles([as_folder(tmp_path, content)]).rows == 1


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"no image at all", "neither PNG nor JPEG nor GIF"),
        (picture("BMP"), "neither PNG nor JPEG nor GIF"),
        (picture("PNG")[:-30], "is damaged"),
        (picture("JPEG", (60, 50))[:-80], "is damaged"),
    ],
)
def test_an_image_that_cannot_be_decoded_is_refused(tmp_path, data, what):
    found = only(check(tmp_path, row(1), **{"s1_1.png": data}))
    assert (found.code, found.value) == ("ecotaxa-image", "s1_1.png")
    assert what in found.message


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_an_image_is_judged_by_its_content(tmp_path, kind):
    assert check(tmp_path, row(1), **{"s1_1.png": picture(kind)}).findings == ()


def test_an_image_of_too_many_pixels_is_refused_unread(tmp_path):
    data = bytearray(picture())
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    found = only(check(tmp_path, row(1), **{"s1_1.png": bytes(data)}))
    assert "30,000 × 30,000" in found.message


def test_a_gif_that_would_fill_the_memory_is_refused_unread(tmp_path):
    data = bytearray(picture("GIF"))
    data[6:10] = (60_000).to_bytes(2, "little") * 2
    frame = data.index(b",") + 5
    data[frame : frame + 4] = (60_000).to_bytes(2, "little") * 2
    found = only(check(tmp_path, row(1), **{"s1_1.png": bytes(data)}))
    assert "pixels" in found.message


@pytest.mark.parametrize("name", ["missing.png", "S1_1.png", ""])
def test_an_image_stands_beside_its_table_under_its_name(tmp_path, name):
    content = files([row(1)])
    content["ecotaxa_s1.tsv"] = table([row(1, img_file_name=name)]).encode()
    found = only(validate_bundles([as_folder(tmp_path, content)]))
    assert (found.code, found.line) == ("ecotaxa-image-missing", 3)


@pytest.mark.parametrize("name", ["../s1_1.png", "/etc/passwd", "..", "C:/s1_1.png", "sub/../../x.png"])
def test_an_image_outside_the_bundle_is_refused(tmp_path, name):
    content = files([row(1)])
    content["ecotaxa_s1.tsv"] = table([row(1, img_file_name=name)]).encode()
    assert only(validate_bundles([as_zip(tmp_path / "b.zip", content)])).code == "ecotaxa-image-outside"


def test_tables_stand_in_folders_and_images_relative_to_them(tmp_path):
    content = {
        "deep/er/ecotaxa_a.txt": table([row(1, img_file_name="images/s1_1.png")]).encode(),
        "deep/er/images/s1_1.png": picture(),
        "flat/ecotaxa_b.tsv": table([row(2, img_file_name="../deep/er/images/s1_1.png")]).encode(),
    }
    assert validate_bundles([as_zip(tmp_path / "b.zip", content)]).findings == ()


def test_an_archive_whose_names_lead_out_of_it_is_refused(tmp_path):
    content = files([row(1)]) | {"../../evil.tsv": b"x"}
    found = validate_bundles([as_zip(tmp_path / "b.zip", content)])
    assert only(found).code == "name-unsafe"
    assert not found.accepted


@pytest.mark.parametrize("name", ["data.tsv", "readme.txt"])
def test_without_a_table_there_is_nothing_to_import(tmp_path, name):
    found = validate_bundles([as_folder(tmp_path, {name: b"x"})])
    assert (only(found).code, found.accepted) == ("ecotaxa-nothing", False)


def test_a_table_in_capitals_is_not_found_by_ecotaxa(tmp_path):
    content = files([row(1)])
    content["EcoTaxa_s1.TSV"] = content.pop("ecotaxa_s1.tsv")
    found = validate_bundles([as_zip(tmp_path / "b.zip", content)])
    assert [one.code for one in found.findings] == ["ecotaxa-name-case", "ecotaxa-nothing"]


@pytest.mark.parametrize("rows", [[], None])
def test_a_table_without_objects_has_nothing_to_import(tmp_path, rows):
    text = table([]).encode() if rows is not None else b""
    assert not validate_bundles([as_folder(tmp_path, {"ecotaxa_s1.tsv": text})]).accepted


def test_utf_16_is_refused(tmp_path):
    content = files([row(1)])
    content["ecotaxa_s1.tsv"] = table([row(1)]).encode("utf-16")
    found = validate_bundles([as_folder(tmp_path, content)])
    assert [one.code for one in found.findings] == ["ecotaxa-encoding", "ecotaxa-nothing"]


def test_a_table_with_zero_bytes_is_no_text(tmp_path):
    content = files([row(1)])
    content["ecotaxa_s1.tsv"] += b"\0\0\n"
    found = validate_bundles([as_folder(tmp_path, content)])
    assert not found.accepted


@pytest.mark.parametrize(("mark", "told"), [("", ["ecotaxa-mojibake"]), ("\ufeff", [])])
def test_utf_8_without_its_mark_would_be_garbled(tmp_path, mark, told):
    content = files([row(1)])
    content["ecotaxa_s1.tsv"] = (mark + table([row(1, object_remark="œuf")])).encode()
    found = validate_bundles([as_folder(tmp_path, content)])
    assert [one.code for one in found.findings] == told
    assert found.accepted


def test_latin_letters_are_taken(tmp_path):
    assert check(tmp_path, row(1, object_remark="détritus à œil".replace("œ", "oe"))).findings == ()


def test_a_type_holds_for_all_tables(tmp_path):
    content = files([row(1)])
    content["ecotaxa_s2.tsv"] = table([row(2, img_file_name="s1_1.png")], {**COLUMNS, "object_area": "[t]"}).encode()
    found = only(validate_bundles([as_folder(tmp_path, content)]))
    assert (found.code, found.severity, found.file) == ("ecotaxa-type-differs", "warning", "ecotaxa_s2.tsv")


def test_an_update_needs_no_images(tmp_path):
    content = {"ecotaxa_s1.tsv": table([row(1)]).encode()}
    place = as_folder(tmp_path, content)
    assert not validate_bundles([place]).accepted
    assert validate_bundles([place], update=True).accepted


def test_so_many_tables_go_into_one_import(tmp_path, monkeypatch):
    monkeypatch.setattr(rules, "MOST_TABLES", 2)
    content = files([row(1)]) | {f"ecotaxa_{n}.tsv": table([]).encode() for n in range(2)}
    assert only(validate_bundles([as_folder(tmp_path, content)])).code == "ecotaxa-tables-too-many"


def test_a_zip_too_large_to_upload_is_refused_and_a_folder_warned_of(tmp_path, monkeypatch):
    content = files([row(1)])
    places = (as_zip(tmp_path / "b.zip", content), as_folder(tmp_path / "a", content))
    monkeypatch.setattr(rules, "LARGEST_UPLOAD_BYTES", 100)
    assert [only(validate_bundles([place])).severity for place in places] == ["error", "warning"]


def test_an_archive_of_images_in_a_bundle_is_a_bundle(tmp_path):
    content = {f"inner/{name}": data for name, data in files([row(1)]).items()}
    inner = Path(as_zip(tmp_path / "in.zip", content)).read_bytes()
    found = validate_bundles([as_folder(tmp_path / "a", {"b_da_19_Images.zip": inner})])
    assert (found.findings, found.tables) == ((), ("b_da_19_Images.zip/inner/ecotaxa_s1.tsv",))


def test_an_archive_in_an_archive_is_not_opened_and_told(tmp_path):
    content = files([row(1)]) | {"other.zip": Path(as_zip(tmp_path / "in.zip", {"a": b"x"})).read_bytes()}
    found = validate_bundles([as_zip(tmp_path / "b.zip", content)])
    assert (only(found).code, found.accepted) == ("zip-nested", True)


def test_a_damaged_archive_in_a_bundle_is_told(tmp_path):
    content = files([row(1)]) | {"x_Images.zip": b"PK\x03\x04 no archive"}
    assert only(validate_bundles([as_folder(tmp_path, content)])).file == "x_Images.zip"


TAKEN = (
    "import_bad_free_data", "import_just_predicted", "import_mixed_states", "import_test", "import_test.zip",
    "import_test_plus_more", "import_test_tot_vol", "import_test_weird", "import_uvp6_zip_in_dir",
    "import_v_or_d_just_state", "import_various_states", "ref_exports/bak_all_images", "ref_exports/tsv_by_taxon",
)  # fmt: skip
FOR_UPDATES = (
    "import_update", "import_test_plus", "import_test_tot_vol_update", "import_test_upd_empty",
    "ref_exports/bak_no_image",
)  # fmt: skip
REFUSED = {
    "import_sparse": {("ecotaxa-column-missing", "acq_id"), ("ecotaxa-column-missing", "sample_id")},
    "import_issues/classif_without_state": {("ecotaxa-annotation-half", "object_annotation_status")},
    "import_issues/corrupted_img": {("ecotaxa-image", "img_file_name"), ("ecotaxa-image-missing", "img_file_name")},
    "import_issues/duplicate_in_tsv": {("ecotaxa-duplicate", "object_id")},
    "import_issues/empty_tsv": {("ecotaxa-nothing", "")},
    "import_issues/empty_tsv2": {("ecotaxa-empty", ""), ("ecotaxa-nothing", "")},
    "import_issues/extra_data_without_header": {("ecotaxa-row-long", "")},
    "import_issues/no_classif_id": {("ecotaxa-value", "object_annotation_category_id")},
    "import_issues/no_relevant_file": {("ecotaxa-nothing", "")},
    "import_issues/predicted_but_what": {("ecotaxa-annotation-half", "object_annotation_category")},
    "import_issues/tsv_issues": {
        ("ecotaxa-column-name", "nounderscorecol"), ("ecotaxa-column-prefix", "unknown_target"),
        ("ecotaxa-type", "object_wrongtype"), ("ecotaxa-value", "object_buggy_float"), ("ecotaxa-value", "object_lat"),
        ("ecotaxa-value", "object_lon"), ("ecotaxa-value", "object_date"), ("ecotaxa-value", "object_time"),
        ("ecotaxa-value", "object_annotation_status"), ("ecotaxa-value", "object_annotation_date"),
        ("ecotaxa-value", "object_annotation_time"), ("ecotaxa-image-missing", "img_file_name"),
        ("ecotaxa-image", "img_file_name"), ("ecotaxa-object-id", "object_id"),
    },
    "import_issues/tsv_too_many_cols": {
        ("ecotaxa-columns-too-many", f"{prefix}_cus{last - back}")
        for prefix, last in (("sample", 61), ("process", 31), ("acq", 31)) for back in range(3)
    },
}  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize("name", TAKEN)
def test_bundles_that_ecotaxa_takes_are_taken(shared_data, name):
    assert validate_bundles([str(shared_data / "zooscan" / "ecotaxa_bundles" / name)]).accepted


@pytest.mark.data
@pytest.mark.parametrize("name", FOR_UPDATES)
def test_bundles_without_their_images_are_good_for_updates_only(shared_data, name):
    place = str(shared_data / "zooscan" / "ecotaxa_bundles" / name)
    assert {one.code for one in validate_bundles([place]).findings if one.severity == "error"} == {
        "ecotaxa-image-missing"
    }
    assert validate_bundles([place], update=True).accepted


@pytest.mark.data
@pytest.mark.parametrize("name", REFUSED)
def test_bundles_that_ecotaxa_refuses_are_refused_for_the_same_reasons(shared_data, name):
    found = validate_bundles([str(shared_data / "zooscan" / "ecotaxa_bundles" / name)])
    assert {(one.code, one.column) for one in found.findings if one.severity == "error"} == REFUSED[name]


@pytest.mark.data
def test_a_bundle_that_breaks_the_hierarchy_of_a_project_is_refused_beside_it(shared_data):
    bundles = shared_data / "zooscan" / "ecotaxa_bundles"
    breaking = str(bundles / "import_issues" / "breaking_hierarchy")
    assert validate_bundles([breaking]).accepted
    together = validate_bundles([str(bundles / "import_test"), breaking])
    assert [one.code for one in together.findings if one.severity == "error"] == ["ecotaxa-acquisition-shared"]
    project = {"generic_m106_mn01_n1_sml": "m106_mn01_n1_sml"}
    assert not validate_bundles([breaking], owners=project).accepted


@pytest.mark.data
def test_tables_without_a_line_of_types_are_no_bundles(shared_data):
    exports = shared_data / "zooscan" / "ecotaxa_bundles" / "ref_exports"
    for name in ("doi", "tsv_by_acquisition", "tsv_with_ids"):
        codes = {one.code for one in validate_bundles([str(exports / name)]).findings}
        assert "ecotaxa-types-missing" in codes


def test_a_zip_that_is_none_is_told(tmp_path):
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ecotaxa_a.tsv", "x")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(BadInput):
        validate_bundles([str(path)])
