"""Live streams are recorded without losing a frame, connected again, and told truly; no server does harm."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.io.video.stream_servers import LiveHls, Rtsp, brightness, silent, transport_stream

from pelagia.core.errors import BadParameter, Conflict, Unavailable
from pelagia.core.result import Issue
from pelagia.io.sources.allowed import VARIABLE
from pelagia.io.video.stream import Patience, Segment, record_stream

QUICK = Patience(open_s=2, read_s=1.5, first_pause_s=0.1, longest_pause_s=0.3, give_up_s=1)
SECRET = "herring"


@pytest.fixture
def hls() -> Iterator[LiveHls]:
    server = LiveHls()
    yield server
    server.close()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """40 frames, a keyframe every half second."""
    path = tmp_path / "film.ts"
    path.write_bytes(transport_stream(40))
    return path


def record(uri: str, folder: Path, *, until_s: float = 3, **more: Any) -> list[Segment]:
    return list(record_stream(uri, folder, segment_s=1, until_s=until_s, patience=QUICK, **more))


def frames(segments: list[Segment]) -> int:
    return sum(len(brightness(segment.path)) for segment in segments)


def follow_each_other(segments: list[Segment]) -> bool:
    return all(np.isclose(a.ended_at + b.gap_s, b.started_at) for a, b in pairwise(segments))


def test_a_live_hls_stream_becomes_pieces_that_follow_each_other(hls: LiveHls, tmp_path: Path) -> None:
    segments = record(hls.url, tmp_path)
    assert [segment.number for segment in segments] == list(range(len(segments)))
    assert len(segments) > 3
    assert [len(brightness(segment.path)) for segment in segments[:-1]] == [10] * (len(segments) - 1)
    shown = [level for segment in segments for level in brightness(segment.path)]
    # Each frame is brighter than the one before by one level of 255, or by none or two after the compression.
    assert set(np.diff(shown)) <= {0, 1, 2}
    assert follow_each_other(segments)
    assert [segment.issue for segment in segments] == [None] * len(segments)
    assert all(segment.ended_at - segment.started_at == pytest.approx(1, abs=0.01) for segment in segments[:-1])
    assert [segment.size_bytes for segment in segments] == [segment.path.stat().st_size for segment in segments]


def test_a_broadcast_that_is_over_ends_the_recording(hls: LiveHls, tmp_path: Path) -> None:
    told: list[Issue] = []
    segments = []
    for segment in record_stream(hls.url, tmp_path, segment_s=1, until_s=60, patience=QUICK, tell=told.append):
        hls.has_ended = True
        segments.append(segment)
    shown = [level for segment in segments for level in brightness(segment.path)]
    assert set(np.diff(shown)) <= {0, 1, 2}
    assert told == []


def test_a_stream_does_not_lead_to_a_server_that_is_not_allowed(
    hls: LiveHls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = LiveHls()
    hls.elsewhere = f"http://127.0.0.1:{other.port}/"
    monkeypatch.setenv(VARIABLE, f"http://127.0.0.1:{hls.port}/")
    with pytest.raises(Unavailable, match="another server") as caught:
        record(hls.url, tmp_path)
    assert other.asked == []
    assert caught.value.code == "stream-unreachable"
    other.close()


def test_an_allowed_stream_is_read_with_all_its_pieces(
    hls: LiveHls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"http://127.0.0.1:{hls.port}/")
    assert frames(record(hls.url, tmp_path, until_s=1.5)) > 10


@pytest.mark.parametrize("place", ["file://", "concat:", "subfile,,start,0,end,9,,:"])
def test_a_playlist_cannot_have_files_of_this_machine_read(
    hls: LiveHls, tmp_path: Path, film: Path, place: str
) -> None:
    hls.elsewhere = f"{place}{film}#"
    (tmp_path / "out").mkdir()
    with pytest.raises(Unavailable):
        record(hls.url, tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.mkv"))


def test_a_user_and_a_password_are_sent_to_the_server_and_told_nobody(hls: LiveHls, tmp_path: Path) -> None:
    hls.needs = "Basic bWU6aGVycmluZw=="
    assert record(hls.url.replace("127", f"me:{SECRET}@127", 1), tmp_path, until_s=1.5)
    assert all(SECRET.encode() not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_login_is_taken_from_the_netrc_file(hls: LiveHls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    hls.needs = "Basic bWU6aGVycmluZw=="
    (tmp_path / "out").mkdir()
    assert record(hls.url, tmp_path / "out", until_s=1.5)
    assert all(SECRET.encode() not in path.read_bytes() for path in (tmp_path / "out").iterdir())


def test_an_rtsp_stream_that_dies_is_connected_again_and_the_gap_told(tmp_path: Path) -> None:
    server = Rtsp(frames=25)
    uri = f"rtsp://me:{SECRET}@127.0.0.1:{server.port}/camera"
    patience = Patience(open_s=5, read_s=2, first_pause_s=1.2, longest_pause_s=1.2, give_up_s=5)
    segments = list(record_stream(uri, tmp_path, segment_s=1, until_s=9, patience=patience))
    server.close()
    assert server.connections >= 2
    assert any(value.startswith("Basic ") for value in server.authorizations)
    gaps = [segment for segment in segments if segment.issue]
    assert gaps
    for segment in gaps:
        assert segment.issue is not None
        assert (segment.issue.code, segment.issue.file) == ("stream-gap", f"rtsp://127.0.0.1:{server.port}/camera")
        assert 1 < segment.gap_s < 6
    assert follow_each_other(segments)
    assert SECRET not in (tmp_path / "index.jsonl").read_text() + str(segments)


def test_a_stream_that_dies_for_good_ends_with_a_finding_and_keeps_what_came(tmp_path: Path) -> None:
    server = Rtsp(frames=15)
    uri = f"rtsp://me:{SECRET}@127.0.0.1:{server.port}/camera"
    told: list[Issue] = []
    segments = []
    for segment in record_stream(uri, tmp_path, segment_s=1, until_s=5, patience=QUICK, tell=told.append):
        if not segments:
            server.close()
        segments.append(segment)
    assert frames(segments) >= 8
    assert [issue.code for issue in told] == ["stream-stopped"]
    assert SECRET not in str(told)
    again: list[Issue] = []
    assert record(uri, tmp_path, tell=again.append) == segments
    assert again == told


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_stream_that_is_not_there_is_named_without_its_password(scheme: str, tmp_path: Path) -> None:
    with silent() as port:
        pass
    with pytest.raises(Unavailable) as caught:
        record(f"{scheme}://me:{SECRET}@127.0.0.1:{port}/live.m3u8?token={SECRET}", tmp_path)
    assert caught.value.file == f"{scheme}://127.0.0.1:{port}/live.m3u8?token=***"
    assert SECRET not in str(caught.value) + repr(caught.value.__cause__) + repr(caught.value.__context__)
    assert all(SECRET.encode() not in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_server_that_never_says_a_word_is_given_up(scheme: str, tmp_path: Path) -> None:
    with silent() as port, pytest.raises(Unavailable, match="nothing came in time"):
        record(f"{scheme}://127.0.0.1:{port}/live.m3u8", tmp_path)


@pytest.mark.parametrize("status", [200, 500])
def test_a_server_that_sends_garbage_is_given_up(status: int, tmp_path: Path) -> None:
    class Garbage(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(np.random.default_rng(1).bytes(200_000))

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Garbage)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    with pytest.raises(Unavailable, match="is no video" if status == 200 else "answered 500"):
        record(f"http://127.0.0.1:{server.server_port}/live", tmp_path)
    server.shutdown()
    server.server_close()


def test_pieces_that_wait_too_long_are_given_up_and_it_is_told(hls: LiveHls, tmp_path: Path) -> None:
    pieces = record_stream(hls.url, tmp_path, segment_s=0.5, until_s=4, backlog=2, patience=QUICK)
    first = next(pieces)
    threading.Event().wait(2)
    assert len(list(tmp_path.glob("*.mkv"))) <= 1 + 2
    rest = list(pieces)
    assert rest[0].number > first.number + 1
    assert rest[0].issue is not None
    assert (rest[0].issue.code, rest[0].issue.severity) == ("stream-behind", "warning")
    assert rest[0].gap_s == pytest.approx(0.5 * (rest[0].number - 1), abs=0.01)
    assert follow_each_other([first, *rest])
    assert list(record_stream(hls.url, tmp_path, segment_s=0.5, until_s=4, backlog=2)) == [first, *rest]


def test_a_recording_that_was_stopped_goes_on_with_the_same_pieces_first(tmp_path: Path) -> None:
    hls = LiveHls(step_s=0.5)
    pieces = record_stream(hls.url, tmp_path, segment_s=1, until_s=9, patience=QUICK)
    before = list(islice(pieces, 2))
    pieces.close()
    threading.Event().wait(4)
    until = json.loads((tmp_path / "index.jsonl").read_text().splitlines()[0])["until"]
    after = record(hls.url, tmp_path, until_s=1000)
    assert after[:2] == before
    assert [segment.number for segment in after] == sorted({segment.number for segment in after})
    gaps = [segment for segment in after[2:] if segment.issue]
    assert gaps and gaps[0].issue is not None and "analysis was stopped" in gaps[0].issue.message
    assert until - 2 < after[-1].ended_at < until + 4
    asked = len(hls.asked)
    assert record(hls.url, tmp_path) == after
    assert len(hls.asked) == asked
    hls.close()


def test_a_play_list_read_again_does_not_record_a_frame_twice_or_lose_one(hls: LiveHls, tmp_path: Path) -> None:
    pieces = record_stream(hls.url, tmp_path, segment_s=1, until_s=5, patience=QUICK)
    next(pieces)
    pieces.close()
    segments = record(hls.url, tmp_path)
    shown = [level for segment in segments for level in brightness(segment.path)]
    assert set(np.diff(shown)) <= {0, 1, 2}
    assert len(shown) == pytest.approx(max(shown) - min(shown), rel=0.12)
    assert [segment.gap_s for segment in segments] == [0] * len(segments)


def test_what_a_killed_process_left_half_written_is_put_aside(film: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    pieces = record_stream(str(film), folder, segment_s=1, until_s=60)
    before = list(islice(pieces, 2))
    pieces.close()
    (folder / "next-0.mkv.part").write_bytes(b"half")
    (folder / "000009.mkv").write_bytes(b"not in the list")
    with (folder / "index.jsonl").open("ab") as index:
        index.write(b'{"sealed": {"numb')
    after = record(str(film), folder)
    assert after[:2] == before
    assert sorted(path.name for path in folder.iterdir()) == [*(f"00000{n}.mkv" for n in range(4)), "index.jsonl"]


def test_a_file_is_cut_at_keyframes_and_loses_no_frame(film: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    segments = record(str(film), tmp_path / "out")
    assert [len(brightness(segment.path)) for segment in segments] == [10, 10, 10, 10]
    assert [segment.gap_s for segment in segments] == [0, 0, 0, 0]


@pytest.mark.parametrize("taken", [1, 2, 3])
def test_a_file_goes_on_where_it_was_left(film: Path, tmp_path: Path, taken: int) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    pieces = record_stream(str(film), cut, segment_s=1, until_s=60, backlog=1)
    first = list(islice(pieces, taken))
    pieces.close()
    again = record(str(film), cut)
    assert again[:taken] == first
    assert [level for one in again for level in brightness(one.path)] == [
        level for one in record(str(film), whole) for level in brightness(one.path)
    ]
    assert [one.gap_s for one in again] == [0] * len(again)


def test_a_clock_that_jumps_begins_another_piece(tmp_path: Path) -> None:
    path = tmp_path / "film.ts"
    path.write_bytes(transport_stream(10) + transport_stream(10, 5000))
    (tmp_path / "out").mkdir()
    segments = list(record_stream(str(path), tmp_path / "out", segment_s=30, until_s=60))
    assert [len(brightness(segment.path)) for segment in segments] == [10, 10]


def test_nobody_follows_a_stream_that_nobody_takes_any_more(hls: LiveHls, tmp_path: Path) -> None:
    pieces = record_stream(hls.url, tmp_path, segment_s=1, until_s=600, patience=QUICK)
    next(pieces)
    assert any(thread.name == "pelagia-stream" for thread in threading.enumerate())
    pieces.close()
    assert not any(thread.name == "pelagia-stream" for thread in threading.enumerate())


def test_the_folder_of_one_stream_does_not_take_another(film: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    record(str(film), tmp_path / "out")
    with pytest.raises(Conflict, match="another stream"):
        record("rtsp://127.0.0.1/other", tmp_path / "out")


@pytest.mark.parametrize("wrong", [{"segment_s": 0}, {"until_s": 0}, {"backlog": 0}])
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(BadParameter):
        next(record_stream("x", tmp_path, **{"segment_s": 1, "until_s": 1, "backlog": 1} | wrong))


def test_a_file_without_a_picture_is_no_stream(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(Unavailable):
        record(str(tmp_path / "missing.mp4"), tmp_path / "out")
