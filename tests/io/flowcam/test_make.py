"""The generator itself: what it draws is what it lists."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from tests.data.flowcam import make
from tests.data.flowcam.make import make_run


def test_the_same_seed_makes_the_same_run(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_run(tmp_path / name, particles=30)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 11
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)


def test_masks_are_black_and_white_and_the_background_of_a_collage_is_black(tmp_path: Path) -> None:
    run = make_run(tmp_path, particles=30)
    for collage in run.collages:
        mask = cv2.imread(str(tmp_path / collage.replace(".tif", "_bin.tif")), cv2.IMREAD_UNCHANGED)
        page = cv2.imread(str(tmp_path / collage), cv2.IMREAD_UNCHANGED)
        assert set(np.unique(mask)) == {0, 255}
        assert page.shape == (*mask.shape, 3)
        assert (page[-1] == 0).all()


def test_long_runs_repeat_their_pages_as_hard_links(tmp_path: Path) -> None:
    run = make_run(tmp_path, particles=2000)
    assert len(run.collages) == 5
    assert (tmp_path / run.collages[0]).stat().st_nlink == 3
    rows = make.read_rows(run)
    assert len(rows) == 2000
    assert [row["collage_file"] for row in rows[:: make.PER_PAGE]] == list(run.collages)
    assert rows[0]["raw_area"] == rows[make.DRAWN]["raw_area"]
    assert len({row["image_id"] for row in rows}) == 2000


def test_it_runs_from_the_command_line(tmp_path: Path) -> None:
    assert make.main([str(tmp_path), "--particles", "12", "--fields", "53", "--name", "lake"]) == 0
    assert (tmp_path / "lake_images_000001.tif").is_file()
    assert len((tmp_path / "lake.lst").read_text().splitlines()) == 2 + 53 + 12
