from __future__ import annotations

import numpy as np
import pytest
from tests.learning.train.detection.drawn import draw_picture

pytest.importorskip("torch")

from pelagia.learning.boxes import Boxes
from pelagia.learning.train.detection.augmentation import ViewChanges, draw_view
from pelagia.learning.train.detection.data import Seen
from pelagia.learning.train.detection.targets import make_targets

pytestmark = pytest.mark.training

UNCHANGED = ViewChanges(scale=(1.0, 1.0), mosaic=0, brightness=0, contrast=0, saturation=0, tint=0, on_object=0)
SHAPES_ONLY = ViewChanges(scale=(0.8, 1.5), brightness=0, contrast=0, saturation=0, tint=0)


def seen(rng: np.random.Generator) -> Seen:
    """One bright block, so that its box can be found again in the pixels."""
    image = np.full((120, 90, 3), 50, np.uint8)
    row, col, height, width = 20 + int(rng.integers(40)), 15 + int(rng.integers(30)), 24, 16
    image[row : row + height, col : col + width] = 250
    return Seen(image=image, boxes=Boxes.make([[row, col, row + height, col + width]], [1]), complete=True)


@pytest.mark.parametrize("mosaic", [0.0, 1.0])
def test_boxes_stay_on_what_they_are_around(mosaic: float) -> None:
    rng = np.random.default_rng(4)
    how = ViewChanges(
        scale=SHAPES_ONLY.scale, mosaic=mosaic, brightness=0, contrast=0, saturation=0, tint=0, least_visible=0.0
    )
    boxes = 0
    for _ in range(30):
        view = draw_view(lambda: seen(rng), 96, how, rng)
        bright = view.image[..., 0] > 150
        covered = np.zeros_like(bright)
        for top, left, bottom, right in view.boxes.edges:
            inner = bright[round(top) + 1 : round(bottom) - 1, round(left) + 1 : round(right) - 1]
            assert inner.mean() > 0.95
            covered[max(0, round(top) - 1) : round(bottom) + 1, max(0, round(left) - 1) : round(right) + 1] = True
            boxes += 1
        assert not (bright & ~covered).any() or len(view.ignored)
    assert boxes > 20


def test_a_view_without_changes_is_a_turned_or_mirrored_part_of_the_picture() -> None:
    rng = np.random.default_rng(0)
    image, boxes = draw_picture(rng)
    view = draw_view(lambda: Seen(image=image, boxes=boxes, complete=True), 96, UNCHANGED, rng)
    turned = [np.rot90(flipped, k) for flipped in (image, image[:, ::-1]) for k in range(4)]
    assert any(np.array_equal(view.image, one) for one in turned)


def test_what_is_hardly_within_the_view_is_ignored() -> None:
    image = np.zeros((200, 64, 3), np.uint8)
    picture = Seen(image=image, boxes=Boxes.make([[60, 10, 140, 50]], [0]), complete=True)
    rng = np.random.default_rng(1)
    views = [draw_view(lambda: picture, 64, UNCHANGED, rng) for _ in range(60)]
    kept, ignored = (
        sum(len(part) for part in parts) for parts in ([v.boxes for v in views], [v.ignored for v in views])
    )
    assert kept > 0
    assert ignored > 0
    assert all(len(view.boxes) + len(view.ignored) <= 1 for view in views)


def test_targets_are_one_in_the_cell_of_the_middle_and_nothing_elsewhere() -> None:
    boxes = Boxes.make([[8, 16, 24, 40]], [1])
    targets = make_targets(boxes, np.zeros((0, 4), np.float32), np.ones((16, 16), np.float32), classes=2)
    assert targets.middles[1, 4, 7] == 1
    assert (targets.middles == 1).sum() == 1
    assert not targets.middles[0].any()
    assert (targets.edges[:, 4, 7] == boxes.edges[0]).all()
    assert targets.edge_weight[4, 7] == targets.edge_weight.max() > 0
    assert not targets.edge_weight[0].any()


def test_cells_answer_for_the_smaller_of_two_things_that_lie_over_each_other() -> None:
    boxes = Boxes.make([[28, 28, 36, 36], [0, 0, 64, 64]], [0, 0])
    targets = make_targets(boxes, np.zeros((0, 4), np.float32), np.ones((16, 16), np.float32), classes=1)
    assert (targets.edges[:, 8, 8] == boxes.edges[0]).all()


def test_nothing_is_said_of_middles_where_a_thing_is_ignored() -> None:
    ignored = np.array([[0, 0, 10, 20]], np.float32)
    targets = make_targets(Boxes.make([], []), ignored, np.ones((16, 16), np.float32), classes=1)
    assert not targets.empty_weight[:3, :5].any()
    assert targets.empty_weight[3:].all()
    assert targets.empty_weight[:, 5:].all()
