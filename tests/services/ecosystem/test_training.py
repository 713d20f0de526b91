from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tests.services.ecosystem.films import Fish, draw, write_film
from tests.services.ecosystem.small_result import make_result, make_tables
from tests.services.ecosystem.tiny_models import ANIMAL_PX

torch = pytest.importorskip("torch")

from tests.services.direct_steps import DirectSteps  # noqa: E402

from pelagia.core.errors import BadInput, NothingUsable  # noqa: E402
from pelagia.core.result import Result  # noqa: E402
from pelagia.core.service import Request  # noqa: E402
from pelagia.exports.ecosystem import coco as coco_export  # noqa: E402
from pelagia.exports.outcome import ExportOptions  # noqa: E402
from pelagia.learning.detector import load_detector  # noqa: E402
from pelagia.learning.package import read_package  # noqa: E402
from pelagia.services.ecosystem import training  # noqa: E402
from pelagia.services.ecosystem.training_data import find_labels, groups_of_pictures  # noqa: E402
from pelagia.services.ecosystem.training_frames import fetch_step  # noqa: E402
from pelagia.services.ecosystem.training_service import TRAINING, EcosystemTrainingParams  # noqa: E402

SMALL = {"epochs": 2, "batch": 2, "threads": 1, "created": "2026-01-01", "long_side_px": 320}
FISH: list[Fish] = [("Chromis chromis", 0.0, 60.0, 42.0, 20.0)]


def left_of(time_s: float) -> int:
    return round(10 + time_s * 20.0)


def request_for(*labels: Path, inputs: Mapping[str, tuple[str, ...]] | None = None, **params: Any) -> Request[Any]:
    return Request(
        service=TRAINING.slug,
        service_version=TRAINING.version,
        inputs={"labels": tuple(map(str, labels)), **(inputs or {})},
        params=EcosystemTrainingParams(**{**SMALL, **params}),
        seed=3,
    )


def coco(folder: Path, names: list[str], *, pictures: bool = True, **more: Any) -> Path:
    """Pictures of one fish each, its box, and COCO beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    told: dict[str, Any] = {"images": [], "annotations": [], "categories": [{"id": 7, "name": "Chromis chromis"}]}
    for number, name in enumerate(names):
        path = folder / name
        if pictures:
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), draw(FISH, number)[..., ::-1])
        told["images"].append({"id": number, "file_name": name, "width": 320, "height": 180})
        box = [left_of(number), 42, ANIMAL_PX, ANIMAL_PX]
        told["annotations"].append({"id": number, "image_id": number, "category_id": 7, "bbox": box, **more})
    (folder / "labels.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def test_frames_of_one_clip_belong_together(tmp_path: Path) -> None:
    names = ["reef/20260603-100000_f000010.jpg", "reef/20260603-100000_f000020.jpg", "reef/cam_b 12.jpg", "x/cam_b.jpg"]
    pictures = [{"uri": "/in", "name": name, "frame": None, "time_s": None} for name in names]
    pictures += [{"uri": "/in", "name": "a.mp4", "frame": number, "time_s": None} for number in (3, 9)]

    def groups(**params: Any) -> list[str]:
        return groups_of_pictures(pictures, EcosystemTrainingParams(**params))

    clips = groups()
    assert clips[0] == clips[1] and clips[4] == clips[5]
    assert len(set(clips)) == 4
    assert len(set(groups(group_from="folder"))) == 3
    assert len(set(groups(group_from="none"))) == 6
    by_camera = groups(group_from="pattern", group_pattern="^(cam_.)")
    assert by_camera[2] == by_camera[3] == "cam_b"


def test_pictures_may_stand_elsewhere_and_missing_ones_are_told(tmp_path: Path) -> None:
    labels = coco(tmp_path / "labels", ["a_1.png", "b_1.png"], pictures=False)
    with_one = coco(tmp_path / "pictures", ["a_1.png"])
    (with_one / "labels.json").unlink()
    found = find_labels([str(labels)], [str(with_one)])
    assert [(one["uri"], one["name"]) for one in found.pictures] == [(str(with_one), "a_1.png")]
    assert [(issue.code, issue.objects) for issue in found.issues] == [("picture-missing", 1)]
    assert found.boxes == 1


def test_a_folder_of_pictures_a_class_teaches_no_boxes(tmp_path: Path) -> None:
    for name in ("cod", "crab"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "1.png"), draw(FISH, 0))
    with pytest.raises(NothingUsable, match="boxes"):
        find_labels([str(tmp_path)])


CVAT_VIDEO = """<annotations><version>1.1</version><meta><task><size>30</size><mode>interpolation</mode>
<source>reef.mp4</source><original_size><width>320</width><height>180</height></original_size></task></meta>
<track id="0" label="Chromis chromis" source="manual">
<box frame="5" keyframe="1" outside="0" occluded="0" xtl="20" ytl="42" xbr="36" ybr="58" z_order="0"></box>
<box frame="15" keyframe="1" outside="0" occluded="0" xtl="40" ytl="42" xbr="56" ybr="58" z_order="0"></box>
<box frame="16" keyframe="1" outside="1" occluded="0" xtl="40" ytl="42" xbr="56" ybr="58" z_order="0"></box>
</track></annotations>"""


def test_frames_that_a_person_drew_on_are_taken_out_of_the_video(tmp_path: Path) -> None:
    write_film(tmp_path / "in" / "reef.mp4", FISH, seconds=3.0)
    (tmp_path / "in" / "annotations.xml").write_text(CVAT_VIDEO, encoding="utf-8")
    found = find_labels([str(tmp_path / "in")])
    assert [(one["name"], one["frame"], len(one["boxes"])) for one in found.pictures] == [
        ("reef.mp4", 5, 1),
        ("reef.mp4", 15, 1),
    ]
    item = {"folder": str(tmp_path / "kept"), "first": 0, "long_side_px": 160, "pictures": list(found.pictures)}
    done = fetch_step(item)
    assert (done["read"], done["issues"]) == (2, [])
    assert done["pictures"][0] == done["pictures"][0] | {"height_px": 90, "width_px": 160, "scale": 0.5}
    for number, place in enumerate((5, 15)):
        kept = cv2.imread(str(tmp_path / "kept" / f"{number:06d}.png"))
        middle = (left_of(place / 10) + ANIMAL_PX // 2) // 2
        blue, green, red = kept[25, middle]
        assert min(red, green) > 150 and blue < 110


def test_a_frame_is_found_by_its_time_and_one_that_is_not_there_is_told(tmp_path: Path) -> None:
    write_film(tmp_path / "reef.mp4", FISH, seconds=3.0)
    told = {"uri": str(tmp_path), "name": "reef.mp4", "frame": None}
    item = {
        "folder": str(tmp_path / "kept"),
        "first": 4,
        "long_side_px": 320,
        "pictures": [told | {"time_s": 2.0}, told | {"time_s": 99.0}],
    }
    done = fetch_step(item)
    assert done["read"] == 1
    assert [issue["code"] for issue in done["issues"]] == ["frame-missing"]
    kept = cv2.imread(str(tmp_path / "kept" / "000004.png"))
    assert min(kept[50, left_of(2.0) + 8, 1:]) > 150


def test_a_damaged_picture_takes_no_other_with_it(tmp_path: Path) -> None:
    folder = coco(tmp_path / "in", ["a_1.png", "b_1.png"])
    (folder / "a_1.png").write_bytes(b"no picture")
    pictures = list(find_labels([str(folder)]).pictures)
    done = fetch_step({"folder": str(tmp_path / "kept"), "first": 0, "long_side_px": 320, "pictures": pictures})
    assert [bool(one["sha256"]) for one in done["pictures"]] == [False, True]
    assert len(done["issues"]) == 1


def train(request: Request[Any], workdir: Path) -> tuple[Result, DirectSteps]:
    workdir.mkdir()
    steps = DirectSteps(workdir=workdir)
    return training.run(request, steps), steps


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that is trained in seconds, from chance."""
    recipe = training.DetectorRecipe
    monkeypatch.setattr(
        training, "DetectorRecipe", lambda **told: recipe(**told | {"side_px": 64, "width": 8, "pretrained": False})
    )


def test_the_boxes_of_a_run_are_learned_from_the_recordings_they_were_found_in(tmp_path: Path) -> None:
    result = make_result(tmp_path / "result")
    export = coco_export.write(result, tmp_path / "export", ExportOptions(created=date(2026, 6, 3))).files[0]
    for name in ("a", "b"):
        write_film(tmp_path / "archive" / "pier" / f"{name}.mp4", FISH, seconds=5.0)
    (tmp_path / "archive" / "pier" / "s").mkdir()
    for number in range(3):
        cv2.imwrite(str(tmp_path / "archive" / "pier" / "s" / f"{number}.jpg"), draw(FISH, number)[..., ::-1])
    found = find_labels([str(export)], [str(tmp_path / "archive")])
    assert [issue.code for issue in found.issues] == []
    tables = make_tables()
    with_boxes = {box["frame_id"] for box in tables["detections"] if box["clip_id"] in ("a", "b")}
    films = [one for one in found.pictures if one["name"].endswith(".mp4")]
    assert len(films) == len(with_boxes)
    assert {one["name"] for one in films} == {"pier/a.mp4", "pier/b.mp4"}
    assert {one["name"] for one in found.pictures} - {one["name"] for one in films} == {
        f"pier/s/{number}.jpg" for number in range(3)
    }
    assert found.boxes == len(tables["detections"])
    done = fetch_step({"folder": str(tmp_path / "kept"), "first": 0, "long_side_px": 320, "pictures": films})
    assert (done["read"], done["issues"]) == (len(films), [])


@pytest.mark.training
def test_labelled_frames_become_a_measured_detector_and_the_base_of_another(tmp_path: Path, small: None) -> None:
    names = [f"{clip}_{number}.png" for clip in ("north", "south", "east") for number in range(3)]
    labels = coco(tmp_path / "labels", names)
    classes = tmp_path / "classes.csv"
    classes.write_text("name,aphia_id,scientific_name\nChromis chromis,127000,Chromis chromis\n", encoding="utf-8")
    request = request_for(labels, inputs={"classes": (str(classes),)})
    told = training.estimate(request)
    result, steps = train(request, tmp_path / "work")
    assert told.steps == len(steps.keys)
    assert told.units == steps.billed == 9
    assert told.bytes > 0 and told.understood["groups"] == "3"
    package = read_package(next(a.path for a in result.artifacts if a.name == "card.json").parent)
    assert package.card.classes[0].aphia_id == 127_000
    assert result.issues == ()
    detector = load_detector(package.path, threads=1)
    assert detector.traits.long_side_px == detector.window_px == 320
    assert result.summary["heldout_boxes"].value == 3
    assert package.card.recipe["training"]["changes"]["upright"]

    tuned, _ = train(replace(request, params=request.params.model_copy(update={"base": str(package.path)}),
                             inputs={"labels": (str(labels),)}), tmp_path / "again")  # fmt: skip
    card = read_package(next(a.path for a in tuned.artifacts if a.name == "card.json").parent).card
    assert card.classes[0].aphia_id == 127_000  # the base tells it
    assert card.recipe["training"]["learning_rate"] < package.card.recipe["training"]["learning_rate"]
    assert [one.name for one in card.data] == ["labels", "labels"]


@pytest.mark.training
def test_a_base_that_was_not_trained_here_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    from tests.services.ecosystem.tiny_models import tiny_animals

    base = tiny_animals(tmp_path / "foreign")
    with pytest.raises(BadInput, match="not trained here"):
        training.estimate(request_for(coco(tmp_path / "labels", ["a_1.png"]), base=str(base.path)))


def test_pictures_that_cannot_be_read_leave_nothing_to_train_on(tmp_path: Path) -> None:
    labels = coco(tmp_path / "labels", ["a_1.png"])
    (labels / "a_1.png").write_bytes(b"no picture")
    with pytest.raises(NothingUsable, match="no labelled picture"):
        train(request_for(labels), tmp_path / "work")


def test_sides_are_scaled_with_their_boxes(tmp_path: Path) -> None:
    boxes = training._scaled(training.boxes_of([[42, 10, 16, 16, 0]]), 0.5)
    assert np.allclose(boxes.edges, [[21, 5, 29, 13]])
