"""Screening of drawn clips and stills: verdicts, what is found interesting, which time frames stand for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from pelagia.io.video.reading import VideoReader, open_video
from pelagia.services.ecosystem.columns import FRAME_COLUMNS, USABLE, VERDICTS
from pelagia.services.ecosystem.interest_weights import FEATURES, FIXED, interest
from pelagia.services.ecosystem.sample.filming import Film, draw_clip
from pelagia.services.ecosystem.sample.reef import Reef
from pelagia.services.ecosystem.sample.truth import Bad, Truth
from pelagia.services.ecosystem.sample.visits import Visit
from pelagia.services.ecosystem.screened_stills import screen_stills
from pelagia.services.ecosystem.screening import Screened, screen_clip, stretches
from pelagia.services.ecosystem.verdicts import frozen_runs, repeated_runs

HEIGHT, WIDTH = 180, 320
VISITS = (
    Visit("Diplodus vulgaris", 12.0, 18.0, row=0.4, length=0.2),
    Visit("Chromis chromis", 40.0, 44.0, row=0.5, length=0.15, to_left=True),
)


def reef(duration_s: float, *, visits: tuple[Visit, ...] = (), bad: tuple[Bad, ...] = (), seed: int = 7) -> Reef:
    return Reef(
        height_px=HEIGHT, width_px=WIDTH, frames_per_s=10, duration_s=duration_s, seed=seed, visits=visits, bad=bad
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def visited(folder: Path) -> tuple[Path, Truth]:
    path = folder / "visited.mp4"
    return path, draw_clip(path, reef(60, visits=VISITS), Film(key_every_s=1))


@pytest.fixture(scope="module")
def spoilt(folder: Path) -> tuple[Path, Truth]:
    kinds = ("dark", "overexposed", "blurred", "turbid", "frozen")
    bad = tuple(Bad(kind, 5 + 20 * at, 17 + 20 * at) for at, kind in enumerate(kinds))
    path = folder / "spoilt.mp4"
    return path, draw_clip(path, reef(105, bad=bad), Film(key_every_s=1))


@pytest.fixture
def reader(visited: tuple[Path, Truth]) -> Iterator[VideoReader]:
    with open_video(visited[0]) as opened:
        yield opened


def screened_of(path: Path, **options: object) -> Screened:
    with open_video(path) as opened:
        return screen_clip(opened, **options)  # type: ignore[arg-type]


class TestVerdicts:
    def test_each_fault_is_named_and_what_is_good_is_usable(self, spoilt: tuple[Path, Truth]) -> None:
        screened = screened_of(spoilt[0])
        for time_s, number in zip(screened.time_s.tolist(), screened.verdict.tolist(), strict=True):
            # The first second of a frozen stretch cannot be told from a moment in which nothing happens.
            kind = next((bad.kind for bad in spoilt[1].bad if bad.start_s <= time_s < bad.end_s), USABLE)
            begins = any(bad.kind == "frozen" and bad.start_s <= time_s < bad.start_s + 1 for bad in spoilt[1].bad)
            assert VERDICTS[number] == kind or begins, time_s

    def test_a_short_stop_is_not_frozen(self) -> None:
        times = np.arange(20.0)
        same = np.isin(np.arange(20), [3, 4, 5, 10, 11, 12, 13, 14, 15, 16, 17])
        assert np.flatnonzero(frozen_runs(times, same)).tolist() == list(range(10, 18))

    def test_a_sequence_that_is_shown_again_is_a_duplicate_and_a_quiet_scene_is_not(self) -> None:
        nothing, shown_again = np.full(12, -1), np.array([-1] * 6 + [0, 1, 2, 3, -1, 4])
        moving, still = np.zeros(12, bool), np.ones(12, bool)
        assert np.flatnonzero(repeated_runs(shown_again, moving)).tolist() == [6, 7, 8, 9]
        assert not repeated_runs(shown_again, still).any() and not repeated_runs(nothing, moving).any()


class TestInterest:
    def test_every_visit_is_kept_and_most_of_the_rest_is_not(
        self, reader: VideoReader, visited: tuple[Path, Truth]
    ) -> None:
        found = stretches(screen_clip(reader), interest_from=0.5, margin_s=1)
        for event in visited[1].events:
            assert any(start < event.end_s and end > event.start_s for start, end in found)
        assert sum(end - start for start, end in found) < 0.5 * 60

    def test_every_frame_tells_the_same_as_keyframes(self, reader: VideoReader) -> None:
        screened = screen_clip(reader, screen="frames")
        assert len(screened.time_s) == 600 and screened.method == "frames"
        in_view = (screened.time_s > 13) & (screened.time_s < 17)
        empty = (screened.time_s > 22) & (screened.time_s < 38)
        assert (screened.interest[in_view] > 0.5).mean() > 0.9
        assert (screened.interest[empty] > 0.5).mean() < 0.05
        assert np.isnan(screened.scores["uiqm"]).mean() == pytest.approx(0.9, abs=0.02)

    def test_of_a_moving_camera_motion_is_not_told(self, reader: VideoReader) -> None:
        screened = screen_clip(reader, moving=True)
        assert np.isnan(screened.scores["motion"]).all()
        assert not np.isnan(screened.scores["objectness"]).any()

    def test_what_passes_between_two_keyframes_is_found_by_its_packets(self, folder: Path) -> None:
        quick = (Visit("Diplodus vulgaris", 24.6, 27.4, row=0.4, length=0.3),)
        path = folder / "rare.mp4"
        draw_clip(path, reef(48, visits=quick), Film(key_every_s=8))
        screened = screened_of(path)
        assert screened.method == "keyframes" and not screened.is_key.all()
        assert any(start < 26 < end for start, end in stretches(screened, interest_from=0.5, margin_s=1))

    def test_where_keyframes_are_too_rare_frames_are_spaced_and_that_is_told(self, folder: Path) -> None:
        path = folder / "one_key.mp4"
        draw_clip(path, reef(24), Film(key_every_s=100))
        screened = screened_of(path)
        assert screened.method == "spaced" and np.diff(screened.time_s) == pytest.approx(2.0)
        assert [issue.code for issue in screened.issues] == ["few-keyframes"]

    def test_of_few_frames_nobody_knows_what_is_usual_so_they_are_searched(self, folder: Path) -> None:
        path = folder / "short.mp4"
        draw_clip(path, reef(2), Film(key_every_s=1))
        screened = screened_of(path)
        assert (screened.interest >= 0.5).all()
        assert stretches(screened, interest_from=0.5, margin_s=1) == [(0.0, pytest.approx(2.0))]

    @pytest.mark.parametrize("name", ["motion", "packet_sigmas", "objectness", "novelty"])
    def test_more_of_a_score_is_never_less_interesting(self, name: str) -> None:
        scores = {key: np.full(9, 0.3, np.float32) for key in ("motion", "objectness", "novelty", "packet_sigmas")}
        scores[name] = np.linspace(0, 1, 9).astype(np.float32)
        assert (np.diff(interest(scores, FIXED)) >= 0).all()
        assert set(FIXED) == {"intercept", *FEATURES}


class TestScreened:
    def test_equal_films_give_equal_scores(self, visited: tuple[Path, Truth]) -> None:
        assert screened_of(visited[0]).columns() == screened_of(visited[0]).columns()

    @pytest.mark.parametrize("screen", ["keyframes", "frames"])
    def test_frames_stand_for_all_the_time_of_parts(self, visited: tuple[Path, Truth], screen: str) -> None:
        parts = [(0.0, 20.5), (20.5, 40.0), (40.0, None)]
        found = [screened_of(visited[0], screen=screen, start_s=start, end_s=end) for start, end in parts]
        assert [one.stands_for_s.sum() for one in found] == pytest.approx([20.5, 19.5, 20.0])
        times = np.concatenate([one.time_s for one in found])
        assert (np.diff(times) > 0).all() and len(times) == (60 if screen == "keyframes" else 600)

    def test_rows_hold_columns_of_the_table_of_frames(self, reader: VideoReader) -> None:
        kinds = {column.name: column.type for column in FRAME_COLUMNS}
        row = screen_clip(reader).rows()[0]
        assert set(row) <= set(kinds)
        assert row["change"] is None and isinstance(row["uiqm"], float) and row["verdict"] == USABLE

    def test_stretches_do_not_touch_and_stay_inside(self, reader: VideoReader) -> None:
        screened = screen_clip(reader, start_s=10, end_s=50)
        found = stretches(screened, interest_from=0.01, margin_s=3)
        assert all(10 <= start < end <= 50 for start, end in found)
        assert all(end < start for (_, end), (start, _) in pairwise(found))
        assert stretches(screened, interest_from=None, margin_s=0) == [(10, 50)]

    def test_long_films_are_compared_piece_by_piece(
        self, visited: tuple[Path, Truth], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("pelagia.services.ecosystem.screening.BUFFERED", 12)
        screened = screened_of(visited[0])
        assert len(screened.time_s) == 60 and not np.isnan(screened.scores["motion"]).any()
        assert screened.interest[13:17].max() > 0.5

    def test_a_film_without_a_frame_has_no_rows(self, folder: Path) -> None:
        path = folder / "short.ts"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            container.mux([*stream.encode(frame), *stream.encode(None)])
        screened = screened_of(path, start_s=100.0)
        assert screened.rows() == [] and stretches(screened, interest_from=0.5, margin_s=1) == []


class TestStills:
    def pictures(self, count: int = 8) -> list[tuple[float, np.ndarray]]:
        scene = reef(60.0 * count, visits=(Visit("Diplodus vulgaris", 179, 184, row=0.4, length=0.3),))
        truth = Truth(height_px=HEIGHT, width_px=WIDTH, frames_per_s=10)
        times = [1 + 60.0 * number for number in range(count)]
        drawn = scene.draw(truth, iter(times))
        return [(time_s, canvas.rgb()) for time_s, canvas in zip(times, drawn, strict=True)]

    def test_the_still_with_a_fish_is_the_interesting_one(self) -> None:
        screened = screen_stills(self.pictures())
        assert np.flatnonzero(screened.interest >= 0.5).tolist() == [3]
        assert screened.is_usable.all() and screened.stands_for_s == pytest.approx(60)

    def test_a_still_that_was_there_before_is_a_duplicate(self) -> None:
        pictures = self.pictures(5)
        again = [*pictures, (301.0, pictures[1][1])]
        assert [VERDICTS[number] for number in screen_stills(again).verdict] == [USABLE] * 5 + ["duplicate"]

    def test_nobody_knows_what_was_there_in_a_long_gap(self) -> None:
        pictures = self.pictures(4)
        screened = screen_stills([*pictures[:3], (86_400.0, pictures[3][1])])
        assert screened.stands_for_s.tolist() == [60, 60, 60, 60]

    def test_of_none_nothing_is_told(self) -> None:
        assert screen_stills([]).rows() == []

    def test_pictures_of_different_sizes_are_taken(self) -> None:
        pictures = self.pictures(6)
        pictures[4] = (pictures[4][0], pictures[4][1][:100])
        assert len(screen_stills(pictures).rows()) == 6
