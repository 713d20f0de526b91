from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pelagia.core.errors import BadParameter
from pelagia.io.sources import Entry, open_source
from pelagia.io.vignettes import VIGNETTE_COLUMNS, LabelRule, Vignettes, object_ids


def fill(root: Path, *names: str, **texts: str) -> str:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    for name, text in texts.items():
        (root / name.replace("_csv", ".csv").replace("_tsv", ".tsv")).write_text(text)
    return str(root)


def rows(vignettes: Vignettes, **how: Any) -> list[dict[str, Any]]:
    return pa.concat_tables(vignettes.batches(**how)).to_pylist()


def listed(uri: str, rule: LabelRule | None = None) -> list[tuple[str, str | None]]:
    return [(row["object_id"], row["label"]) for row in rows(Vignettes(open_source(uri), rule))]


def codes(vignettes: Vignettes) -> list[str]:
    for _ in vignettes.batches():
        pass
    return [issue.code for issue in vignettes.issues()]


def test_images_in_several_folders_are_labelled_by_their_folder(tmp_path: Path) -> None:
    uri = fill(tmp_path, "Acartia/1.png", "Oithona/2.jpg", "deep/er/Calanus/3.tif", "0.bmp")
    assert listed(uri) == [("0", None), ("1", "Acartia"), ("2", "Oithona"), ("3", "Calanus")]


def test_images_in_one_place_have_no_label(tmp_path: Path) -> None:
    assert listed(fill(tmp_path, "1.png", "2.png")) == [("1", None), ("2", None)]


def test_one_single_folder_is_no_label_unless_asked_for(tmp_path: Path) -> None:
    uri = fill(tmp_path, "export/1.png", "export/2.png")
    vignettes = Vignettes(open_source(uri))
    assert {row["label"] for row in rows(vignettes)} == {None}
    assert codes(vignettes) == ["label-single-folder"]
    assert listed(uri, LabelRule(label_from="folder")) == [("1", "export"), ("2", "export")]


def test_labels_may_come_from_the_begin_of_the_name_or_from_nowhere(tmp_path: Path) -> None:
    uri = fill(tmp_path, "a/Acartia__1.png", "b/Oithona nana__x__2.png", "b/3.png")
    prefix = LabelRule(label_from="prefix")
    assert [label for _, label in listed(uri, prefix)] == ["Acartia", None, "Oithona nana"]
    assert {label for _, label in listed(uri, LabelRule(label_from="none"))} == {None}
    with pytest.raises(BadParameter):
        LabelRule(label_from="prefix", separator="")


def test_the_label_of_the_place_comes_first() -> None:
    class Collection:
        uri = "mongodb://host/db/c"

        def entries(self, after: str = "") -> Any:
            return iter([Entry(name="65.img", size=1, label="Acartia"), Entry(name="66.png", size=1)])

    assert [(row["image"], row["label"]) for row in rows(Vignettes(Collection()))] == [
        ("65.img", "Acartia"),
        ("66.png", None),
    ]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a/1.png", "b/2.png"], ["1", "2"]),
        (["a/1.png", "b/1.png", "b/2.png"], ["a__1", "b__1", "2"]),
        (["1.png", "1.tif"], ["1.png", "1.tif"]),
        (["a/1.png", "a/1.tif", "b/1.png"], ["a__1.png", "a__1.tif", "b__1"]),
        (["a/1.png", "a__1.png", "b/1.png"], ["a__1.png", "a__1", "b__1"]),
        (["a/1.png", "a/1.tif", "a__1.png.tif"], ["a__1.png", "a__1.tif", "a__1.png-2"]),
    ],
)
def test_every_object_has_a_name_of_its_own(names: list[str], expected: list[str]) -> None:
    found = list(object_ids(names))
    assert found == expected
    assert len(set(found)) == len(names)


def test_pieces_have_at_most_the_rows_asked_for_and_the_stated_columns(tmp_path: Path) -> None:
    vignettes = Vignettes(open_source(fill(tmp_path, *(f"{number}.png" for number in range(5)))))
    pieces = list(vignettes.batches(rows=2))
    assert [piece.num_rows for piece in pieces] == [2, 2, 1]
    assert len(vignettes) == 5
    assert pieces[0].schema.names == [column.name for column in VIGNETTE_COLUMNS]


def test_files_that_are_no_images_are_told_by_kind(tmp_path: Path) -> None:
    vignettes = Vignettes(open_source(fill(tmp_path, "1.png", "a.txt", "b.txt", "LICENSE")))
    assert [(issue.code, issue.message) for issue in vignettes.issues()] == [
        ("file-not-image", "Files are no images and were not used (.txt: 2)"),
        ("file-not-image", "Files are no images and were not used (no suffix: 1)"),
    ]


def test_a_context_table_says_what_is_known_of_each_image(tmp_path: Path) -> None:
    table = (
        "File;Pixel_size_um;Date;Lat;Lon;Depth_m\n"
        "a/1.png;1,5;2024-03-05T10:00:00+02:00;51.2;2.9;10\n"
        "2.png;;20240501;;;\n"
        ";3.0;;50;;\n"
    )
    uri = fill(tmp_path, "a/1.png", "b/2.png", "b/3.png", context_csv=table)
    vignettes = Vignettes(open_source(uri))
    first, second, third = rows(vignettes)
    assert first["pixel_size_um"] == 1.5
    assert first["acquired_at_utc"] == datetime(2024, 3, 5, 8, tzinfo=UTC)
    assert (first["month"], first["latitude"], first["longitude"], first["depth_m"]) == (3, 51.2, 2.9, 10.0)
    assert (second["pixel_size_um"], second["month"], second["latitude"]) == (3.0, 5, 50.0)
    assert (third["pixel_size_um"], third["month"], third["longitude"]) == (3.0, None, None)
    assert vignettes.issues() == ()


def test_file_names_of_a_context_table_are_relative_to_it(tmp_path: Path) -> None:
    uri = fill(tmp_path, "set/a/1.png", "set/b/1.png")
    (tmp_path / "set/metadata.tsv").write_text("filename\tmonth\na/1.png\t2\nb/1.png\t7\n")
    assert [row["month"] for row in rows(Vignettes(open_source(uri)))] == [2, 7]


def test_bad_values_of_a_context_table_are_told_and_left_empty(tmp_path: Path) -> None:
    table = "file,lat,month,date\n1.png,95,2.5,\n1.png,1,1,\nlost.png,1,13,yesterday\n"
    vignettes = Vignettes(open_source(fill(tmp_path, "1.png", context_csv=table)))
    (row,) = rows(vignettes)
    assert (row["latitude"], row["month"]) == (None, None)
    assert [(issue.file, issue.code, issue.value, issue.objects) for issue in vignettes.issues()] == [
        ("context.csv", "context-value", "2.5", 2),
        ("context.csv", "context-value", "95", 1),
        ("context.csv", "context-duplicate", "1.png", 1),
        ("context.csv", "context-value", "yesterday", 1),
        ("context.csv", "context-unmatched", "lost.png", 1),
    ]


def test_a_context_table_without_known_columns_is_told_and_the_images_listed(tmp_path: Path) -> None:
    vignettes = Vignettes(open_source(fill(tmp_path, "1.png", context_csv="a,b\n1,2\n")))
    assert len(rows(vignettes)) == 1
    assert codes(vignettes) == ["context-header"]
