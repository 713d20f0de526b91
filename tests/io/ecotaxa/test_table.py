from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pelagia.core.errors import BadInput
from pelagia.io.ecotaxa import OBJECT_COLUMNS, EcoTaxaTable, find_tables, text
from pelagia.io.sources import open_source

FIELDS = {
    "object_id": "[t]",
    "img_file_name": "[t]",
    "img_rank": "[f]",
    "object_lat": "[f]",
    "object_lon": "[f]",
    "object_date": "[t]",
    "object_time": "[t]",
    "object_depth_min": "[f]",
    "object_depth_max": "[f]",
    "object_annotation_category": "[t]",
    "object_annotation_status": "[t]",
    "object_annotation_person_name": "[t]",
    "object_annotation_date": "[t]",
    "object_annotation_time": "[t]",
    "object_area": "[f]",
    "object_remark": "[t]",
    "process_pixel": "[f]",
    "acq_id": "[t]",
    "acq_fluid_volume_imaged": "[t]",
    "sample_id": "[t]",
    "sample_tot_vol": "[t]",
}
ROW = {
    "img_rank": "0",
    "object_lat": "51.25",
    "object_lon": "-2.5",
    "object_date": "20240305",
    "object_time": "092730",
    "object_depth_min": "0",
    "object_depth_max": "5.5",
    "object_annotation_category": "Acartia",
    "object_annotation_status": "validated",
    "object_annotation_person_name": "Ada",
    "object_annotation_date": "20240406",
    "object_annotation_time": "1201",
    "object_area": "413",
    "object_remark": "whole",
    "process_pixel": "1.1",
    "acq_id": "run_1",
    "acq_fluid_volume_imaged": "24.5 ml",
    "sample_id": "S1",
    "sample_tot_vol": "13.1",
}
NAME = "ecotaxa_run.tsv"


def cells(**values: str) -> dict[str, str]:
    return {**ROW, "img_file_name": f"{values['object_id']}.png", **values}


def write(
    folder: Path, rows: list[dict[str, str]], *, types: bool = True, name: str = NAME, **how: Any
) -> EcoTaxaTable:
    """Write a table and an image for each row; open it."""
    names = [field for field in FIELDS if field not in how.get("without", ())]
    lines = [names, *([[FIELDS[field] for field in names]] if types else [])]
    lines += [[row.get(field, "") for field in names] for row in rows]
    content = "\n".join("\t".join(line) for line in lines) + "\n"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode(how.get("encoding", "utf-8")))
    for row in rows:
        if how.get("images", True) and row.get("img_file_name"):
            (path.parent / row["img_file_name"]).write_bytes(b"x")
    return table(folder, name)


def table(folder: Path, name: str = NAME) -> EcoTaxaTable:
    source = open_source(str(folder))
    return EcoTaxaTable(source, name, [entry.name for entry in source.entries()])


def read(found: EcoTaxaTable) -> list[dict[str, Any]]:
    pieces = list(found.batches())
    return pa.concat_tables(pieces).to_pylist() if pieces else []


def codes(found: EcoTaxaTable) -> list[tuple[str, str, int]]:
    return [(issue.code, issue.value, issue.objects) for issue in found.issues() if issue.code != "pixel-size-unit"]


def test_an_object_is_read_in_our_form(tmp_path: Path) -> None:
    found = write(tmp_path, [cells(object_id="a")])
    (row,) = read(found)
    assert row == {
        "object_id": "a",
        "image": "a.png",
        "problem": None,
        "sample_id": "S1",
        "acq_id": "run_1",
        "label": "Acartia",
        "label_status": "validated",
        "label_by": "Ada",
        "label_at": "2024-04-06T12:01:00Z",
        "acquired_at_utc": datetime(2024, 3, 5, 9, 27, 30, tzinfo=UTC),
        "latitude": 51.25,
        "longitude": -2.5,
        "depth_min_m": 0.0,
        "depth_max_m": 5.5,
        "pixel_size_um": 1.1,
        "object_area": 413.0,
    }
    assert codes(found) == []
    assert [column.name for column in found.columns] == [*(column.name for column in OBJECT_COLUMNS), "object_area"]


def test_a_table_without_a_line_of_types_is_read_alike(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    given = [cells(object_id="a"), cells(object_id="b", object_area="")]
    assert read(write(tmp_path / "a", given)) == read(write(tmp_path / "b", given, types=False))


def test_what_the_table_says_of_a_sample_is_gathered(tmp_path: Path) -> None:
    found = write(
        tmp_path,
        [
            cells(object_id="a", object_depth_max="7", object_time="080000"),
            cells(object_id="b", object_lat="50", object_depth_min="2"),
            cells(object_id="c", sample_id="S2", acq_fluid_volume_imaged=""),
        ],
    )
    read(found)
    first, second = found.samples()
    assert (first.sample_id, first.objects, second.sample_id, second.objects) == ("S1", 2, "S2", 1)
    assert (first.latitude, first.longitude, first.pixel_size_um) == (None, -2.5, 1.1)
    assert (first.depth_min_m, first.depth_max_m) == (0.0, 7.0)
    assert first.started_at_utc == datetime(2024, 3, 5, 8, tzinfo=UTC)
    assert first.ended_at_utc == datetime(2024, 3, 5, 9, 27, 30, tzinfo=UTC)
    assert (first.volume_imaged_ml, first.volume_source) == (24.5, "acq_fluid_volume_imaged")
    assert first.fields["sample_tot_vol"] == "13.1"
    assert (second.volume_imaged_ml, second.volume_source) == (None, "")


def test_of_several_images_the_first_in_rank_is_kept_wherever_it_stands(tmp_path: Path) -> None:
    found = write(
        tmp_path,
        [
            cells(object_id="a", img_rank="2", img_file_name="a2.png"),
            cells(object_id="b"),
            cells(object_id="a", img_rank="0", img_file_name="a0.png"),
            cells(object_id="a", img_rank="1", img_file_name="a1.png"),
        ],
    )
    assert [(row["object_id"], row["image"]) for row in read(found)] == [("b", "b.png"), ("a", "a0.png")]
    assert codes(found) == [("ecotaxa-extra-images", "a", 2)]


def test_an_object_listed_twice_is_told(tmp_path: Path) -> None:
    found = write(tmp_path, [cells(object_id="a", object_area="1"), cells(object_id="a", object_area="2")])
    assert [row["object_area"] for row in read(found)] == [1.0]
    assert codes(found) == [("ecotaxa-duplicate", "a", 1)]


def test_choices_hold_across_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "ROWS", 2)
    rows = [cells(object_id=f"o{number % 4}", img_rank=str(9 - number), object_area=str(number)) for number in range(9)]
    found = write(tmp_path, rows)
    assert [row["object_area"] for row in read(found)] == [5.0, 6.0, 7.0, 8.0]
    assert read(found) == read(found)
    assert codes(found) == [("ecotaxa-extra-images", "o0", 5)]


def test_a_missing_image_leaves_the_object_listed(tmp_path: Path) -> None:
    found = write(tmp_path, [cells(object_id="a"), cells(object_id="b")])
    (tmp_path / "b.png").unlink()
    found = table(tmp_path)
    assert [(row["image"], row["problem"]) for row in read(found)] == [("a.png", None), (None, "image-missing")]
    assert codes(found) == [("image-missing", "b.png", 1)]


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "..\\secret.png"])
def test_an_image_outside_the_source_counts_as_missing(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").write_bytes(b"x")
    found = write(tmp_path / "in", [cells(object_id="a", img_file_name=name)], images=False)
    assert [row["image"] for row in read(found)] == [None]


def test_images_are_looked_for_beside_the_table(tmp_path: Path) -> None:
    name = "sub/dir/ecotaxa_a.tsv"
    found = write(tmp_path, [cells(object_id="a")], name=name)
    assert [row["image"] for row in read(found)] == ["sub/dir/a.png"]
    (tmp_path / "sub/images").mkdir()
    (tmp_path / "sub/images/b.png").write_bytes(b"x")
    found = write(tmp_path, [cells(object_id="b", img_file_name="..\\images\\b.png")], name=name, images=False)
    assert [row["image"] for row in read(table(tmp_path, name))] == ["sub/images/b.png"]


def test_missing_columns_are_told(tmp_path: Path) -> None:
    found = write(tmp_path, [cells(object_id="a")], without=("img_file_name", "sample_id"))
    (row,) = read(found)
    assert (row["image"], row["sample_id"], row["problem"]) == (None, None, "image-missing")
    assert codes(found) == [
        ("ecotaxa-column-missing", "img_file_name", 0),
        ("ecotaxa-column-missing", "sample_id", 0),
        ("image-missing", "(no name)", 1),
    ]
    with pytest.raises(BadInput) as told:
        write(tmp_path, [cells(object_id="a")], without=("object_id",))
    assert told.value.code == "ecotaxa-column-missing"


@pytest.mark.parametrize(
    ("date", "time", "moment"),
    [
        ("2024-03-05", "09:27:30", datetime(2024, 3, 5, 9, 27, 30, tzinfo=UTC)),
        ("20240305", "92730", datetime(2024, 3, 5, 9, 27, 30, tzinfo=UTC)),
        ("20240305", "927", datetime(2024, 3, 5, 9, 27, tzinfo=UTC)),
        ("20240305", "", datetime(2024, 3, 5, tzinfo=UTC)),
        ("20240305", "4:20:00.0", datetime(2024, 3, 5, 4, 20, tzinfo=UTC)),
        ("", "", None),
    ],
)
def test_dates_and_times_are_read_as_ecotaxa_reads_them(
    tmp_path: Path, date: str, time: str, moment: datetime | None
) -> None:
    found = write(tmp_path, [cells(object_id="a", object_date=date, object_time=time)])
    assert [row["acquired_at_utc"] for row in read(found)] == [moment]
    assert codes(found) == []


def test_bad_values_are_left_empty_and_told_once_with_their_number(tmp_path: Path) -> None:
    bad = {"object_lat": "95", "object_lon": "99999", "object_date": "20241305", "object_area": "big"}
    found = write(tmp_path, [cells(object_id=f"o{number}", **bad) for number in range(3)])
    assert {(row["latitude"], row["longitude"], row["acquired_at_utc"], row["object_area"]) for row in read(found)} == {
        (None, None, None, None)
    }
    assert sorted(codes(found)) == [
        ("ecotaxa-date", "20241305 092730", 3),
        ("ecotaxa-number", "big", 3),
        ("ecotaxa-range", "95.0", 3),
    ]


@pytest.mark.parametrize("text_value", ["", "NaN", "na", "inf"])
def test_words_for_nothing_are_no_finding(tmp_path: Path, text_value: str) -> None:
    found = write(tmp_path, [cells(object_id="a", object_area=text_value, object_lat=text_value)])
    assert [(row["object_area"], row["latitude"]) for row in read(found)] == [(None, None)]
    assert codes(found) == []


def test_a_decimal_comma_is_understood(tmp_path: Path) -> None:
    assert read(write(tmp_path, [cells(object_id="a", object_area="4,5")]))[0]["object_area"] == 4.5


@pytest.mark.parametrize(
    ("category", "status", "expected", "told"),
    [
        ("Acartia", "Validated", "validated", False),
        ("Acartia", "dubious", "dubious", False),
        ("Acartia", "", "predicted", True),
        ("Acartia", "sure", "predicted", True),
        ("", "", None, False),
    ],
)
def test_the_state_of_an_annotation(
    tmp_path: Path, category: str, status: str, expected: str | None, told: bool
) -> None:
    row = cells(object_id="a", object_annotation_category=category, object_annotation_status=status)
    found = write(tmp_path, [row])
    assert [row["label_status"] for row in read(found)] == [expected]
    assert [code for code, _, _ in codes(found)] == (["ecotaxa-status"] if told else [])


@pytest.mark.parametrize(
    ("column", "value", "size_um", "told"),
    [
        ("process_pixel", "10.6", 10.6, True),
        ("process_pixel", "0.0106", 10.6, True),
        ("process_pixel_um", "0.1", 0.1, False),
        ("process_particle_pixel_size_mm", "0.0106", 10.6, False),
        ("process_pixel", "0", None, False),
        ("process_pixel", "", None, False),
    ],
)
def test_the_pixel_size_is_in_micrometres_whatever_the_column(
    tmp_path: Path, column: str, value: str, size_um: float | None, told: bool
) -> None:
    (tmp_path / NAME).write_text(f"object_id\tobject_area\t{column}\n[t]\t[f]\t[f]\na\t1\t{value}\n")
    found = table(tmp_path)
    (row,) = read(found)
    assert row["pixel_size_um"] == (None if size_um is None else pytest.approx(size_um, rel=1e-12))
    assert ("pixel-size-unit" in {issue.code for issue in found.issues()}) == told


def test_objects_without_a_name_are_named_and_told(tmp_path: Path) -> None:
    rows = [cells(object_id="a"), {**cells(object_id="b"), "object_id": ""}, {**cells(object_id="c"), "object_id": " "}]
    found = write(tmp_path, rows)
    assert [row["object_id"] for row in read(found)] == ["a", "ecotaxa_run_row2", "ecotaxa_run_row3"]
    assert codes(found) == [("ecotaxa-object-id", "row 2", 2)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin1"])
def test_accents_survive_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    row = cells(object_id="a", object_annotation_person_name="Zoë Ångström", sample_id="Concarneau été")
    (found,) = read(write(tmp_path, [row], encoding=encoding))
    assert (found["object_id"], found["label_by"], found["sample_id"]) == ("a", "Zoë Ångström", "Concarneau été")


def test_utf_16_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as told:
        write(tmp_path, [cells(object_id="a")], encoding="utf-16")
    assert told.value.code == "ecotaxa-encoding"


def test_quotes_short_rows_and_other_line_ends_are_understood(tmp_path: Path) -> None:
    content = (
        '"OBJECT_ID"\t"img_file_name"\tobject_area\tobject_remark\r\n"a ""1"""\tx.png\t5\t5" net\r\nb\tx.png\r\n\r\n'
    )
    (tmp_path / NAME).write_bytes(content.encode())
    (tmp_path / "x.png").write_bytes(b"x")
    assert [(row["object_id"], row["object_area"]) for row in read(table(tmp_path))] == [('a "1"', 5.0), ("b", None)]


def test_a_row_with_too_many_cells_is_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("object_id\tobject_area\na\t1\t\t\nb\t2\tmore\nc\t3\n")
    found = table(tmp_path)
    assert [row["object_id"] for row in read(found)] == ["a", "c"]
    assert ("ecotaxa-row", "b 2 more", 1) in codes(found)


@pytest.mark.parametrize(
    ("content", "code"),
    [("", "ecotaxa-empty"), ("\n\n", "ecotaxa-empty"), ("object_id\tobject_id\n", "ecotaxa-header")],
)
def test_a_table_that_cannot_be_used_is_told(tmp_path: Path, content: str, code: str) -> None:
    (tmp_path / NAME).write_text(content)
    with pytest.raises(BadInput) as told:
        table(tmp_path)
    assert (told.value.code, told.value.file) == (code, NAME)


def test_a_table_without_objects_is_told(tmp_path: Path) -> None:
    found = write(tmp_path, [])
    assert read(found) == []
    assert codes(found) == [("ecotaxa-empty", "", 0)]


def test_tables_are_found_by_their_names() -> None:
    names = ["a/ecotaxa_1.tsv", "Ecotaxa_2.TSV", "ecotaxa.txt", "a/other.tsv", "ecotaxa_notes.md", "x_ecotaxa.tsv"]
    assert find_tables(names) == ["Ecotaxa_2.TSV", "a/ecotaxa_1.tsv", "ecotaxa.txt"]


def test_a_table_whose_name_ecotaxa_would_not_find_is_told(tmp_path: Path) -> None:
    found = write(tmp_path, [cells(object_id="a")], name="EcoTaxa_A.tsv")
    read(found)
    assert [code for code, _, _ in codes(found)] == ["ecotaxa-name-case"]


@pytest.mark.data
def test_real_bundles_give_one_row_for_each_object(shared_data: Path) -> None:
    source = open_source(str(shared_data / "zooscan/ecotaxa_bundles/ref_exports"))
    names = [entry.name for entry in source.entries()]
    for name in find_tables(names):
        found = EcoTaxaTable(source, name, names)
        lines = source.read(name).decode("latin1").splitlines()[1:]
        objects = [line for line in lines if line.strip() and not line.strip('"').startswith("[")]
        rows = read(found)
        extra = sum(issue.objects for issue in found.issues() if issue.code == "ecotaxa-extra-images")
        assert len(rows) + extra == len(objects)
        assert {row["pixel_size_um"] for row in rows} == {10.6}
