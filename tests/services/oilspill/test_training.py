from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile

pytest.importorskip("torch")

from tests.services.direct_steps import DirectSteps

from pelagia.core.errors import BadInput, NothingUsable
from pelagia.core.result import Result
from pelagia.core.service import ModelRef, Request
from pelagia.learning.package import read_package
from pelagia.learning.slick_segmenter import load_slick_segmenter
from pelagia.learning.train.separation.package import About
from pelagia.learning.train.slicks.export import slicks_to_onnx
from pelagia.learning.train.slicks.network import build_slick_network
from pelagia.learning.train.slicks.train import OIL_CLASS, Feed, write_slicks
from pelagia.services.oilspill import training
from pelagia.services.oilspill.training_data import find_pairs, read_mask, read_picture
from pelagia.services.oilspill.training_service import TRAINING, OilspillTrainingParams

pytestmark = pytest.mark.training

SMALL = {"epochs": 2, "batch": 4, "side_px": 64, "threads": 1, "created": "2026-01-01", "data_licence": "CC0"}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    """A model that knows nothing yet."""
    channels = (4, 6, 8, 8)
    package = write_slicks(
        tmp_path_factory.mktemp("base") / "1.0.0",
        model=slicks_to_onnx(build_slick_network(0, 1, channels)),
        about=About(
            name="tiny-base",
            version="1.0.0",
            title="",
            instrument="",
            created=date(2026, 1, 1),
            licence="CC0",
            intended_use="",
            limits="",
            data=(),
        ),
        classes=[OIL_CLASS],
        window_px=64,
        feed=Feed(overlap_px=16, pixel_m=40, least_probability=0.5),
        figures={},
        recipe={"training": {"channels": list(channels)}},
    )
    return ModelRef(role="base", name="tiny-base", version="1.0.0", sha256=package.sha256, path=str(package.path))


def pair(number: int, side: int = 72) -> tuple[np.ndarray, np.ndarray]:
    """Sea as grey values with a dark rectangle, and its mask."""
    rng = np.random.default_rng(number)
    mask = np.zeros((side, side), np.uint8)
    row, col = rng.integers(4, 30, 2)
    mask[row : row + 30, col : col + 20] = 255
    grey = rng.normal(150, 20, (side, side)) - 90 * (mask > 0)
    return np.clip(grey, 0, 255).astype(np.uint8), mask


def side_by_side(folder: Path, count: int = 6) -> Path:
    folder.mkdir()
    for number in range(count):
        grey, mask = pair(number)
        cv2.imwrite(str(folder / f"scene{number // 2}_{number}_sat.jpg"), grey)
        cv2.imwrite(str(folder / f"scene{number // 2}_{number}_mask.png"), mask)
    return folder


def request(pairs: Path, base: ModelRef, **params: Any) -> Request[OilspillTrainingParams]:
    return Request(
        service=TRAINING.slug,
        service_version=TRAINING.version,
        inputs={"pairs": (str(pairs),)},
        params=OilspillTrainingParams(**{**SMALL, **params}),
        models={"base": base},
        seed=3,
    )


def train(asked: Request[OilspillTrainingParams], workdir: Path) -> tuple[Result, DirectSteps]:
    workdir.mkdir()
    steps = DirectSteps(workdir=workdir)
    return training.run(asked, steps), steps


def test_pairs_become_a_model_that_is_measured_on_whole_scenes(tmp_path: Path, base: ModelRef) -> None:
    asked = request(
        side_by_side(tmp_path / "pairs"), base, group_from="pattern", group_pattern="(scene[0-9])", name="mine"
    )
    estimate = training.estimate(asked)
    result, steps = train(asked, tmp_path / "work")
    assert estimate.units == steps.billed == 6
    assert estimate.steps == len(steps.keys) == len(set(steps.keys))
    assert estimate.understood["scenes"] == "3"
    package = read_package(next(a.path for a in result.artifacts if a.name == "card.json").parent)
    card = package.card
    assert (card.reference, card.task, card.class_names) == ("mine@1.0.0", "slicks", ("oil",))
    assert card.data[0].n_images == 6
    assert card.data[0].licence == "CC0"
    own, floor, spots = card.recipe["figures"]
    assert (own["groups"], own["pictures"]) == (1, 2)
    assert floor["iou"] > 0.8
    assert result.summary["oil_iou"].value == own["iou"]
    assert result.summary["oil_iou_otsu"].value == floor["iou"]
    assert result.summary["oil_iou_dark_spots"].value == spots["iou"]
    assert "few-scenes" in {issue.code for issue in result.issues}
    assert "(scene[0-9])" in (package.path / "card.md").read_text(encoding="utf-8")
    found = load_slick_segmenter(package.path, threads=1).probabilities(pair(9)[0].astype(np.float32))
    assert found.shape == (72, 72)
    assert json.dumps(card.recipe)


def test_a_training_from_chance_asks_for_no_model(tmp_path: Path) -> None:
    asked = Request(
        service=TRAINING.slug,
        service_version=TRAINING.version,
        inputs={"pairs": (str(side_by_side(tmp_path / "pairs", 2)),)},
        params=OilspillTrainingParams(start="chance"),
        seed=1,
    )
    assert training.estimate(asked).understood["starts from"] == "chance"


def test_a_model_that_cannot_be_trained_on_is_refused_before_any_work(tmp_path: Path) -> None:
    from tests.learning.tiny_slicks import tiny_slicks

    package = tiny_slicks(tmp_path / "tiny")
    model = ModelRef(role="base", name="tiny", version="1.0.0", sha256=package.sha256, path=str(package.path))
    with pytest.raises(BadInput, match="cannot be trained on"):
        training.estimate(request(side_by_side(tmp_path / "pairs", 2), model))


def test_pairs_are_found_side_by_side_and_in_two_folders(tmp_path: Path) -> None:
    side = find_pairs([str(side_by_side(tmp_path / "side", 2))])
    assert side.pictures == ("scene0_0_sat.jpg", "scene0_1_sat.jpg")
    assert side.masks == ("scene0_0_mask.png", "scene0_1_mask.png")
    for number in range(2):
        for kind, array in zip(("images", "masks"), pair(number), strict=True):
            (tmp_path / "two" / "train" / kind).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(tmp_path / "two" / "train" / kind / f"{number}.png"), array)
    two = find_pairs([str(tmp_path / "two")])
    assert two.pictures == ("train/images/0.png", "train/images/1.png")
    assert two.masks == ("train/masks/0.png", "train/masks/1.png")
    assert not side.issues
    assert not two.issues


def test_what_has_no_partner_is_told_and_left_out(tmp_path: Path) -> None:
    folder = side_by_side(tmp_path / "pairs", 2)
    (folder / "scene0_0_mask.png").unlink()
    cv2.imwrite(str(folder / "scene7_mask.png"), pair(7)[1])
    cv2.imwrite(str(folder / "scene0_1_img.png"), pair(1)[0])
    found = find_pairs([str(folder)])
    assert len(found.pictures) == 1
    assert {issue.code for issue in found.issues} == {"picture-alone", "mask-alone", "pair-twice"}


def test_a_folder_without_pairs_is_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a_sat.png"), pair(1)[0])
    with pytest.raises(NothingUsable, match="no picture with its mask"):
        find_pairs([str(tmp_path)])


def test_pairs_that_cannot_be_used_are_told_and_the_others_kept(tmp_path: Path) -> None:
    folder = side_by_side(tmp_path / "pairs", 4)
    cv2.imwrite(str(folder / "scene0_0_mask.png"), np.zeros((10, 72), np.uint8))
    (folder / "scene0_1_sat.jpg").write_bytes(b"no picture")
    names = ("uris", "pictures", "masks")
    found = training.pairs_step([str(folder)])
    (item,) = training.pair_chunks(tmp_path / "kept", found)
    told = training.fetch_step(item)
    assert set(item) == {*names, "folder", "first"}
    assert told["read"] == 2
    assert [bool(digest) for digest in told["sha256"]] == [False, False, True, True]
    assert "mask-size" in {issue["code"] for issue in told["issues"]}
    assert len(training.kept_samples(tmp_path / "kept", ["a"] * 4, told["sha256"])) == 2


@pytest.mark.parametrize(
    ("values", "oil"),
    [([0, 9, 127, 128, 255], [0, 0, 0, 1, 1]), ([0, 1, 1, 0, 0], [0, 1, 1, 0, 0]), ([0, 0, 0, 0, 0], [0] * 5)],
    ids=["grey, with traces of compression", "0 and 1", "no oil"],
)
def test_a_mask_is_oil_where_it_is_bright(values: list[int], oil: list[int]) -> None:
    png = cv2.imencode(".png", np.array([values] * 3, np.uint8))[1].tobytes()
    assert read_mask(png, "a_mask.png").tolist() == [oil] * 3


def test_db_in_a_tiff_stays_db(tmp_path: Path) -> None:
    db = np.linspace(-30, 5, 40 * 40, dtype=np.float32).reshape(40, 40)
    db[0, 0] = np.nan
    tifffile.imwrite(tmp_path / "a.tif", db)
    np.testing.assert_array_equal(read_picture((tmp_path / "a.tif").read_bytes(), "a.tif"), db)
    tifffile.imwrite(tmp_path / "b.tif", np.full((40, 40), 77, np.uint8))
    assert read_picture((tmp_path / "b.tif").read_bytes(), "b.tif").tolist() == [[77.0] * 40] * 40
