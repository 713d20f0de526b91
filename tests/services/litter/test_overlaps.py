"""The same item on two photos counts once; different items never become one by chance."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from pelagia.io.rasters.picture import Picture
from pelagia.services.litter.overlaps import mark_duplicates, match, overlapping

CRS = "EPSG:32748"


def photo(name, west, north, area="beach", error_m=3.0, gsd_cm=0.5, size_px=4000):
    gsd_m = gsd_cm / 100
    return Picture(
        image_id=name,
        file=f"{name}.jpg",
        path=f"{name}.jpg",
        area_id=area,
        kind="photo",
        height_px=size_px,
        width_px=size_px,
        bands=3,
        dtype="uint8",
        gsd_cm=gsd_cm,
        crs=CRS,
        transform=(gsd_m, 0.0, west, 0.0, -gsd_m, north),
        position_error_m=error_m,
    )


def items(picture, points, seen_as=(0.0, 0.0)):
    return [
        {
            "object_id": f"{picture.image_id}_{number}",
            "image_id": picture.image_id,
            "easting_m": east + seen_as[0],
            "northing_m": north + seen_as[1],
            "crs": CRS,
            "length_m": 0.1,
            "latitude": 0.0,
            "longitude": 0.0,
            "duplicate_of": None,
        }
        for number, (east, north) in enumerate(points, start=1)
    ]


@pytest.fixture
def ground():
    rng = np.random.default_rng(4)
    return rng.uniform([500_000, 9_000_000], [500_030, 9_000_020], (120, 2))


def on(picture, ground):
    transform = picture.transform
    side = picture.width_px * transform[0]
    inside = (ground >= [transform[2], transform[5] - side]).all(axis=1) & (
        ground < [transform[2] + side, transform[5]]
    ).all(axis=1)
    return [tuple(point) for point in ground[inside]]


def test_items_of_two_photos_metres_apart_by_their_positions_are_matched_and_each_counts_once(ground):
    first, second = photo("a", 500_000, 9_000_020), photo("b", 500_010, 9_000_020)
    seen = items(first, on(first, ground)) + items(second, on(second, ground), seen_as=(2.1, -1.4))
    mark_duplicates(seen, [first, second], None)
    assert sum(item["duplicate_of"] is None for item in seen) == len(ground)
    again = [item for item in seen if item["duplicate_of"]]
    assert {item["image_id"] for item in again} == {"b"}
    assert len({item["duplicate_of"] for item in again}) == len(again)


def test_an_item_of_three_photos_counts_once_though_the_first_and_the_last_do_not_meet():
    row = [photo(name, 500_000 + east, 9_000_020, error_m=0.02) for name, east in (("a", 0), ("b", 15), ("c", 30))]
    point = [(500_019.0, 9_000_010.0)]
    far = [(500_033.0, 9_000_010.0)]
    seen = items(row[0], point) + items(row[1], point + far) + items(row[2], far)
    mark_duplicates(seen, row, None)
    assert [item["duplicate_of"] is None for item in seen] == [True, False, True, False]


def test_photos_of_other_areas_and_photos_that_do_not_meet_are_left_alone(ground):
    apart = [photo("a", 500_000, 9_000_020), photo("b", 500_100, 9_000_020)]
    assert overlapping(apart) == []
    other = [photo("a", 500_000, 9_000_020), photo("b", 500_000, 9_000_020, area="river")]
    assert overlapping(other) == []
    seen = items(other[0], on(other[0], ground)) + items(other[1], on(other[1], ground))
    mark_duplicates(seen, other, None)
    assert all(item["duplicate_of"] is None for item in seen)


def test_photos_on_two_sides_of_the_earth_do_not_overlap():
    far = replace(photo("b", 200_000, 9_470_000), crs="EPSG:32733")
    near = [photo("a", 500_000, 9_000_020), photo("c", 500_010, 9_000_020)]
    pairs = overlapping([near[0], far, near[1]])
    assert [(first.image_id, second.image_id) for first, second, _ in pairs] == [("a", "c")]


def test_many_items_that_agree_on_no_shift_are_not_made_one():
    rng = np.random.default_rng(5)
    ones, others = rng.uniform(0, 20, (60, 2)), rng.uniform(0, 20, (60, 2))
    assert match(ones, others, np.full(60, 0.1), np.full(60, 0.1), 8.0) == []


def test_a_single_item_within_reach_is_the_same():
    assert match(np.array([[0.0, 0.0]]), np.array([[1.5, 0.5]]), np.zeros(1), np.zeros(1), 4.0) == [(0, 0)]
    assert match(np.array([[0.0, 0.0]]), np.array([[5.0, 0.5]]), np.zeros(1), np.zeros(1), 4.0) == []


def test_where_positions_are_known_well_no_shift_need_be_agreed_on():
    rng = np.random.default_rng(6)
    ones = rng.uniform(0, 20, (40, 2))
    pairs = match(ones, ones[:20] + 0.05, np.full(40, 0.1), np.full(20, 0.1), 0.3)
    assert sorted(pairs) == [(number, number) for number in range(20)]


def test_an_item_that_only_the_last_of_three_photos_shows_counts_as_one_more():
    row = [photo(name, 500_000 + east, 9_000_020) for name, east in (("a", 0), ("b", 2), ("c", 4))]
    seen = (500_012.0, 9_000_010.0)
    more = (500_015.0, 9_000_012.0)
    found = items(row[0], [seen]) + items(row[1], [seen]) + items(row[2], [seen, more])
    mark_duplicates(found, row, None)
    assert [item["duplicate_of"] for item in found] == [None, "a_1", "a_1", None]


def test_beside_an_item_that_all_photos_show_another_one_is_not_taken_for_it():
    row = [photo(name, 500_000 + east, 9_000_020, error_m=0.02) for name, east in (("a", 0), ("b", 2), ("c", 4))]
    seen, beside = (500_012.0, 9_000_010.0), (500_012.2, 9_000_010.0)
    found = items(row[0], [seen]) + items(row[1], [seen]) + items(row[2], [seen, beside])
    mark_duplicates(found, row, None)
    assert [item["duplicate_of"] for item in found] == [None, "a_1", "a_1", None]


def test_ten_thousand_items_of_two_orthophotos_are_matched_in_little_memory():
    side = np.arange(100) * 0.5
    ones = np.column_stack([part.ravel() for part in np.meshgrid(side, side)])
    others = ones[::-1] + np.array([0.04, -0.03])
    tracemalloc.start()
    pairs = match(ones, others, np.full(10_000, 0.1), np.full(10_000, 0.1), 0.3)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sorted(pairs) == [(number, 9_999 - number) for number in range(10_000)]
    assert most < 100e6


def test_where_everything_is_within_reach_of_everything_the_shift_is_still_found():
    rng = np.random.default_rng(7)
    ones = rng.uniform(0, 30, (1_500, 2))
    tracemalloc.start()
    pairs = match(ones, ones + np.array([3.0, -2.0]), np.full(1_500, 0.1), np.full(1_500, 0.1), 100.0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sorted(pairs) == [(number, number) for number in range(1_500)]
    assert most < 300e6
