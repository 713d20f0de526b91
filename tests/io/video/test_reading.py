"""Videos are read at their exact times, whatever they come in and whatever is wrong with them."""

from __future__ import annotations

import gc
import struct
import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.io.video.making import HEIGHT, WIDTH, cut, number_of, picture, remux, write_clip

from pelagia.io.video.probing import probe
from pelagia.io.video.reading import VideoReader, open_video
from pelagia.io.video.turning import may_turn

TICK_S = 0.0011
CLIPS = [
    ("a.mp4", {}),
    ("a.mkv", {}),
    ("a.mov", {}),
    ("a.ts", {}),
    ("a.flv", {}),
    ("a.avi", {}),
    ("bare.h264", {}),
    ("sound.mp4", {"with_sound": True}),
    ("deep.mp4", {"pixel_format": "yuv420p10le"}),
    ("wide.mkv", {"pixel_format": "yuv422p"}),
    ("full.mkv", {"pixel_format": "yuv444p"}),
    ("hevc.mp4", {"codec": "libx265"}),
    ("mjpeg.avi", {"codec": "mjpeg", "pixel_format": "yuvj420p"}),
    ("mjpeg.mov", {"codec": "mjpeg", "pixel_format": "yuvj422p"}),
    ("vp9.webm", {"codec": "libvpx-vp9"}),
    ("vp8.webm", {"codec": "libvpx"}),
    ("mpeg2.mpg", {"codec": "mpeg2video"}),
    ("mpeg4.avi", {"codec": "mpeg4", "options": {"g": "10", "b": "2000000"}}),
    ("prores.mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le"}),
    ("rgb.avi", {"codec": "rawvideo", "pixel_format": "bgr24"}),
    ("planar.avi", {"codec": "utvideo", "pixel_format": "gbrp", "options": {}}),
    ("png.mov", {"codec": "png", "pixel_format": "rgb24"}),
]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """25 frames in one second, keyframes at 0, 0.4 and 0.8 s, frames reordered between."""
    return write_clip(tmp_path_factory.mktemp("clip") / "a.mp4")


@pytest.mark.parametrize(("name", "how"), CLIPS, ids=[name for name, _ in CLIPS])
def test_every_container_gives_each_frame_at_its_time_with_its_colours(
    tmp_path: Path, name: str, how: dict[str, object]
) -> None:
    path = write_clip(tmp_path / name, **how)  # type: ignore[arg-type]
    with open_video(path) as video:
        frames = list(video.frames())
        assert [number_of(frame.luma()) for frame in frames] == list(range(25))
        np.testing.assert_allclose([frame.time_s for frame in frames], np.arange(25) / 25, atol=TICK_S)
        sizes = video.packets()
        keys = [frame.time_s for frame in video.keyframes()]
        np.testing.assert_allclose(keys, sizes.keyframes_s, atol=1e-9)
        np.testing.assert_allclose(sizes.pts_s, [frame.time_s for frame in frames], atol=1e-9)
        assert sizes.bytes.sum() <= path.stat().st_size
        assert video.facts.is_variable_rate is False
        inside = [number_of(frame.luma()) for frame in video.frames(0.52, 0.6)]
        assert inside == [13, 14]
        rgb = frames[3].rgb()
        assert rgb.shape == (HEIGHT, WIDTH, 3)
        # 8 levels: chroma of half size, the loss of the codec, and luma of 219 steps.
        np.testing.assert_allclose(rgb[80, 20], (200, 40, 40), atol=8)
        np.testing.assert_allclose(rgb[80, 100], (40, 60, 180), atol=8)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.avi"])
def test_stretches_that_follow_each_other_give_what_the_whole_gives(tmp_path: Path, name: str) -> None:
    path = write_clip(tmp_path / name)
    cuts = [0.0, 0.1, 0.41, 0.5, 0.8, 0.97, 2.0]
    with open_video(path) as video:
        whole = [(frame.time_s, number_of(frame.luma())) for frame in video.frames()]
        parts = [
            (frame.time_s, number_of(frame.luma()))
            for start, end in pairwise(cuts)
            for frame in video.frames(start, end)
        ]
        assert parts == whole


def test_only_the_first_frame_at_or_after_each_multiple_is_given(clip: Path) -> None:
    with open_video(clip) as video:
        assert [frame.time_s for frame in video.frames(every_s=0.3)] == [0.0, 0.32, 0.6, 0.92]
        assert [frame.time_s for frame in video.frames(0.25, 0.7, every_s=0.3)] == [0.32, 0.6]
        assert [frame.time_s for frame in video.frames(every_s=0.04)] == [frame.time_s for frame in video.frames()]


def test_keyframes_are_given_for_a_stretch_and_at_most_one_in_a_time(tmp_path: Path, clip: Path) -> None:
    with open_video(clip) as video:
        assert [frame.time_s for frame in video.keyframes()] == [0.0, 0.4, 0.8]
        assert [frame.time_s for frame in video.keyframes(0.2, 0.8)] == [0.4]
        assert [frame.time_s for frame in video.keyframes(0.4)] == [0.4, 0.8]
        assert all(frame.is_key for frame in video.keyframes())
    with open_video(write_clip(tmp_path / "a.avi", codec="mjpeg", pixel_format="yuvj420p")) as video:
        assert video.facts.is_intra_only
        assert [frame.time_s for frame in video.keyframes(every_s=0.5)] == pytest.approx([0.0, 0.52])


def test_frames_that_stand_alone_are_decoded_only_where_they_are_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_clip(tmp_path / "a.mov", codec="mjpeg", pixel_format="yuvj420p", frames=50)
    with open_video(path) as video:
        every = [frame.time_s for frame in video.frames(0.3, 1.7, every_s=0.25)]
        video.packets()
        decoded: list[object] = []
        shown = VideoReader._shown
        monkeypatch.setattr(
            VideoReader, "_shown", lambda self, packet, *more: (decoded.append(packet), shown(self, packet, *more))[1]
        )
        assert [frame.time_s for frame in video.frames(0.3, 1.7, every_s=0.25)] == every
        assert every == pytest.approx([0.52, 0.76, 1.0, 1.28, 1.52])
        assert len(decoded) <= len(every) + 4
        assert video.issues == ()


def test_damage_is_told_by_who_stops_reading_early(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mov", codec="png", pixel_format="rgb24", frames=100)
    data = bytearray(path.read_bytes())
    tenth, few = len(data) // 10, len(data) // 20
    path.write_bytes(data[:tenth] + bytes(few) + data[tenth + few :])
    with open_video(path) as video:
        list(video.frames(0.0, 2.0))
        assert [issue.code for issue in video.issues] == ["frames-damaged"]


def test_times_of_a_varying_rate_are_those_of_the_file(tmp_path: Path) -> None:
    times_ms = [0, 40, 90, 400, 410, 420, 1500, 1533, 4000, 4040, 4100, 9000]
    path = write_clip(tmp_path / "a.mkv", frames=12, times_ms=times_ms)
    with open_video(path) as video:
        assert [round(frame.time_s * 1000) for frame in video.frames()] == times_ms
        assert [round(time * 1000) for time in video.packets().pts_s] == times_ms
        assert video.facts.is_variable_rate is True
        assert [number_of(frame.luma()) for frame in video.frames(1.0, 4.05)] == [6, 7, 8, 9]
        assert video.issues == ()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.integers(1, 5_000), min_size=3, max_size=20), start=st.floats(0, 1), length=st.floats(0, 1))
def test_any_stretch_of_any_times_holds_the_frames_within(
    tmp_path: Path, steps: list[int], start: float, length: float
) -> None:
    times_ms = [0, *np.cumsum(steps).tolist()]
    path = write_clip(tmp_path / "any.mkv", frames=len(times_ms), times_ms=times_ms)
    first_s, last_s = start * times_ms[-1] / 1000, (start + length) * times_ms[-1] / 1000
    with open_video(path) as video:
        found = [round(frame.time_s * 1000) for frame in video.frames(first_s, last_s)]
    assert found == [ms for ms in times_ms if first_s - 1e-6 <= ms / 1000 < last_s - 1e-6]


def test_luma_is_a_thinned_out_view_in_full_range(clip: Path) -> None:
    with open_video(clip) as video:
        frame = next(video.frames(0.4))
        whole = frame.luma()
        assert whole.shape == (HEIGHT, WIDTH)
        assert frame.luma(4).shape == (HEIGHT // 4, WIDTH // 4)
        np.testing.assert_array_equal(frame.luma(4), whole[2::4, 2::4])
        assert number_of(whole) == 10
        grey = frame.rgb().astype(float) @ (0.299, 0.587, 0.114)
        np.testing.assert_allclose(whole[50:, 10:50], grey[50:, 10:50], atol=3)


def test_a_frame_is_scaled_to_any_size(clip: Path) -> None:
    with open_video(clip) as video:
        frame = next(video.frames())
        assert frame.rgb(30, 40).shape == (30, 40, 3)
        assert frame.rgb(48).shape == (48, 64, 3)
        assert frame.rgb(width_px=256).shape == (192, 256, 3)
        np.testing.assert_allclose(frame.rgb(24, 32)[20, 5], (200, 40, 40), atol=8)


@pytest.mark.parametrize("rotation_deg", [90, 180, 270])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_frames_are_turned_as_the_file_says(tmp_path: Path, name: str, rotation_deg: int) -> None:
    path = write_clip(tmp_path / name, rotation_deg=rotation_deg)
    with open_video(path) as video:
        frame = next(video.frames())
        turned = np.rot90(picture(0), video.facts.rotation_deg // 90)
        assert video.facts.rotation_deg % 180 == rotation_deg % 180
        assert (video.facts.height_px, video.facts.width_px) == turned.shape[:2] == (frame.height_px, frame.width_px)
        assert frame.luma().shape == turned.shape[:2]
        assert frame.rgb(turned.shape[0] // 2, turned.shape[1] // 2).shape[:2] == (
            turned.shape[0] // 2,
            turned.shape[1] // 2,
        )
        np.testing.assert_allclose(frame.rgb().mean(axis=(0, 1)), turned.mean(axis=(0, 1)), atol=6)
        assert np.abs(frame.rgb().astype(int) - turned).mean() < 8


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.avi"])
def test_a_file_that_turns_nothing_is_known_without_decoding(tmp_path: Path, name: str) -> None:
    path = write_clip(tmp_path / name)
    assert not may_turn(path, probe(path).container)


def test_a_header_that_cannot_be_read_may_turn_frames(tmp_path: Path) -> None:
    path = cut(write_clip(tmp_path / "a.mp4", rotation_deg=90), tmp_path / "b.mp4", 0.999)
    assert may_turn(path, "mov,mp4,m4a,3gp,3g2,mj2")
    assert may_turn(tmp_path / "none.mp4", "mov,mp4,m4a,3gp,3g2,mj2")
    nested = b"".join(struct.pack(">I4s", 8 * (5_000 - level), b"moov") for level in range(5_000))
    (tmp_path / "deep.mp4").write_bytes(nested)
    assert may_turn(tmp_path / "deep.mp4", "mov,mp4,m4a,3gp,3g2,mj2")


def test_a_missing_end_gives_the_frames_before_it_and_one_finding(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "a.mkv", frames=200, options={"g": "10", "crf": "1"})
    path = cut(whole, tmp_path / "b.mkv", 0.5)
    with open_video(path) as video:
        frames = [frame.time_s for frame in video.frames()]
        assert 50 < len(frames) < 150
        np.testing.assert_allclose(frames, np.arange(len(frames)) / 25, atol=TICK_S)
        assert [issue.code for issue in video.issues] == ["video-truncated"]
        video.packets()
        assert [issue.code for issue in video.issues] == ["video-truncated"]
        assert video.issues[0].file == str(path)
        assert "8.0" in video.issues[0].message


def test_a_file_with_its_index_first_gives_the_frames_before_its_missing_end(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "a.avi", frames=100, codec="mjpeg", pixel_format="yuvj420p")
    with open_video(cut(whole, tmp_path / "b.avi", 0.6)) as video:
        count = sum(1 for _ in video.frames())
        assert 40 < count < 80
        assert "video-truncated" in {issue.code for issue in video.issues}


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"), [("a.mp4", "libx264", "yuv420p"), ("a.mov", "png", "rgb24")]
)
def test_damage_within_costs_the_frames_it_hits_and_is_told(
    tmp_path: Path, name: str, codec: str, pixel_format: str
) -> None:
    path = write_clip(tmp_path / name, frames=100, codec=codec, pixel_format=pixel_format)
    data = bytearray(path.read_bytes())
    third, few = len(data) // 3, len(data) // 20
    path.write_bytes(data[:third] + bytes(few) + data[third + few :])
    with open_video(path) as video:
        frames = [frame.time_s for frame in video.frames()]
        assert 80 <= len(frames) < 100
        assert frames == sorted(set(frames))
        assert frames[-1] == pytest.approx(99 / 25)
        assert "frames-damaged" in {issue.code for issue in video.issues}
        assert all(issue.file == str(path) and issue.remedy for issue in video.issues)


def test_a_hole_in_a_steady_film_is_told(tmp_path: Path) -> None:
    plain = write_clip(tmp_path / "a.mkv", frames=200, options={"g": "10", "bf": "0"})
    times = [(40 * number + 5_000 * (number >= 100),) * 2 for number in range(200)]
    with open_video(remux(plain, tmp_path / "b.mkv", times)) as video:
        video.packets()
        assert [(issue.code, issue.value) for issue in video.issues] == [("frames-missing", "1 gaps, 5.0 s")]


def test_repeated_times_are_spread_and_told(tmp_path: Path) -> None:
    plain = write_clip(tmp_path / "a.mkv", options={"g": "10", "bf": "0"})
    times = [(40 * number, 40 * number) for number in range(25)]
    times[5] = times[6] = times[4]
    with open_video(remux(plain, tmp_path / "b.mkv", times)) as video:
        found = [frame.time_s for frame in video.frames()]
        assert len(found) == 25
        assert all(after > before for before, after in pairwise(found))
        np.testing.assert_allclose(np.delete(found, [5, 6]), np.delete(np.arange(25) / 25, [5, 6]), atol=TICK_S)
        assert [(issue.code, issue.value) for issue in video.issues] == [("times-repeated", "2 frames")]
        sizes = video.packets()
        assert not sizes.is_regular
        np.testing.assert_allclose(sizes.pts_s, found, atol=1e-9)


def test_times_that_go_back_are_joined_and_told_wherever_reading_begins(tmp_path: Path) -> None:
    plain = write_clip(tmp_path / "a.ts", frames=20, options={"g": "10", "bf": "0"})
    again = write_clip(tmp_path / "b.ts", frames=20, options={"g": "10", "bf": "0"})
    joined = tmp_path / "c.ts"
    joined.write_bytes(plain.read_bytes() + again.read_bytes())
    with open_video(joined) as video:
        sizes = video.packets()
        assert not sizes.is_regular
        whole = [(frame.time_s, number_of(frame.luma())) for frame in video.frames()]
        np.testing.assert_allclose([time for time, _ in whole], np.arange(40) / 25, atol=TICK_S)
        assert [number for _, number in whole] == [*range(20), *range(20)]
        np.testing.assert_allclose(sizes.pts_s, [time for time, _ in whole], atol=1e-9)
        assert "times-backward" in {issue.code for issue in video.issues}
        assert [pair for pair in whole if 0.9 <= pair[0] < 1.1] == [
            (frame.time_s, number_of(frame.luma())) for frame in video.frames(0.9, 1.1)
        ]
    with open_video(joined, seeks=False) as video:
        assert [frame.time_s for frame in video.frames(0.9, 1.1)] == [time for time, _ in whole if 0.9 <= time < 1.1]


def test_a_new_reading_ends_the_one_before(clip: Path) -> None:
    with open_video(clip) as video:
        first = video.frames()
        next(first)
        assert len(video.packets()) == 25
        with pytest.raises(RuntimeError, match="another reading"):
            list(first)


def test_packets_of_a_stretch_are_those_within(clip: Path) -> None:
    with open_video(clip) as video:
        whole = video.packets()
        some = video.packets(0.4, 0.8)
        inside = (whole.pts_s >= 0.4 - 1e-6) & (whole.pts_s < 0.8 - 1e-6)
        np.testing.assert_array_equal(some.pts_s, whole.pts_s[inside])
        np.testing.assert_array_equal(some.bytes, whole.bytes[inside])


def test_several_threads_give_the_same_frames(clip: Path) -> None:
    with open_video(clip) as one, open_video(clip, threads=2) as two:
        pairs = zip(one.frames(), two.frames(), strict=True)
        assert all(a.time_s == b.time_s and np.array_equal(a.luma(), b.luma()) for a, b in pairs)


def test_five_hundred_files_leave_no_descriptor_and_no_thread(clip: Path) -> None:
    def opened() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    def threads() -> int:
        return len(list(Path("/proc/self/task").iterdir()))

    with open_video(clip) as video:
        next(video.frames())
    gc.collect()
    before, running = opened(), threads()
    for number in range(500):
        with open_video(clip, threads=1 + number % 2) as video:
            next(video.keyframes())
    del video
    gc.collect()
    assert opened() == before
    assert threads() == running
    assert threading.active_count() < 20
