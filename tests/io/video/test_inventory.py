"""The inventory finds every recording once, with its clip, time, place and camera; what is wrong is named."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import S3Store
from PIL import Image
from tests.io.video.making import write_clip, write_picture
from tests.servers.seaweedfs import S3Server

from pelagia.core.errors import BadInput, NotFound, PelagiaError, Unavailable
from pelagia.core.result import Issue
from pelagia.core.table import Table
from pelagia.io.findings import Findings
from pelagia.io.video import fetching
from pelagia.io.video.clip_ids import clip_ids
from pelagia.io.video.formats import content_of
from pelagia.io.video.inventory import find_recordings, local_copy
from pelagia.io.video.places import Place
from pelagia.io.video.recordings import RECORDING_COLUMNS, Recording
from pelagia.io.video.stills import read_still
from pelagia.io.video.times import TimeRules

MOMENT = 1713773341.0
MP4 = b"\0\0\0\x18ftypisom" + b"\0" * 400
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 400


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def _put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(JPEG if path.suffix.lower() in {".jpg", ".jpeg"} else MP4)


def _find(
    inputs: Sequence[Path | str],
    *,
    rules: TimeRules | None = None,
    places: Sequence[Place] = (),
    to: Path | None = None,
    **told: str,
) -> tuple[list[Recording], list[Issue]]:
    path = (to or Path(inputs[0]).parent) / "recordings.parquet"
    count, issues = find_recordings(
        [str(one) for one in inputs],
        rules=rules or TimeRules(),
        places=places,
        site=told.get("site", ""),
        camera=told.get("camera", ""),
        deployment=told.get("deployment", ""),
        path=path,
    )
    table = Table(name="recordings", path=path)
    assert table.columns == RECORDING_COLUMNS
    found = [Recording.from_record(record) for record in table.records()]
    assert len(found) == count
    return found, issues


def _codes(issues: Sequence[Issue], *, but: str = "time-unknown") -> list[str]:
    return [issue.code for issue in issues if issue.code != but]


def test_videos_and_series_are_sorted_by_clip_time_and_name(data: Path) -> None:
    _put(
        data, "b.mp4", "a.MP4", "stills/20240422-080902.jpg", "stills/20240422-080901.jpg", "stills/20240421-235959.jpg"
    )
    found, issues = _find([data])
    assert issues[0].code == "time-unknown" and issues[0].objects == 2
    assert [(one.clip_id, one.kind, one.name) for one in found] == [
        ("a", "video", "a.MP4"),
        ("b", "video", "b.mp4"),
        ("stills", "still", "stills/20240421-235959.jpg"),
        ("stills", "still", "stills/20240422-080901.jpg"),
        ("stills", "still", "stills/20240422-080902.jpg"),
    ]
    assert found[3].started_at == MOMENT
    assert found[3].path == f"{data.resolve()}/stills/20240422-080901.jpg"
    assert found[3].file == f"{data}/stills/20240422-080901.jpg"
    assert found[3].uri == str(data)
    assert found[3].size_bytes == len(JPEG)
    assert [one.time_source for one in found] == ["", "", "name", "name", "name"]


def test_the_real_observatory_is_one_series_of_one_camera(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "underwater" / "obsea_frames"
    path = tmp_path / "r.parquet"
    count, issues = find_recordings(
        [str(folder)], rules=TimeRules(), places=[], site="OBSEA", camera="", deployment="", path=path
    )
    found = [Recording.from_record(record) for record in Table(name="r", path=path).records()]
    assert (count, issues) == (10, [])
    assert {(one.clip_id, one.camera, one.site, one.time_source) for one in found} == {
        ("obsea_frames-IPC608_8B64_165", "IPC608_8B64_165", "OBSEA", "name")
    }
    steps = {after.started_at - one.started_at for one, after in pairwise(found)}  # type: ignore[operator]
    assert steps == {60.0}
    findings = Findings()
    assert read_still(found[0], Path(found[0].path), findings).ndim == 3
    assert findings.issues() == ()


def test_cameras_that_names_tell_make_several_series(data: Path) -> None:
    _put(data, *(f"20240422-0809{second:02d}-{camera}.jpg" for second in range(6) for camera in ("left", "IPC_165")))
    found, _ = _find([data])
    assert [(one.clip_id, one.camera) for one in found] == [("data-IPC_165", "IPC_165")] * 6 + [
        ("data-left", "left")
    ] * 6


def test_folders_of_days_are_no_cameras(data: Path) -> None:
    _put(data, *(f"reef/2024/{day}/2024{day[:2]}{day[3:]}-080000.jpg" for day in ("04/01", "04/02", "05/01")))
    _put(data, *(f"pier/2024-04-0{day}/20240401-08000{day}.mp4" for day in (1, 2)))
    found, _ = _find([data])
    assert {one.clip_id: one.camera for one in found if one.kind == "still"} == {
        "04-01": "reef",
        "02": "reef",
        "05-01": "reef",
    }
    assert {one.camera for one in found if one.kind == "video"} == {"pier"}


def test_cameras_of_one_name_at_two_places_are_two_cameras(data: Path) -> None:
    _put(data, *(f"{site}/cam1/2024/20240422-08000{n}.mp4" for site in ("north", "south") for n in range(2)))
    _put(data, "south/cam2/20240422-080000.mp4")
    found, _ = _find([data])
    assert {one.camera for one in found} == {"north/cam1", "south/cam1", "cam2"}


def test_counters_are_no_cameras(data: Path) -> None:
    _put(data, *(f"20240422-0809{second:02d}_{second:06d}.jpg" for second in range(20)))
    _put(data / "plain", *(f"IMG_{number:04d}.jpg" for number in range(300)))
    _put(data / "hashes", *(f"IMG_{number * 7919 % 1000}.rf.{number:032x}.jpg" for number in range(20)))
    found, _ = _find([data])
    assert {(one.clip_id, one.camera) for one in found} == {("data", "data"), ("plain", "plain"), ("hashes", "hashes")}


def test_thousands_of_different_names_are_one_series(data: Path) -> None:
    _put(data, *(f"20240422-0809{number % 60:02d}-x{number}y.jpg" for number in range(700)))
    found, _ = _find([data])
    assert {one.clip_id for one in found} == {"data"}


def test_two_cameras_without_times_are_told_apart_by_the_begin_of_their_names(data: Path) -> None:
    _put(data, *(f"{camera}_{number:04d}.jpg" for camera in ("left", "right") for number in range(5)))
    found, _ = _find([data])
    assert [one.camera for one in found] == ["left"] * 5 + ["right"] * 5


def test_clips_of_one_name_are_told_apart_by_their_folders(data: Path) -> None:
    _put(data, "cam1/day/a.mp4", "cam2/day/a.mp4", "cam2/day/A.mkv", "b.mp4")
    found, _ = _find([data])
    names = {one.name: one.clip_id for one in found}
    assert names["b.mp4"] == "b"
    assert names["cam1/day/a.mp4"] == "cam1-day-a"
    assert len({name.lower() for name in names.values()}) == 4


@given(st.lists(st.lists(st.text(max_size=6), min_size=1, max_size=4).map(tuple), max_size=30))
def test_names_of_clips_are_safe_and_each_only_once(paths: list[tuple[str, ...]]) -> None:
    names = clip_ids(paths)
    assert len({name.lower() for name in names}) == len(paths)
    assert all(name and len(name) <= 90 and not name.startswith((".", "-")) for name in names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") for name in names)


def test_clips_of_one_name_in_one_folder_do_not_tell_where_the_folder_stands():
    paths = [("home", "me", "reef", name) for name in ("a", "a", "B_C", "b_c", "b c")]
    assert clip_ids(paths) == ["a", "a-2", "b_c", "b_c-2", "b_c-3"]
    assert clip_ids([("home", "me", "x", "a"), ("home", "me", "y", "a"), ("home", "me", "y", "a")]) == [
        "x-a",
        "y-a",
        "y-a-2",
    ]


def test_what_the_user_tells_counts_in_the_order_of_its_precision(data: Path) -> None:
    _put(data, *(f"{name}-20240422-080901.mp4" for name in "abc"), "d.mp4")
    found, _ = _find(
        [data],
        rules=TimeRules(told={"a-20240422-080901.mp4": 1e9}, started_at="2024-05-01T00:00:00Z"),
        places=[
            Place(pattern="a-*", started_at=1.1e9, site="from table", camera="from table"),
            Place(pattern="b-*", started_at=1.2e9, latitude=41.0, longitude=2.0, field_of_view_m=1.2),
        ],
        site="from user",
        deployment="cruise",
    )
    assert [(one.started_at, one.time_source) for one in found] == [
        (1e9, "sidecar"),
        (1.2e9, "places"),
        (MOMENT, "name"),
        (1714521600.0, "user"),
    ]
    assert [one.site for one in found] == ["from table", "from user", "from user", "from user"]
    assert [one.camera for one in found] == ["from table", "data", "data", "data"]
    assert {one.deployment for one in found} == {"cruise"}
    assert (found[1].latitude, found[1].longitude, found[1].field_of_view_m) == (41.0, 2.0, 1.2)


def test_clips_without_a_time_follow_each_other_from_the_begin_the_user_names(data: Path) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        write_clip(data / name)
    found, issues = _find([data], rules=TimeRules(started_at="2024-04-22 10:09:01", utc_offset_h=2))
    assert [one.started_at for one in found] == pytest.approx([MOMENT, MOMENT + 1, MOMENT + 2])
    assert {one.time_source for one in found} == {"user"}
    assert issues == []
    with pytest.raises(BadInput) as caught:
        _find([data], rules=TimeRules(started_at="tomorrow"))
    assert (caught.value.code, caught.value.value) == ("started-at", "tomorrow")


def test_exif_tells_the_time_where_the_name_does_not(data: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2024:04:22 08:09:01"
    Image.new("RGB", (8, 8)).save(data / "IMG_1.jpg", exif=exif)
    Image.new("RGB", (8, 8)).save(data / "20200101-000000.jpg", exif=exif)
    found, _ = _find([data])
    assert {one.name: (one.started_at, one.time_source) for one in found} == {
        "IMG_1.jpg": (MOMENT, "exif"),
        "20200101-000000.jpg": (1577836800.0, "name"),
    }


def test_exif_is_read_in_an_archive_too(data: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2024:04:22 08:09:01"
    Image.new("RGB", (8, 8)).save(tmp_path / "IMG_1.jpg", exif=exif)
    with zipfile.ZipFile(data / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "IMG_1.jpg", "dive/IMG_1.jpg")
    (found,), _ = _find([data / "a.zip"])
    assert (found.started_at, found.time_source, found.clip_id) == (MOMENT, "exif", "dive")


def test_a_nonsense_time_is_told(data: Path) -> None:
    _put(data, "20241322-080901.mp4")
    found, issues = _find([data])
    assert found[0].started_at is None
    assert [(issue.code, issue.value) for issue in issues if issue.code == "time-nonsense"] == [
        ("time-nonsense", "20241322-080901")
    ]


def test_what_is_no_recording_is_named_and_what_goes_with_them_is_passed_over(data: Path) -> None:
    _put(data, "good.mp4")
    (data / "text.mp4").write_text("hello " * 100)
    (data / "text.jpg").write_text("hello " * 100)
    (data / "empty.mp4").touch()
    (data / "empty.jpg").touch()
    (data / "sound.avi").write_bytes(b"ID3" + bytes(300))
    (data / "photo.mp4").write_bytes(JPEG)
    (data / "video.jpg").write_bytes(MP4)
    (data / "what.bin").write_bytes(b"something")
    (data / "film.dat").write_bytes(MP4)
    (data / "more.zip").write_bytes(b"PK\3\4")
    for name in ("notes.txt", "a.srt", "GX01.THM", "GX01.LRV", "places.csv", "README", "LICENSE.md", ".hidden.mp4"):
        (data / name).write_text("beside")
    found, issues = _find([data])
    assert {one.name: one.kind for one in found} == {
        "good.mp4": "video",
        "photo.mp4": "still",
        "video.jpg": "video",
        "film.dat": "video",
    }
    told = {Path(issue.file).name: (issue.code, issue.severity) for issue in issues if issue.code != "time-unknown"}
    assert told == {
        "text.mp4": ("not-a-video", "error"),
        "text.jpg": ("not-a-picture", "error"),
        "empty.mp4": ("empty-file", "error"),
        "empty.jpg": ("empty-file", "error"),
        "sound.avi": ("no-video", "error"),
        "photo.mp4": ("wrong-suffix", "note"),
        "video.jpg": ("wrong-suffix", "note"),
        "film.dat": ("wrong-suffix", "note"),
        "what.bin": ("not-a-recording", "note"),
        "more.zip": ("archive-in-folder", "note"),
    }
    assert all(issue.remedy for issue in issues)


def test_findings_that_thousands_of_files_share_are_counted(data: Path) -> None:
    for number in range(2_050):
        (data / f"{number}.mp4").touch()
    found, issues = _find([data])
    assert found == []
    assert len(issues) == 2_001
    assert (issues[-1].code, issues[-1].objects) == ("empty-file", 50)


def test_a_single_file_and_a_file_named_twice(data: Path) -> None:
    _put(data, "20240422-080901-cam.mp4")
    found, issues = _find([data / "20240422-080901-cam.mp4"])
    assert [(one.file, one.clip_id) for one in found] == [
        (str(data / "20240422-080901-cam.mp4"), "20240422-080901-cam")
    ]
    assert issues == []
    found, issues = _find([data / "20240422-080901-cam.mp4", data])
    assert len(found) == 1
    assert _codes(issues) == ["recording-twice"]


def test_links_are_followed_only_inside(data: Path, tmp_path: Path) -> None:
    _put(data, "a.mp4")
    _put(tmp_path / "out", "secret.mp4")
    (data / "inside.mp4").symlink_to(data / "a.mp4")
    (data / "outside.mp4").symlink_to(tmp_path / "out" / "secret.mp4")
    found, issues = _find([data])
    assert [one.name for one in found] == ["a.mp4", "inside.mp4"]
    assert _codes(issues) == ["link-outside"]


def test_what_does_not_exist_is_named(data: Path) -> None:
    with pytest.raises(NotFound):
        _find([data / "nothing"])


def test_an_archive_is_listed_and_a_member_is_fetched_alone(data: Path, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4")
    with zipfile.ZipFile(data / "years.zip", "w") as archive:
        archive.write(clip, "cam/20240422-080901.mp4")
        archive.writestr("cam/notes.txt", "x")
        archive.writestr("cam/broken.mp4", "no video at all")
        archive.writestr("../evil.mp4", MP4)
    found, issues = _find([data / "years.zip"])
    assert [(one.file, one.path, one.started_at) for one in found] == [
        (f"{data}/years.zip/cam/20240422-080901.mp4", "", MOMENT)
    ]
    assert sorted(_codes(issues)) == ["name-unsafe", "not-a-video"]
    copies = tmp_path / "copies"
    copies.mkdir()
    copy = local_copy(found[0], copies)
    assert copy.parent == copies
    assert copy.read_bytes() == clip.read_bytes()
    copy.unlink()
    assert list(copies.iterdir()) == []


def test_no_name_of_a_user_becomes_a_path_of_a_copy(data: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(data / "a.zip", "w") as archive:
        archive.writestr("x/a..%2f..%2fetc.mp4", MP4)
    found, _ = _find([data / "a.zip"])
    hostile = Recording.from_record({**found[0].to_record(), "clip_id": "../../up"})
    assert local_copy(hostile, tmp_path).parent == tmp_path


def test_a_copy_is_bounded_and_a_failed_one_leaves_nothing(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(data / "a.zip", "w") as archive:
        archive.writestr("a.mp4", MP4)
    found, _ = _find([data / "a.zip"])
    copies = tmp_path / "copies"
    copies.mkdir()

    def fails(recording: Recording) -> str:
        with pytest.raises(PelagiaError) as caught:
            local_copy(recording, copies)
        assert list(copies.iterdir()) == []
        assert caught.value.file == found[0].file or caught.value.file == recording.name
        return caught.value.code

    record = found[0].to_record()
    assert fails(Recording.from_record({**record, "size_bytes": 10})) == "file-too-large"
    assert fails(Recording.from_record({**record, "size_bytes": 1 << 50})) == "file-too-large"
    assert fails(Recording.from_record({**record, "name": "gone.mp4"})) == "not-found"
    free = shutil.disk_usage(copies)._replace(free=100)
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _path: free)
    with pytest.raises(Unavailable) as caught:
        local_copy(found[0], copies)
    assert caught.value.code == "disk-full"


def test_a_video_of_a_web_server_is_found_and_fetched(web: Any, tmp_path: Path) -> None:
    uri = web.put("/years/20240422-080901.mp4", MP4, headers={"ETag": '"one"'})
    found, issues = _find([uri], to=tmp_path)
    assert issues == []
    assert [(one.file, one.path, one.started_at, one.clip_id) for one in found] == [
        (uri, "", MOMENT, "20240422-080901")
    ]
    assert local_copy(found[0], tmp_path).read_bytes() == MP4


def test_recordings_of_a_bucket_are_found_by_name_and_fetched(s3: S3Server, tmp_path: Path) -> None:
    bucket = S3Store(f"test-{uuid4().hex[:12]}", **s3.client_options())
    for name in ("cam/20240422-080901.mp4", "cam/stills/20240422-080902.jpg", "cam/notes.txt", "cam/what.bin"):
        bucket.put(name, MP4)
    address = f"s3://{bucket.config['bucket']}/cam"
    found, issues = _find([address], to=tmp_path)
    assert _codes(issues) == ["not-a-recording"]
    assert [(one.kind, one.file, one.path, one.clip_id) for one in found] == [
        ("video", f"{address}/20240422-080901.mp4", "", "20240422-080901"),
        ("still", f"{address}/stills/20240422-080902.jpg", "", "stills"),
    ]
    assert local_copy(found[0], tmp_path).read_bytes() == MP4


def test_uploads_and_archives_beside_them_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PELAGIA_HOME", str(tmp_path))
    upload = tmp_path / "uploads" / "abcdef12"
    _put(upload, "a.mp4", "b/20240422-080901.jpg")
    with zipfile.ZipFile(upload / "more.zip", "w") as archive:
        archive.writestr("c.mp4", MP4)
    found, issues = _find(["upload://abcdef12"], to=tmp_path)
    assert [(one.file, one.clip_id, bool(one.path)) for one in found] == [
        ("upload://abcdef12/a.mp4", "a", True),
        ("upload://abcdef12/b/20240422-080901.jpg", "b", True),
        ("upload://abcdef12/more.zip/c.mp4", "c", False),
    ]
    assert _codes(issues) == []


def test_live_streams_are_listed_and_not_opened(tmp_path: Path) -> None:
    found, issues = _find(
        ["rtsp://cam.invalid/live/1", "https://host.invalid/hls/live.m3u8?x=1"],
        places=[Place(pattern="rtsp://cam.invalid/live/1", site="pier", camera="cam")],
        deployment="now",
        to=tmp_path,
    )
    assert [(one.kind, one.clip_id, one.uri, one.name, one.path, one.site) for one in found] == [
        ("stream", "host.invalid-hls-live", "https://host.invalid/hls/live.m3u8?x=1", "", "", ""),
        ("stream", "cam.invalid-live-1", "rtsp://cam.invalid/live/1", "", "", "pier"),
    ]
    assert [(issue.code, issue.file) for issue in issues] == [("streams-many", found[0].file)]
    _, alone = _find(["rtsp://cam.invalid/live/1"], to=tmp_path)
    assert alone == []


def test_rows_of_the_table_of_places_that_hold_for_nothing_are_told(data: Path) -> None:
    _put(data, "20240422-080901.mp4")
    _, issues = _find([data], places=[Place(pattern="elsewhere", site="x")])
    assert [(issue.code, issue.value) for issue in issues] == [("place-unused", "elsewhere")]


def test_a_table_of_times_of_other_files_is_told(data: Path) -> None:
    _put(data, "20240422-080901.mp4")
    _, issues = _find([data], rules=TimeRules(told={"other.mp4": 1e9}))
    assert [(issue.code, issue.value) for issue in issues] == [("times-unused", "other.mp4")]


def test_the_table_is_the_same_every_time(data: Path) -> None:
    _put(data, *(f"c{number % 3}/2024042{number % 10}-08090{number % 7}-{number}.jpg" for number in range(60)))
    _put(data, *(f"c{number % 3}/{number}.mp4" for number in range(30)))
    assert _find([data]) == _find([data])


def test_a_still_is_read_as_stored_or_named(data: Path) -> None:
    path = write_picture(data / "a.png")
    (found,), _ = _find([data])
    rgb = read_still(found, path, Findings())
    assert rgb.shape == (96, 128, 3)
    assert tuple(rgb[80, 20]) == (200, 40, 40)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(BadInput) as caught:
        read_still(found, path, Findings())
    assert caught.value.file == found.file
    path.unlink()
    with pytest.raises(BadInput) as caught:
        read_still(found, path, Findings())
    assert caught.value.code == "file-unreadable"


@pytest.mark.parametrize(
    ("start", "content"),
    [
        (MP4, "video"),
        (b"\0\0\0\x18ftypheic" + bytes(300), "other"),
        (b"\x1aE\xdf\xa3" + bytes(300), "video"),
        (b"RIFF\0\0\0\0AVI LIST", "video"),
        (b"RIFF\0\0\0\0WAVEfmt ", "sound"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "other"),
        ((b"G" + bytes(187)) * 2 + b"G", "video"),
        (bytes(4) + (b"G" + bytes(191)) * 2 + b"G", "video"),
        (JPEG, "still"),
        (b"\x89PNG\r\n\x1a\n", "still"),
        (b"", "other"),
        (b"GGGG", "other"),
    ],
)
def test_first_bytes_tell_what_a_file_is(start: bytes, content: str) -> None:
    assert content_of(start) == content
