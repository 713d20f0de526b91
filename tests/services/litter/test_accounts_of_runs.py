"""Runs with a survey and with corrections, and revisions of them: the accounts hold from end to end."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.services.direct_steps import DirectSteps
from tests.services.litter.beaches import GSD_CM, HEIGHT, NORTH, PLACES, WEST, WIDTH, beach, write_orthophoto
from tests.services.litter.tiny_models import tiny_models

from pelagia.core.result import Result
from pelagia.core.service import Edit, ModelRef, Request
from pelagia.exports.litter import coco
from pelagia.exports.outcome import ExportOptions
from pelagia.io.rasters.ground import to_lat_lon
from pelagia.services.litter import pipeline
from pelagia.services.litter.revise import revise
from pelagia.services.litter.service import LitterParams


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelRef]:
    return tiny_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def orthophoto(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(write_orthophoto(tmp_path_factory.mktemp("in") / "beach.tif", beach()))


def run(
    workdir: Path, models: dict[str, ModelRef], orthophoto: Path, **others: str
) -> tuple[Request[LitterParams], Result]:
    workdir.mkdir()
    request = Request(
        service="litter",
        service_version="1.0.0",
        inputs={"pictures": (str(orthophoto),), **{name: (uri,) for name, uri in others.items()}},
        params=LitterParams(cell_m=1.0),
        models=models,
    )
    steps = DirectSteps(workdir)
    estimate = pipeline.estimate(request)
    result = pipeline.run(request, steps)
    assert len(steps.keys) == estimate.steps
    assert {issue.code for issue in estimate.issues} <= {issue.code for issue in result.issues}
    return request, result


def rows(result: Result, table: str, **wanted: Any) -> list[dict[str, Any]]:
    return [
        row
        for row in result.tables[table].read().to_pylist()
        if all(row[name] == value for name, value in wanted.items())
    ]


def line_file(folder: Path, south_px: float) -> str:
    """Write a survey line across the whole picture, so many pixels below its top."""
    east = np.array([0.0, WIDTH]) * GSD_CM / 100
    latitudes, longitudes = to_lat_lon("EPSG:32748", WEST + east, np.full(2, NORTH - south_px * GSD_CM / 100))
    path = folder / "survey.geojson"
    points = np.column_stack([longitudes, latitudes]).tolist()
    shape = {"type": "LineString", "coordinates": points}
    path.write_text(json.dumps({"type": "Feature", "properties": {"name": "wrack"}, "geometry": shape}))
    return str(path)


def test_a_survey_line_gives_items_per_100_m(tmp_path: Path, models: dict[str, ModelRef], orthophoto: Path) -> None:
    _, result = run(tmp_path / "work", models, orthophoto, survey=line_file(tmp_path, HEIGHT / 2))
    (line,) = rows(result, "survey")
    # A metre on the map is up to 0.1 % more or less than one on the ground.
    assert line["length_m"] == pytest.approx(WIDTH * GSD_CM / 100, rel=1e-3)
    (whole,) = rows(result, "density", transect_id="wrack", item_class="all")
    assert whole["items"] == len(PLACES)
    assert whole["items_per_100m"] == pytest.approx(len(PLACES) * 100 / line["length_m"])
    assert "length-unknown" not in {issue.code for issue in result.issues}


def test_corrections_change_the_totals_of_the_next_run_with_a_trail(
    tmp_path: Path, models: dict[str, ModelRef], orthophoto: Path
) -> None:
    _, first = run(tmp_path / "first", models, orthophoto)
    (written, *_) = coco.write(first, tmp_path / "exports", ExportOptions(created=dt.date(2026, 6, 3))).files
    told = json.loads(written.read_text())
    gone, renamed, *_ = told["annotations"]
    told["annotations"].remove(gone)
    told["categories"].append({"id": 99, "name": "glass bottle"})
    renamed["category_id"] = 99
    corrected = tmp_path / "corrected.json"
    corrected.write_text(json.dumps(told))

    request, second = run(tmp_path / "second", models, orthophoto, corrections=str(corrected))
    items = {row["object_id"]: row for row in rows(second, "items")}
    assert items[gone["attributes"]["object_id"]]["is_deleted"] is True
    assert items[renamed["attributes"]["object_id"]]["j_code"] == "J200"
    (whole,) = rows(second, "density", area_id="all", item_class="all")
    assert whole["items"] == whole["validated_items"] == len(PLACES) - 1
    assert second.summary["items"].value == len(PLACES) - 1
    changes = {(row["subject"], row["field"]): row["new"] for row in rows(second, "edits")}
    assert changes[f"item:{gone['attributes']['object_id']}", "state"] == "deleted"
    assert changes[f"item:{renamed['attributes']['object_id']}", "item_class"] == "glass bottle"
    assert len(changes) == len(PLACES)

    (tmp_path / "revision").mkdir()
    again = revise(request, second, {}, tmp_path / "revision")
    assert set(again.tables) == set(second.tables)
    for name in second.tables:
        assert rows(again, name) == rows(second, name), name
    assert (again.summary, again.issues, again.notes) == (second.summary, second.issues, second.notes)


def test_a_survey_elsewhere_and_corrections_that_are_gone_are_told_beforehand_and_end_no_run(
    tmp_path: Path, models: dict[str, ModelRef], orthophoto: Path
) -> None:
    far = line_file(tmp_path, HEIGHT + 1e6)
    request, result = run(tmp_path / "work", models, orthophoto, survey=far, corrections=str(tmp_path / "gone.json"))
    told = {issue.code: issue for issue in pipeline.estimate(request).issues}
    assert told["survey-elsewhere"].value == "wrack"
    assert any(issue.file.endswith("gone.json") and issue.severity == "error" for issue in told.values())
    assert result.summary["items"].value == len(PLACES)


def test_an_item_added_to_a_run_lies_where_it_was_drawn(
    tmp_path: Path, models: dict[str, ModelRef], orthophoto: Path
) -> None:
    request, result = run(tmp_path / "work", models, orthophoto)
    image = rows(result, "pictures")[0]["image_id"]
    found = rows(result, "items")[0]
    box = [found[name] for name in ("row_px", "col_px", "height_px", "width_px")]
    value = {"state": "added", "image_id": image, "item_class": "plastic", "box": box}
    (tmp_path / "revision").mkdir()
    again = revise(request, result, {}, tmp_path / "revision", edits=[Edit(kind="item", subject="new:1", value=value)])
    (new,) = rows(again, "items", source="person")
    same = ("row_px", "length_m", "area_m2", "easting_m", "northing_m", "latitude", "longitude", "material", "crs")
    assert {name: new[name] for name in same} == {name: found[name] for name in same}
    assert again.summary["items"].value == len(PLACES) + 1
