"""Interest: what is new before a fixed camera counts; what is always so, and what is only light, does not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pelagia.imaging.interest import learn_background, levelled, motion, objectness, shrunk
from pelagia.imaging.interest_novelty import describe, novelty
from pelagia.imaging.interest_packets import STEP_S, packet_activity

HEIGHT, WIDTH = 90, 160


def place(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    grid = rng.normal(0, 18, (12, 22)).astype(np.float32)
    return 100 + cv2.resize(grid, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def seen(
    frame: int,
    *,
    gain: float = 1.0,
    things: tuple[tuple[int, int, int, int], ...] = (),
    snow: int = 0,
    plant: bool = True,
) -> np.ndarray:
    """Return a frame: the place with noise, a plant that sways, things (row, col, height, width), specks."""
    rng = np.random.default_rng(frame + 1)
    picture = place() + rng.normal(0, 1, (HEIGHT, WIDTH))
    if plant:
        sway = round(3 * np.sin(frame * 1.7))
        picture[50:85, 120 + sway : 126 + sway] = 60
    for top, left, height, width in things:
        picture[top : top + height, left : left + width] = 40
    for row, col in rng.integers(0, (HEIGHT, WIDTH), (snow, 2)).tolist():
        picture[row, col] = 240
    return np.clip(picture * gain, 0, 255).astype(np.uint8)


def background(frames: list[np.ndarray]):
    return learn_background(np.stack([levelled(frame) for frame in frames]))


@pytest.fixture(scope="module")
def usual():
    return background([seen(number, gain=1 + 0.1 * np.sin(number)) for number in range(40)])


class TestMotion:
    @pytest.mark.parametrize("thing", [(30, 40, 4, 8), (30, 40, 8, 20), (20, 20, 20, 50), (10, 10, 50, 90)])
    def test_a_thing_that_is_new_is_seen_by_its_size(self, usual, thing: tuple[int, int, int, int]) -> None:
        """Within a factor of 1.7: what stands out throws a shadow around itself where the light is levelled."""
        share = motion(levelled(seen(90, things=(thing,))), usual) / (thing[2] * thing[3] / (HEIGHT * WIDTH))
        assert 1 / 1.7 < share < 1.7

    @pytest.mark.parametrize("frame", range(50, 62))
    def test_the_sway_of_a_plant_does_not_count(self, usual, frame: int) -> None:
        assert motion(levelled(seen(frame)), usual) < 0.001

    @pytest.mark.parametrize("gain", [0.6, 0.8, 1.3, 1.8])
    def test_a_change_of_gain_does_not_count(self, usual, gain: float) -> None:
        assert motion(levelled(seen(70, gain=gain)), usual) < 0.001

    def test_light_that_falls_off_to_one_side_does_not_count(self, usual) -> None:
        shade = np.linspace(0.75, 1.25, WIDTH)
        assert motion(levelled((seen(71) * shade).astype(np.uint8)), usual) < 0.003

    def test_snow_does_not_count_and_an_animal_in_it_does(self, usual) -> None:
        snow = motion(levelled(seen(72, snow=60)), usual)
        assert snow < 0.001 < 0.005 < motion(levelled(seen(72, snow=60, things=((20, 30, 8, 18),))), usual)

    def test_what_is_there_a_fifth_of_the_time_stays_new(self) -> None:
        things = ((30, 40, 8, 20),)
        frames = [seen(number, things=things if number % 5 == 0 else ()) for number in range(60)]
        model = background(frames)
        assert motion(levelled(seen(80, things=things)), model) > 0.005
        assert motion(levelled(seen(81)), model) < 0.001

    def test_nothing_differs_from_itself(self) -> None:
        frames = [seen(0)] * 5
        assert motion(levelled(frames[0]), background(frames)) == 0


class TestObjectness:
    def test_a_thing_stands_out_from_noise(self) -> None:
        model = background([seen(number, plant=False) for number in range(20)])
        nothing = objectness(levelled(seen(90, plant=False)) - model.usual)
        thing = objectness(levelled(seen(90, plant=False, things=((30, 40, 8, 18),))) - model.usual)
        assert 0 <= nothing < 0.5 < thing < 1

    def test_of_an_even_picture_is_nothing(self) -> None:
        assert objectness(levelled(np.full((HEIGHT, WIDTH), 100, np.uint8))) == pytest.approx(0, abs=1e-3)


class TestNovelty:
    def test_one_frame_unlike_the_others_is_novel(self) -> None:
        frames = [seen(number) for number in range(20)]
        frames.append(seen(20, things=((10, 10, 40, 60),)))
        values = novelty(np.stack([describe(frame, levelled(frame)) for frame in frames]))
        assert values[-1] > 0.5 > values[:-1].max()

    def test_gain_is_nothing_new(self) -> None:
        frames = [seen(number, gain=0.7 if number == 5 else 1.0) for number in range(20)]
        assert novelty(np.stack([describe(frame, levelled(frame)) for frame in frames]))[5] < 0.1


def packets(busy: tuple[float, float], *, seconds: int = 120, gop: int = 50, times: float = 1.4):
    """Return a film of 25 pictures a second whose P pictures are larger in a stretch; every second is a small B."""
    rng = np.random.default_rng(3)
    number = np.arange(seconds * 25)
    pts = number / 25
    sizes = np.where(number % 2 == 1, 2_000, 8_000) * rng.lognormal(0, 0.1, len(number))
    sizes = np.where((pts >= busy[0]) & (pts < busy[1]), sizes * times, sizes)
    return pts, sizes.astype(np.int64), number % gop == 0


class TestPackets:
    def test_the_busy_stretch_is_found_to_half_a_second(self) -> None:
        activity = packet_activity(*packets((61.0, 64.0)))
        found = activity.start_s[activity.sigmas > 6]
        assert found.min() == pytest.approx(61, abs=2 * STEP_S) and found.max() == pytest.approx(63, abs=2 * STEP_S)
        assert activity.level[np.searchsorted(activity.start_s, 62.0)] == pytest.approx(1.4, rel=0.1)

    def test_between_two_keyframes_the_busiest_moment_counts(self) -> None:
        activity = packet_activity(*packets((61.0, 62.5), gop=250))
        level, sigmas = activity.between(np.arange(0, 120, 10.0), 120.0)
        assert level.argmax() == sigmas.argmax() == 6
        assert sigmas[6] > 6 > 4 > np.delete(sigmas, 6).max()

    def test_a_slow_change_of_the_light_is_no_activity(self) -> None:
        pts, sizes, keys = packets((0, 0), seconds=600)
        activity = packet_activity(pts, (sizes * (1 + pts / 600)).astype(np.int64), keys)
        assert np.abs(activity.sigmas[20:-20]).max() < 5

    def test_too_short_a_film_tells_nothing(self) -> None:
        level, sigmas = packet_activity(*packets((0, 0), seconds=3)).between(np.array([0.0, 2.0]), 3.0)
        assert np.isnan(level).all() and np.isnan(sigmas).all()

    def test_of_keyframes_alone_there_is_none(self) -> None:
        pts, sizes, keys = packets((0, 0))
        level, _ = packet_activity(pts, sizes, np.ones_like(keys)).between(np.array([0.0]), 1.0)
        assert np.isnan(level).all()


def test_frames_are_brought_to_one_width() -> None:
    assert shrunk(np.zeros((270, 480), np.uint8)).shape == (90, 160)
    assert shrunk(np.zeros((1, 5000), np.uint8)).shape == (1, 160)
