from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.imaging.swimming import OPTIONS, WIDTH, Scene, boxes_at, judge, swim

from pelagia.imaging.camera_motion import STILL, UNKNOWN_MOTION, Motion
from pelagia.imaging.tracks import NO_CLASS, Boxes, Seen, Track, scene_path, track


def assigned(tracks: Sequence[Track]) -> set[frozenset[tuple[int, int]]]:
    """Return the tracks whatever their numbers."""
    return {frozenset(zip(each.frames, each.boxes, strict=True)) for each in tracks}


def along(*paths: Sequence[complex | None], dt_s: float = 0.2, motion: Motion = STILL) -> list[Seen]:
    """Return frames of animals whose places are given, ``None`` where one is not found."""
    frames = []
    for number, places in enumerate(zip(*paths, strict=True)):
        frames.append(Seen(number * dt_s, motion, boxes_at([place for place in places if place is not None])))
    return frames


@pytest.mark.parametrize(
    "scene",
    [
        Scene(),
        Scene(frames_per_s=10),
        Scene(animals=60),
        Scene(is_irregular=True),
        Scene(camera_px_s=300),
        Scene(length_px=(12, 30), speed_lengths_s=(2, 8)),
    ],
    ids=["usual", "quick", "crowded", "irregular", "panned", "small and fast"],
)
def test_animals_seen_by_a_faulty_detector_are_counted_to_a_twentieth(scene: Scene) -> None:
    # A tenth of the boxes is missed, a twentieth is false, a tenth is called another class.
    judged = []
    for seed in range(4):
        frames, truth = swim(scene, seed)
        judged.append(judge(truth, track(frames, OPTIONS)))
    animals, tracks = sum(each.animals for each in judged), sum(each.tracks for each in judged)
    assert abs(tracks - animals) <= 0.05 * animals
    assert np.mean([each.covered for each in judged]) >= 0.95
    assert np.mean([each.idf1 for each in judged]) >= 0.95


def test_two_fish_that_cross_keep_their_identities() -> None:
    steps = np.arange(-20, 21) * 15.0
    frames = along((steps + 0j).tolist(), (-steps + 8j).tolist())
    first, second = track(frames, OPTIONS)
    assert first.frames == second.frames == tuple(range(41))
    assert set(first.boxes) == {0}
    assert set(second.boxes) == {1}


def test_a_fish_behind_a_rock_is_the_same_fish() -> None:
    path: list[complex | None] = [complex(20 * step, 5) for step in range(20)]
    path[8:12] = [None] * 4
    (only,) = track(along(path), OPTIONS)
    assert len(only.frames) == 16


def test_a_fish_that_is_gone_for_longer_than_the_gap_is_another_one() -> None:
    path: list[complex | None] = [complex(200, 5)] * 20
    path[8:14] = [None] * 6  # unseen for 1.4 s
    assert [each.frames[0] for each in track(along(path), OPTIONS)] == [0, 14]


def test_a_stretch_that_was_not_searched_ends_the_tracks() -> None:
    frames = along([0j] * 10)
    later = [replace_time(seen, seen.time_s + 600) for seen in frames]
    assert len(track(frames + later, OPTIONS)) == 2


def replace_time(seen: Seen, time_s: float) -> Seen:
    return Seen(time_s, seen.motion, seen.boxes)


def test_boxes_of_no_track_have_no_identity() -> None:
    rng = np.random.default_rng(0)
    frames = [
        Seen(n * 0.2, STILL, boxes_at([complex(rng.uniform(-900, 900), rng.uniform(-500, 500))])) for n in range(40)
    ]
    assert track(frames, OPTIONS) == []


def test_frames_without_boxes_are_frames() -> None:
    assert track([], OPTIONS) == []
    empty = Boxes(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64))
    assert track([Seen(n * 0.2, STILL, empty) for n in range(5)], OPTIONS) == []


def test_the_ground_under_a_moving_camera_is_followed_with_gaps_only_if_the_motion_is_known() -> None:
    motion = Motion(shift_row_px=150.0)
    path = [complex(0, -500 + 150 * step) for step in range(7)]
    seen = along(path, dt_s=0.5, motion=motion)
    options = replace(OPTIONS, speed_lengths_s=0.3, speed_frames_s=0.005)
    (only,) = track(seen, options)
    assert only.frames == tuple(range(7))
    assert track([Seen(each.time_s, UNKNOWN_MOTION, each.boxes) for each in seen], options) == []


def test_the_movement_of_the_camera_is_no_way_of_the_animal() -> None:
    motion = Motion(shift_row_px=10.0, shift_col_px=-4.0, rotation_rad=0.01, zoom=1.01)
    place, path = complex(100, -200), []
    for _ in range(20):
        path.append(place)
        place = motion.turn * place + motion.shift
    frames = along(path, motion=motion)
    (only,) = track(frames, OPTIONS)
    np.testing.assert_allclose(scene_path(only, frames, OPTIONS), path[0], atol=1e-6)


def test_unsure_boxes_go_on_with_a_track_and_begin_none() -> None:
    options = replace(OPTIONS, sure_from=0.5)
    scores = [0.8, 0.8, 0.3, 0.3, 0.8]
    fish = [complex(30 * step, 0) for step in range(5)]
    ghost = complex(-700, 300)
    frames = [Seen(n * 0.2, STILL, boxes_at([fish[n], ghost], scores=np.array([scores[n], 0.4]))) for n in range(5)]
    (only,) = track(frames, options)
    assert only.boxes == (0,) * 5
    assert len(only.frames) == 5


def test_a_box_of_the_same_class_is_preferred() -> None:
    frames = [Seen(n * 0.2, STILL, boxes_at([0j], labels=np.array([1]))) for n in range(4)]
    frames.append(Seen(0.8, STILL, boxes_at([2 + 0j, -3 + 0j], labels=np.array([0, 1]))))
    (only,) = track(frames, OPTIONS)
    assert only.boxes[-1] == 1
    unknown = np.array([0, NO_CLASS])
    (only,) = track([*frames[:-1], Seen(0.8, STILL, boxes_at([2 + 0j, -3 + 0j], labels=unknown))], OPTIONS)
    assert only.boxes[-1] == 1


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), later_s=st.integers(-1000, 100_000))
def test_the_same_happens_at_any_time(seed: int, later_s: int) -> None:
    frames, _ = swim(Scene(animals=8, lasts_s=16), seed)
    at_eighths = [Seen(round(seen.time_s * 8) / 8, seen.motion, seen.boxes) for seen in frames]
    later = [Seen(seen.time_s + later_s, seen.motion, seen.boxes) for seen in at_eighths]
    assert track(later, OPTIONS) == track(at_eighths, OPTIONS)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_mirrored_picture_has_mirrored_tracks(seed: int) -> None:
    frames, _ = swim(Scene(animals=8, lasts_s=16, camera_px_s=100), seed)
    mirrored = []
    for seen in frames:
        places = seen.boxes.places.copy()
        places[:, 1] = WIDTH - places[:, 1] - places[:, 3]
        motion = replace(seen.motion, shift_col_px=-seen.motion.shift_col_px)
        mirrored.append(Seen(seen.time_s, motion, Boxes(places, seen.boxes.scores, seen.boxes.labels)))
    assert assigned(track(mirrored, OPTIONS)) == assigned(track(frames, OPTIONS))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_the_boxes_on_a_frame_makes_no_difference(seed: int) -> None:
    frames, truth = swim(Scene(animals=8, lasts_s=16), seed)
    turned = []
    for seen in frames:
        boxes = seen.boxes
        turned.append(Seen(seen.time_s, seen.motion, Boxes(boxes.places[::-1], boxes.scores[::-1], boxes.labels[::-1])))
    found = {
        frozenset((frame, len(truth[frame]) - 1 - box) for frame, box in each)
        for each in assigned(track(turned, OPTIONS))
    }
    assert found == assigned(track(frames, OPTIONS))


def test_without_faults_every_animal_is_one_track() -> None:
    scene = Scene(animals=12, missed=0, false=0, other_class=0, place_noise=0.02)
    frames, truth = swim(scene, 1)
    judged = judge(truth, track(frames, OPTIONS))
    assert judged.tracks == judged.animals
    assert judged.idf1 > 0.995
