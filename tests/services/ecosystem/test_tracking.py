from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest

from pelagia.services.ecosystem.columns import TRACK_COLUMNS, UNKNOWN
from pelagia.services.ecosystem.sample.reef import Reef
from pelagia.services.ecosystem.sample.truth import Truth
from pelagia.services.ecosystem.sample.visits import draw_visits
from pelagia.services.ecosystem.service import EcosystemParams
from pelagia.services.ecosystem.tracking import following_options, track_clip

Record = dict[str, Any]
SIZE = (180, 320)
FISH = EcosystemParams(profile="fish")


def frames_at(times_s: list[float], **motion: float) -> list[Record]:
    """Return rows of searched frames; a camera that stands still, or moves as told."""
    still = {"shift_row_px": 0.0, "shift_col_px": 0.0, "rotation_rad": 0.0, "zoom": 1.0, "motion_confidence": 0.9}
    return [{"object_id": f"c:{round(at * 1000):09d}", "time_s": at} | still | motion for at in times_s]


def box(frame: Record, number: int, row: float, col: float, **told: Any) -> Record:
    """Return a row of the table of detections."""
    return {
        **{"object_id": f"{frame['object_id']}:{number}", "clip_id": "c", "frame_id": frame["object_id"]},
        **{"file": "c.mp4", "site": "OBSEA", "camera": "2", "deployment": "d", "time_s": frame["time_s"]},
        **{"time_utc": f"2025-06-01T12:00:{frame['time_s']:06.3f}Z", "row_px": row, "col_px": col},
        **{"height_px": 12.0, "width_px": 20.0, "score": 0.8, "predicted_class": "fish", "taxon": "fish"},
        **{"aphia_id": 123, "track_id": "", "status": "predicted", "source": "model", "is_deleted": False},
        **{"validated_by": "", "validated_at": ""},
    } | told


def swimming(count: int = 10, speed: float = 3.0, **told: Any) -> tuple[list[Record], list[Record]]:
    """Return frames, a fifth of a second apart, and the boxes of a fish that swims to the right."""
    frames = frames_at([number / 5 for number in range(count)])
    return frames, [box(frame, 0, 80.0, 40.0 + speed * number, **told) for number, frame in enumerate(frames)]


def test_a_fish_is_one_track_with_its_time_way_and_name() -> None:
    frames, boxes = swimming()
    (row,), names = track_clip(frames, boxes, FISH, SIZE)
    assert list(row) == [column.name for column in TRACK_COLUMNS]
    assert row["object_id"] == "c:t1"
    assert names == {one["object_id"]: "c:t1" for one in boxes}
    assert (row["taxon"], row["aphia_id"], row["class_share"]) == ("fish", 123, 1.0)
    assert (row["first_s"], row["last_s"], row["in_view_s"], row["detections"]) == (0.0, 1.8, 1.8, 10)
    assert (row["first_utc"], row["last_utc"]) == ("2025-06-01T12:00:00.000Z", "2025-06-01T12:00:01.800Z")
    assert row["displacement_px"] == pytest.approx(27, abs=3.1)  # ends are means over a third of a second
    assert row["path_px"] == pytest.approx(row["displacement_px"])
    assert (row["length_px"], row["is_counted"], row["is_deleted"]) == (20.0, True, False)


def test_a_fish_that_rests_goes_nowhere_though_its_box_trembles() -> None:
    rng = np.random.default_rng(2)
    frames = frames_at([number / 5 for number in range(150)])
    boxes = [box(frame, 0, *(80 + rng.normal(0, 1, 2))) for frame in frames]
    (row,), _ = track_clip(frames, boxes, FISH, SIZE)
    assert row["path_px"] < 5  # a quarter of its length; the box itself went over 200 px
    assert row["path_px"] >= row["displacement_px"]


def test_the_movement_of_the_camera_is_taken_off_the_way() -> None:
    frames = frames_at([number / 5 for number in range(20)], shift_col_px=4.0)
    boxes = [box(frame, 0, 80.0, 40.0 + 4 * number) for number, frame in enumerate(frames)]
    (row,), _ = track_clip(frames, boxes, FISH, SIZE)
    assert row["path_px"] == pytest.approx(0, abs=1e-6)


def test_the_class_is_that_of_most_of_the_scores_and_unknown_where_they_disagree() -> None:
    frames, boxes = swimming()
    for one in boxes[:7]:
        one.update(predicted_class="Coris julis", taxon="Coris julis", aphia_id=126963)
    (row,), _ = track_clip(frames, boxes, FISH, SIZE)
    assert (row["taxon"], row["aphia_id"]) == ("Coris julis", 126963)
    assert row["class_share"] == pytest.approx(0.7)
    (row,), _ = track_clip(frames, boxes, FISH.model_copy(update={"name_from": 0.8}), SIZE)
    assert (row["taxon"], row["aphia_id"]) == (UNKNOWN, None)


def test_what_a_person_said_of_some_boxes_names_the_track() -> None:
    frames, boxes = swimming()
    boxes[4] |= {"taxon": "Sarpa salpa", "status": "validated"}
    (row,), _ = track_clip(frames, boxes, FISH, SIZE)
    assert (row["taxon"], row["class_share"]) == ("Sarpa salpa", 1.0)


def test_boxes_that_are_deleted_or_alone_are_of_no_track() -> None:
    frames, boxes = swimming()
    alone = box(frames[5], 1, 20.0, 250.0)
    boxes[3] |= {"is_deleted": True}
    (row,), names = track_clip(frames, [*boxes, alone], FISH, SIZE)
    assert row["detections"] == 9
    assert alone["object_id"] not in names
    assert boxes[3]["object_id"] not in names


def test_tracks_end_where_no_frame_was_searched() -> None:
    frames, boxes = swimming()
    later = [frame | {"object_id": frame["object_id"] + "b", "time_s": frame["time_s"] + 60} for frame in frames]
    more = [box(frame, 0, 80.0, 40.0) for frame in later]
    rows, _ = track_clip([*frames, *later], [*boxes, *more], FISH, SIZE)
    assert [row["object_id"] for row in rows] == ["c:t1", "c:t2"]


def test_pictures_a_minute_apart_have_no_tracks() -> None:
    frames = frames_at([60.0 * number for number in range(20)])
    rows, names = track_clip(frames, [box(frame, 0, 80.0, 40.0) for frame in frames], FISH, SIZE)
    assert rows == []
    assert names == {}


def test_a_clip_without_boxes_has_no_tracks() -> None:
    assert track_clip(frames_at([0.0, 0.2]), [], FISH, SIZE) == ([], {})


def test_a_camera_whose_movement_is_not_known_is_followed_as_if_it_stood_still() -> None:
    frames, boxes = swimming()
    motion = ("shift_row_px", "shift_col_px", "rotation_rad", "zoom", "motion_confidence")
    rows, _ = track_clip([frame | dict.fromkeys(motion) for frame in frames], boxes, FISH, SIZE)
    assert len(rows) == 1


def test_where_frames_are_rare_two_boxes_are_a_track() -> None:
    deep = EcosystemParams(profile="deep-sea")
    assert following_options(deep, SIZE).min_boxes == 2
    assert following_options(FISH, SIZE).min_boxes == 3
    frames = frames_at([0.0, 1.0, 2.0])
    rows, _ = track_clip(frames, [box(frame, 0, 80.0, 40.0) for frame in frames[:2]], deep, SIZE)
    assert len(rows) == 1


def reef(seed: int) -> tuple[list[Record], list[Record], dict[str, int]]:
    """Return frames, boxes and whose they are: a tenth is missed, a twentieth is false, edges tremble."""
    rng = np.random.default_rng(seed)
    visits = draw_visits(seed, 60)
    scene = Reef(height_px=90, width_px=160, frames_per_s=5, duration_s=60, seed=seed, visits=visits, snow=0)
    truth = Truth(scene.height_px, scene.width_px, scene.frames_per_s)
    times = [number / 5 for number in range(300)]
    assert sum(1 for _ in scene.draw(truth, iter(times))) == 300
    frames, boxes, whose = frames_at(times), list[Record](), dict[str, int]()
    for number, one in enumerate(truth.seen):
        if one.visible < 0.25 or rng.random() < 0.1:
            continue
        sides = np.array([one.height_px, one.width_px])
        row, col, height, width = np.concatenate([[one.row_px, one.col_px], sides]) + np.tile(sides, 2) * rng.normal(
            0, 0.05, 4
        )
        told = {"height_px": 2 * max(1.0, height), "width_px": 2 * max(1.0, width)}
        boxes.append(box(frames[one.frame], number, 2 * row, 2 * col, **told))
        whose[boxes[-1]["object_id"]] = one.identity
    for number in range(len(boxes) // 20):
        frame = frames[int(rng.integers(len(frames)))]
        boxes.append(box(frame, 100_000 + number, rng.uniform(0, 160), rng.uniform(0, 300)))
    return frames, sorted(boxes, key=lambda one: one["time_s"]), whose


def test_on_drawn_reefs_a_faulty_detector_finds_the_visits_that_were_drawn() -> None:
    # Fish cross, hide each other, and turn round on the spot at up to two thirds of the frame a second.
    visits, tracks, whole = 0, 0, 0
    for seed in range(1, 6):
        frames, boxes, whose = reef(seed)
        rows, names = track_clip(frames, boxes, FISH, SIZE)
        shared: dict[int, Counter[str]] = defaultdict(Counter)
        for name, animal in whose.items():
            shared[animal][names.get(name, "")] += 1
        for counts in shared.values():
            if counts.total() >= 3:
                name, most = counts.most_common(1)[0]
                visits += 1
                whole += name != "" and most >= 0.8 * counts.total()
        tracks += len(rows)
    assert visits >= 25
    assert whole >= 0.9 * visits
    assert tracks == pytest.approx(visits, rel=0.12)
