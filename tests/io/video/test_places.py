"""A table of places tells of a recording what its most precise rows say; wrong cells are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from pelagia.core.errors import BadInput
from pelagia.io.video.places import Place, Places, read_places


def _table(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_rows_are_read(tmp_path: Path) -> None:
    uri = _table(
        tmp_path / "places.csv",
        "path,site,camera,deployment,lat,lon,started_at,field_of_view_m,notes\n"
        "cam1/,OBSEA,IPC608,2024a,41.18,1.75,2024-04-22T08:09:01Z,1.5,fine\n"
        "*,,,cruise 7,,,,,\n",
    )
    places, issues = read_places(uri)
    assert issues == []
    assert places == [
        Place(
            pattern="cam1",
            site="OBSEA",
            camera="IPC608",
            deployment="2024a",
            latitude=41.18,
            longitude=1.75,
            started_at=1713773341.0,
            field_of_view_m=1.5,
        ),
        Place(deployment="cruise 7"),
    ]


def test_wrong_cells_are_named_and_the_rest_of_the_row_holds(tmp_path: Path) -> None:
    uri = _table(
        tmp_path / "places.csv",
        "path,site,latitude,longitude,started_at,field_of_view_m\n"
        "a,North,91,2,soon,-1\n"
        "b,South,nan,2,,\n"
        "c,East,1,,,0.8\n",
    )
    places, issues = read_places(uri)
    assert [issue.value for issue in issues] == [
        "line 2, latitude: 91",
        "line 2, started_at: soon",
        "line 2, field_of_view_m: -1",
        "line 2, longitude: without the other of latitude and longitude",
        "line 3, latitude: nan",
        "line 3, longitude: without the other of latitude and longitude",
        "line 4, latitude: without the other of latitude and longitude",
    ]
    assert {issue.code for issue in issues} == {"table-cell"}
    assert places == [
        Place(pattern="a", site="North"),
        Place(pattern="b", site="South"),
        Place(pattern="c", site="East", field_of_view_m=0.8),
    ]


def test_commas_of_decimals_and_semicolons_are_understood(tmp_path: Path) -> None:
    places, issues = read_places(_table(tmp_path / "p.csv", "path;latitude;longitude\na;41,18;1,75\n"))
    assert issues == []
    assert (places[0].latitude, places[0].longitude) == (41.18, 1.75)


def test_a_table_without_paths_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read_places(_table(tmp_path / "p.csv", "site,latitude\nA,1\n"))
    assert (caught.value.code, caught.value.file) == ("table-header", str(tmp_path / "p.csv"))


def test_more_precise_rows_count_more() -> None:
    places = Places(
        [
            Place(site="all", camera="all", deployment="all", field_of_view_m=9.0),
            Place(pattern="outer", site="outer", camera="outer", deployment="outer"),
            Place(pattern="outer/inner", site="inner", camera="inner"),
            Place(pattern="*.mp4", site="glob"),
            Place(pattern="outer/inner/a.mp4", site="file"),
        ]
    )
    told = places.of("/data/outer/inner/a.mp4", "outer/inner/a.mp4")
    assert told == Place(
        pattern="outer/inner/a.mp4", site="file", camera="inner", deployment="outer", field_of_view_m=9.0
    )
    other = places.of("/data/outer/inner/b.mkv", "outer/inner/b.mkv")
    assert other is not None
    assert (other.site, other.camera) == ("inner", "inner")
    elsewhere = places.of("/data/else/b.mp4", "else/b.mp4")
    assert elsewhere is not None
    assert (elsewhere.site, elsewhere.deployment) == ("glob", "all")


@pytest.mark.parametrize(
    "pattern", ["a.mp4", "A.MP4", "in/a.mp4", "/data/in/a.mp4", "in", "/data/in", "data", "in/*", "*/a.*", "?n/a.mp4"]
)
def test_a_row_finds_its_recordings_by_path_folder_name_and_pattern(pattern: str) -> None:
    places = Places([Place(pattern=pattern, site="here")])
    assert places.of("/data/in/a.mp4", "in/a.mp4") == Place(pattern=pattern, site="here")
    assert places.of("/other/b.mkv", "b.mkv") is None
    assert places.unused() == []


def test_rows_that_hold_for_nothing_are_told() -> None:
    places = Places([Place(pattern="lost", site="x"), Place(site="all")])
    places.of("/a.mp4", "a.mp4")
    assert [place.pattern for place in places.unused()] == ["lost"]
