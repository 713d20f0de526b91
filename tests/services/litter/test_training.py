from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.services.direct_steps import DirectSteps  # noqa: E402

from pelagia.core.errors import NothingUsable  # noqa: E402
from pelagia.core.ground import TILE_CLASSES  # noqa: E402
from pelagia.core.result import Result  # noqa: E402
from pelagia.core.service import ModelRef, Request  # noqa: E402
from pelagia.learning.detector import load_detector  # noqa: E402
from pelagia.learning.package import read_heldout, read_package  # noqa: E402
from pelagia.learning.tile_classes import load_tile_classifier  # noqa: E402
from pelagia.learning.train.tiles.export import tiles_to_onnx  # noqa: E402
from pelagia.learning.train.tiles.loop import TileRecipe  # noqa: E402
from pelagia.learning.train.tiles.network import TileShape, build_tile_network  # noqa: E402
from pelagia.learning.train.tiles.package import About, draw_examples, write_tile_package  # noqa: E402
from pelagia.services.litter import training, training_items  # noqa: E402
from pelagia.services.litter.training_data import allowed_classes, group_names  # noqa: E402
from pelagia.services.litter.training_service import TRAINING, LitterTrainingParams  # noqa: E402

pytestmark = pytest.mark.training

SMALL = {"epochs": 2, "batch": 8, "threads": 1, "created": "2026-01-01", "data_licence": "CC0"}
BEACHES = ("north", "south", "east", "west")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    """A model that knows nothing yet."""
    torch.manual_seed(0)
    shape = TileShape(classes=len(TILE_CLASSES), hidden=8)
    network = build_tile_network(shape, pretrained=False)
    package = write_tile_package(
        tmp_path_factory.mktemp("base") / "1.0.0",
        model=tiles_to_onnx(network),
        about=About(
            name="tiny-base",
            version="1.0.0",
            title="",
            created=date(2026, 1, 1),
            licence="CC0",
            intended_use="",
            limits="",
            data=(),
        ),
        measured=None,
        heldout=None,
        checks={},
        recipe=TileRecipe(seed=0, shape=shape).to_json(),
        examples=draw_examples(np.zeros((1, 64, 64, 3), np.uint8), np.zeros((1, 1, 1, 8), np.float32)),
    )
    return ModelRef(role="base", name="tiny-base", version="1.0.0", sha256=package.sha256, path=str(package.path))


def _tiles(folder: Path, colours: dict[str, tuple[int, int, int]], each: int = 3) -> Path:
    """Tiles of four beaches, blue, green, red bytes."""
    rng = np.random.default_rng(0)
    for beach in BEACHES:
        for name, colour in colours.items():
            place = folder / beach / name
            place.mkdir(parents=True)
            for i in range(each):
                tile = np.array(colour) + rng.integers(-12, 12, (80, 80, 3))
                cv2.imwrite(str(place / f"{beach}_{i}.png"), tile.astype(np.uint8))
    return folder


def _request(labels: Path, base: ModelRef, **params: Any) -> Request[LitterTrainingParams]:
    return Request(
        service=TRAINING.slug,
        service_version=TRAINING.version,
        inputs={"labels": (str(labels),)},
        params=LitterTrainingParams(**{**SMALL, **params}),
        models={"base": base},
        seed=3,
    )


def _train(request: Request[LitterTrainingParams], workdir: Path) -> tuple[Result, DirectSteps]:
    workdir.mkdir()
    steps = DirectSteps(workdir=workdir)
    return training.run(request, steps), steps


def _package(result: Result) -> Path:
    return next(a.path for a in result.artifacts if a.name == "card.json").parent


def test_tiles_in_folders_become_a_measured_model(tmp_path: Path, base: ModelRef) -> None:
    labels = _tiles(tmp_path / "labels", {"Sand": (120, 190, 210), "water": (200, 70, 30), "Litter-low": (20, 20, 220)})
    request = _request(labels, base, group_from="folder")
    result, steps = _train(request, tmp_path / "work")
    package = read_package(_package(result))
    assert package.card.class_names == TILE_CLASSES
    assert package.card.data[0].licence == "CC0"
    assert package.card.data[0].n_images == steps.billed == 36
    heldout = read_heldout(package)
    assert heldout is not None
    assert len(set(heldout.group)) == 1  # one beach of four
    assert set(heldout.true_class) == {"sand", "water", "litter low"}
    assert result.summary["heldout_images"].value == len(heldout.path) == 9
    assert 0 <= float(result.summary["litter_auc"].value) <= 1
    assert {issue.code for issue in result.issues} == {"few-groups"}
    assert result.tables["metrics"].read().column("epoch").to_pylist() == [1, 2]
    assert set(result.tables["heldout"].read().column("true_class").to_pylist()) == {"Sand", "water", "Litter-low"}
    classifier = load_tile_classifier(package.path, threads=1)
    assert classifier.classify(np.zeros((64, 64, 3), np.uint8)).shape == (1, 1, 8)


def test_the_steps_are_as_many_as_were_told(tmp_path: Path, base: ModelRef) -> None:
    request = _request(_tiles(tmp_path / "labels", {"sand": (120, 190, 210), "water": (200, 70, 30)}), base)
    told = training.estimate(request)
    _, steps = _train(request, tmp_path / "work")
    assert told.steps == len(steps.keys)
    assert told.units == steps.billed == 24


def test_folders_of_litter_and_no_litter_are_enough(tmp_path: Path, base: ModelRef) -> None:
    labels = _tiles(tmp_path / "labels", {"litter": (20, 20, 220), "no_litter": (120, 190, 210)})
    result, _ = _train(_request(labels, base, group_from="pattern", group_pattern="^([a-z]+)_"), tmp_path / "work")
    card = read_package(_package(result)).card
    assert card.scores is None
    assert card.calibration is None
    assert card.recipe["checked_on"]["tiles kept back"]["groups"] == 1
    assert "litter_auc" in result.summary


def test_a_folder_that_is_no_class_is_named_and_left_out(tmp_path: Path, base: ModelRef) -> None:
    colours = {"sand": (120, 190, 210), "water": (200, 70, 30), "boats": (0, 0, 0)}
    result, _ = _train(_request(_tiles(tmp_path / "labels", colours), base), tmp_path / "work")
    assert [issue.value for issue in result.issues if issue.code == "class-unknown"] == ["boats"]
    assert result.summary["images_used"].value == 24


def test_each_folder_of_several_can_be_a_beach(tmp_path: Path, base: ModelRef) -> None:
    labels = _tiles(tmp_path / "labels", {"sand": (120, 190, 210), "water": (200, 70, 30)}, each=1)
    request = _request(labels, base, group_from="folder", epochs=1)
    request = replace(request, inputs={"labels": tuple(str(labels / beach) for beach in BEACHES)})
    result, _ = _train(request, tmp_path / "work")
    heldout = read_heldout(read_package(_package(result)))
    assert heldout is not None
    assert list(heldout.path) == ["sand/" + Path(heldout.path[0]).name, "water/" + Path(heldout.path[1]).name]
    assert len(result.provenance.inputs) == 4


def test_one_class_alone_teaches_nothing(tmp_path: Path, base: ModelRef) -> None:
    request = _request(_tiles(tmp_path / "labels", {"sand": (120, 190, 210)}), base)
    with pytest.raises(NothingUsable, match="two classes"):
        _train(request, tmp_path / "work")


def test_tiles_do_not_teach_items(tmp_path: Path, base: ModelRef) -> None:
    request = _request(_tiles(tmp_path / "labels", {"sand": (120, 190, 210)}), base, learn="items")
    with pytest.raises(NothingUsable, match="do not teach that"):
        training.estimate(request)


@pytest.mark.parametrize(
    ("folder", "classes"),
    [
        ("Litter-high", ("litter high",)),
        ("organic_debris", ("organic debris",)),
        ("LITTER", TILE_CLASSES[:2]),
        ("clean", TILE_CLASSES[2:]),
        ("boats", ()),
    ],
)
def test_folders_are_read_as_people_write_them(folder: str, classes: tuple[str, ...]) -> None:
    assert allowed_classes(folder) == classes


def test_groups_are_told_by_folder_or_name() -> None:
    names = ["a/sand/x_1.png", "b/sand/x_2.png", "sand/y_1.png"]
    params = LitterTrainingParams(group_from="folder")
    assert group_names(("in",) * 3, names, params, above=2) == ["a", "b", "."]
    several = group_names(("/north", "/north", "/south.zip"), ["sand/1.png"] * 3, params, above=2)
    assert several == ["north/.", "north/.", "south/."]
    by_name = LitterTrainingParams(group_from="pattern", group_pattern="^([a-z])_")
    assert group_names(("in",) * 3, names, by_name, above=2) == ["x", "x", "y"]
    assert len(set(group_names(("in",) * 3, names, LitterTrainingParams(), above=2))) == 3


def _boxes(folder: Path) -> Path:
    """Pictures of two beaches with a yellow square each, and COCO beside them."""
    rng = np.random.default_rng(0)
    told: dict[str, Any] = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "bottle"}]}
    for number in range(6):
        beach = BEACHES[number % 2]
        (folder / beach).mkdir(parents=True, exist_ok=True)
        picture = rng.integers(120, 140, (96, 96, 3)).astype(np.uint8)
        row, col = (int(v) for v in rng.integers(10, 60, 2))
        picture[row : row + 20, col : col + 24] = (0, 255, 255)
        name = f"{beach}/{number}.png"
        cv2.imwrite(str(folder / name), picture)
        told["images"].append({"id": number, "file_name": name, "width": 96, "height": 96})
        box = {"id": number, "image_id": number, "category_id": 1, "bbox": [col, row, 24, 20]}
        told["annotations"].append(box)
    (folder / "boxes.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def test_boxes_become_a_measured_detector(tmp_path: Path, base: ModelRef, monkeypatch: pytest.MonkeyPatch) -> None:
    options = training_items.DetectorOptions

    def small(**told: Any) -> Any:
        recipe = replace(told.pop("recipe"), side_px=64, width=8, pretrained=False, batch=2)
        return options(**told, recipe=recipe, window_px=96, overlap_px=32)

    monkeypatch.setattr(training_items, "DetectorOptions", small)
    request = _request(_boxes(tmp_path / "labels"), base, group_from="folder", gsd_cm=0.5, epochs=1)
    told = training.estimate(request)
    result, steps = _train(request, tmp_path / "work")
    assert told.steps == len(steps.keys)
    assert told.units == steps.billed == 6
    package = read_package(_package(result))
    assert package.card.task == "detection"
    assert package.card.class_names == ("bottle",)
    assert result.summary["heldout_boxes"].value == 3
    assert result.summary["ap50"].unit == "share"
    detector = load_detector(package.path, threads=1)
    assert detector.gsd_cm == 0.5
