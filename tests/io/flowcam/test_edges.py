from __future__ import annotations

import numpy as np
import pytest

from pelagia.core.errors import BadInput
from pelagia.io.flowcam.edges import parse_edges


def test_codes_run_counter_clockwise_from_the_east() -> None:
    (edge,) = parse_edges(b"7,8,10,20,12345678\n", "run.edg")
    assert edge.particle_id == 7
    steps = np.diff(edge.points_px, axis=0).tolist()
    assert steps == [[1, 0], [1, -1], [0, -1], [-1, -1], [-1, 0], [-1, 1], [0, 1], [1, 1]]
    assert edge.points_px[0].tolist() == edge.points_px[-1].tolist() == [10, 20]


def test_a_particle_of_several_fragments_has_several_outlines() -> None:
    edges = list(parse_edges(b"1,2,0,0,15\n\n1,2,5,5,37\r\n2,0,1,1,\n", "run.edg"))
    assert [edge.particle_id for edge in edges] == [1, 1, 2]
    assert edges[2].points_px.tolist() == [[1, 1]]


@pytest.mark.parametrize("line", ["1,2,0,0", "1,3,0,0,15", "1,2,0,0,19", "a,2,0,0,15"])
def test_a_line_of_another_form_is_told(line: str) -> None:
    with pytest.raises(BadInput, match="Line 2 of the outlines"):
        list(parse_edges(f"1,2,0,0,15\n{line}\n".encode(), "run.edg"))
