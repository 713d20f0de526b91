"""Drawn footage: as it was asked for, the same every time, and what is said of it is true."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pelagia.core.errors import BadParameter
from pelagia.services.ecosystem.sample import make_sample
from pelagia.services.ecosystem.sample.filming import Film, Scene, draw_clip, draw_stills
from pelagia.services.ecosystem.sample.reef import Reef
from pelagia.services.ecosystem.sample.sprites import LOBSTER, OPENING, SWIMMERS
from pelagia.services.ecosystem.sample.tow import Tow
from pelagia.services.ecosystem.sample.truth import Bad, Truth
from pelagia.services.ecosystem.sample.visits import Visit, draw_visits

REEF = Reef(height_px=180, width_px=320, frames_per_s=10, duration_s=4, seed=3)
TOW = Tow(height_px=180, width_px=320, frames_per_s=10, duration_s=12, seed=2, systems_per_m2=2, snow=0, grain=0)
CROSSING = (
    Visit("Diplodus vulgaris", 0, 4, row=0.5, length=0.25, haze=0.3),
    Visit("Coris julis", 0, 4, row=0.5, length=0.2, to_left=True, haze=0.1),
)


def frames(scene: Scene) -> tuple[Truth, list[NDArray[np.uint8]]]:
    """Return the truth and the brightness of each frame, not compressed."""
    truth = Truth(scene.height_px, scene.width_px, scene.frames_per_s)
    count = round(scene.duration_s * scene.frames_per_s)
    times = iter([number / scene.frames_per_s for number in range(count)])
    return truth, [canvas.luma.copy() for canvas in scene.draw(truth, times)]


@pytest.mark.parametrize(("scene", "name"), [(REEF, "a.mp4"), (TOW, "a.mkv")])
def test_a_clip_has_the_frames_it_was_asked_for_at_the_times_told(scene: Scene, name: str, tmp_path: Path) -> None:
    truth = draw_clip(tmp_path / name, scene, Film(key_every_s=1, between=2))
    with av.open(str(tmp_path / name)) as container:
        shown = [(frame.time, frame.height, frame.width, frame.key_frame) for frame in container.decode(video=0)]
    assert [round(time, 2) for time, *_ in shown] == [round(time, 2) for time in truth.times_s]
    assert len(shown) == round(scene.duration_s * 10)
    assert {(height, width) for _, height, width, _ in shown} == {(180, 320)}
    assert [number for number, (*_, is_key) in enumerate(shown) if is_key] == list(range(0, len(shown), 10))


def test_equal_scenes_give_equal_files(tmp_path: Path) -> None:
    scene = replace(REEF, visits=draw_visits(1, 4))
    for name in ("a.mp4", "b.mp4"):
        draw_clip(tmp_path / name, scene)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_camera_that_loses_frames_keeps_the_times_of_the_others(tmp_path: Path) -> None:
    truth = draw_clip(tmp_path / "a.mp4", REEF, Film(dropped=0.4))
    with av.open(str(tmp_path / "a.mp4")) as container:
        times = [round(frame.time, 3) for frame in container.decode(video=0)]
    assert times == [round(time, 3) for time in truth.times_s]
    assert times[0] == 0 and 10 < len(times) < 35
    assert len(set(np.diff(times).round(2))) > 1


@pytest.mark.parametrize("taxon", SWIMMERS)
@pytest.mark.parametrize("to_left", [False, True])
def test_a_box_is_around_what_differs_from_the_empty_scene(taxon: str, to_left: bool) -> None:
    empty = replace(REEF, snow=0, grain=0, flicker=0, weeds=0)
    visit = Visit(taxon, 0.5, 3.5, row=0.4, length=0.25, to_left=to_left)
    truth, shown = frames(replace(empty, visits=(visit,)))
    _, without = frames(empty)
    assert {one.frame for one in truth.seen} <= set(range(5, 36))
    whole = [one for one in truth.seen if one.visible > 0.999]
    assert len(whole) > 10
    for one in whole:
        differs = cv2.absdiff(shown[one.frame], without[one.frame]) > 12
        outside = differs.copy()
        top, left = int(one.row_px), int(one.col_px)
        outside[max(0, top - 2) : top + int(one.height_px) + 2, max(0, left - 2) : left + int(one.width_px) + 2] = False
        assert not outside.any()
        assert differs[top : top + int(one.height_px), left : left + int(one.width_px)].mean() > 0.1
    middles = [one.col_px + one.width_px / 2 for one in whole]
    assert (np.diff(middles) < 0).all() if to_left else (np.diff(middles) > 0).all()


def test_an_animal_that_comes_in_is_cut_at_the_edge_and_grows() -> None:
    truth, _ = frames(replace(REEF, visits=(Visit("Diplodus vulgaris", 0, 4, length=0.3),)))
    coming = [one for one in truth.seen if one.time_s < 0.8]
    assert all(one.col_px == 0 for one in coming)
    assert [one.visible for one in coming] == sorted(one.visible for one in coming)
    assert coming[0].visible < 0.5


def test_animals_that_cross_hide_each_other_and_keep_their_identity() -> None:
    truth, _ = frames(replace(REEF, visits=CROSSING))
    behind = [one for one in truth.seen if one.identity == 1 and 1 < one.time_s < 3]
    front = [one for one in truth.seen if one.identity == 2 and 1 < one.time_s < 3]
    assert min(one.visible for one in behind) < 0.75
    assert min(one.visible for one in front) > 0.999
    assert {one.taxon for one in behind} == {"Diplodus vulgaris"}
    assert truth.max_n("Diplodus vulgaris") == truth.max_n("Coris julis") == 1
    assert [event.identity for event in truth.events] == [1, 2]


def test_visits_fill_the_share_of_the_time_they_were_asked_to() -> None:
    for seed in range(5):
        visits = draw_visits(seed, 600, share=0.05)
        times = np.arange(0, 600, 0.1)
        there = sum((times >= one.start_s) & (times <= one.end_s) for one in visits) > 0
        assert there.mean() == pytest.approx(0.05, abs=0.005)
        assert max(one.end_s for one in visits) <= 600


def test_an_animal_that_turns_leaves_where_it_came_from() -> None:
    visit = Visit("Chromis chromis", 0, 4, turns=True)
    going, coming = visit.at(1.0), visit.at(3.0)
    assert going is not None and coming is not None
    assert going[1] == pytest.approx(coming[1])
    assert (going[2], coming[2]) == (False, True)
    assert visit.at(4.1) is None


def test_bad_stretches_look_as_they_are_called() -> None:
    kinds = ("dark", "overexposed", "blurred", "frozen", "turbid")
    bad = tuple(Bad(kind, number, number + 0.95) for number, kind in enumerate(kinds, 1))
    truth, shown = frames(replace(REEF, duration_s=6, bad=bad, visits=draw_visits(1, 6, share=1)))
    parts = {name: shown[10 * n + 1 : 10 * n + 9] for n, name in enumerate(("good", *kinds))}
    light = {name: float(np.mean(part)) for name, part in parts.items()}
    sharp = {name: cv2.Laplacian(part[0], cv2.CV_32F).var() for name, part in parts.items()}
    moving = {
        name: float(np.mean([cv2.absdiff(a, b).mean() for a, b in pairwise(part)])) for name, part in parts.items()
    }
    assert light["dark"] < 30 < 60 < light["good"] < 150 < 220 < light["overexposed"]
    assert sharp["blurred"] < sharp["good"] / 10
    assert moving["frozen"] == 0 < moving["good"]
    assert np.std(parts["turbid"][0]) != pytest.approx(np.std(parts["good"][0]), rel=0.1)
    assert [one.kind for one in truth.bad] == list(kinds)


def test_the_ground_moves_as_the_poses_say() -> None:
    still = replace(TOW, yaw_rad=0, heave=0, lasers_m=0, systems_per_m2=0, lobsters_per_m2=0)
    truth, shown = frames(still)
    for number in (10, 40, 70):
        before, after = truth.poses[number], truth.poses[number + 1]
        window = cv2.createHanningWindow((320, 180), cv2.CV_32F)
        (col, row), _ = cv2.phaseCorrelate(
            shown[number].astype(np.float32), shown[number + 1].astype(np.float32), window
        )
        assert row * truth.metres_per_px == pytest.approx(after.along_m - before.along_m, abs=0.002)
        assert -col * truth.metres_per_px == pytest.approx(after.across_m - before.across_m, abs=0.002)
    assert truth.distance_m == pytest.approx(still.speed_m_s * 12, rel=0.1)


def test_what_lies_on_the_ground_crosses_the_line_where_and_when_its_boxes_do() -> None:
    truth, _ = frames(TOW)
    crossed = [one for one in truth.placed if one.crossed_s is not None]
    assert len(crossed) > 5
    for one in crossed:
        boxes = [seen for seen in truth.seen if seen.identity == one.identity and seen.visible > 0.95]
        if len(boxes) < 3:
            continue
        middles = np.array([seen.row_px + seen.height_px / 2 for seen in boxes]) - truth.line * truth.height_px
        times = np.array([seen.time_s for seen in boxes])
        if middles[0] < 0 < middles[-1]:
            assert float(np.interp(0, middles, times)) == pytest.approx(one.crossed_s, abs=0.12)
    beside = [one for one in truth.placed if abs(one.across_m) > TOW.field_of_view_m / 2 + 0.15]
    assert beside and all(one.crossed_s is None for one in beside)


def test_openings_of_a_system_lie_together_and_systems_are_as_dense_as_asked() -> None:
    found, area = 0, 0.0
    for seed in range(6):
        scene = replace(TOW, duration_s=60, frames_per_s=0.2, seed=seed)
        truth, _ = frames(scene)
        systems: dict[str, list[tuple[float, float]]] = {}
        for one in truth.placed:
            if one.taxon == OPENING:
                systems.setdefault(one.system_id, []).append((one.along_m, one.across_m))
        for places in systems.values():
            assert 2 <= len(places) <= 5
            assert np.ptp(np.array(places), axis=0).max() <= scene.system_m
        middles = [np.mean(places, axis=0) for places in systems.values()]
        found += sum(0 <= along < 21 and abs(across) < 0.5 for along, across in middles)
        area += 21.0
    # Poisson: three standard errors of about 252 systems.
    assert found / area == pytest.approx(2.0, abs=3 * (2 / area) ** 0.5)


def test_the_laser_points_are_as_far_apart_as_told_and_the_clock_is_drawn() -> None:
    clock = datetime(2022, 6, 14, 10, 20, 33, tzinfo=UTC)
    scene = replace(TOW, heave=0, systems_per_m2=0, lobsters_per_m2=0)
    truth, shown = frames(scene)
    row = shown[3][truth.height_px // 2 + 1].astype(int)
    bright = np.flatnonzero(row > row.mean() + 50)
    assert (bright.max() - bright.min()) * truth.metres_per_px == pytest.approx(0.6, abs=0.03)
    _, timed = frames(replace(scene, clock=clock))
    differs = cv2.absdiff(timed[3], shown[3]) > 0
    assert differs[:20].any() and not differs[40:].any()


def test_a_tow_shows_lobsters_too() -> None:
    truth, _ = frames(replace(TOW, lobsters_per_m2=1.0))
    assert LOBSTER in {one.taxon for one in truth.seen}


def test_the_truth_comes_back_from_its_file(tmp_path: Path) -> None:
    truth, _ = frames(replace(TOW, bad=(Bad("dark", 1, 2),)))
    truth.save(tmp_path / "truth.json")
    assert Truth.load(tmp_path / "truth.json") == truth


def test_interesting_time_counts_what_overlaps_once() -> None:
    truth, _ = frames(replace(REEF, visits=CROSSING))
    first, second = truth.events
    assert truth.interesting_s() == pytest.approx(
        max(first.end_s, second.end_s) - min(first.start_s, second.start_s), abs=1e-9
    )


def test_stills_are_named_by_their_time(tmp_path: Path) -> None:
    started = datetime(2024, 4, 22, 8, tzinfo=UTC)
    truth = draw_stills(tmp_path, REEF, [1.0, 61.0], started, "%Y%m%d-%H%M%S-cam.jpg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["20240422-080001-cam.jpg", "20240422-080101-cam.jpg"]
    assert truth.times_s == [1.0, 61.0]
    assert cv2.imread(str(tmp_path / "20240422-080001-cam.jpg")).shape == (180, 320, 3)


@pytest.mark.parametrize("size", [(181, 320), (180, 321), (32, 320)])
def test_a_size_that_cannot_be_drawn_is_refused(size: tuple[int, int], tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="even sides"):
        draw_clip(tmp_path / "a.mp4", replace(REEF, height_px=size[0], width_px=size[1]))


def test_the_sample_is_small_and_says_when_and_where(tmp_path: Path) -> None:
    sample = make_sample(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 4_000_000
    assert sum(path.suffix == ".jpg" for path in files) == 6
    assert all((tmp_path / path).exists() for paths in sample.inputs.values() for path in paths)
