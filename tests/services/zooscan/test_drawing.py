"""The drawn scan: as it was asked for, and as the real ones are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from pelagia.core.errors import BadParameter
from pelagia.imaging.grey import grey_range
from pelagia.imaging.segmentation import esd_to_area_px, segment
from pelagia.imaging.vis1 import Vis1, make_background, make_vis1
from pelagia.io.zooscan.raw import open_raw
from pelagia.services.zooscan.sample.drawing import DrawnScan, draw_scan, place_sprites
from pelagia.services.zooscan.sample.organisms import KINDS, SEEN_DENSITY, draw_sprite

HEIGHT, WIDTH, OBJECTS, SEED = 2600, 1900, 16, 11


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> DrawnScan:
    return draw_scan(tmp_path_factory.mktemp("drawn"), height=HEIGHT, width=WIDTH, objects=OBJECTS, seed=SEED)


@pytest.fixture(scope="module")
def vis1(drawn: DrawnScan) -> Vis1:
    with open_raw(drawn.backgrounds[0]) as first, open_raw(drawn.backgrounds[1]) as second:
        background = make_background(first, second)
    with open_raw(drawn.raw) as raw:
        return make_vis1(raw, background, dpi=drawn.dpi, background_dpi=drawn.background_dpi)


def test_images_have_the_sizes_and_resolutions_asked_for(drawn: DrawnScan) -> None:
    with open_raw(drawn.raw) as raw, open_raw(drawn.backgrounds[1]) as back:
        assert (raw.shape, raw.dpi) == ((HEIGHT, WIDTH), 2400)
        assert (back.shape, back.dpi) == ((HEIGHT // 2, WIDTH // 2), 1200)


def test_greys_are_those_of_a_real_log(drawn: DrawnScan) -> None:
    with open_raw(drawn.raw) as raw, open_raw(drawn.backgrounds[1]) as back:
        # On an image as small as this the last of the strips reaches into the frame.
        assert grey_range(raw).median == pytest.approx(54_921, rel=0.02)
        assert grey_range(back).median == pytest.approx(51_976, rel=0.02)


def test_the_frame_is_found_on_all_sides(vis1: Vis1) -> None:
    assert vis1.limits.not_found == ()


def test_exactly_the_objects_drawn_are_found_where_they_were_drawn(drawn: DrawnScan, vis1: Vis1) -> None:
    found = segment(vis1.image, min_area_px=esd_to_area_px(0.3, 2400), max_area_px=esd_to_area_px(100, 2400))
    assert len(found.regions) == len(drawn.objects) == OBJECTS
    assert not found.frame_closed
    unseen = list(drawn.objects)
    for region in found.regions:
        middle = region.row + region.height / 2, region.col + region.width / 2
        nearest = min(
            unseen, key=lambda one: np.hypot(one.row + one.height / 2 - middle[0], one.col + one.width / 2 - middle[1])
        )
        assert abs(nearest.row - region.row) <= 8
        assert abs(nearest.col - region.col) <= 8
        assert abs(nearest.height - region.height) <= 16
        assert abs(nearest.width - region.width) <= 16
        unseen.remove(nearest)


def test_equal_seeds_draw_equal_scans_and_others_do_not(drawn: DrawnScan, tmp_path: Path) -> None:
    again = draw_scan(tmp_path / "again", height=HEIGHT, width=WIDTH, objects=OBJECTS, seed=SEED)
    other = draw_scan(tmp_path / "other", height=HEIGHT, width=WIDTH, objects=OBJECTS, seed=SEED + 1)
    files = sorted(path.relative_to(drawn.folder) for path in drawn.folder.rglob("*") if path.is_file())
    assert len(files) == 10
    for file in files:
        assert (again.folder / file).read_bytes() == (drawn.folder / file).read_bytes(), file
    assert other.raw.read_bytes() != drawn.raw.read_bytes()


def test_about_one_of_twelve_is_two_organisms_that_touch() -> None:
    rng = np.random.default_rng(1)
    sprites = [draw_sprite(rng, pixel_mm=25.4 / 1200) for _ in range(400)]
    counts = Counter(sprite.organisms for sprite in sprites)
    assert set(counts) == {1, 2}
    assert 15 <= counts[2] <= 55
    assert {kind for sprite in sprites for kind in sprite.kind.split("+")} == set(KINDS)


@pytest.mark.parametrize("dpi", [600, 1200, 2400])
def test_every_organism_is_larger_than_the_smallest_that_is_measured(dpi: int) -> None:
    rng = np.random.default_rng(2)
    areas = [int((draw_sprite(rng, pixel_mm=25.4 / dpi).density > SEEN_DENSITY).sum()) for _ in range(150)]
    assert min(areas) >= esd_to_area_px(0.3, dpi)


def test_things_keep_apart() -> None:
    taken = np.zeros((HEIGHT, WIDTH), np.uint8)
    for one in place_sprites(HEIGHT, WIDTH, OBJECTS, seed=SEED, dpi=2400):
        rows, cols = one.sprite.density.shape
        taken[one.row - 4 : one.row + rows + 4, one.col - 4 : one.col + cols + 4] += 1
    assert taken.max() == 1


def test_more_objects_than_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="no room"):
        draw_scan(tmp_path, height=900, width=900, objects=300, seed=1)


def test_a_scan_too_small_to_hold_a_frame_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="too small"):
        draw_scan(tmp_path, height=300, width=900, objects=1, seed=1)
