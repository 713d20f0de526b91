from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.services.ecosystem.small_result import VIEW_HEIGHT, VIEW_WIDTH, make_result, make_tables

from pelagia.core.errors import NothingUsable
from pelagia.core.result import Artifact, Result
from pelagia.exports.ecosystem.drawn import write_film, write_picture
from pelagia.io.video.reading import open_video
from pelagia.io.video.writing import ViewWriter


def result_with_films(folder: Path) -> tuple[Result, int]:
    """The small result with its films, plain grey, and how many frames they have."""
    tables = make_tables()
    names = dict.fromkeys(row["view"] for row in tables["frames"] if row["view"])
    artifacts, total = [], 0
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        writer = ViewWriter(path, height_px=VIEW_HEIGHT, width_px=VIEW_WIDTH, frames_per_s=5)
        for _ in range(sum(row["view"] == name for row in tables["frames"])):
            writer.add(np.full((VIEW_HEIGHT, VIEW_WIDTH, 3), 128, np.uint8))
            total += 1
        writer.close()
        artifacts.append(Artifact(role="view", name=name, path=path, media_type="video/mp4"))
    return make_result(folder / "tables", artifacts=tuple(artifacts)), total


def changed(rgb: np.ndarray) -> np.ndarray:
    return np.abs(rgb.astype(int) - 128).max(axis=2) > 40


def test_the_picture_is_the_fullest_frame_with_its_boxes_where_they_are(tmp_path: Path) -> None:
    result, _ = result_with_films(tmp_path)
    path = write_picture(result, tmp_path, with_labels=False, with_scores=False)
    rgb = cv2.imread(str(path))[..., ::-1]
    assert rgb.shape == (VIEW_HEIGHT, VIEW_WIDTH, 3)
    boxes = make_tables()["detections"]
    frames = [box["frame_id"] for box in boxes]
    fullest = max(dict.fromkeys(frames), key=frames.count)
    for box in (box for box in boxes if box["frame_id"] == fullest):
        middle = round((box["col_px"] + box["width_px"] / 2) / 2)
        assert changed(rgb)[round(box["row_px"] / 2), middle], box


def test_what_is_not_wanted_is_not_drawn(tmp_path: Path) -> None:
    result, _ = result_with_films(tmp_path)
    amounts = [
        changed(cv2.imread(str(write_picture(result, tmp_path, with_boxes=b, with_labels=n, with_scores=s)))).sum()
        for b, n, s in ((False, False, False), (True, False, False), (True, False, True), (True, True, True))
    ]
    assert amounts[0] == 0
    assert amounts == sorted(amounts) and len(set(amounts)) == 4


def test_the_film_has_every_searched_frame_of_every_film(tmp_path: Path) -> None:
    result, total = result_with_films(tmp_path)
    path = write_film(result, tmp_path)
    with open_video(path) as reader:
        frames = [changed(frame.rgb()).any() for frame in reader.frames()]
        assert reader.facts.average_rate == pytest.approx(5)
    assert len(frames) == total
    assert any(frames)


def test_without_films_there_is_nothing_to_draw_on(tmp_path: Path) -> None:
    result = make_result(tmp_path)
    for write in (write_film, write_picture):
        with pytest.raises(NothingUsable, match="no frame"):
            write(result, tmp_path)
    assert list(tmp_path.glob("output*")) == []
