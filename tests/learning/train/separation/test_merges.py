from __future__ import annotations

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.learning.train.separation.drawn import region_of, vignette

torch = pytest.importorskip("torch")

from pelagia.imaging.cuts import Cut  # noqa: E402
from pelagia.imaging.segmentation import find_regions  # noqa: E402
from pelagia.learning.train.separation.measure import measure_separation, outcome, summarise  # noqa: E402
from pelagia.learning.train.separation.merges import Look, Merge, make_merges  # noqa: E402
from pelagia.learning.train.separation.sources import Organism, Wanted, pool_of, read_organisms  # noqa: E402
from pelagia.learning.train.separation.targets import target_maps  # noqa: E402

pytestmark = pytest.mark.training

LOOK = Look(shares=(0.3, 0.4, 0.3), esd_px=(30, 60))


@pytest.fixture(scope="module")
def organisms() -> list[Organism]:
    rng = np.random.default_rng(1)
    return [Organism(region=region_of(vignette(rng)), class_name="a", name=str(i), group=str(i)) for i in range(12)]


@pytest.fixture(scope="module")
def merges(organisms: list[Organism]) -> list[Merge]:
    return list(islice(make_merges(organisms, LOOK, np.random.default_rng(2)), 40))


def two_discs() -> Merge:
    truth = np.zeros((2, 50, 100), bool)
    for number, col in enumerate((25, 74)):
        canvas = np.zeros(truth[number].shape, np.uint8)
        cv2.circle(canvas, (col, 25), 25, 1, -1)
        truth[number] = canvas > 0
    union = truth.any(axis=0)
    (region,) = find_regions(
        np.pad(np.where(union, 90, 255).astype(np.uint8), 5, constant_values=255), min_area_px=1, max_area_px=10**6
    )
    return Merge(region=region, organisms=truth[:, : region.height, : region.width])


def test_a_merge_is_one_object_that_holds_every_organism(merges: list[Merge]) -> None:
    assert {merge.count for merge in merges} == {1, 2, 3}
    for merge in merges:
        scan = np.pad(np.where(merge.region.filled, merge.region.grey, 255).astype(np.uint8), 2, constant_values=255)
        (found,) = find_regions(scan, min_area_px=1, max_area_px=scan.size)
        assert np.array_equal(found.filled, merge.region.filled)
        assert not (merge.organisms & ~merge.region.filled).any()
        assert (merge.organisms.sum(axis=(1, 2)) >= 0.85 * LOOK.least_area_px).all()


def test_organisms_overlap_by_no_more_than_was_asked_for(merges: list[Merge]) -> None:
    shares = []
    for merge in merges:
        shared = merge.organisms.sum(axis=0) > 1
        smallest = merge.organisms.sum(axis=(1, 2)).min()
        shares.append(shared.sum() / smallest)
    assert max(shares) < 0.4  # several may lie on one, each by 12 % of its own and a step of 2 px
    assert np.median(shares) < LOOK.overlap


def test_light_is_weaker_where_organisms_overlap(merges: list[Merge]) -> None:
    differences = []
    for merge in merges:
        covered = merge.organisms.sum(axis=0)
        if merge.count > 1 and (covered > 1).sum() > 30:
            grey = merge.region.grey.astype(float)
            differences.append(grey[covered > 1].mean() - grey[covered == 1].mean())
    assert len(differences) >= 3
    assert np.mean(differences) < 0


def test_the_same_seed_gives_the_same_merges(organisms: list[Organism]) -> None:
    first, second = (list(islice(make_merges(organisms, LOOK, np.random.default_rng(9)), 5)) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert np.array_equal(a.region.grey, b.region.grey)
        assert np.array_equal(a.organisms, b.organisms)


def test_the_parts_of_a_merge_cover_it_and_each_holds_what_is_its_own(merges: list[Merge]) -> None:
    for merge in merges:
        parts = merge.parts()
        assert np.array_equal(parts > 0, merge.region.filled)
        alone = merge.organisms & (merge.organisms.sum(axis=0) == 1)
        for number, own in enumerate(alone):
            assert (parts[own] == number + 1).all()


def test_the_maps_to_learn_show_a_contact_where_there_is_one_and_one_middle_an_organism(merges: list[Merge]) -> None:
    for merge in merges:
        contact, core = np.moveaxis(target_maps(merge, 96), -1, 0)
        assert (contact.max() > 200) == (merge.count > 1)
        assert core.max() > 180


def test_a_right_line_gives_the_full_count_and_a_high_match() -> None:
    merge = two_discs()
    middle = merge.region.col + 49.5
    cut = Cut(points=((merge.region.row - 5.0, middle), (merge.region.row + 60.0, middle)), source="person")
    (right,) = measure_separation([merge], lambda _: [cut], min_area_px=100)
    assert (right.organisms, right.parts, right.matched) == (2, 2, 2)
    assert right.iou > 1.8
    (whole,) = measure_separation([merge], lambda _: [], min_area_px=100)
    assert (whole.parts, whole.matched) == (1, 1)  # what was left whole is half right
    assert whole.iou == pytest.approx(0.5)
    assert whole.quality < 0.4 < 0.9 < right.quality


def test_an_object_cut_to_pieces_too_small_to_be_one_is_lost() -> None:
    merge = two_discs()
    lost = outcome(merge, [])
    assert (lost.parts, lost.matched, lost.iou, lost.quality) == (0, 0, 0, 0)


def test_the_figures_of_merit_follow_from_the_outcomes() -> None:
    merge = two_discs()
    whole = outcome(merge, [merge.region])
    single = Merge(region=merge.region, organisms=merge.region.filled[None])
    kept = outcome(single, [single.region])
    merit = summarise([whole, kept, kept, kept], np.random.default_rng(0))
    assert (merit.merges, merit.organisms) == (4, 5)
    assert merit.count_error == 0.25
    assert merit.right_count == 0.75
    assert merit.matched == pytest.approx(4 / 5)
    assert merit.matched_iou == pytest.approx(3.5 / 4)
    assert merit.quality == pytest.approx((1 / 3 + 3) / 4)
    assert merit.quality_low <= merit.quality <= merit.quality_high
    assert merit.singles_cut == 0
    assert merit.whole_merges == 1


def test_only_whole_single_objects_are_read_and_lookalikes_are_one_group(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    one = vignette(rng)
    cut = vignette(rng)[:, 25:]
    crowd = np.hstack([vignette(rng), vignette(rng)])
    for name, image in {"b/one": one, "b/same": one, "b/cut": cut, "b/crowd": crowd, "c/other": one}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / f"{name}.png"), image)
    found = read_organisms(tmp_path, Wanted(without=("c",)))
    assert [organism.name for organism in found] == ["b/one.png", "b/same.png"]
    assert {organism.group for organism in found} == {"b/one.png"}
    assert 0 <= pool_of("b/one.png", 20) < 20
    assert len({pool_of(str(i), 20) for i in range(400)}) == 20
