"""The film of a spill: a frame a map, the oil where it lies, nothing where there is none."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from tests.exports.oilspill.spill_result import OPTIONS, Spill, make_spill

from pelagia.core.result import Result
from pelagia.exports.oilspill import animation, frames
from pelagia.exports.oilspill.canvas import Canvas, pooled
from pelagia.exports.oilspill.colours import SCALE_OF_SHARES, scale_of_amounts
from pelagia.exports.oilspill.shore import land, read_shore

SEA, LAND = (230, 236, 241), (221, 214, 200)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return make_spill(tmp_path_factory.mktemp("spill"), Spill(members=8, empty=(1,), hours=3))


@pytest.fixture(scope="module")
def films(result: Result, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    outcome = animation.write(result, tmp_path_factory.mktemp("out"), OPTIONS)
    assert outcome.issues == ()
    return {path.name: path for path in outcome.files}


def decoded(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def share_of(frame: NDArray[np.uint8], colour: tuple[int, int, int]) -> float:
    return float((np.abs(frame.astype(int) - colour).max(axis=-1) < 12).mean())


def test_every_map_has_a_frame_and_the_last_one_stays(films: dict[str, Path]) -> None:
    assert set(films) == {"oil.mp4", "probability.mp4"}
    pictures = decoded(films["oil.mp4"])
    assert len(pictures) == 4 + animation.REST
    assert pictures[0].shape[:2] == (800, 1200)


def test_oil_covers_sea_in_frames_that_have_some(films: dict[str, Path]) -> None:
    with_oil, without, *_ = decoded(films["oil.mp4"])
    assert share_of(without, SEA) - share_of(with_oil, SEA) > 0.01
    assert share_of(with_oil, LAND) == pytest.approx(share_of(without, LAND), abs=0.002)
    assert share_of(without, LAND) > 0.1


def test_frames_of_equal_results_are_equal(result: Result) -> None:
    grid = frames.read_grid(result)
    dense = np.full((grid.rows, grid.cols), 0.5, np.float32)
    pictures = [Canvas(result, grid, SCALE_OF_SHARES, "words").frame(dense, None, "title") for _ in range(2)]
    assert (pictures[0] == pictures[1]).all()


def test_nothing_of_a_frame_is_left_in_the_next(result: Result) -> None:
    grid = frames.read_grid(result)
    canvas = Canvas(result, grid, SCALE_OF_SHARES, "words")
    empty = np.zeros((grid.rows, grid.cols), np.float32)
    first = canvas.frame(empty, None, "one")
    canvas.frame(empty + 1.0, empty + 1.0, "another, longer title")
    assert (canvas.frame(empty, None, "one") == first).all()


@pytest.mark.parametrize("backward", [False, True])
def test_times_without_oil_are_empty_whatever_the_direction(tmp_path: Path, backward: bool) -> None:
    made = Spill(empty=(0, 2, 3), backward=backward)
    result = make_spill(tmp_path, made)
    grid = frames.read_grid(result)
    told = list(animation.each_map(result, grid, "concentration", ("surface_kg_m2",), made.times))
    assert [time for time, _ in told] == made.times
    assert [bool(dense["surface_kg_m2"].any()) for _, dense in told] == [False, True, False, False, True]


def test_of_many_maps_some_are_shown_and_the_last() -> None:
    times = [str(number) for number in range(1000)]
    shown = animation.shown_times(times)
    assert len(shown) <= animation.FRAMES_AT_MOST
    assert (shown[0], shown[1], shown[-1]) == ("0", "3", "999")
    assert animation.shown_times(times[:5]) == times[:5]


def test_a_film_needs_neither_shore_nor_ensemble_nor_oil(tmp_path: Path) -> None:
    result = make_spill(tmp_path / "spill", Spill(has_shore=False, hours=1, empty=(0, 1), west_lon=179.98))
    outcome = animation.write(result, tmp_path, OPTIONS)
    assert [path.name for path in outcome.files] == ["oil.mp4"]
    assert share_of(decoded(outcome.files[0])[0], LAND) < 0.001


def test_maps_too_large_are_told(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "CELLS_AT_MOST", 10)
    outcome = animation.write(result, tmp_path, OPTIONS)
    assert (outcome.files, [issue.code for issue in outcome.issues]) == ((), ["export-maps-too-large"])


def test_what_is_small_is_still_seen_where_cells_are_joined() -> None:
    dense = np.zeros((5, 7), np.float32)
    dense[4, 6] = 3.0
    small = pooled(dense, 3)
    assert small.shape == (2, 3)
    assert (small[1, 2], small.sum()) == (3.0, 3.0)


def test_the_scale_reaches_the_most_there_is() -> None:
    scale = scale_of_amounts(0.02)
    assert (scale.low, scale.high) == (pytest.approx(1e-6), pytest.approx(0.1))
    np.testing.assert_allclose(scale.place([0.0, 1e-6, 0.1, 5.0]), [0.0, 0.0, 1.0, 1.0])
    assert scale.rgba(np.array([[0.0, 0.1]]))[0].tolist() == [[68, 1, 84, 0], [253, 231, 37, 255]]


def test_land_lies_to_the_left_of_the_shore(result: Result) -> None:
    lines, box = read_shore(result, 3.0)
    assert box is not None
    (ground,) = land(lines, (3.0, 36.0, 3.1, 36.06))
    assert ground.symmetric_difference(shapely.box(3.0, 36.0, 3.1, 36.01)).area == pytest.approx(0.0, abs=1e-12)


def test_no_land_is_told_where_lines_contradict_each_other() -> None:
    line = np.array([[4.0, 1.0], [2.0, 1.0], [0.0, 1.0]])
    assert len(land([line], (0.5, 0.0, 3.5, 2.0))) == 1
    assert land([line, np.array([[0.0, 0.5], [4.0, 0.5]])], (0.5, 0.0, 3.5, 2.0)) != []
    assert land([line, np.array([[4.0, 0.5], [0.0, 0.5]])], (0.5, 0.0, 3.5, 2.0)) == []


def test_an_island_is_land_and_the_sea_around_it_is_not() -> None:
    ring = np.array([[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0], [1.0, 1.0]])
    (island,) = land([ring], (0.0, 0.0, 3.0, 3.0))
    assert island.area == pytest.approx(1.0)
    (around,) = land([ring[::-1]], (0.0, 0.0, 3.0, 3.0))
    assert around.area == pytest.approx(8.0)
