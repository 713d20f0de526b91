"""Picture and film for clients of DEEPaaS: the window that is asked for, a scene where nothing is forecast."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.exports.oilspill.spill_result import Spill, make_spill

from pelagia.core.errors import BadParameter, NothingUsable
from pelagia.exports.oilspill.drawn import _cut, _grids, write_film, write_picture
from pelagia.exports.oilspill.frames import Single
from pelagia.io.video.reading import open_video


def test_a_window_has_the_cells_of_the_maps_where_they_reach_and_no_oil_elsewhere(tmp_path: Path) -> None:
    result = make_spill(tmp_path)
    grid, shown = _grids(result, [35.98, 36.03], [3.05, 3.3])
    assert (grid.rows, grid.cols) == (6, 12)
    assert (shown.rows, shown.cols) == (5, 25)
    assert (shown.south_lat, shown.west_lon) == (pytest.approx(35.98), pytest.approx(3.05))
    dense: Single = np.arange(72, dtype=np.float32).reshape(6, 12) + 1
    cut = _cut(dense, grid, shown)
    assert np.array_equal(cut[2:, :7], dense[:3, 5:])
    assert not cut[:2].any() and not cut[:, 7:].any()


@pytest.mark.parametrize("turn", [-360.0, 0.0, 360.0])
def test_a_window_may_tell_its_longitudes_a_turn_away(turn: float, tmp_path: Path) -> None:
    result = make_spill(tmp_path, Spill(west_lon=179.95))
    _, shown = _grids(result, [36.0, 36.05], [179.9 + turn, 180.1 + turn])
    assert shown.west_lon % 360.0 == pytest.approx(179.9) and shown.cols == 20


def test_a_window_of_too_many_cells_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="too many cells"):
        write_picture(make_spill(tmp_path), tmp_path, plot_lat=[-80.0, 80.0], plot_lon=[-170.0, 170.0])


def test_the_film_has_a_frame_of_each_map_also_of_those_without_oil(tmp_path: Path) -> None:
    path = write_film(make_spill(tmp_path, Spill(hours=3, empty=(1,))), tmp_path)
    with open_video(path, file=path.name) as reader:
        assert sum(1 for _ in reader.frames()) == 4 + 12


def test_where_nothing_is_forecast_the_scene_is_the_picture_and_there_is_no_film(tmp_path: Path) -> None:
    result = make_spill(tmp_path / "made", Spill(has_forecast=False, scenes=2))
    with Image.open(write_picture(result, tmp_path)) as picture:
        assert picture.size == (60, 40)
    with pytest.raises(NothingUsable, match="no oil was forecast"):
        write_film(result, tmp_path)


def test_without_scene_and_forecast_there_is_nothing_to_draw(tmp_path: Path) -> None:
    with pytest.raises(NothingUsable, match="no oil was forecast"):
        write_picture(make_spill(tmp_path, Spill(has_forecast=False)), tmp_path)
