"""A few pictures of what was brought, from each of the inputs, and none where there are none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from pelagia.core.service import Request
from pelagia.services.flowcam.preview import LARGEST_PX, preview
from pelagia.services.flowcam.sample.run import make_run
from pelagia.services.flowcam.service import SERVICE, FlowCamParams


def request(*inputs: Path) -> Request[FlowCamParams]:
    return Request(
        service="flowcam",
        service_version=SERVICE.version,
        inputs={"runs": tuple(map(str, inputs))},
        params=FlowCamParams(),
    )


def size_of(picture: bytes) -> tuple[int, int]:
    rows, cols = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR).shape[:2]
    return rows, cols


def colours_folder(folder: Path, grey: int, count: int, side: int = 40) -> Path:
    folder.mkdir()
    for number in range(count):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((side, 2 * side, 3), grey, np.uint8))
    return folder


def test_every_input_is_shown(tmp_path: Path) -> None:
    folders = [colours_folder(tmp_path / str(grey), grey, 5) for grey in (40, 120, 200)]
    shown = preview(request(*folders), 6)
    greys = {int(cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_GRAYSCALE)[0, 0]) for one in shown}
    assert (len(shown), greys) == (6, {40, 120, 200})


def test_an_input_with_few_images_leaves_room_for_the_others(tmp_path: Path) -> None:
    few, many = colours_folder(tmp_path / "few", 40, 1), colours_folder(tmp_path / "many", 200, 9)
    assert len(preview(request(few, many), 6)) == 6


def test_large_images_are_made_small_and_keep_their_shape(tmp_path: Path) -> None:
    (shown,) = preview(request(colours_folder(tmp_path / "large", 90, 1, side=400)), 3)
    assert size_of(shown) == (LARGEST_PX // 2, LARGEST_PX)


def test_what_cannot_be_read_is_not_shown(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", particles=30, pages=1)
    for collage in run.collages:
        (run.folder / collage).write_bytes(b"no picture")
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "notes.txt").write_text("no picture either")
    assert preview(request(run.folder, tmp_path / "text"), 6) == []
