"""Views are small, exact and the same every time."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from pelagia.core.errors import BadParameter, Unavailable
from pelagia.io.video import writing
from pelagia.io.video.writing import ViewWriter, even_size


def _grey(number: int, height: int = 64, width: int = 96) -> np.ndarray:
    """A picture that tells its number by its brightness: 8 levels apart."""
    rgb = np.full((height, width, 3), 20 + 8 * number, np.uint8)
    rgb[: height // 2, : width // 2] = (200, 30, 40)
    return rgb


def _write(path: Path, count: int, frames_per_s: float = 5.0) -> None:
    with ViewWriter(path, height_px=64, width_px=96, frames_per_s=frames_per_s) as writer:
        for number in range(count):
            assert writer.add(_grey(number)) == number


def _read(path: Path) -> list[tuple[float, np.ndarray]]:
    with av.open(str(path)) as container:
        return [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11, 25])
def test_every_frame_comes_back_once_at_its_time(tmp_path: Path, count: int) -> None:
    _write(tmp_path / "view.mp4", count)
    frames = _read(tmp_path / "view.mp4")
    assert [round(time, 6) for time, _ in frames] == [round(n / 5, 6) for n in range(count)]
    levels = [(float(rgb[48:, 60:].mean()) - 20) / 8 for _, rgb in frames]
    assert np.allclose(levels, range(count), atol=0.3)
    with av.open(str(tmp_path / "view.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.frames == count
        assert float(stream.duration * stream.time_base) == pytest.approx(count / 5)
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert not stream.codec_context.has_b_frames


def test_any_frame_can_be_sought_by_its_time(tmp_path: Path) -> None:
    _write(tmp_path / "view.mp4", 25)
    with av.open(str(tmp_path / "view.mp4")) as container:
        stream = container.streams.video[0]
        for number in (24, 0, 13, 10, 9, 19):
            container.seek(round((number + 0.5) / 5 / stream.time_base), stream=stream)
            shown = [frame for frame in container.decode(video=0) if frame.time <= (number + 0.5) / 5]
            assert len(shown) <= 10
            assert (float(shown[-1].to_ndarray(format="rgb24")[48:, 60:].mean()) - 20) / 8 == pytest.approx(
                number, abs=0.3
            )


def test_equal_frames_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        _write(tmp_path / name, 12)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_the_index_stands_before_the_pictures(tmp_path: Path) -> None:
    _write(tmp_path / "view.mp4", 12)
    data = (tmp_path / "view.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_colours_are_kept(tmp_path: Path) -> None:
    _write(tmp_path / "view.mp4", 1)
    (_, rgb), *_ = _read(tmp_path / "view.mp4")
    with av.open(str(tmp_path / "view.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range) == (1, 1)
    assert np.allclose(rgb[4:24, 4:40].mean((0, 1)), (200, 30, 40), atol=14)


def test_odd_sides_and_other_sizes_are_scaled(tmp_path: Path) -> None:
    with ViewWriter(tmp_path / "view.mp4", height_px=63, width_px=95, frames_per_s=2) as writer:
        assert (writer.height_px, writer.width_px) == (64, 96)
        writer.add(_grey(3, 63, 95))
        writer.add(_grey(3, 640, 960)[:, ::1])
    assert [rgb.shape for _, rgb in _read(tmp_path / "view.mp4")] == [(64, 96, 3)] * 2


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "view.mp4"
    writer = ViewWriter(path, height_px=64, width_px=96, frames_per_s=5)
    writer.add(_grey(0))
    assert not path.exists()
    assert writer.close() == 1
    assert [file.name for file in tmp_path.iterdir()] == ["view.mp4"]


def test_nothing_is_left_of_a_video_given_up_or_without_a_frame(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="stop"),
        ViewWriter(tmp_path / "a.mp4", height_px=64, width_px=96, frames_per_s=5) as writer,
    ):
        writer.add(_grey(0))
        raise RuntimeError("stop")
    assert ViewWriter(tmp_path / "b.mp4", height_px=64, width_px=96, frames_per_s=5).close() == 0
    assert not list(tmp_path.iterdir())


def test_rates_of_television_are_kept_exactly(tmp_path: Path) -> None:
    _write(tmp_path / "view.mp4", 4, 30000 / 1001)
    assert [round(time, 9) for time, _ in _read(tmp_path / "view.mp4")] == [
        round(n * 1001 / 30000, 9) for n in range(4)
    ]


@pytest.mark.parametrize(
    ("height", "width", "rate"), [(0, 64, 5), (64, 8, 5), (64, 5000, 5), (64, 64, 0), (64, 64, float("nan"))]
)
def test_what_cannot_be_written_is_refused(tmp_path: Path, height: int, width: int, rate: float) -> None:
    with pytest.raises(BadParameter):
        ViewWriter(tmp_path / "view.mp4", height_px=height, width_px=width, frames_per_s=rate)
    assert not list(tmp_path.iterdir())


def test_without_an_encoder_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "NAMES", ("none_such",))
    with pytest.raises(Unavailable, match="PyAV"):
        ViewWriter(tmp_path / "view.mp4", height_px=64, width_px=64, frames_per_s=5)
    assert not list(tmp_path.iterdir())


def test_a_view_keeps_the_shape_and_has_even_sides() -> None:
    assert even_size(1080, 1920, 960) == (540, 960)
    assert even_size(375, 501, 960) == (376, 500)
    assert even_size(3000, 100, 960) == (960, 32)
