from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pelagia.io.flowcam.duplicates import Sightings, find_duplicates, no_sightings


def sightings(rows: list[tuple[int, int, int, float, float, float]], first_row: int = 1) -> Sightings:
    """Rows of frame, column, row, area, perimeter, aspect ratio; numbered from `first_row`."""
    table = np.array(rows, dtype=float).reshape(-1, 6)
    number = np.arange(first_row, first_row + len(table))
    frame, col, row = (table[:, index].astype(np.int64) for index in range(3))
    return Sightings(
        first_id=number,
        list_row=number,
        frame=frame,
        col_px=col,
        row_px=row,
        area=table[:, 3],
        perimeter=table[:, 4],
        aspect_ratio=table[:, 5],
    )


def duplicates(*rows: tuple[int, int, int, float, float, float]) -> list[int]:
    return find_duplicates(no_sightings(), sightings(list(rows)))[0].tolist()


def test_the_same_particle_at_the_same_place_in_another_frame_repeats_the_first() -> None:
    assert duplicates((1, 50, 60, 9, 12, 0.5), (2, 50, 60, 9, 12, 0.5), (9, 51, 61, 9.5, 12, 0.52)) == [-1, 1, 1]


def test_two_particles_of_one_frame_are_two() -> None:
    assert duplicates((1, 50, 60, 9, 12, 0.5), (1, 50, 60, 9, 12, 0.5)) == [-1, -1]


@pytest.mark.parametrize(("col", "row", "is_near"), [(51, 61, True), (49, 59, True), (52, 60, False), (51, 62, False)])
def test_near_is_the_square_root_of_two(col: int, row: int, is_near: bool) -> None:
    assert (duplicates((1, 50, 60, 9, 12, 0.5), (2, col, row, 9, 12, 0.5))[1] == 1) is is_near


@pytest.mark.parametrize("changed", [(8.0, 12, 0.5), (10.0, 12, 0.5), (9, 10.5, 0.5), (9, 12, 0.56), (9, 12, np.nan)])
def test_another_shape_is_another_particle(changed: tuple[float, float, float]) -> None:
    assert duplicates((1, 50, 60, 9, 12, 0.5), (2, 50, 60, *changed)) == [-1, -1]


def test_an_unknown_place_matches_nothing() -> None:
    assert duplicates((-1, -1, -1, 9, 12, 0.5), (-1, -1, -1, 9, 12, 0.5)) == [-1, -1]


def test_a_particle_is_forgotten_after_so_many_rows() -> None:
    far = [(frame, 500, 500, 1.0, frame + 1.0, 0.1) for frame in range(2, 6)]
    rows = [(1, 50, 60, 9, 12, 0.5), *far, (7, 50, 60, 9, 12, 0.5)]
    assert find_duplicates(no_sightings(), sightings(rows), memory_rows=5)[0].tolist()[-1] == 1
    assert find_duplicates(no_sightings(), sightings(rows), memory_rows=4)[0].tolist()[-1] == -1


def leef(rows: list[tuple[int, int, int, float, float, float]]) -> list[int]:
    """The rule written as a plain double loop."""
    first: list[int] = []
    for later, (frame, col, row, *shape) in enumerate(rows):
        found = -1
        for earlier in range(later):
            other = rows[earlier]
            near = (col - other[1]) ** 2 + (row - other[2]) ** 2 <= 2
            alike = all(0.9 < one / two < 1.1 for one, two in zip(shape, other[3:], strict=True))
            if near and alike and frame != other[0]:
                found = first[earlier] if first[earlier] > 0 else earlier + 1
                break
        first.append(found)
    return first


ROW = st.tuples(
    st.integers(1, 4),
    st.integers(0, 7),
    st.integers(0, 7),
    st.sampled_from([9.0, 9.5, 10.0]),
    st.sampled_from([12.0, 13.5]),
    st.sampled_from([0.5, 0.53]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, max_size=60), st.integers(1, 60))
def test_however_the_list_is_cut_the_rule_is_that_of_a_double_loop(rows: list, batch: int) -> None:  # type: ignore[type-arg]
    memory, found = no_sightings(), []
    for start in range(0, len(rows), batch):
        part, memory = find_duplicates(memory, sightings(rows[start : start + batch], start + 1))
        found += part.tolist()
    assert found == leef(rows)
