from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.services.ecosystem.tiny_models import APHIA_IDS, COLOURS, tiny_animals

from pelagia.learning.boxes import Boxes
from pelagia.learning.detector import Detector, load_detector
from pelagia.services.ecosystem.columns import UNKNOWN
from pelagia.services.ecosystem.searching import aphia_ids, one_for_each, search_frame

CHROMIS, DIPLODUS = COLOURS
WATER = (60, 60, 60)


def frame(height: int, width: int, squares: list[tuple[int, int, int, str]]) -> np.ndarray:
    """Water with squares: row and column of the first pixel, side, name."""
    rgb = np.full((height, width, 3), WATER, np.uint8)
    for row, col, side, name in squares:
        rgb[row : row + side, col : col + side] = COLOURS[name]
    return rgb


@pytest.fixture
def detector(tmp_path: Path) -> Detector:
    return load_detector(tiny_animals(tmp_path / "animals").path, threads=1)


@pytest.mark.parametrize(("height", "width"), [(720, 1280), (180, 320), (1280, 720), (90, 160)])
def test_a_frame_of_any_size_is_searched_at_the_size_the_detector_learned_at(
    detector: Detector, height: int, width: int
) -> None:
    places = {CHROMIS: (42, 62), DIPLODUS: (130, 14)}  # of the detector, which tells middles to 4 px
    edges = {
        name: [part * max(height, width) / 320 for part in (row, col, row + 16, col + 16)]
        for name, (row, col) in places.items()
    }
    squares = [(int(top), int(left), int(low - top), name) for name, (top, left, low, _) in edges.items()]
    found = search_frame(detector, frame(height, width, squares))
    assert dict(zip(found.classes, found.boxes.edges.tolist(), strict=True)) == edges
    assert found.taxa == found.classes
    assert len(found) == 2


def test_a_wide_frame_is_not_filled_up_to_a_square(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    detect = detector.detect
    monkeypatch.setattr(
        detector, "detect", lambda windows, **told: detect([seen.append(w.shape) or w for w in windows], **told)
    )
    search_frame(detector, frame(720, 1280, []))
    assert seen == [(192, 320, 3)]


def test_small_animals_are_found_in_tiles_at_full_resolution(detector: Detector) -> None:
    picture = frame(720, 1280, [(94, 638, 16, CHROMIS), (702, 1262, 16, DIPLODUS)])
    assert len(search_frame(detector, picture)) == 0
    found = search_frame(detector, picture, tiled=True)
    assert sorted(found.boxes.edges.tolist()) == [[94, 638, 110, 654], [702, 1262, 718, 1278]]


def boxes(*rows: tuple[float, float, int, float]) -> Boxes:
    """Squares of 10 px: row, column, label, score."""
    return Boxes.make(
        [[row, col, row + 10, col + 10] for row, col, _, _ in rows], [r[2] for r in rows], [r[3] for r in rows]
    )


def test_a_thing_of_two_classes_counts_once_and_its_share_tells_how_sure_the_class_is() -> None:
    found = boxes((0, 0, 0, 0.6), (1, 0, 1, 0.4), (0, 1, 1, 0.3), (40, 40, 1, 0.5))
    kept, shares = one_for_each(found, overlap=0.5)
    assert kept.tolist() == [0, 3]
    assert shares.tolist() == pytest.approx([0.6, 1.0])
    none, _ = one_for_each(boxes(), overlap=0.5)
    assert none.tolist() == []


def test_what_speaks_for_two_classes_is_unknown_and_keeps_what_it_was_called(tmp_path: Path) -> None:
    detector = load_detector(tiny_animals(tmp_path / "low", score_from=0.05).path, threads=1)
    rgb = frame(180, 320, [])
    rgb[66:82, 98:114] = (150, 255, 100)
    scores = {CHROMIS: (0.5 * 150 + 0.5 * 255 - 100) / 255, DIPLODUS: (0.5 * 100 + 0.5 * 255 - 150) / 255}
    share = scores[CHROMIS] / sum(scores.values())
    sure = search_frame(detector, rgb, name_from=share - 0.01)
    assert (sure.classes, sure.taxa) == ((CHROMIS,), (CHROMIS,))
    assert sure.shares.tolist() == pytest.approx([share], abs=1e-4)
    unsure = search_frame(detector, rgb, name_from=share + 0.01)
    assert (unsure.classes, unsure.taxa) == ((CHROMIS,), (UNKNOWN,))
    # The second class is far below the least score, and speaks against the first all the same.
    high = search_frame(detector, rgb, score_from=scores[CHROMIS] - 0.05, name_from=share + 0.01)
    assert high.taxa == (UNKNOWN,)
    assert len(search_frame(detector, rgb, score_from=scores[CHROMIS] + 0.05, name_from=0.1)) == 0


def test_the_taxa_of_classes_come_from_the_card(detector: Detector) -> None:
    assert aphia_ids(detector) == APHIA_IDS | {UNKNOWN: None}
