"""What is shown of the inputs before a run: small, and only what can be read."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pelagia.core.service import Request
from pelagia.services.ecosystem.preview import LARGEST_PX, preview
from pelagia.services.ecosystem.sample import make_sample
from pelagia.services.ecosystem.sample.filming import draw_clip, draw_stills
from pelagia.services.ecosystem.sample.reef import Reef
from pelagia.services.ecosystem.service import EcosystemParams

REEF = Reef(height_px=180, width_px=480, duration_s=0.4, frames_per_s=10)


def shown(*inputs: Path | str, count: int = 6) -> list[NDArray[np.uint8]]:
    request = Request(
        service="ecosystem",
        service_version="1",
        inputs={"recordings": tuple(map(str, inputs))},
        params=EcosystemParams(),
    )
    return [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB) for data in preview(request, count)]


def test_clips_and_stills_are_shown_small_and_in_their_proportions(tmp_path: Path) -> None:
    draw_clip(tmp_path / "a.mp4", REEF)
    draw_stills(tmp_path, REEF, [0.0], datetime(2024, 1, 1, tzinfo=UTC), "%Y%m%d-%H%M%S.jpg")
    pictures = shown(tmp_path)
    assert [picture.shape for picture in pictures] == [(120, LARGEST_PX, 3)] * 2
    assert all(picture.std() > 10 for picture in pictures)
    assert np.abs(pictures[0].astype(int) - pictures[1]).mean() < 8


def test_of_several_cameras_each_is_seen(tmp_path: Path) -> None:
    for number, folder in enumerate(("north", "south")):
        (tmp_path / folder).mkdir()
        draw_clip(tmp_path / folder / "a.mp4", replace(REEF, seed=number))
        for clip in "bcd":
            (tmp_path / folder / f"{clip}.mp4").write_bytes((tmp_path / folder / "a.mp4").read_bytes())
    pictures = shown(tmp_path, count=4)
    distinct = {picture.tobytes() for picture in pictures}
    assert (len(pictures), len(distinct)) == (4, 2)
    assert len(shown(tmp_path, count=20)) == 8


@pytest.mark.parametrize("count", [1, 2])
def test_no_more_is_shown_than_asked(tmp_path: Path, count: int) -> None:
    for name in "abc":
        draw_clip(tmp_path / f"{name}.mp4", REEF)
    assert len(shown(tmp_path, count=count)) == count


def test_what_cannot_be_read_is_not_shown_and_harms_nothing(tmp_path: Path) -> None:
    draw_clip(tmp_path / "good.mp4", REEF)
    data = (tmp_path / "good.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("no film")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    assert len(shown(tmp_path)) >= 1
    assert len(shown(tmp_path, tmp_path / "missing", "rtsp://127.0.0.1:9/camera")) >= 1
    assert shown(tmp_path / "empty.mp4") == shown("rtsp://127.0.0.1:9/camera") == []


def test_clips_in_an_archive_are_shown_and_not_left_lying_about(tmp_path: Path) -> None:
    draw_clip(tmp_path / "a.mp4", REEF)
    with zipfile.ZipFile(tmp_path / "clips.zip", "w") as archive:
        archive.write(tmp_path / "a.mp4", "cruise/a.mp4")
    assert len(shown(tmp_path / "clips.zip")) == 1


def test_the_sample_can_be_looked_at(tmp_path: Path) -> None:
    sample = make_sample(tmp_path)
    assert len(shown(*(tmp_path / path for path in sample.inputs["recordings"]))) == 6
