from __future__ import annotations

import numpy as np
import pytest

from pelagia.core.errors import BadInput
from pelagia.learning.boxes import Boxes
from pelagia.learning.detector_styles import DetectorTraits, decode

SIDE = 64


def read(outputs: list[np.ndarray], style: str, classes: int = 2, score_from: float = 0.3, **traits: object) -> Boxes:
    told = DetectorTraits.model_validate({"style": style, "score_from": score_from, **traits})
    (boxes,) = decode(outputs, told, classes=classes, shape_px=(SIDE, SIDE), score_from=score_from)
    return boxes


def test_centre_reads_peaks_and_the_edges_around_them() -> None:
    middles, distances = np.zeros((1, 2, 16, 16), np.float32), np.ones((1, 4, 16, 16), np.float32)
    middles[0, 1, 3, 5] = 0.8
    middles[0, 1, 3, 6] = 0.6  # a slope, no peak
    middles[0, 0, 12, 12] = 0.2  # too little
    distances[0, :, 3, 5] = (4, 6, 10, 8)
    boxes = read([middles, distances], "centre")
    assert boxes.edges.tolist() == [[10, 16, 24, 30]]
    assert boxes.labels.tolist() == [1]
    assert boxes.scores.tolist() == pytest.approx([0.8])


def test_boxes_end_at_the_window() -> None:
    middles, distances = np.zeros((1, 1, 16, 16), np.float32), np.full((1, 4, 16, 16), 30, np.float32)
    middles[0, 0, 0, 15] = 0.9
    assert read([middles, distances], "centre", classes=1).edges.tolist() == [[0, 32, 32, 64]]


def test_yolo_reads_middle_and_size_in_pixels_x_first() -> None:
    tensor = np.zeros((1, 6, 50), np.float32)
    tensor[0, :, 7] = (20, 30, 8, 12, 0.1, 0.7)
    tensor[0, :, 9] = (20.5, 30, 8, 12, 0.1, 0.6)  # the same thing once more
    boxes = read([tensor], "yolo")
    assert boxes.edges.tolist() == [[24, 16, 36, 24]]
    assert boxes.labels.tolist() == [1]


def test_yolo_whose_export_merged_the_boxes() -> None:
    tensor = np.zeros((1, 300, 6), np.float32)
    tensor[0, 0] = (16, 24, 24, 36, 0.7, 1)
    boxes = read([tensor], "yolo")
    assert boxes.edges.tolist() == [[24, 16, 36, 24]]
    assert boxes.labels.tolist() == [1]


def test_detr_reads_shares_of_the_side_whichever_tensor_comes_first() -> None:
    logits, places = np.full((1, 20, 2), -9, np.float32), np.zeros((1, 20, 4), np.float32)
    logits[0, 4, 1] = 2.0
    places[0, 4] = (0.5, 0.25, 0.25, 0.125)
    for outputs in ([logits, places], [places, logits]):
        boxes = read(outputs, "detr")
        assert boxes.edges.tolist() == [[12, 24, 20, 40]]
        assert boxes.labels.tolist() == [1]
        assert boxes.scores.tolist() == pytest.approx([1 / (1 + np.exp(-2))])


def test_detr_with_a_column_for_nothing_and_one_before_the_classes() -> None:
    logits, places = np.zeros((1, 5, 4), np.float32), np.full((1, 5, 4), 0.5, np.float32)
    logits[0, :, 3] = 9.0
    logits[0, 2] = (0, 5, 0, 0)
    boxes = read([logits, places], "detr", activation="softmax", first_class=1)
    assert boxes.labels.tolist() == [0]
    assert boxes.scores.tolist() == pytest.approx([np.exp(5) / (np.exp(5) + 3)], rel=1e-5)


@pytest.mark.parametrize("style", ["centre", "yolo", "detr"])
def test_other_tensors_are_refused_with_what_the_style_promises(style: str) -> None:
    with pytest.raises(BadInput, match="does not answer as its card says") as caught:
        read([np.zeros((1, 9, 7, 3), np.float32)], style)
    assert "style" in caught.value.remedy
