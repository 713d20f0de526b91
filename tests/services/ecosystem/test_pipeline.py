"""An ecosystem run from end to end, on recordings in which every figure can be told beforehand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.services.direct_steps import DirectSteps
from tests.services.ecosystem.clips_made import FRAMES_PER_S, HEIGHT, WIDTH, write_clip, write_still
from tests.services.ecosystem.tiny_models import ANIMAL_PX, tiny_models

from pelagia.core.errors import BadParameter, NothingUsable
from pelagia.core.result import Result
from pelagia.core.service import ModelRef, Request
from pelagia.io.video.reading import open_video
from pelagia.services.ecosystem import parts, pipeline
from pelagia.services.ecosystem.service import EcosystemParams

FIRST, SECOND = "Chromis chromis", "Diplodus vulgaris"
NAME = "20240422-080000-reef.mp4"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelRef]:
    return tiny_models(tmp_path_factory.mktemp("models"))


def passing(time_s: float) -> list[tuple[str, float, float]]:
    """Two of a kind cross from 4 to 8 s, one of another stays from 5 to 7 s; before and after there is nobody."""
    seen = []
    if 4 <= time_s < 8:
        along = 30 + (time_s - 4) * 60
        seen += [(FIRST, 50.0, along), (FIRST, 90.0, WIDTH - along)]
    if 5 <= time_s < 7:
        seen.append((SECOND, 140.0, 160.0))
    return seen


def run(tmp_path: Path, models: dict[str, ModelRef], *inputs: Path, slots=None, **params) -> tuple[Result, DirectSteps]:
    workdir = tmp_path / "work"
    workdir.mkdir()
    request = Request(
        service="ecosystem",
        service_version="1.0.0",
        inputs={"recordings": tuple(str(path) for path in inputs), **(slots or {})},
        params=EcosystemParams(**params),
        models=models,
    )
    steps = DirectSteps(workdir)
    expected = pipeline.estimate(request)
    result = pipeline.run(request, steps)
    assert steps.billed == expected.units
    assert len(steps.keys) == expected.steps
    return result, steps


def rows(result: Result, table: str) -> list[dict]:
    return result.tables[table].read().to_pylist()


def test_who_passes_is_found_followed_and_counted(tmp_path, models):
    clip = write_clip(tmp_path / "in" / NAME, 20, passing)
    result, steps = run(tmp_path, models, clip, bin_minutes=1)
    assert steps.billed == 1
    (row,) = rows(result, "clips")
    assert (row["started_utc"], row["time_source"]) == ("2024-04-22T08:00:00.000Z", "name")
    assert row["duration_s"] == pytest.approx(20, abs=0.11)
    assert (row["max_n"], row["tracks"], row["verdict"], row["is_whole"]) == (2, 3, "usable", True)
    # Nobody is there for most of the time, and there the detector does not look.
    assert 4 <= row["searched_s"] <= 14
    by_taxon = {one["taxon"]: one for one in rows(result, "time_series") if not one["is_gap"]}
    assert {name: one["max_n"] for name, one in by_taxon.items()} == {"all": 3, FIRST: 2, SECOND: 1}
    assert by_taxon[SECOND]["in_view_s"] == pytest.approx(2, abs=0.5)
    assert by_taxon[FIRST]["in_view_s"] == pytest.approx(8, abs=1)
    assert by_taxon["all"]["usable_s"] == pytest.approx(20, abs=0.2)


def test_boxes_are_where_the_animals_are(tmp_path, models):
    clip = write_clip(tmp_path / "in" / NAME, 12, passing)
    result, _ = run(tmp_path, models, clip, search="everywhere")
    boxes = rows(result, "detections")
    for box in boxes:
        truth = [(row, col) for name, row, col in passing(box["time_s"]) if name == box["taxon"]]
        middle = box["row_px"] + box["height_px"] / 2, box["col_px"] + box["width_px"] / 2
        assert min(np.hypot(row - middle[0], col - middle[1]) for row, col in truth) < 4
        assert box["height_px"] == pytest.approx(ANIMAL_PX, abs=3)
    searched = [one for one in rows(result, "frames") if one["is_searched"]]
    assert len(searched) == pytest.approx(12 * 5, abs=2)
    expected = sum(len(passing(one["time_s"])) for one in searched)
    assert len(boxes) == pytest.approx(expected, abs=3)


def test_each_animal_is_one_track_and_no_box_of_another(tmp_path, models):
    clip = write_clip(tmp_path / "in" / NAME, 12, passing)
    result, _ = run(tmp_path, models, clip, search="everywhere")
    tracks = {one["object_id"]: one for one in rows(result, "tracks")}
    assert sorted(one["taxon"] for one in tracks.values()) == [FIRST, FIRST, SECOND]
    for box in rows(result, "detections"):
        if box["track_id"]:
            assert tracks[box["track_id"]]["taxon"] == box["taxon"]
    assert all(one["in_view_s"] <= 4.3 for one in tracks.values())


def test_the_film_shows_the_frames_that_were_searched(tmp_path, models):
    clip = write_clip(tmp_path / "in" / NAME, 12, passing)
    result, _ = run(tmp_path, models, clip)
    (film,) = [one for one in result.artifacts if one.role == "view"]
    searched = [one for one in rows(result, "frames") if one["is_searched"]]
    assert [one["view_frame"] for one in searched] == list(range(len(searched)))
    assert {one["view"] for one in searched} == {film.name}
    with open_video(film.path) as reader:
        assert sum(1 for _ in reader.frames()) == len(searched)


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(tmp_path, models):
    folder = tmp_path / "in"
    write_clip(folder / NAME, 3, lambda time_s: [(FIRST, 60.0, 100.0)])
    (folder / "20240422-090000-reef.mp4").write_bytes(b"")
    (folder / "20240422-091000-reef.mp4").write_bytes(b"no video at all" * 100)
    workdir = tmp_path / "work"
    workdir.mkdir()
    request = Request(
        service="ecosystem",
        service_version="1.0.0",
        inputs={"recordings": (str(folder),)},
        params=EcosystemParams(),
        models=models,
    )
    steps = DirectSteps(workdir)
    result = pipeline.run(request, steps)
    assert steps.billed == 1
    told = {issue.file.rpartition("/")[2] for issue in result.issues if issue.severity == "error"}
    assert told == {"20240422-090000-reef.mp4", "20240422-091000-reef.mp4"}
    assert len(rows(result, "clips")) == 1


def test_nothing_usable_says_why(tmp_path, models):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "20240422-090000-reef.mp4").write_bytes(b"")
    workdir = tmp_path / "work"
    workdir.mkdir()
    request = Request(
        service="ecosystem",
        service_version="1.0.0",
        inputs={"recordings": (str(folder),)},
        params=EcosystemParams(),
        models=models,
    )
    with pytest.raises(NothingUsable, match=r"20240422-090000-reef\.mp4"):
        pipeline.run(request, DirectSteps(workdir))


def test_a_series_of_stills_is_one_clip_with_its_times(tmp_path, models):
    folder = tmp_path / "in" / "cam"
    for minute, animals in enumerate([[], [(FIRST, 60, 80)], [(FIRST, 60, 80), (FIRST, 90, 200)]]):
        write_still(folder / f"20240422-08{minute:02d}01-cam.png", animals, seed=minute)
    result, steps = run(tmp_path, models, folder, bin_minutes=1)
    assert steps.billed == 3
    (row,) = rows(result, "clips")
    assert (row["kind"], row["recordings"], row["max_n"]) == ("series", 3, 2)
    assert row["duration_s"] == pytest.approx(120)
    assert rows(result, "tracks") == []
    counted = [one["max_n"] for one in rows(result, "time_series") if one["taxon"] == FIRST]
    assert counted == [0, 1, 2]


def test_pictures_whose_time_nobody_knows_are_looked_at_in_their_order(tmp_path, models, monkeypatch):
    monkeypatch.setattr(parts, "STILLS", 2)
    folder = tmp_path / "in" / "cam"
    for number in range(5):
        write_still(folder / f"reef_{number}.png", [(FIRST, 60, 80)] * (number % 2), seed=number)
    result, steps = run(tmp_path, models, folder)
    assert steps.billed == 5
    seen = rows(result, "frames")
    assert [(one["time_s"], one["time_utc"]) for one in seen] == [(float(number), "") for number in range(5)]
    assert [one["detections"] for one in seen] == [0, 1, 0, 1, 0]


def test_pictures_of_one_moment_and_of_none_are_frames_of_their_own(tmp_path, models, monkeypatch):
    monkeypatch.setattr(parts, "STILLS", 2)
    folder = tmp_path / "in" / "cam"
    for number in range(3):
        write_still(folder / "a" / f"{number}.png", [], seed=number)
    write_still(folder / "a" / "untold.png", [], seed=9)
    times = tmp_path / "times.csv"
    times.write_text("file,time\n" + "".join(f"{number}.png,2024-04-22T08:00:00Z\n" for number in range(3)))
    result, _ = run(tmp_path, models, folder, slots={"times": (str(times),)})
    seen = {one["file"].rpartition("/")[2]: one for one in rows(result, "frames")}
    assert len({one["object_id"] for one in seen.values()}) == 4
    assert [seen[f"{number}.png"]["time_utc"] for number in range(3)] == [
        "2024-04-22T08:00:00.000Z",
        "2024-04-22T08:00:00.001Z",
        "2024-04-22T08:00:00.002Z",
    ]
    assert seen["untold.png"]["time_utc"] == ""


def test_a_long_clip_is_worked_on_in_stretches_and_stays_one_clip(tmp_path, models, monkeypatch):
    clip = write_clip(tmp_path / "in" / NAME, 12, passing)
    whole, _ = run(_folder(tmp_path / "whole"), models, clip, search="everywhere")
    monkeypatch.setattr(parts, "LONG_BYTES", 100)
    monkeypatch.setattr(parts, "STRETCH_S", 4.0)
    cut, steps = run(_folder(tmp_path / "cut"), models, clip, search="everywhere")
    assert len([one for one in cut.artifacts if one.role == "view"]) == 3
    assert steps.billed == 1
    (before,), (after,) = rows(whole, "clips"), rows(cut, "clips")
    for name in ("started_utc", "duration_s", "max_n", "searched_frames", "detections"):
        assert after[name] == before[name]
    places = [(box["time_s"], round(box["row_px"])) for box in rows(whole, "detections")]
    assert [(box["time_s"], round(box["row_px"])) for box in rows(cut, "detections")] == places
    times = [one["time_s"] for one in rows(cut, "frames")]
    assert times == sorted(set(times))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_burrows_are_not_counted_with_a_model_of_fish(tmp_path, models):
    clip = write_clip(tmp_path / "in" / NAME, 1, lambda time_s: [])
    with pytest.raises(BadParameter, match="finds no burrows"):
        run(tmp_path, models, clip, profile="burrow")


def test_frames_a_second_are_what_was_asked_for(tmp_path, models):
    clip = write_clip(tmp_path / "in" / NAME, 4, lambda time_s: [(FIRST, 60.0, 100.0)])
    result, _ = run(tmp_path, models, clip, search="everywhere", frames_per_s=2)
    times = [one["time_s"] for one in rows(result, "frames") if one["is_searched"]]
    assert times == pytest.approx([0.5 * number for number in range(8)], abs=1 / FRAMES_PER_S)
    assert HEIGHT == 192


def test_the_place_that_the_user_tells_says_whether_it_was_day(tmp_path, models):
    clip = write_clip(tmp_path / "in" / NAME, 2, passing)
    environment = tmp_path / "ctd.csv"
    environment.write_text("time,TEMP [degC]\n2024-04-22T08:00:10Z,14.5\n")
    result, _ = run(
        tmp_path,
        models,
        clip,
        slots={"environment": (str(environment),)},
        latitude=41.18,
        longitude=1.75,
        bin_minutes=60,
    )
    assert [(row["latitude"], row["longitude"]) for row in rows(result, "clips")] == [(41.18, 1.75)]
    (row,) = [one for one in rows(result, "time_series") if one["taxon"] == "all"]
    assert (row["is_day"], row["env_TEMP"], row["usable_s"]) == (True, 14.5, pytest.approx(2, abs=0.2))
