"""Drawn beaches: as they were asked for, the same every time, and what is said of them is true."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import Geod, Transformer
from rasterio.errors import NotGeoreferencedWarning
from tests.data.litter.make import make_orthophoto

from pelagia.core.errors import BadParameter
from pelagia.core.ground import TILE_CLASSES
from pelagia.services.litter.sample import make_sample
from pelagia.services.litter.sample.drawing import Scene, draw_scene
from pelagia.services.litter.sample.litter import KINDS, LABELS, draw_litter
from pelagia.services.litter.sample.lookalikes import KINDS as LOOKALIKES
from pelagia.services.litter.sample.noise import View, draw_view, smooth, white
from pelagia.services.litter.sample.orthophoto import Form, Truth, draw_orthophoto
from pelagia.services.litter.sample.sprites import Sprite, bury, cut_out, lay
from pelagia.services.litter.sample.truth import HIGH_ITEMS, Tally, tile_edges

HIGH, LOW = TILE_CLASSES.index("litter high"), TILE_CLASSES.index("litter low")
FLAT = View(0.5, (0.0, 1.0), 0.0, 0.0)


def scene(seed: int, **changes: float) -> Scene:
    return draw_scene(np.random.default_rng(seed), 300, 420, **{"gsd_cm": 0.5, "littered": 0.3} | changes)


def pixels(path: Path) -> NDArray[np.float64]:
    with warnings.catch_warnings():
        # One of the tests is about files that do not say where they lie.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path) as file:
            return np.moveaxis(file.read(), 0, -1).astype(np.float64)


def centroid(with_marks: Path, without: Path, box: tuple[float, float, float, float]) -> tuple[float, float]:
    """Return the middle of a mark as its pixels show it: how far each is from the ground below to the mark's colour."""
    row, col, height, width = box
    part = np.s_[int(row) - 1 : math.ceil(row + height) + 1, int(col) - 1 : math.ceil(col + width) + 1]
    below, shown = pixels(without)[part], pixels(with_marks)[part]
    away = np.array([255.0, 0, 255]) - below
    share = ((shown - below) * away).sum(-1) / (away**2).sum(-1)
    rows, cols = np.mgrid[: share.shape[0], : share.shape[1]] + 0.5
    return (
        part[0].start + float((share * rows).sum() / share.sum()),
        part[1].start + float((share * cols).sum() / share.sum()),
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_scene_has_the_size_asked_for_and_a_class_for_each_tile_edges_included(seed: int) -> None:
    drawn = scene(seed)
    assert drawn.rgb.shape == (300, 420, 3) and drawn.rgb.dtype == np.uint8
    # 25.6 cm are 51.2 pixels.
    assert drawn.classes.shape == (6, 9) and drawn.classes.dtype == np.int8
    assert drawn.classes.min() >= 0 and drawn.classes.max() < len(TILE_CLASSES)


def test_equal_generators_draw_equal_scenes_and_others_draw_others() -> None:
    first, second, other = scene(5), scene(5), scene(6)
    assert np.array_equal(first.rgb, second.rgb) and first.items == second.items
    assert np.array_equal(first.classes, second.classes)
    assert not np.array_equal(first.rgb, other.rgb)


def test_items_lie_in_the_picture_and_have_a_label_of_what_they_are() -> None:
    items = [item for seed in range(8) for item in scene(seed).items]
    assert len(items) > 40
    for item in items:
        assert item.row >= 0 and item.row + item.height <= 300
        assert item.col >= 0 and item.col + item.width <= 420
        assert min(item.height, item.width) >= 1 and 0.3 <= item.visible <= 1
        assert KINDS[item.kind][0] == item.label
    assert {item.label for item in items} == set(LABELS)


def test_every_tile_with_the_middle_of_an_item_is_littered_and_crowded_ones_highly() -> None:
    for seed in range(8):
        drawn = scene(seed)
        pieces = np.zeros(drawn.classes.shape, int)
        down, along = tile_edges(300, 0.5), tile_edges(420, 0.5)
        for item in drawn.items:
            row = np.searchsorted(down, item.row + item.height / 2, "right") - 1
            col = np.searchsorted(along, item.col + item.width / 2, "right") - 1
            pieces[row, col] += 1
        assert np.isin(drawn.classes[pieces > 0], (HIGH, LOW)).all()
        assert (drawn.classes[pieces >= HIGH_ITEMS] == HIGH).all()


def test_the_share_of_littered_tiles_follows_what_is_asked() -> None:
    def share(littered: float) -> float:
        grids = [scene(seed, littered=littered).classes for seed in range(8)]
        return float(np.mean([np.isin(grid, (HIGH, LOW)).mean() for grid in grids]))

    assert share(0) == 0
    # Items reach into tiles beside their own, so that there are more than asked.
    assert 0.05 < share(0.1) < 0.25
    assert share(1) > 0.9


def test_all_eight_classes_are_drawn() -> None:
    seen = {int(one) for seed in range(40) for one in np.unique(scene(seed, littered=0.1).classes)}
    assert seen == set(range(len(TILE_CLASSES)))


def test_things_have_the_same_size_on_the_ground_at_every_resolution() -> None:
    def length_cm(gsd_cm: float) -> float:
        sides = [max(draw_litter(np.random.default_rng(seed), gsd_cm)[2].alpha.shape) for seed in range(60)]
        return float(np.mean(sides)) * gsd_cm

    # A pixel on each side belongs to what is only touched: 1.6 cm at the coarser one.
    assert length_cm(0.8) == pytest.approx(length_cm(0.2), abs=2)


@pytest.mark.parametrize("gsd_cm", [0.1, 0.82, 5.0])
def test_any_usual_resolution_can_be_drawn(gsd_cm: float) -> None:
    drawn = scene(1, gsd_cm=gsd_cm)
    assert drawn.classes.shape == (math.ceil(300 * gsd_cm / 25.6), math.ceil(420 * gsd_cm / 25.6))
    assert drawn.rgb.std() > 1


@pytest.mark.parametrize(("side", "gsd_cm", "said"), [(8, 0.5, "too small"), (400, 30.0, "too coarse")])
def test_what_cannot_be_seen_is_refused_with_a_remedy(side: int, gsd_cm: float, said: str) -> None:
    with pytest.raises(BadParameter, match=said) as refused:
        draw_scene(np.random.default_rng(0), side, 400, gsd_cm=gsd_cm)
    assert refused.value.remedy


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_litter_can_be_drawn_at_fine_and_coarse_resolution(kind: str) -> None:
    for gsd_cm in (0.1, 0.8, 5.0):
        sprite = KINDS[kind][2](np.random.default_rng(2), gsd_cm)
        assert sprite.rgb.shape == (*sprite.alpha.shape, 3)
        assert 0 < sprite.alpha.max() <= 1 and sprite.alpha.min() >= 0
        assert sprite.relief_cm > 0


def test_what_is_no_litter_names_a_class_of_the_ground() -> None:
    for number, (tile_class, share, draw) in enumerate(LOOKALIKES):
        assert tile_class in TILE_CLASSES[2:] and share > 0
        assert draw(np.random.default_rng(number), 0.5).alpha.max() > 0


def test_a_crop_of_a_photo_is_laid_down_like_what_is_drawn() -> None:
    def red_square(_rng: np.random.Generator, _gsd_cm: float) -> tuple[str, str, Sprite]:
        return "metal", "crop", cut_out(np.full((20, 30, 4), (250, 0, 0, 255), np.uint8))

    drawn = draw_scene(np.random.default_rng(3), 300, 420, gsd_cm=0.5, littered=0.2, draw_item=red_square)
    assert drawn.items and {(item.label, item.kind) for item in drawn.items} == {("metal", "crop")}
    whole = [item for item in drawn.items if item.visible == 1 and item.height == 20]
    assert whole
    item = max(whole, key=lambda one: one.width)
    red, green, _ = drawn.rgb[item.row + 5 : item.row + 15, item.col + 5 : item.col + item.width - 5].mean((0, 1))
    assert red > 2 * green


def test_a_thing_hides_the_ground_by_its_alpha_and_nothing_beside_it() -> None:
    ground = np.full((40, 40, 3), 100, np.uint8)
    sprite = Sprite(np.full((10, 10, 3), 200, np.uint8), np.full((10, 10), 0.5, np.float32), 0.0)
    covered = lay(ground, sprite, (35, 5), FLAT)
    assert covered is not None and covered[0] == (slice(35, 40), slice(5, 15))
    assert (ground[35:, 5:15] == 150).all()
    assert (np.delete(ground, np.s_[35:], 0) == 100).all()
    assert lay(ground, sprite, (40, 5), FLAT) is None


def test_a_shadow_falls_away_from_the_sun() -> None:
    ground = np.full((60, 60, 3), 200, np.uint8)
    sprite = Sprite(np.full((10, 10, 3), 200, np.uint8), np.ones((10, 10), np.float32), 5.0)
    lay(ground, sprite, (25, 25), View(0.5, (0.0, 1.0), 1.0, 0.6))
    assert ground[25:35, 36:42].mean() < 170 < 199 < ground[25:35, 10:20].mean()


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_so_much_of_a_thing_is_buried_as_asked(share: float) -> None:
    sprite = Sprite(np.zeros((60, 80, 3), np.uint8), np.ones((60, 80), np.float32), 1.0)
    shown = [bury(np.random.default_rng(seed), sprite, share).mean() for seed in range(6)]
    assert float(np.mean(shown)) == pytest.approx(1 - share, abs=0.06)


def test_mirror_images_are_eight_and_keep_all_pixels() -> None:
    sprite = draw_litter(np.random.default_rng(4), 0.5)[2]
    images = [sprite.mirrored(which) for which in range(8)]
    assert len({image.alpha.tobytes() + str(image.alpha.shape).encode() for image in images}) == 8
    assert all(image.alpha.sum() == pytest.approx(sprite.alpha.sum(), rel=1e-5) for image in images)


def test_noise_has_mean_0_and_standard_deviation_1() -> None:
    noise = white(np.random.default_rng(0), (400, 400))
    assert abs(float(noise.mean())) < 0.01 and float(noise.std()) == pytest.approx(1, abs=0.01)


def test_coarser_noise_changes_more_slowly() -> None:
    steps = [
        float(np.abs(np.diff(smooth(np.random.default_rng(1), (300, 300), cell), axis=0)).mean())
        for cell in (1, 4, 16, 64)
    ]
    assert steps == sorted(steps, reverse=True) and steps[0] > 10 * steps[-1]


def test_the_sun_throws_shadows_in_one_direction_of_unit_length() -> None:
    for seed in range(5):
        view = draw_view(np.random.default_rng(seed), 0.4)
        assert math.hypot(*view.sun) == pytest.approx(1) and view.px(4) == pytest.approx(10)


def test_parts_counted_one_by_one_give_the_same_as_the_whole() -> None:
    rng = np.random.default_rng(0)
    kinds = rng.integers(2, 8, (230, 310)).astype(np.uint8)
    owners = np.zeros((230, 310), np.int32)
    owners[90:140, 120:190], owners[10:14, 300:310] = 1, 2
    whole, parts = (Tally(owners.shape, 0.5, [3500, 40]) for _ in range(2))
    whole.add(kinds, owners)
    for row in (0, 100, 200):
        for col in (0, 100, 200, 300):
            part = np.s_[row : row + 100, col : col + 100]
            parts.add(kinds[part].copy(), owners[part].copy(), (row, col))
    assert parts.seen() == whole.seen()
    assert [(one.row, one.col, one.height, one.width) for one in whole.seen()] == [(90, 120, 50, 70), (10, 300, 4, 10)]
    assert np.array_equal(parts.classes(), whole.classes())


@pytest.fixture(scope="module")
def beach(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    # Larger than a block on one side, so that there is a seam.
    return make_orthophoto(tmp_path_factory.mktemp("beach") / "beach.tif", height=700, width=1500)


def test_an_orthophoto_has_the_size_and_place_asked_for_in_tiles(beach: Truth) -> None:
    with rasterio.open(beach.path) as file:
        assert (file.height, file.width, file.count, file.dtypes[0]) == (700, 1500, 3, "uint8")
        assert file.block_shapes[0] == (512, 512) and file.crs.to_epsg() == 32748
        assert tuple(file.transform)[:6] == beach.transform
        assert file.res == (0.005, 0.005)


def test_litter_lies_on_about_as_many_tiles_as_asked_and_together(beach: Truth) -> None:
    littered = beach.classes < 2
    assert 0.08 < littered.mean() < 0.25
    below = littered[1:] & littered[:-1]
    # Tiles at random would lie below each other in the square of their share.
    assert below.mean() > 2 * littered.mean() ** 2


def test_what_is_said_of_an_orthophoto_is_where_it_was_drawn(beach: Truth) -> None:
    empty = make_orthophoto(beach.path.with_name("empty.tif"), height=700, width=1500, littered=0)
    assert empty.items == () and (empty.classes >= 2).all()
    assert len(beach.items) > 20
    a, b, c, d, e, f = beach.transform
    for item in beach.items:
        assert item.x == pytest.approx(a * item.col_middle + b * item.row_middle + c, abs=1e-6)
        assert item.y == pytest.approx(d * item.col_middle + e * item.row_middle + f, abs=1e-6)


@pytest.mark.parametrize("epsg", [32748, 32632, 3857, 4326, None])
@pytest.mark.parametrize("turn_deg", [0.0, 17.0])
def test_marks_lie_where_the_truth_says_to_a_twentieth_of_a_pixel(
    tmp_path: Path, epsg: int | None, turn_deg: float
) -> None:
    marked = make_orthophoto(
        tmp_path / "m.tif", height=200, width=260, epsg=epsg, form=Form(marks=6, turn_deg=turn_deg)
    )
    below = make_orthophoto(tmp_path / "b.tif", height=200, width=260, epsg=epsg, form=Form(turn_deg=turn_deg))
    assert len(marked.marks) == 6
    checked = 0
    for mark in marked.marks:
        others = [one for one in marked.marks if one is not mark]
        if any(abs(mark.row - one.row) < 14 and abs(mark.col - one.col) < 14 for one in others):
            continue
        row, col = centroid(marked.path, below.path, (mark.row, mark.col, mark.height, mark.width))
        assert (row, col) == pytest.approx((mark.row_middle, mark.col_middle), abs=0.05)
        if epsg is not None:
            with rasterio.open(marked.path) as file:
                back = ~file.transform @ (mark.x, mark.y)
            assert back == pytest.approx((mark.col_middle, mark.row_middle), abs=1e-3)
        checked += 1
    assert checked >= 3


def test_a_pixel_is_as_large_as_said_where_the_map_is_in_degrees(tmp_path: Path) -> None:
    drawn = make_orthophoto(tmp_path / "degrees.tif", height=200, width=200, epsg=4326, gsd_cm=5)
    transform = Affine(*drawn.transform)
    geod = Geod(ellps="WGS84")
    for end in ((200, 0), (0, 200)):
        (lon, lat), (to_lon, to_lat) = transform @ (0, 0), transform @ end
        assert geod.inv(lon, lat, to_lon, to_lat)[2] == pytest.approx(10, rel=1e-4)


@pytest.mark.parametrize(("bands", "bits"), [(4, 8), (3, 16), (4, 16)])
def test_other_forms_show_the_same_ground(tmp_path: Path, bands: int, bits: int) -> None:
    plain = make_orthophoto(tmp_path / "plain.tif", height=120, width=150)
    form = make_orthophoto(tmp_path / "form.tif", height=120, width=150, form=Form(bands=bands, bits=bits))
    with rasterio.open(form.path) as file:
        assert (file.count, file.dtypes[0]) == (bands, f"uint{bits}")
    scale = 257 if bits == 16 else 1
    assert np.array_equal(pixels(form.path)[..., :3], pixels(plain.path) * scale)


@pytest.mark.parametrize("bands", [3, 4])
def test_a_border_without_ground_says_so_and_hides_what_lies_there(tmp_path: Path, bands: int) -> None:
    drawn = make_orthophoto(tmp_path / "border.tif", height=700, width=800, form=Form(bands=bands, border=0.15))
    with rasterio.open(drawn.path) as file:
        shown = file.dataset_mask() > 0
    assert not shown[0].any() and not shown[:, -1].any() and shown[300:400, 350:450].all()
    assert 0.3 < shown.mean() < 0.75
    assert drawn.items
    for item in drawn.items:
        part = np.s_[int(item.row) : int(item.row + item.height), int(item.col) : int(item.col + item.width)]
        assert shown[part].any()


def test_equal_seeds_draw_equal_orthophotos(tmp_path: Path) -> None:
    one, two = (make_orthophoto(tmp_path / name, height=150, width=200, seed=3) for name in ("a.tif", "b.tif"))
    other = make_orthophoto(tmp_path / "c.tif", height=150, width=200, seed=4)
    assert one.path.read_bytes() == two.path.read_bytes() and one.items == two.items
    assert one.path.read_bytes() != other.path.read_bytes()


@pytest.mark.parametrize("form", [Form(bands=2), Form(bits=12), Form(bits=16)])
def test_forms_that_cannot_be_written_are_refused(tmp_path: Path, form: Form) -> None:
    with pytest.raises(BadParameter, match="form"):
        draw_orthophoto(tmp_path / "no.tif", height_px=100, width_px=100, form=form)
    assert not (tmp_path / "no.tif").exists()


PEAK = """
import re, sys
from pathlib import Path
from pelagia.services.litter.sample.orthophoto import draw_orthophoto
draw_orthophoto(Path(sys.argv[1]), height_px=6000, width_px=7000, gsd_cm=0.5, littered=0.05)
# Not of getrusage, which starts from the memory of the process that started this one.
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1))
"""


def test_a_large_orthophoto_is_drawn_in_less_than_300_mb(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(tmp_path / "large.tif")], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) / 1000 < 300


def test_the_sample_is_an_orthophoto_with_a_survey_line_on_it(tmp_path: Path) -> None:
    sample = make_sample(tmp_path)
    (pictures,), (survey,) = sample.inputs["pictures"], sample.inputs["survey"]
    (picture,) = (tmp_path / pictures).iterdir()
    with rasterio.open(picture) as file:
        bounds = file.bounds
        to_map = Transformer.from_crs(4326, file.crs, always_xy=True).transform
        assert file.res == (0.005, 0.005)
    (feature,) = json.loads((tmp_path / survey).read_text())["features"]
    ends = [to_map(*point) for point in feature["geometry"]["coordinates"]]
    assert math.dist(*ends) == pytest.approx(15, abs=0.01)
    assert all(bounds.left < x < bounds.right and bounds.bottom - 0.01 < y < bounds.top + 0.01 for x, y in ends)
