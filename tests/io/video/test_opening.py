"""What is no video is named for what it is, and a hostile file reaches nothing but itself."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.io.video.making import cut, write_clip, write_sound

from pelagia.core.errors import BadInput
from pelagia.io.video.opening import MAX_FRAME_PIXELS, open_container
from pelagia.io.video.probing import probe, started_from_file
from pelagia.io.video.reading import open_video


def _refused(path: Path) -> BadInput:
    with pytest.raises(BadInput) as caught, open_video(path, file="theirs") as video:
        list(video.frames())
    assert caught.value.file == "theirs"
    assert caught.value.remedy and caught.value.value
    assert str(path) not in str(caught.value)
    return caught.value


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", metadata={"creation_time": "2024-04-22T08:09:01.250000Z"})
    facts = probe(path)
    assert facts.duration_s == pytest.approx(1.0)
    assert (facts.frame_rate, facts.average_rate, facts.frames) == (25.0, 25.0, 25)
    assert (facts.height_px, facts.width_px, facts.rotation_deg) == (96, 128, 0)
    assert (facts.codec, facts.pixel_format, facts.container[:3]) == ("h264", "yuv420p", "mov")
    assert facts.is_variable_rate is None
    assert not facts.is_intra_only
    assert started_from_file(facts) == pytest.approx(1713773341.0, abs=1)


@pytest.mark.parametrize("moment", ["1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "yesterday"])
def test_a_clock_that_was_never_set_tells_nothing(tmp_path: Path, moment: str) -> None:
    facts = probe(write_clip(tmp_path / "a.mkv", metadata={"creation_time": moment}))
    assert started_from_file(facts) is None


def test_a_file_that_says_nothing_of_its_time_tells_nothing(tmp_path: Path) -> None:
    assert started_from_file(probe(write_clip(tmp_path / "a.avi"))) is None


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert _refused(tmp_path / "a.mp4").code == "empty-file"


def test_a_text_called_a_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("to whom it may concern\n" * 50)
    assert _refused(tmp_path / "a.mp4").code == "not-a-video"


def test_sound_alone_is_named(tmp_path: Path) -> None:
    error = _refused(write_sound(tmp_path / "a.mp4"))
    assert (error.code, error.value) == ("no-video", "audio")


def test_a_cut_off_index_is_named(tmp_path: Path) -> None:
    assert _refused(cut(write_clip(tmp_path / "a.mp4"), tmp_path / "b.mp4", 0.5)).code == "damaged"


def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    assert _refused(tmp_path / "none.mp4").code == "file-unreadable"
    assert _refused(tmp_path).code == "file-unreadable"


def test_frames_of_too_many_pixels_are_refused(tmp_path: Path) -> None:
    side = int(MAX_FRAME_PIXELS**0.5) + 200
    path = write_clip(tmp_path / "a.mov", frames=1, codec="png", pixel_format="gray", options={}, size=(side, side))
    error = _refused(path)
    assert (error.code, error.value) == ("too-large-frame", f"{side} × {side} pixels")


def test_an_eight_k_frame_is_read(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "a.mp4", frames=2, codec="mjpeg", pixel_format="yuvj420p", options={}, size=(4320, 7680)
    )
    with open_video(path) as video:
        frame = next(video.frames())
        assert frame.luma(24).shape == (180, 320)
        assert frame.rgb(270, 480).shape == (270, 480, 3)


def _playlist(secret: Path, _port: int) -> str:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{secret}\n#EXT-X-ENDLIST\n"


def _web_playlist(_secret: Path, port: int) -> str:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n"


def _joined(secret: Path, _port: int) -> str:
    return f"ffconcat version 1.0\nfile '{secret}'\n"


def _joined_from_web(_secret: Path, port: int) -> str:
    return f"ffconcat version 1.0\nfile 'http://127.0.0.1:{port}/a.mp4'\n"


def _session(_secret: Path, port: int) -> str:
    return f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n"


def _manifest(secret: Path, _port: int) -> str:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
        f"<Representation><BaseURL>file://{secret}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )


@pytest.mark.parametrize("suffix", [".mp4", ".m3u8", ".mkv", ".sdp", ".ffconcat", ".mpd", ".jpg"])
@pytest.mark.parametrize(
    "text", [_playlist, _web_playlist, _joined, _joined_from_web, _session, _manifest], ids=lambda one: one.__name__
)
def test_a_file_that_names_others_reads_none_of_them(
    tmp_path: Path, text: Callable[[Path, int], str], suffix: str
) -> None:
    secret = write_clip(tmp_path / "secret.mp4", frames=5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        evil = tmp_path / f"evil{suffix}"
        evil.write_text(text(secret, server.getsockname()[1]))
        assert _refused(evil).code == "not-a-video"
        with pytest.raises(BlockingIOError):  # nobody called
            server.accept()


def test_what_is_refused_would_be_read_without_the_list_of_formats(tmp_path: Path) -> None:
    secret = write_clip(tmp_path / "secret.mp4", frames=5)
    evil = tmp_path / "evil.mp4"
    evil.write_text(f"ffconcat version 1.0\nfile '{secret.name}'\n")
    with av.open(str(evil)) as container:
        assert len(list(container.decode(video=0))) == 5
    assert _refused(evil).code == "not-a-video"


def test_a_name_that_looks_like_an_address_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("http:a.mp4", "concat:a.mp4", "-i.mp4", "%03d.mp4", "data:a.mp4"):
        write_clip(tmp_path / "a.mp4", frames=3).replace(name)
        with open_video(Path(name)) as video:
            assert sum(1 for _ in video.frames()) == 3


def test_a_track_of_another_file_is_not_followed(tmp_path: Path) -> None:
    """QuickTime may say that the data of a track stands in another file."""
    secret = write_clip(tmp_path / "secret.mov", frames=5)
    data = bytearray(secret.read_bytes())
    at = data.index(b"url ", data.index(b"dref"))
    assert data[at + 4 : at + 8] == b"\0\0\0\1"
    data[at + 7] = 0  # no longer "in this very file"
    data = data.replace(data[data.index(b"mdat") - 4 : data.index(b"moov") - 4], struct.pack(">I4s", 8, b"mdat"))
    evil = tmp_path / "evil.mov"
    evil.write_bytes(data)
    with open_video(evil) as video:
        assert list(video.frames()) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["a.mp4", "a.mkv", "a.ts", "a.avi", "a.webm"]),
    edits=st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=40)), max_size=6),
    share=st.floats(0.01, 1.0),
)
def test_any_damage_ends_in_frames_or_a_named_error(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, name: str, edits: list[tuple[float, bytes]], share: float
) -> None:
    source = tmp_path / name
    if not source.exists():
        write_clip(source, codec="libvpx" if name.endswith("webm") else "libx264")
    data = bytearray(source.read_bytes())
    for place, piece in edits:
        at = int(place * len(data))
        data[at : at + len(piece)] = piece
    path = tmp_path_factory.mktemp("hurt") / name
    path.write_bytes(data[: max(1, int(len(data) * share))])
    try:
        with open_video(path) as video:
            times = [frame.time_s for frame in video.frames()]
            assert times == sorted(set(times))
            assert len(video.packets()) < 10_000
            assert len([frame.rgb(8, 8) for frame in video.keyframes()]) <= 10_000
    except BadInput as error:
        assert error.remedy and error.file


def test_a_failed_opening_leaves_nothing_open(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.mp4")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(50):
        with pytest.raises(BadInput):
            open_container(path, "a")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
