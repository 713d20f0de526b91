"""The output folder of a real litter run of a drawn beach: every export, and corrections that come back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pyogrio
import pytest
from tests.exports.publishable import options
from tests.services.direct_steps import DirectSteps
from tests.services.litter.beaches import PLACES, beach, write_orthophoto
from tests.services.litter.tiny_models import tiny_models

from pelagia.core.result import Result
from pelagia.core.service import Request
from pelagia.exports.folder import write_folder
from pelagia.io.annotations import read_annotations
from pelagia.orders.delivery import exports_for
from pelagia.services.litter import pipeline
from pelagia.services.litter.service import LitterParams

EXPORTS = ["csv", "geopackage", "geojson", "density-map", "overview", "coco", "cvat", "emodnet"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    """A run of a beach with five items, and what makes another of the same pictures."""
    folder = tmp_path_factory.mktemp("litter")
    models = tiny_models(folder / "models")
    pictures = (str(write_orthophoto(folder / "in" / "beach.tif", beach())),)

    def run(name: str, **inputs: tuple[str, ...]) -> Result:
        (folder / name).mkdir()
        request = Request(
            service="litter",
            service_version="1.0.0",
            inputs={"pictures": pictures, "survey": (), **inputs},
            params=LitterParams(length_m=50.0, cell_m=1.0),
            models=models,
        )
        return pipeline.run(request, DirectSteps(folder / name))

    return folder, run


@pytest.fixture(scope="module")
def written(made) -> Path:
    folder, run = made
    result = run("work")
    issues = write_folder(result, folder / "out", exports_for(result, ()), options=options())
    assert {issue.severity for issue in issues} == {"note"}
    return folder / "out"


def total(result: Result) -> dict:
    return next(row for row in result.tables["density"].read().to_pylist() if row["area_id"] == "all")


def test_a_plain_run_writes_every_export_of_litter(written: Path) -> None:
    made = json.loads((written / "summary.json").read_text())["exports"]
    assert list(made) == EXPORTS
    assert all(made.values())


def test_all_exports_tell_of_the_same_items(written: Path) -> None:
    items = set(pq.read_table(written / "items.parquet")["object_id"].to_pylist())
    assert len(items) == len(PLACES)
    collection = json.loads((written / "exports" / "geojson" / "items.geojson").read_text())
    assert {feature["id"] for feature in collection["features"]} == items
    boxes = [read_annotations(written / "exports" / name).boxes for name in ("coco/items.json", "cvat/annotations.xml")]
    assert [{box.object_id for box in own} for own in boxes] == [items, items]
    assert pyogrio.read_info(written / "exports" / "litter.gpkg", layer="items")["features"] == len(items)


def test_the_report_shows_the_beach(written: Path) -> None:
    html = (written / "report.html").read_text()
    assert "Where the litter lies" in html
    assert f"{len(PLACES)} items" in html
    assert html.count("data:image/webp") >= len(PLACES)
    assert 'href="exports/litter.gpkg"' in html


def test_boxes_that_come_back_unchanged_validate_every_item_and_change_no_total(made, written: Path) -> None:
    _, run = made
    again = run("unchanged", corrections=(str(written / "exports" / "cvat" / "annotations.xml"),))
    whole = total(again)
    assert (whole["items"], whole["validated_items"]) == (len(PLACES), len(PLACES))


@pytest.mark.parametrize("name", ["cvat/annotations.xml", "coco/items.json"])
def test_a_box_that_was_deleted_is_counted_no_more(made, written: Path, tmp_path: Path, name: str) -> None:
    _, run = made
    corrected = tmp_path / Path(name).name
    text = (written / "exports" / name).read_text()
    if name.startswith("cvat"):
        text = re.sub(r"<box .*?</box>", "", text, count=1, flags=re.DOTALL)
    else:
        content = json.loads(text)
        content["annotations"].pop()
        text = json.dumps(content)
    corrected.write_text(text)
    again = run(f"deleted in {name[:4]}", corrections=(str(corrected),))
    assert total(again)["items"] == len(PLACES) - 1
    assert again.tables["edits"].rows
