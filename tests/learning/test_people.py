"""Finding people: of any size, anywhere in the picture, each once; and what the shipped model finds."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import cbook
from tests.learning.tiny_model import tiny_card, tiny_package
from tests.services.litter.tiny_models import MAGENTA, PERSON_PX, tiny_people

from pelagia.catalogue.models import SHIPPED
from pelagia.core.errors import BadInput, BadParameter
from pelagia.learning.boxes import Boxes
from pelagia.learning.package import read_package
from pelagia.learning.people import PeopleFinder, each_once, load_people_finder, turned_back, window_side

FACES = SHIPPED / "people-faces" / "1.0.0"


def beach(height: int = 400, width: int = 500) -> np.ndarray:
    picture = np.full((height, width, 3), (190, 170, 130), np.uint8)
    return picture + np.random.default_rng(1).integers(0, 12, picture.shape).astype(np.uint8)


def with_people(picture: np.ndarray, *middles: tuple[int, int], side: int = PERSON_PX) -> np.ndarray:
    crowded = picture.copy()
    for row, col in middles:
        top, left = row - side // 2, col - side // 2
        crowded[max(0, top) : top + side, max(0, left) : left + side] = MAGENTA
    return crowded


def is_each_found(boxes: np.ndarray, places: list[tuple[int, int]]) -> bool:
    """Whether there is one box for each place, its middle within a cell of the maps (4 px) of it."""
    middles = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
    near = np.abs(middles - np.array(places)[None]).max(axis=2) <= 4
    return len(boxes) == len(places) and bool((near.sum(axis=0) == 1).all() and (near.sum(axis=1) == 1).all())


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> PeopleFinder:
    return load_people_finder(tiny_people(tmp_path_factory.mktemp("tiny") / "people").path, threads=1)


@pytest.fixture(scope="module")
def faces() -> PeopleFinder:
    return load_people_finder(FACES, threads=1)


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    """Grace Hopper, whose picture comes with Matplotlib."""
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        return np.asarray(cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR_RGB))


def test_people_in_every_window_and_on_its_seams_are_found_once(tiny: PeopleFinder) -> None:
    # Windows of 160 px at most: seams every 130 px or so.
    places = [(row, col) for row in range(30, 400, 58) for col in range(30, 500, 58)]
    found = tiny.find(with_people(beach(), *places))
    assert found.dtype == np.float32 and is_each_found(found, places)


def test_a_person_of_whom_the_edge_of_the_picture_shows_a_part_is_boxed_inside_it(tiny: PeopleFinder) -> None:
    (box,) = tiny.find(with_people(beach(), (4, 250)))
    assert box[0] == 0 and box[2] <= 16 and abs((box[1] + box[3]) / 2 - 250) <= 2


def test_people_too_large_for_a_window_are_found_whole(tiny: PeopleFinder) -> None:
    large = 4 * PERSON_PX
    found = tiny.find(with_people(beach(640, 640), (300, 340), side=large))
    (whole,) = found[(found[:, 2:] - found[:, :2]).min(axis=1) > large / 2]
    assert np.abs(whole - [260, 300, 340, 380]).max() <= 10


def test_looking_every_way_finds_each_person_once_where_they_are(tiny: PeopleFinder) -> None:
    places = [(50, 60), (200, 460), (380, 30), (111, 222)]
    picture = with_people(beach(), *places)
    assert is_each_found(tiny.find(picture), places)
    assert is_each_found(tiny.find(picture, every_way=True), places)


@given(
    quarters=st.integers(0, 3),
    height=st.integers(20, 60),
    width=st.integers(20, 60),
    row=st.integers(0, 10),
    col=st.integers(0, 10),
)
@settings(max_examples=40, deadline=None)
def test_boxes_of_a_turned_picture_are_turned_back(quarters: int, height: int, width: int, row: int, col: int) -> None:
    mask = np.zeros((height, width), bool)
    mask[row : row + 7, col : col + 4] = True
    rows, cols = np.nonzero(np.rot90(mask, quarters))
    box = np.array([[rows.min(), cols.min(), rows.max() + 1, cols.max() + 1]], np.float32)
    assert turned_back(box, quarters, mask.shape).tolist() == [[row, col, row + 7, col + 4]]


@given(height=st.integers(1, 3000), width=st.integers(1, 3000))
@settings(max_examples=60, deadline=None)
def test_windows_are_no_larger_than_they_need_be_and_not_more(height: int, width: int) -> None:
    side = window_side(height, width, largest=640, overlap=64)
    assert side % 32 == 0 and 32 <= side <= 640

    def count(length: int, window: int) -> int:
        return max(1, -(-(length - 64) // (window - 64))) if length > window else 1

    assert count(height, side) * count(width, side) == count(height, 640) * count(width, 640)


def test_a_sure_box_inside_a_larger_one_does_not_take_its_place() -> None:
    edges = [[0, 0, 100, 100], [30, 30, 50, 50], [2, 2, 104, 98], [0, 90, 100, 190]]
    kept = each_once(Boxes.make(edges, [0] * 4, [0.4, 0.99, 0.5, 0.3]))
    assert sorted(kept.tolist()) == sorted([edges[2], edges[3]])


def test_a_crowd_is_told_apart_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pelagia.learning.people.ROWS_AT_A_TIME", 7)
    heads = [[10 * row, 10 * col, 10 * row + 8, 10 * col + 8] for row in range(6) for col in range(5)]
    kept = each_once(Boxes.make([*heads, [0, 0, 18, 18]], [0] * 31, [0.9] * 31))
    assert sorted(kept.tolist()) == sorted([[0, 0, 18, 18], *(head for head in heads if max(head[:2]) > 10)])


def test_an_empty_beach_has_nobody(tiny: PeopleFinder) -> None:
    assert tiny.find(beach()).shape == (0, 4)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 700, 3), (700, 2, 3), (33, 31, 3)])
def test_a_picture_of_any_shape_is_looked_at(tiny: PeopleFinder, shape: tuple[int, int, int]) -> None:
    assert tiny.find(np.full(shape, 120, np.uint8)).shape == (0, 4)


@pytest.mark.parametrize(
    "picture",
    [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9, 3)), np.zeros((0, 9, 3), "u1")],
)
def test_what_is_no_colour_picture_is_refused(tiny: PeopleFinder, picture: np.ndarray) -> None:
    with pytest.raises(BadParameter, match="RGB of 8 bit"):
        tiny.find(picture)


def test_a_detector_that_knows_persons_among_other_things_serves_as_well(tmp_path: Path) -> None:
    package = tiny_people(tmp_path / "any", task="detection", classes=("Person", "dog"), gsd_cm=None)
    finder = load_people_finder(package.path, threads=1)
    assert finder.gsd_cm is None
    assert len(finder.find(with_people(beach(), (100, 100), (300, 333)))) == 2


def test_what_a_detector_finds_besides_people_is_not_blurred(tmp_path: Path) -> None:
    package = tiny_people(tmp_path / "any", task="detection", classes=("bottle", "person"))
    finder = load_people_finder(package.path, threads=1)
    assert finder.find(with_people(beach(), (100, 100))).shape == (0, 4)


@pytest.mark.parametrize("task", ["detection", "classification"])
def test_a_model_for_something_else_is_refused(tmp_path: Path, task: str) -> None:
    card = tiny_card(("bottle", "can", "bag", "other"), task=task)
    package = tiny_package(tmp_path / "other", card=card)
    with pytest.raises(BadInput, match="does not find people") as caught:
        load_people_finder(package.path)
    assert "people-faces" in caught.value.remedy


def test_a_model_is_loaded_once_in_a_process(tmp_path: Path) -> None:
    package = tiny_people(tmp_path / "people")
    assert load_people_finder(package.path, 1) is load_people_finder(str(package.path), threads=1)


def test_the_shipped_package_is_whole_and_says_what_it_does_not_find() -> None:
    card = read_package(FACES).card
    assert (card.task, card.class_names) == ("people", ("face",))
    assert "straight above" in card.limits and "MIT" in card.licence
    assert "MIT License" in (FACES / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [160, 64, 32, 20])
def test_the_shipped_model_finds_a_face_of_any_size(faces: PeopleFinder, portrait: np.ndarray, width: int) -> None:
    scale = width / 182  # px of the face as it comes
    small = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = faces.find(small)
    middle = np.array([234, 266]) * scale
    assert any(np.abs((box[:2] + box[2:]) / 2 - middle).max() < width / 3 for box in found)
    assert len(found) == 1


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_the_shipped_model_finds_a_small_face_however_it_lies(
    faces: PeopleFinder, portrait: np.ndarray, quarters: int
) -> None:
    small = cv2.resize(portrait, None, fx=0.13, fy=0.13, interpolation=cv2.INTER_AREA)  # a face of 24 px
    turned = np.ascontiguousarray(np.rot90(small, quarters))
    assert len(faces.find(turned, every_way=True)) == 1


def test_the_shipped_model_finds_no_face_on_a_beach(faces: PeopleFinder) -> None:
    assert len(faces.find(beach(), every_way=True)) == 0
