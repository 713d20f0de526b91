from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.learning.tiny_model import tiny_package
from tests.services.litter.tiny_models import ITEM_COLOURS, tiny_tiles

from pelagia.catalogue.models import SHIPPED
from pelagia.core.errors import BadInput, BadParameter, Conflict
from pelagia.core.ground import TILE_CLASSES
from pelagia.learning import tile_classes
from pelagia.learning.tile_classes import (
    TILES_AT_ONCE,
    TileClassifier,
    load_tile_classifier,
    mean_of_overlapping,
    windows,
)

SAND = (210, 190, 150)
LITTER_LOW, SANDY = (TILE_CLASSES.index(name) for name in ("litter low", "sand"))


@pytest.fixture
def classifier(tmp_path: Path) -> TileClassifier:
    return load_tile_classifier(tiny_tiles(tmp_path / "tiles").path, threads=1)


def _beach(rows: int, cols: int) -> np.ndarray:
    return np.full((64 * rows, 64 * cols, 3), SAND, np.uint8)


def test_every_tile_is_named_by_what_it_shows(classifier: TileClassifier) -> None:
    beach = _beach(3, 4)
    beach[2 * 64 + 24 : 2 * 64 + 40, 3 * 64 + 24 : 3 * 64 + 40] = ITEM_COLOURS["plastic"]
    named = classifier.classify(beach).argmax(axis=-1)
    expected = np.full((3, 4), SANDY)
    expected[2, 3] = LITTER_LOW
    np.testing.assert_array_equal(named, expected)


def test_the_classes_of_a_tile_sum_to_one(classifier: TileClassifier) -> None:
    chance = classifier.classify(np.random.default_rng(0).integers(0, 255, (128, 192, 3), dtype=np.uint8))
    assert chance.shape == (2, 3, len(TILE_CLASSES))
    assert chance.dtype == np.float32
    np.testing.assert_allclose(chance.sum(axis=-1), 1, atol=1e-5)


def test_one_tile_alone_is_a_picture_too(classifier: TileClassifier) -> None:
    assert classifier.classify(_beach(1, 1)).argmax(axis=-1).tolist() == [[SANDY]]


def test_litter_on_the_line_between_two_tiles_is_seen_by_a_tile_that_lies_over_it(classifier: TileClassifier) -> None:
    beach = _beach(3, 3)
    beach[88:104, 120:136] = ITEM_COLOURS["metal"]  # half in the second tile, half in the third
    litter = classifier.classify(beach)[..., LITTER_LOW]
    assert litter[1, 1] > 0.2
    assert litter[1, 2] > 0.2
    assert litter[1, 0] < litter[1, 1] - 0.05


def test_a_large_picture_gives_what_its_windows_give(
    classifier: TileClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (64 * 9, 64 * 6, 3), dtype=np.uint8)
    whole = classifier.logits(picture)
    monkeypatch.setattr(tile_classes, "TILES_AT_ONCE", 4)
    # A graph that sees no further than its tile gives the same in whatever windows.
    np.testing.assert_allclose(classifier.logits(picture), whole, atol=1e-4)


@given(st.integers(1, 200))
def test_windows_hold_every_tile_and_share_one_with_their_neighbour(tiles: int) -> None:
    found = list(windows(tiles))
    assert found[0][0] == 0
    assert found[-1][1] == tiles
    assert all(0 < last - first <= TILES_AT_ONCE for first, last in found)
    assert all(after[0] == before[1] - 1 for before, after in pairwise(found))


def test_the_mean_weighs_overlapping_tiles_by_how_much_of_the_tile_they_cover() -> None:
    values = np.zeros((3, 3, 1), np.float32)
    values[1, 1] = 1  # lies a quarter over each of the four tiles
    np.testing.assert_allclose(mean_of_overlapping(values)[..., 0], np.full((2, 2), 0.25 / (1 + 0.5 + 0.5 + 0.25)))


@given(st.integers(1, 6), st.integers(1, 6))
def test_the_mean_of_what_is_the_same_everywhere_is_the_same(rows: int, cols: int) -> None:
    values = np.full((2 * rows - 1, 2 * cols - 1, 2), 0.3, np.float32)
    np.testing.assert_allclose(mean_of_overlapping(values), np.full((rows, cols, 2), 0.3), rtol=1e-6)


@pytest.mark.parametrize("shape", [(64, 65, 3), (32, 64, 3), (64, 64, 4), (64, 64)])
def test_what_does_not_hold_whole_tiles_is_refused(classifier: TileClassifier, shape: tuple[int, ...]) -> None:
    with pytest.raises(BadParameter, match="whole tiles"):
        classifier.classify(np.zeros(shape, np.uint8))


def test_a_model_for_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not name tiles of the ground"):
        load_tile_classifier(tiny_package(tmp_path / "other").path)


def test_a_changed_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_classes, "_loaded", {})  # the same model whole may have been loaded by another test
    package = tiny_tiles(tmp_path / "tiles")
    package.model.write_bytes(package.model.read_bytes() + b" ")
    with pytest.raises(Conflict, match="changed or is damaged"):
        load_tile_classifier(package.path)


def test_a_model_is_loaded_once(tmp_path: Path) -> None:
    package = tiny_tiles(tmp_path / "tiles")
    assert load_tile_classifier(package.path, threads=1) is load_tile_classifier(package.path, threads=1)


def _shipped() -> Iterator[Path]:
    yield from SHIPPED.glob("litter-tiles/*")


@pytest.mark.parametrize("folder", list(_shipped()), ids=lambda folder: folder.name)
def test_the_shipped_model_is_whole_and_calibrated(folder: Path) -> None:
    classifier = load_tile_classifier(folder, threads=1)
    assert classifier.classes == TILE_CLASSES
    assert classifier.gsd_cm * classifier.tile_px == pytest.approx(25.6)
    card = classifier.card
    assert card.scores is not None
    assert card.calibration is not None
    chance = classifier.classify(np.full((128, 128, 3), (60, 120, 130), np.uint8))
    np.testing.assert_allclose(chance.sum(axis=-1), 1, atol=1e-5)
