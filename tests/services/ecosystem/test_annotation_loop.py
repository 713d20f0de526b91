"""The loop as a whole: a run, its boxes into CVAT, the corrections into the next run of the same recordings."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from tests.exports.publishable import options
from tests.services.direct_steps import DirectSteps
from tests.services.ecosystem.films import write_film, write_stills
from tests.services.ecosystem.tiny_models import tiny_models

from pelagia.core.result import Result
from pelagia.core.service import ModelRef, Request
from pelagia.exports import coco, cvat
from pelagia.exports.ecosystem import yolo
from pelagia.io.annotations import read_annotations
from pelagia.services.ecosystem import pipeline
from pelagia.services.ecosystem.service import EcosystemParams

FIRST, SECOND = "Chromis chromis", "Diplodus vulgaris"
FISH = ((FIRST, 1.0, 4.0, 40, 60), (SECOND, 1.4, 3.4, 100, 30))
CHANGED = ("status", "validated_by", "validated_at")


def run(folder: Path, models: dict[str, ModelRef], recordings: Path, **slots: tuple[str, ...]) -> Result:
    (folder / "work").mkdir()
    request = Request(
        service="ecosystem",
        service_version="1.0.0",
        inputs={"recordings": (str(recordings),), **slots},
        params=EcosystemParams(search="everywhere", next_frames=3),
        models=models,
    )
    return pipeline.run(request, DirectSteps(folder / "work"))


def rows(result: Result, table: str) -> list[dict]:
    return result.tables[table].read().to_pylist()


@pytest.fixture(scope="module")
def loop(tmp_path_factory):
    """A run of a film and some stills, and what it exports."""
    folder = tmp_path_factory.mktemp("loop")
    models = tiny_models(folder / "models")
    write_film(folder / "in" / "20260603-120000-pier.mp4", FISH)
    write_stills(folder / "in" / "stills", [(FIRST, 0.0, 9e9, 30, 0.2)], [0, 60, 120])
    result = run(folder, models, folder / "in")
    for module in (coco, cvat, yolo):
        module.write(result, folder / "out", options())
    return folder, models, result


def again(loop, tmp_path: Path, corrections: Path):
    folder, models, _ = loop
    return run(tmp_path, models, folder / "in", corrections=(str(corrections),))


def without(row: dict) -> dict:
    return {name: value for name, value in row.items() if name not in CHANGED}


@pytest.mark.parametrize(
    ("name", "validated"),
    [
        ("cvat/films.zip", {"video", "series"}),
        ("cvat/videos.zip", {"video"}),
        ("cvat/stills.zip", {"series"}),
        ("coco/boxes.json", {"video", "series"}),
        ("yolo/dataset.zip", {"video", "series"}),
    ],
)
def test_what_comes_back_unchanged_changes_nothing(loop, tmp_path, name, validated):
    folder, _, result = loop
    now = again(loop, tmp_path, folder / "out" / name)
    kinds = {row["clip_id"]: row["kind"] for row in rows(now, "clips")}
    assert [issue.code for issue in now.issues] == [issue.code for issue in result.issues]
    assert [without(row) for row in rows(now, "detections")] == [without(row) for row in rows(result, "detections")]
    for row in rows(now, "detections"):
        assert row["status"] == ("validated" if kinds[row["clip_id"]] in validated else "predicted")
    before, after = ({row["object_id"]: row for row in rows(one, "tracks")} for one in (result, now))
    assert list(before) == list(after)
    for track, row in before.items():
        assert (after[track]["taxon"], after[track]["path_px"]) == (row["taxon"], pytest.approx(row["path_px"]))
    assert len(rows(now, "edits")) > 0


def test_a_track_deleted_in_cvat_is_counted_no_more(loop, tmp_path):
    folder, *_ = loop
    with zipfile.ZipFile(folder / "out" / "cvat" / "films.zip") as archive:
        (name,) = [one for one in archive.namelist() if "pier" in one]
        text = archive.read(name).decode()
    start = text.index(f'label="{SECOND}" source')
    start, end = text.rindex("<track ", 0, start), text.index("</track>", start) + len("</track>")
    path = tmp_path / "corrected.xml"
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    now = again(loop, tmp_path, path)
    series = [row for row in rows(now, "time_series") if row["taxon"] == SECOND and not row["is_gap"]]
    assert sum(row["max_n"] for row in series) == 0
    (track,) = [row for row in rows(now, "tracks") if row["taxon"] == SECOND]
    assert (track["is_deleted"], track["is_counted"]) == (True, False)
    clip = next(row for row in rows(now, "clips") if row["kind"] == "video")
    assert (clip["tracks"], clip["max_n"]) == (1, 1)


def test_frames_are_proposed_with_their_pictures(loop):
    _, _, result = loop
    proposed = rows(result, "next_frames")
    (archive,) = [one for one in result.artifacts if one.role == "next-frames"]
    found = read_annotations(archive.path)
    assert 1 <= len(proposed) <= 3
    assert len(found.images) == len(proposed)
    assert all(image.file for image in found.images)
