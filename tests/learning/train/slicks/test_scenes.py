from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

from pelagia.learning.slick_segmenter import CLIP
from pelagia.learning.train.slicks import oil, sea
from pelagia.learning.train.slicks.data import make_samples
from pelagia.learning.train.slicks.fields import curve, near_curve, rough, waves
from pelagia.learning.train.slicks.pictures import Looks, as_file, part_of
from pelagia.learning.train.slicks.scenes import LAND, OIL, SEA, make_scene, speckle

pytestmark = pytest.mark.training

SIDE = 96


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_scene_is_the_same_again_from_the_same_chance() -> None:
    one, two, other = (make_scene(rng(seed), SIDE) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.db, two.db)
    np.testing.assert_array_equal(one.labels, two.labels)
    assert not np.array_equal(one.db, other.db)


def test_oil_is_darker_than_the_sea_around_it() -> None:
    found = 0
    for seed in range(40):
        scene = make_scene(rng(seed), SIDE)
        drawn = (scene.labels == OIL).astype(np.uint8)
        ring = (cv2.dilate(drawn, np.ones((15, 15), np.uint8)) > 0) & (scene.labels == SEA)
        if 0.01 < drawn.mean() < 0.4 and ring.sum() > 200:
            found += 1
            # Means of the power: speckle biases the mean of dB. The wind itself may differ by 1 dB across a slick.
            power = 10 ** (scene.db / 10)
            assert 10 * np.log10(power[ring].mean() / power[drawn > 0].mean()) > -1.0, seed
    assert found >= 10


def test_scenes_hold_no_oil_land_and_look_alikes_in_turn() -> None:
    seen = [set(np.unique(make_scene(rng(seed), SIDE).labels)) for seed in range(40)]
    assert any(OIL not in labels for labels in seen)
    for label in (OIL, 2, LAND):
        assert any(label in labels for labels in seen)


@pytest.mark.parametrize("shape", list(oil.SHAPES), ids=lambda shape: shape.__name__)
def test_every_shape_of_oil_covers_a_part_of_the_sea(shape: object) -> None:
    assert callable(shape)
    covers = [shape(rng(seed), SIDE) for seed in range(12)]
    assert all(cover.shape == (SIDE, SIDE) and np.isfinite(cover).all() for cover in covers)
    assert all(cover.min() >= -1e-6 and cover.max() <= 1 + 1e-6 for cover in covers)
    assert any(0.001 < cover.mean() < 0.9 for cover in covers)


@pytest.mark.parametrize("kind", list(sea.LOOK_ALIKES), ids=lambda kind: kind.__name__)
def test_every_look_alike_darkens_some_of_the_sea(kind: object) -> None:
    assert callable(kind)
    told = [kind(rng(seed), SIDE) for seed in range(6)]
    assert all(one.shape == (SIDE, SIDE) and np.isfinite(one).all() for one in told)
    assert max(float(one.max()) for one in told) > 0.3


def test_speckle_leaves_the_mean_as_it_is() -> None:
    means = [float(speckle(rng(seed), 128).mean()) for seed in range(8)]
    assert abs(np.mean(means) - 1) < 0.02


def test_fields_have_no_mean_and_a_spread_of_one() -> None:
    for field in (rough(rng(), 64, scale_px=10), waves(rng(), 64, length_px=8, angle=0.3, spread=0.2)):
        assert abs(float(field.mean())) < 1e-5
        assert float(field.std()) == pytest.approx(1, abs=1e-4)


def test_waves_have_the_length_that_was_asked_for() -> None:
    field = waves(rng(), 128, length_px=16, angle=0.0, spread=0.05)
    power = np.abs(np.fft.rfft(field, axis=1)).mean(0)
    assert abs(int(power.argmax()) - 128 / 16) <= 1


def test_pixels_know_how_far_a_line_is_and_on_which_side() -> None:
    path = np.stack([np.full(64, 20.0), np.arange(64)], axis=1).astype(np.float32)  # along the row 20
    distance, along, side = near_curve(path, 64)
    assert distance[30, 32] == pytest.approx(10, abs=0.5)
    assert along[20, 48] > along[20, 16]
    assert side[30, 32] == -side[10, 32]
    far, _, _ = near_curve(path + 1000, 64)
    assert far.min() >= 64


def test_a_curve_is_smooth() -> None:
    steps = np.linalg.norm(np.diff(curve(rng(), 100, bend=2, length=1.0), axis=0), axis=1)
    np.testing.assert_allclose(steps, 1, atol=0.01)


@pytest.mark.parametrize("side", [64, 160])
def test_a_part_is_a_standardised_square_with_its_labels(side: int) -> None:
    scene = make_scene(rng(3), SIDE)
    for seed in range(6):
        picture, labels = part_of(rng(seed), scene.db, scene.labels, side, Looks())
        assert picture.shape == labels.shape == (side, side)
        assert picture.dtype == np.float32
        assert np.abs(picture).max() <= CLIP
        assert set(np.unique(labels)) <= set(np.unique(scene.labels))


def test_turns_and_mirrors_keep_picture_and_labels_together() -> None:
    labels = (np.add.outer(np.arange(64), 2 * np.arange(64)) > 120).astype(np.uint8)
    db = np.where(labels == OIL, -20, -10).astype(np.float32)
    for seed in range(8):
        picture, drawn = part_of(rng(seed), db, labels, 64, Looks(as_files=False, scale=(1, 1)))
        assert picture[drawn == OIL].max() < picture[drawn != OIL].min()


def test_files_keep_the_order_of_bright_and_dark() -> None:
    db = np.linspace(-25, 0, 64 * 64, dtype=np.float32).reshape(64, 64)
    for seed in range(12):
        shown, wide = as_file(rng(seed), db)
        assert np.isfinite(shown).all()
        assert wide.size < shown.size
        assert shown[:16].mean() < shown[-16:].mean()


def test_scenes_that_were_made_are_read_again(tmp_path: Path) -> None:
    (first,) = make_samples(tmp_path, [7], seed=1, side=SIDE)
    before = first.stem.with_suffix(".picture.npy").stat().st_mtime_ns
    again, other = make_samples(tmp_path, [7, 8], seed=1, side=SIDE)
    assert again == first
    assert again.stem.with_suffix(".picture.npy").stat().st_mtime_ns == before
    assert first.picture().dtype == np.float32
    assert not np.array_equal(first.picture(), other.picture())
