"""Items corrected in another program come back under their names, and every change is told."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from tests.services.litter.lattice import Record, item, picture, result_of

from pelagia.core.table import Table, write_table
from pelagia.exports.litter import coco as coco_export
from pelagia.exports.litter import cvat as cvat_export
from pelagia.exports.outcome import ExportOptions
from pelagia.services.litter.columns import ITEM_COLUMNS
from pelagia.services.litter.corrections import apply_corrections

PICTURES = [picture("a"), picture("b", east=100.0), picture("c", east=200.0)]


def items() -> list[Record]:
    rows = [item(PICTURES[0], number, 1000.0 * number, 1000.0) for number in (1, 2, 3)]
    return [*rows, item(PICTURES[1], 1, 500.0, 500.0), item(PICTURES[2], 1, 500.0, 500.0)]


def box_of(row: Record, scale: float = 1.0) -> list[float]:
    return [row[name] * scale for name in ("col_px", "row_px", "width_px", "height_px")]


Box = tuple[str, list[float], str | None]


def coco(folder: Path, images: Sequence[tuple[str, int, int]], boxes: dict[str, list[Box]]) -> str:
    """Write COCO: per image its name, width and height; per box its class, corner and size, and perhaps its item."""
    numbers = {name: number for number, (name, _, _) in enumerate(images, start=1)}
    labels = sorted({label for drawn in boxes.values() for label, _, _ in drawn} | {"plastic"})
    annotations: list[dict[str, Any]] = []
    for name, drawn in boxes.items():
        for label, box, object_id in drawn:
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": numbers[name],
                    "category_id": labels.index(label) + 1,
                    "bbox": box,
                    "attributes": {} if object_id is None else {"object_id": object_id},
                }
            )
    path = folder / "corrected.json"
    path.write_text(
        json.dumps(
            {
                "images": [
                    {"id": numbers[name], "file_name": name, "width": width, "height": height}
                    for name, width, height in images
                ],
                "categories": [{"id": number, "name": name} for number, name in enumerate(labels, start=1)],
                "annotations": annotations,
            }
        )
    )
    return str(path)


def applied(folder: Path, uri: str, found: Sequence[Record] | None = None) -> tuple[dict[str, Record], dict[str, Any]]:
    table = write_table("items", folder, ITEM_COLUMNS, items() if found is None else found)
    path = folder / "corrected.parquet"
    done = apply_corrections(uri, PICTURES, str(table.path), str(path))
    rows = Table(name="items", path=path).read().to_pylist()
    return {row["object_id"]: row for row in rows}, done


def test_items_are_kept_changed_moved_deleted_and_added(tmp_path: Path) -> None:
    one, two, _, other, _ = items()
    moved = [box_of(two)[0] + 30.0, *box_of(two)[1:]]
    uri = coco(
        tmp_path,
        [("a.tif", 10_000, 10_000), ("b.tif", 10_000, 10_000)],
        {
            "a.tif": [
                ("plastic", box_of(one), "a_1"),
                ("plastic", moved, "a_2"),
                ("drink can", [7000.0, 7000.0, 30.0, 20.0], None),
            ],
            "b.tif": [("tyre", box_of(other), "b_1")],
        },
    )
    rows, done = applied(tmp_path, uri)
    assert rows["a_1"]["status"] == "validated"
    assert rows["a_1"]["row_px"] == one["row_px"]
    assert rows["a_2"]["col_px"] == two["col_px"] + 30.0
    assert rows["a_3"]["is_deleted"] is True
    assert rows["b_1"]["item_class"] == "tyre"
    new = rows["a_p1"]
    assert (new["source"], new["item_class"], new["row_px"], new["height_px"]) == ("import", "drink can", 7000.0, 20.0)
    assert {rows[name]["validated_by"] for name in ("a_1", "a_2", "a_3", "b_1", "a_p1")} == {"corrected.json"}
    assert [(row["subject"], row["field"], row["new"]) for row in done["edits"]] == [
        ("item:a_1", "state", "validated"),
        ("item:a_2", "box", "1987.5, 1005, 25, 50"),
        ("item:a_p1", "state", "validated"),
        ("item:a_3", "state", "deleted"),
        ("item:b_1", "item_class", "tyre"),
    ]
    assert done["issues"] == []


def test_pictures_the_file_does_not_cover_are_left_alone(tmp_path: Path) -> None:
    uri = coco(tmp_path, [("b.tif", 10_000, 10_000)], {})
    rows, _ = applied(tmp_path, uri)
    before = {row["object_id"]: row for row in items()}
    assert rows["b_1"]["is_deleted"] is True
    assert all(rows[name] == before[name] for name in ("a_1", "a_2", "a_3", "c_1"))


def test_boxes_that_lost_their_names_are_known_by_where_they_lie(tmp_path: Path) -> None:
    one, two, three, *_ = items()
    near = [box_of(two)[0] + 5.0, *box_of(two)[1:]]
    uri = coco(
        tmp_path,
        [("a.tif", 10_000, 10_000)],
        {"a.tif": [("plastic", near, None), ("tyre", box_of(one), None), ("plastic", box_of(three), None)]},
    )
    rows, _ = applied(tmp_path, uri)
    assert set(rows) == {row["object_id"] for row in items()}
    assert rows["a_1"]["item_class"] == "tyre"
    assert rows["a_2"]["col_px"] == two["col_px"] + 5.0
    assert not any(rows[name]["is_deleted"] for name in ("a_1", "a_2", "a_3"))


def test_a_class_that_cannot_be_is_a_finding_and_leaves_its_item_as_it_was(tmp_path: Path) -> None:
    one, two, three, *_ = items()
    boxes: list[Box] = [("All", box_of(one), "a_1"), ("tyre", box_of(two), "a_2"), ("ty\u202ere", box_of(three), "a_3")]
    rows, done = applied(tmp_path, coco(tmp_path, [("a.tif", 10_000, 10_000)], {"a.tif": boxes}))
    assert [(rows[name]["item_class"], rows[name]["status"]) for name in ("a_1", "a_2", "a_3")] == [
        (one["item_class"], "predicted"),
        ("tyre", "validated"),
        (three["item_class"], "predicted"),
    ]
    assert [(issue["code"], issue["value"]) for issue in done["issues"]] == [
        ("correction-unusable", "All"),
        ("correction-unusable", "'ty\\u202ere'"),
    ]
    assert all(issue["remedy"] for issue in done["issues"])


def test_a_copied_box_is_a_new_item(tmp_path: Path) -> None:
    one, *_ = items()
    uri = coco(
        tmp_path,
        [("a.tif", 10_000, 10_000)],
        {"a.tif": [("plastic", box_of(one), "a_1"), ("plastic", [8000.0, 8000.0, 50.0, 25.0], "a_1")]},
    )
    rows, _ = applied(tmp_path, uri)
    assert rows["a_1"]["row_px"] == one["row_px"]
    assert rows["a_p1"]["row_px"] == 8000.0


def test_boxes_on_a_smaller_copy_of_the_picture_are_enlarged(tmp_path: Path) -> None:
    one, *_ = items()
    boxes: list[Box] = [("plastic", box_of(one, 0.25), "a_1"), ("tyre", [100.0, 200.0, 10.0, 20.0], None)]
    rows, _ = applied(tmp_path, coco(tmp_path, [("a.tif", 2500, 2500)], {"a.tif": boxes}))
    assert rows["a_1"]["row_px"] == one["row_px"]
    new = rows["a_p1"]
    assert [new[name] for name in ("row_px", "col_px", "height_px", "width_px")] == [800.0, 400.0, 80.0, 40.0]


def test_cvat_says_the_same_as_coco(tmp_path: Path) -> None:
    one, two, *_ = items()
    drawn: list[Box] = [("plastic", box_of(one), "a_1"), ("tyre", box_of(two), "a_2")]
    from_coco, told = applied(tmp_path, coco(tmp_path, [("a.tif", 10_000, 10_000)], {"a.tif": drawn}))
    boxes = "".join(
        f'<box label={quoteattr(label)} xtl="{x}" ytl="{y}" xbr="{x + wide}" ybr="{y + tall}">'
        f'<attribute name="object_id">{name}</attribute></box>'
        for label, (x, y, wide, tall), name in drawn
    )
    path = tmp_path / "corrected.json.xml"
    path.write_text(
        f'<annotations><image id="0" name="a.tif" width="10000" height="10000">{boxes}</image></annotations>'
    )
    from_cvat, also = applied(tmp_path, str(path))
    for name, row in from_coco.items():
        assert {**row, "validated_by": None} == {**from_cvat[name], "validated_by": None}
    assert [row["new"] for row in told["edits"]] == [row["new"] for row in also["edits"]]


def test_pictures_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    first, second = picture("x", file="march/x.tif"), picture("x-2", file="june/x.tif", east=100.0)
    rows = [item(first, 1, 500.0, 500.0), item(second, 1, 500.0, 500.0)]
    table = write_table("items", tmp_path, ITEM_COLUMNS, rows)
    uri = coco(tmp_path, [("june/x.tif", 10_000, 10_000)], {})
    apply_corrections(uri, [first, second], str(table.path), str(tmp_path / "corrected.parquet"))
    found = Table(name="items", path=tmp_path / "corrected.parquet").read().to_pylist()
    assert [(row["object_id"], bool(row["is_deleted"])) for row in found] == [("x_1", False), ("x-2_1", True)]


def test_pictures_whose_files_cannot_be_told_apart_are_known_by_their_names(tmp_path: Path) -> None:
    both = [picture("x.v1", file="../x.v1.tif"), picture("x.v1-2", file="x.v1.tif", east=100.0)]
    rows = [item(one, 1, 500.0, 500.0) for one in both]
    _, result = result_of(tmp_path / "run", both, rows)
    written = coco_export.write(result, tmp_path / "exports", ExportOptions(created=dt.date(2026, 6, 3))).files[0]
    table = write_table("items", tmp_path, ITEM_COLUMNS, rows)
    done = apply_corrections(str(written), both, str(table.path), str(tmp_path / "corrected.parquet"))
    assert done["issues"] == []
    assert [row["new"] for row in done["edits"]] == ["validated"] * 2


def test_images_of_another_run_are_a_finding(tmp_path: Path) -> None:
    rows, done = applied(tmp_path, coco(tmp_path, [("z.tif", 10, 10)], {"z.tif": [("tyre", [1, 1, 5, 5], None)]}))
    assert list(rows.values()) == items()
    assert [issue["code"] for issue in done["issues"]] == ["correction-without-picture"]


@pytest.mark.parametrize("exporter", [coco_export, cvat_export])
def test_an_export_that_nobody_changed_confirms_every_item(exporter: Any, tmp_path: Path) -> None:
    _, result = result_of(tmp_path / "run", PICTURES, items())
    options = ExportOptions(created=dt.date(2026, 6, 3))
    written = exporter.write(result, tmp_path / "exports", options).files[0]
    rows, done = applied(tmp_path, str(written))
    assert done["issues"] == []
    assert [(row["field"], row["new"]) for row in done["edits"]] == [("state", "validated")] * 5
    touched = ("status", "validated_by", "is_deleted")
    assert [{k: v for k, v in row.items() if k not in touched} for row in rows.values()] == [
        {k: v for k, v in row.items() if k not in touched} for row in items()
    ]


@pytest.mark.parametrize("text", ["", "{}", "<html/>", "object_id,taxon\n"])
def test_what_is_no_annotation_is_a_finding_and_changes_nothing(text: str, tmp_path: Path) -> None:
    path = tmp_path / "corrected.json"
    path.write_text(text)
    rows, done = applied(tmp_path, str(path))
    assert list(rows.values()) == items()
    assert done["edits"] == []
    assert [issue["code"] for issue in done["issues"]] == ["annotations-unknown"]
