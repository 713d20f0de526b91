"""Times are read as recorders, cameras and people write them; nonsense is no time."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pelagia.core.errors import BadInput, BadParameter
from pelagia.io.video.exif import taken_at
from pelagia.io.video.name_times import check_pattern, read_name, time_from_name
from pelagia.io.video.times import TimeRules, read_times, seconds_of

MOMENT = datetime(2024, 4, 22, 8, 9, 1, tzinfo=UTC).timestamp()
RULES = TimeRules()
USUAL = [
    "20240422-080901-IPC608_8B64_165.jpg",
    "2024-04-22_08-09-01.mp4",
    "2024-04-22 08.09.01.mp4",
    "2024-04-22T08:09:01Z.mkv",
    "20240422T080901Z.mp4",
    "20240422T080901.000Z-LOW.mp4",
    "AXISQ6044PTZACCC8E334C53_20240422T080901.000Z.mp4",
    "axis-ACCC8E123456_20240422_080901.jpg",
    "192.168.1.64_01_20240422080901000_TIMING.jpg",
    "ch01_20240422080901.mp4",
    "VID_20240422_080901.mp4",
    "PXL_20240422_080901000.mp4",
    "IMG_2024_04_22_08_09_01.png",
    "smartbay.2024.04.22.08.09.01.ts",
    "cam-20240422T100901+0200.mp4",
    "cam-20240422T100901+02:00.mp4",
    "1713773341.jpg",
    "frame_1713773341000.png",
    "2024-04-22/08.09.01-08.11.01[R][0@0][0].dav",
    "20240422/cam1/08-09-01.jpg",
    "2024-04-22 at 08.09.01.mov",
]
TIMELESS = [
    "GH010123.MP4",
    "GOPR0001.JPG",
    "clip.mp4",
    "00001.MTS",
    "IMG_2274_jpeg_jpg.rf.0a1b2c3d.jpg",
    "20240422_0001.jpg",
    "20240422.mp4",
    "frame_000123.png",
    "08-09-01.mp4",
    "site_12345678901234567890.mp4",
]


@pytest.mark.parametrize("name", USUAL)
def test_usual_names_tell_the_time(name: str) -> None:
    assert time_from_name(name, RULES) == MOMENT


@pytest.mark.parametrize("name", TIMELESS)
def test_names_without_a_time_tell_none(name: str) -> None:
    read = read_name(name, RULES)
    assert (read.seconds, read.nonsense) == (None, "")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("20241322-080901.jpg", "20241322-080901"),
        ("20240230_080901.jpg", "20240230_080901"),
        ("20240422-250901.jpg", "20240422-250901"),
        ("19700101-000000.mp4", "19700101-000000"),
        ("20990101_000000.mp4", "20990101_000000"),
    ],
)
def test_nonsense_is_no_time_and_is_told(name: str, what: str) -> None:
    read = read_name(name, RULES)
    assert (read.seconds, read.nonsense) == (None, what)


def test_fractions_of_a_second_count() -> None:
    assert time_from_name("20240422T080901.250Z.mp4", RULES) == MOMENT + 0.25
    assert time_from_name("cam_20240422080901123.jpg", RULES) == pytest.approx(MOMENT + 0.123)


def test_times_without_a_zone_are_in_that_of_the_user() -> None:
    rules = TimeRules(utc_offset_h=2)
    assert time_from_name("20240422-100901.mp4", rules) == MOMENT
    assert time_from_name("20240422T080901Z.mp4", rules) == MOMENT
    assert time_from_name("2024-04-22/10.09.01-10.10.01.dav", rules) == MOMENT
    assert time_from_name("1713773341.jpg", rules) == MOMENT


@given(
    moment=st.datetimes(min_value=datetime(1991, 1, 1), max_value=datetime(2025, 12, 31)),
    day=st.sampled_from(["%Y%m%d", "%Y-%m-%d", "%Y_%m_%d", "%Y.%m.%d"]),
    between=st.sampled_from(["", "-", "_", "T", " "]),
    hour=st.sampled_from(["%H%M%S", "%H-%M-%S", "%H_%M_%S", "%H.%M.%S"]),
    before=st.sampled_from(["", "cam1_", "IPC-", "x"]),
    after=st.sampled_from(["", "-IPC608_8B64_165", "_A", " (2)"]),
)
def test_every_moment_in_every_usual_way(
    moment: datetime, day: str, between: str, hour: str, before: str, after: str
) -> None:
    name = f"{before}{moment:{day}}{between}{moment:{hour}}{after}.mp4"
    assert time_from_name(name, RULES) == moment.replace(microsecond=0, tzinfo=UTC).timestamp()


@given(st.text(max_size=60))
def test_any_name_is_read_without_an_error(name: str) -> None:
    read = read_name(name, RULES)
    assert read.seconds is None or read.nonsense == ""


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("%d.%m.%Y %H-%M-%S", "Kamera 3 22.04.2024 08-09-01.mp4"),
        ("%d%b%y_%H%M%S", "cruise_22Apr24_080901_a.avi"),
        ("%Y%j%H%M%S", "x2024113080901.ts"),
        ("%m-%d-%Y_%I-%M-%S%p", "04-22-2024_08-09-01AM.mov"),
        ("%Y/%m/%d/%H%M%S", "data/2024/04/22/080901.jpg"),
        ("%Y%m%dT%H%M%S%z", "20240422T100901+0200.mp4"),
        ("%Y%m%d_%H%M", "20240422_0809.jpg"),
    ],
)
def test_the_pattern_of_the_user_wins_wherever_it_stands(pattern: str, name: str) -> None:
    found = time_from_name(name, TimeRules(pattern=pattern))
    assert found is not None
    assert found == pytest.approx(MOMENT, abs=0 if "%S" in pattern else 1)


def test_a_name_that_the_pattern_does_not_fit_tells_nothing() -> None:
    rules = TimeRules(pattern="%d.%m.%Y %H-%M-%S")
    assert time_from_name("20240422-080901.mp4", rules) is None
    assert read_name("a 31.02.2024 08-09-01.mp4", rules).nonsense == "31.02.2024 08-09-01"


@pytest.mark.parametrize("pattern", ["%H%M%S", "%Q", "%Y", "%Y%m%d%Y", "plain", "%Y%m%d %c"])
def test_a_pattern_that_tells_no_day_is_refused(pattern: str) -> None:
    with pytest.raises(BadParameter) as caught:
        check_pattern(pattern)
    assert caught.value.value == pattern


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("20240422-080901-IPC608_8B64_165.jpg", "IPC608_8B64_165"),
        ("AXIS_20240422T080901.000Z.mp4", "AXIS"),
        ("a/20240422_080901.jpg", ""),
        ("plain.jpg", "plain"),
    ],
)
def test_what_is_left_of_a_name_may_be_the_camera(name: str, rest: str) -> None:
    assert read_name(name, RULES).rest == rest


@pytest.mark.parametrize(
    "text",
    [
        "2024-04-22T08:09:01Z",
        "2024-04-22 08:09:01",
        " 2024-04-22T10:09:01+02:00 ",
        "1713773341",
        "1713773341.0",
        "1713773341000",
        "20240422T080901Z",
    ],
)
def test_people_write_times_in_several_ways(text: str) -> None:
    assert seconds_of(text, 0.0) == MOMENT


@pytest.mark.parametrize("text", ["", "soon", "1969-01-01", "2099-01-01", "2024-13-01", "12", "nan"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert seconds_of(text, 0.0) is None


def _photo(*, kind: str = "JPEG", taken: str = "2024:04:22 08:09:01", zone: str = "", fraction: str = "") -> io.BytesIO:
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    detail = exif.get_ifd(0x8769)
    detail[0x9003] = taken
    if zone:
        detail[0x9011] = zone
    if fraction:
        detail[0x9291] = fraction
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, kind, exif=exif)
    file.seek(0)
    return file


def test_a_camera_writes_the_time_into_its_pictures() -> None:
    assert taken_at(_photo(), 0.0) == MOMENT
    assert taken_at(_photo(kind="PNG"), 0.0) == MOMENT
    assert taken_at(_photo(), 2.0) == MOMENT - 7200
    assert taken_at(_photo(zone="-03:00"), 2.0) == MOMENT + 3 * 3600
    assert taken_at(_photo(fraction="25"), 0.0) == MOMENT + 0.25


@pytest.mark.parametrize(
    "taken", ["", "    :  :     :  :  ", "0000:00:00 00:00:00", "2024:13:01 00:00:00", "1970:01:01 00:00:00"]
)
def test_a_camera_that_writes_nonsense_tells_nothing(taken: str) -> None:
    assert taken_at(_photo(taken=taken), 0.0) is None


@given(st.binary(max_size=300), st.integers(0, 400))
def test_damaged_exif_tells_nothing_or_a_time(piece: bytes, at: int) -> None:
    data = bytearray(_photo().getvalue())
    data[at : at + len(piece)] = piece
    found = taken_at(io.BytesIO(bytes(data)), 0.0)
    assert found is None or found > 0


def test_a_table_tells_times_and_which_rows_are_wrong(tmp_path: Path) -> None:
    table = tmp_path / "times.csv"
    table.write_text(
        "File;Timestamp\na.mp4;2024-04-22T08:09:01Z\nb\\c.mp4;2024-04-22 08:09:01\n"
        "d.mp4;never\n;2024-04-22T08:09:01Z\n",
        encoding="utf-8-sig",
    )
    times, issues = read_times(str(table))
    assert times == {"a.mp4": MOMENT, "b/c.mp4": MOMENT}
    assert [(issue.code, issue.value) for issue in issues] == [
        ("table-cell", "line 4, time: never"),
        ("table-cell", "line 5, file: "),
    ]


@pytest.mark.parametrize(
    ("text", "code"), [("", "table-empty"), ("a,b\n1,2\n", "table-header"), ("\0\0\0", "table-empty")]
)
def test_a_table_that_is_none_is_named(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "times.csv").write_text(text)
    with pytest.raises(BadInput) as caught:
        read_times(str(tmp_path / "times.csv"))
    assert caught.value.code == code
    assert caught.value.remedy


def test_the_future_begins_a_day_ahead() -> None:
    now = datetime.now(tz=UTC)
    assert seconds_of((now + timedelta(hours=12)).isoformat(), 0.0) is not None
    assert seconds_of((now + timedelta(days=3)).isoformat(), 0.0) is None
