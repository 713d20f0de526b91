from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pelagia.imaging.tiles import is_mine, plan_windows, suppress


@st.composite
def _plans(draw: st.DrawFn) -> dict:
    rows, cols = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    tile_px = draw(st.floats(4, 40))
    window_px = draw(st.integers(20, 160))
    origin = draw(st.tuples(st.floats(0, 30), st.floats(0, 30)))
    rest = draw(
        st.tuples(st.floats(-0.9, 1), st.floats(-0.9, 1))
    )  # the last tile may be cut off, or not reach the edge
    return {
        "wanted": np.array(draw(st.lists(st.booleans(), min_size=rows * cols, max_size=rows * cols))).reshape(
            rows, cols
        ),
        "tile_px": tile_px,
        "height_px": max(1, round(origin[0] + (rows + rest[0]) * tile_px)),
        "width_px": max(1, round(origin[1] + (cols + rest[1]) * tile_px)),
        "window_px": window_px,
        "overlap_px": draw(st.integers(0, window_px // 2)),
        "origin": origin,
    }


def _wanted_points(plan: dict) -> tuple[np.ndarray, np.ndarray]:
    """Return the centres of a fine raster that lie in wanted tiles and in the picture."""
    rows, cols = np.meshgrid(
        np.arange(0.25, plan["height_px"], 1.5), np.arange(0.25, plan["width_px"], 1.5), indexing="ij"
    )
    tile_row = np.floor((rows - plan["origin"][0]) / plan["tile_px"]).astype(int)
    tile_col = np.floor((cols - plan["origin"][1]) / plan["tile_px"]).astype(int)
    shape = plan["wanted"].shape
    inside = (tile_row >= 0) & (tile_col >= 0) & (tile_row < shape[0]) & (tile_col < shape[1])
    wanted = inside & plan["wanted"][np.clip(tile_row, 0, shape[0] - 1), np.clip(tile_col, 0, shape[1] - 1)]
    return rows[wanted], cols[wanted]


def _boxes(count: int, seed: int = 0, size: float = 2_000) -> np.ndarray:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, size, (count, 2))
    return np.hstack([corner, corner + rng.uniform(5, 60, (count, 2))])


def _overlaps(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    height = min(one[2], other[2]) - max(one[0], other[0])
    width = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(height, 0) * max(width, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared), shared / min(areas)


def _plain_suppression(boxes: np.ndarray, scores: np.ndarray, labels: np.ndarray) -> list[int]:
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        same = (_overlaps(boxes[index], boxes[other]) for other in kept if labels[index] == labels[other])
        if not any(iou > 0.5 or inside > 0.7 for iou, inside in same):
            kept.append(int(index))
    return sorted(kept)


@given(_plans())
@settings(deadline=None)
def test_every_point_of_a_wanted_tile_is_in_exactly_one_core(plan: dict) -> None:
    rows, cols = _wanted_points(plan)
    owners = np.zeros(rows.shape, int)
    for window in plan_windows(**plan):
        owners += is_mine(rows, cols, window.core)
    assert (owners == 1).all()


@given(_plans())
@settings(deadline=None)
def test_every_core_is_seen_with_half_the_overlap_around_it(plan: dict) -> None:
    margin = plan["overlap_px"] / 2
    for window in plan_windows(**plan):
        top, left, bottom, right = window.core
        assert window.row_px <= max(0, top - margin) + 0.51
        assert window.col_px <= max(0, left - margin) + 0.51
        assert window.row_px + plan["window_px"] >= min(plan["height_px"], bottom + margin) - 0.51
        assert window.col_px + plan["window_px"] >= min(plan["width_px"], right + margin) - 0.51


@given(_plans())
@settings(deadline=None)
def test_no_window_is_wasted_or_reaches_over_the_edge(plan: dict) -> None:
    tile, (row0, col0) = plan["tile_px"], plan["origin"]
    wanted = np.argwhere(plan["wanted"])
    for window in plan_windows(**plan):
        top, left, bottom, right = window.core
        shown = [
            min(bottom, row0 + (row + 1) * tile) - max(top, row0 + row * tile) > 0
            and min(right, col0 + (col + 1) * tile) - max(left, col0 + col * tile) > 0
            for row, col in wanted
        ]
        assert any(shown)
        assert 0 <= window.row_px <= max(0, plan["height_px"] - plan["window_px"])
        assert 0 <= window.col_px <= max(0, plan["width_px"] - plan["window_px"])


def test_where_all_is_wanted_the_windows_are_a_regular_grid() -> None:
    wanted = np.ones((32, 24), bool)
    windows = plan_windows(wanted, 128, height_px=4096, width_px=3072, window_px=640, overlap_px=128)
    assert sorted({window.row_px for window in windows}) == [0, 512, 1024, 1536, 2048, 2560, 3072, 3456]
    assert sorted({window.col_px for window in windows}) == [0, 512, 1024, 1536, 2048, 2432]
    assert len(windows) == 8 * 6


@given(st.integers(30, 900), st.integers(30, 900), st.integers(0, 60))
def test_where_all_is_wanted_there_are_no_more_windows_than_in_a_plain_grid(
    height: int, width: int, overlap: int
) -> None:
    window = 128
    wanted = np.ones((-(-height // 32), -(-width // 32)), bool)
    found = plan_windows(wanted, 32, height_px=height, width_px=width, window_px=window, overlap_px=overlap)
    along = [max(1, int(np.ceil((side - overlap) / (window - overlap)))) for side in (height, width)]
    assert len(found) == along[0] * along[1]


def test_one_wanted_tile_is_in_the_middle_of_one_window() -> None:
    wanted = np.zeros((40, 40), bool)
    wanted[20, 11] = True
    (window,) = plan_windows(wanted, 128, height_px=5120, width_px=5120, window_px=640, overlap_px=128)
    assert (window.row_px, window.col_px) == (20 * 128 + 64 - 320, 11 * 128 + 64 - 320)
    assert window.core == (2560, 1408, 2688, 1536)


def test_nothing_wanted_needs_no_window() -> None:
    assert not plan_windows(np.zeros((3, 3), bool), 10, height_px=30, width_px=30, window_px=20, overlap_px=4)


def test_a_picture_smaller_than_a_window_has_one_that_begins_at_its_corner() -> None:
    (window,) = plan_windows(np.ones((2, 2), bool), 50, height_px=90, width_px=100, window_px=640, overlap_px=128)
    assert (window.row_px, window.col_px, window.core) == (0, 0, (0, 0, 90, 100))


def test_windows_that_overlap_wholly_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot overlap by 64 px"):
        plan_windows(np.ones((1, 1), bool), 10, height_px=10, width_px=10, window_px=64, overlap_px=64)


def test_a_centre_on_the_edge_of_two_cores_belongs_to_the_second() -> None:
    assert is_mine([9.999, 10, 10], [0, 0, 20], (0, 0, 10, 20)).tolist() == [True, False, False]
    assert is_mine([9.999, 10], [0, 0], (10, 0, 20, 20)).tolist() == [False, True]


@given(st.integers(0, 120), st.integers(0, 10_000), st.integers(60, 600))
@settings(deadline=None)
def test_suppression_is_that_of_the_plain_definition(count: int, seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    boxes, scores, labels = _boxes(count, seed, size), rng.integers(0, 20, count) / 20, rng.integers(0, 3, count)
    assert suppress(boxes, scores, labels).tolist() == _plain_suppression(boxes, scores, labels)


@given(st.integers(1, 200), st.integers(0, 10_000))
@settings(deadline=None)
def test_suppressing_twice_changes_nothing(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    boxes, scores, labels = _boxes(count, seed, 300), rng.random(count), rng.integers(0, 2, count)
    kept = suppress(boxes, scores, labels)
    assert suppress(boxes[kept], scores[kept], labels[kept]).tolist() == list(range(len(kept)))


def test_suppression_across_chunks_is_that_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes, scores, labels = _boxes(500, 3, 400), np.random.default_rng(3).random(500), np.zeros(500)
    whole = suppress(boxes, scores, labels)
    monkeypatch.setattr("pelagia.imaging.tiles.CHUNK", 16)
    assert suppress(boxes, scores, labels).tolist() == whole.tolist() == _plain_suppression(boxes, scores, labels)


def test_a_thing_cut_at_a_seam_is_one_thing() -> None:
    whole, part, beside = [0, 0, 100, 100], [0, 0, 100, 30], [0, 110, 100, 140]
    assert suppress([part, whole, beside], [0.5, 0.9, 0.4], [1, 1, 1]).tolist() == [1, 2]
    assert suppress([part, whole, beside], [0.5, 0.9, 0.4], [1, 2, 1]).tolist() == [0, 1, 2]


def test_of_equally_sure_boxes_the_first_is_kept() -> None:
    assert suppress([[0, 0, 9, 9]] * 3, [0.5] * 3, [0] * 3).tolist() == [0]


def test_no_boxes_are_no_trouble() -> None:
    assert suppress(np.empty((0, 4)), [], []).tolist() == []
