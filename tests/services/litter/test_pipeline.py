"""A litter run from end to end, on pictures in which every figure can be told beforehand."""

from __future__ import annotations

import zipfile

import cv2
import numpy as np
import pytest
import rasterio
from tests.services.direct_steps import DirectSteps
from tests.services.litter.beaches import DARK_MAGENTA, GSD_CM, HEIGHT, PLACES, WEST, WIDTH, beach, write_orthophoto
from tests.services.litter.tiny_models import tiny_models, tiny_people

from pelagia.core.errors import NothingUsable
from pelagia.core.result import Result
from pelagia.core.service import ModelRef, Request
from pelagia.services.litter import pipeline
from pelagia.services.litter.screening import screen
from pelagia.services.litter.service import LitterParams

UTM_ERROR = 1e-3
"""A metre of UTM is up to 0.1 % more or less than one on the ground, and it is the ground that counts."""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelRef]:
    return tiny_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pelagia.services.litter.grid.CORE_PX", 512)


FEW = [(100, 200), (300, 508)]


def small_beach() -> np.ndarray:
    """Return a photo of some blocks: people are looked for in it every way round, which takes its time."""
    return beach(FEW, height=400, width=600)


def run(tmp_path, models, *inputs, survey=(), **params) -> tuple[Result, DirectSteps]:
    workdir = tmp_path / "work"
    workdir.mkdir()
    request = Request(
        service="litter",
        service_version="1.0.0",
        inputs={"pictures": tuple(str(path) for path in inputs), "survey": tuple(survey)},
        params=LitterParams(**params),
        models=models,
    )
    steps = DirectSteps(workdir)
    expected = pipeline.estimate(request)
    result = pipeline.run(request, steps)
    assert steps.billed == expected.units
    assert len(steps.keys) == expected.steps
    return result, steps


def rows(result: Result, table: str) -> list[dict]:
    return result.tables[table].read().to_pylist()


def whole(result: Result, area: str = "all", item_class: str = "all") -> dict:
    return next(
        row
        for row in rows(result, "density")
        if (row["area_id"], row["transect_id"], row["item_class"]) == (area, "", item_class)
    )


def test_every_item_is_found_once_though_blocks_meet_on_it(tmp_path, models):
    path = write_orthophoto(tmp_path / "in" / "beach.tif", beach())
    result, steps = run(tmp_path, models, path)
    items = rows(result, "items")
    middles = [(item["row_px"] + item["height_px"] / 2, item["col_px"] + item["width_px"] / 2) for item in items]
    assert len(middles) == len(PLACES)
    assert np.allclose(sorted(middles), sorted(PLACES), atol=2.5)
    assert {item["item_class"] for item in items} == {"plastic"}
    assert steps.billed == 1
    assert sum(one.role == "vignettes" for one in result.artifacts) > 1


def test_totals_are_the_sum_of_their_parts(tmp_path, models):
    path = write_orthophoto(tmp_path / "in" / "beach.tif", beach())
    result, _ = run(tmp_path, models, path, cell_m=1.0)
    ground_m2 = HEIGHT * WIDTH * (GSD_CM / 100) ** 2
    tiles, cells, picture = rows(result, "tiles"), rows(result, "cells"), rows(result, "pictures")[0]
    assert sum(tile["area_m2"] for tile in tiles) == pytest.approx(ground_m2, rel=UTM_ERROR)
    assert picture["covered_m2"] == pytest.approx(ground_m2, rel=UTM_ERROR)
    assert whole(result)["covered_m2"] == pytest.approx(ground_m2, rel=UTM_ERROR)
    assert sum(cell["covered_m2"] for cell in cells) == pytest.approx(ground_m2, rel=UTM_ERROR)
    assert sum(cell["items"] for cell in cells) == whole(result)["items"] == len(PLACES)
    assert whole(result)["items_per_km2"] == pytest.approx(len(PLACES) / ground_m2 * 1e6, rel=UTM_ERROR)


def test_items_are_looked_for_only_where_there_may_be_litter_and_beside_it(tmp_path, models):
    path = write_orthophoto(tmp_path / "in" / "beach.tif", beach())
    result, _ = run(tmp_path, models, path)
    tiles = rows(result, "tiles")
    littered = [tile for tile in tiles if tile["tile_class"] == "litter low"]
    for row, col in PLACES:
        assert any(_holds(tile, row, col) for tile in littered)
    searched = {(tile["tile_row"], tile["tile_col"]) for tile in tiles if tile["searched"]}
    near = {
        (tile["tile_row"] + down, tile["tile_col"] + right)
        for tile in tiles
        if tile["litter_probability"] >= LitterParams().search_from
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    }
    assert searched >= near & {(tile["tile_row"], tile["tile_col"]) for tile in tiles}
    assert all(min(max(abs(r - row), abs(c - col)) for row, col in near) <= 1 for r, c in searched)
    assert len(searched) < len(tiles) / 2


def test_people_are_blurred_wherever_the_picture_is_shown(tmp_path, models):
    person = (640, 920)
    path = write_orthophoto(tmp_path / "in" / "beach.tif", beach(people=[person]))
    result, _ = run(tmp_path, tiny_people_at(models, tmp_path), path)
    assert rows(result, "pictures")[0]["people"] == 1
    view = next(one for one in result.artifacts if one.role == "view")
    with rasterio.open(view.path) as file:
        shown = np.moveaxis(file.read(), 0, -1).astype(int)
    stripes = shown[person[0] - 9 : person[0] + 9, person[1] - 9 : person[1] + 9, 0]
    assert np.abs(np.diff(stripes, axis=1)).max() < 30 < 255 - DARK_MAGENTA[0]
    item = next(item for item in rows(result, "items") if abs(item["col_px"] + 8 - 900) < 4)
    archive = next(one for one in result.artifacts if f"result:{one.name}" == item["source_uri"])
    with zipfile.ZipFile(archive.path) as file:
        vignette = cv2.imdecode(np.frombuffer(file.read(item["source_file"]), np.uint8), cv2.IMREAD_COLOR).astype(int)
    magenta = np.minimum(vignette[..., 2], vignette[..., 0]) - vignette[..., 1] > 60
    assert magenta.any()
    assert np.abs(np.diff(vignette[..., 2], axis=1))[magenta[:, 1:] & magenta[:, :-1]].max() < 40


def test_where_nobody_is_to_be_blurred_nobody_is_looked_for(tmp_path, models):
    path = write_orthophoto(tmp_path / "in" / "beach.tif", beach(people=[(640, 940)]))
    result, _ = run(tmp_path, models, path, blur_people=False)
    assert rows(result, "pictures")[0]["people"] is None


def test_ground_without_pixels_is_no_ground(tmp_path, models):
    path = write_orthophoto(tmp_path / "in" / "beach.tif", beach(), nodata_cols=448)
    result, _ = run(tmp_path, models, path)
    assert rows(result, "pictures")[0]["covered_m2"] == pytest.approx(
        HEIGHT * (WIDTH - 448) * (GSD_CM / 100) ** 2, rel=UTM_ERROR
    )
    assert min(tile["tile_col"] for tile in rows(result, "tiles")) == 7
    view = next(one for one in result.artifacts if one.role == "view")
    with rasterio.open(view.path) as file:
        assert not file.dataset_mask()[:, :448].any()
        assert file.dataset_mask()[:, 448:].all()


@pytest.mark.parametrize("search", ["littered", "everywhere"])
def test_where_a_block_shows_nothing_no_model_is_asked(tmp_path, models, monkeypatch, search):
    asked = []

    def watched(patch, *others):
        asked.append(patch.col)
        return screen(patch, *others)

    monkeypatch.setattr("pelagia.services.litter.blocks.screen", watched)
    path = write_orthophoto(tmp_path / "in" / "beach.tif", beach(), nodata_cols=700)
    result, _ = run(tmp_path, models, path, search=search)
    assert len(asked) == 6
    assert min(asked) > 0
    assert whole(result)["items"] == sum(col > 700 for _, col in PLACES)
    assert rows(result, "pictures")[0]["valid_px"] == HEIGHT * (WIDTH - 700)
    assert rows(result, "pictures")[0]["people"] == 0


def test_a_picture_of_unknown_scale_gives_classes_and_items_but_no_square_metre(tmp_path, models):
    folder = tmp_path / "in"
    folder.mkdir()
    cv2.imwrite(str(folder / "photo.png"), small_beach()[..., ::-1])
    result, _ = run(tmp_path, models, folder)
    assert whole(result)["items"] == len(FEW)
    assert whole(result)["items_per_km2"] is None
    assert all(tile["area_m2"] is None for tile in rows(result, "tiles"))
    assert all(item["length_m"] is None and item["latitude"] is None for item in rows(result, "items"))
    assert {"gsd-unknown"} <= {issue.code for issue in result.issues}


def test_with_the_ground_sampling_distance_alone_there_are_sizes_but_no_places(tmp_path, models):
    folder = tmp_path / "in"
    folder.mkdir()
    cv2.imwrite(str(folder / "photo.png"), small_beach()[..., ::-1])
    result, _ = run(tmp_path, models, folder, gsd_cm=GSD_CM, length_m=20.0)
    assert whole(result)["items_per_100m"] == pytest.approx(len(FEW) * 5)
    assert whole(result)["covered_m2"] == pytest.approx(400 * 600 * (GSD_CM / 100) ** 2)
    assert all(item["length_m"] == pytest.approx(0.064, rel=0.2) for item in rows(result, "items"))
    assert all(item["latitude"] is None for item in rows(result, "items"))


def test_the_same_ground_on_two_pictures_counts_once(tmp_path, models):
    folder = tmp_path / "in" / "beach"
    write_orthophoto(folder / "a.tif", beach())
    # The second one begins where the middle of the first one is.
    shown = [(row, col - 700) for row, col in PLACES if col > 716]
    write_orthophoto(folder / "b.tif", beach(shown, width=700), west=WEST + 700 * GSD_CM / 100)
    result, _ = run(tmp_path, models, folder)
    assert len(rows(result, "items")) == len(PLACES) + len(shown)
    assert sum(item["duplicate_of"] is not None for item in rows(result, "items")) == len(shown)
    assert whole(result)["items"] == len(PLACES)
    assert whole(result)["covered_m2"] == pytest.approx(HEIGHT * WIDTH * (GSD_CM / 100) ** 2, rel=0.01)


def test_a_bad_picture_is_told_and_the_rest_goes_on(tmp_path, models):
    folder = tmp_path / "in"
    write_orthophoto(folder / "good.tif", beach())
    (folder / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"nothing of a picture" * 40)
    result, steps = run(tmp_path, models, folder)
    assert whole(result)["items"] == len(PLACES)
    assert steps.billed == 1
    assert [issue.severity for issue in result.issues if issue.file.endswith("bad.jpg")] == ["error"]


def test_what_is_damaged_in_the_middle_of_a_picture_is_told_once_with_its_share(tmp_path, models):
    path = write_orthophoto(tmp_path / "in" / "beach.tif", beach(), compress="deflate", tiled=True)
    with rasterio.open(path) as file:
        place = int(file.get_tag_item("BLOCK_OFFSET_1_1", "TIFF", bidx=1))
    data = bytearray(path.read_bytes())
    data[place : place + 100] = bytes(100)
    path.write_bytes(bytes(data))
    result, steps = run(tmp_path, models, path)
    (issue,) = [issue for issue in result.issues if issue.code == "truncated"]
    share = 256 * 256 / (HEIGHT * WIDTH)
    assert (issue.file, issue.value, issue.objects) == (str(path), f"{100 * share:.3g} %", 1)
    assert rows(result, "pictures")[0]["valid_px"] == HEIGHT * WIDTH - 256 * 256
    assert steps.billed == 1


def test_a_zip_of_photos_is_read_whole(tmp_path, models):
    archive = tmp_path / "photos.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for number in range(3):
            file.writestr(f"flight/{number}.png", cv2.imencode(".png", small_beach()[..., ::-1])[1].tobytes())
    result, steps = run(tmp_path, models, archive, gsd_cm=GSD_CM)
    assert steps.billed == 3
    assert [row["items"] for row in rows(result, "pictures")] == [len(FEW)] * 3


def test_nothing_usable_says_why(tmp_path, models):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"nothing of a picture" * 40)
    with pytest.raises(NothingUsable, match=r"bad\.jpg"):
        run(tmp_path, models, folder)


def test_nothing_stays_of_the_pieces_that_views_were_made_of(tmp_path, models):
    path = write_orthophoto(tmp_path / "in" / "beach.tif", beach())
    _, steps = run(tmp_path, models, path)
    assert not list((steps.workdir / "pieces").iterdir())


def tiny_people_at(models, tmp_path) -> dict[str, ModelRef]:
    """People of these pictures are as large as the finder knows them."""
    package = tiny_people(tmp_path / "people", gsd_cm=GSD_CM)
    ref = ModelRef(role="people", name="tiny", version="1.0.0", sha256=package.sha256, path=str(package.path))
    return {**models, "people": ref}


def _holds(tile: dict, row: int, col: int) -> bool:
    return (
        tile["row_px"] <= row < tile["row_px"] + tile["height_px"]
        and tile["col_px"] <= col < tile["col_px"] + tile["width_px"]
    )
