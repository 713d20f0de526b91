"""Vignettes are cut exactly at their boxes; what cannot be cut is told, and the rest goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pelagia.core.errors import BadInput
from pelagia.io.cutting import cut_box, iter_vignettes
from pelagia.io.images import encode_png

COLLAGE = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def place(folder: Path, file: str, box: tuple[int, int, int, int] | None) -> dict[str, Any]:
    names = ("box_col_px", "box_row_px", "box_width_px", "box_height_px")
    return {"source_uri": str(folder), "source_file": file, **dict(zip(names, box or (None,) * 4, strict=True))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "collage.png").write_bytes(encode_png(COLLAGE))
    (tmp_path / "broken.png").write_bytes(b"")
    return tmp_path


def test_a_box_is_cut_exactly(folder: Path) -> None:
    (vignette,) = iter_vignettes([place(folder, "collage.png", (3, 4, 10, 5))])
    assert vignette.image is not None
    assert np.array_equal(vignette.image, COLLAGE[4:9, 3:13])


def test_without_a_box_the_whole_file_is_the_vignette(folder: Path) -> None:
    (vignette,) = iter_vignettes([place(folder, "collage.png", None)])
    assert vignette.image is not None
    assert np.array_equal(vignette.image, COLLAGE)


@pytest.mark.parametrize("box", [(25, 0, 10, 5), (0, 18, 5, 5), (-1, 0, 5, 5), (0, 0, 0, 5)])
def test_a_box_outside_the_collage_is_an_error_with_its_value(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(BadInput, match=f"x {box[0]}, y {box[1]}") as caught:
        cut_box(COLLAGE, box, file="collage.png")
    assert caught.value.code == "box-outside-collage"


def test_what_cannot_be_read_does_not_stop_the_others(folder: Path) -> None:
    box = (0, 0, 5, 5)
    files = ["collage.png", "broken.png", "broken.png", "absent.png", "collage.png"]
    vignettes = list(iter_vignettes(place(folder, file, box) for file in files))
    assert [vignette.image is not None for vignette in vignettes] == [True, False, False, False, True]
    assert all(vignette.error is not None and vignette.error.file for vignette in vignettes[1:4])
