from __future__ import annotations

import io
import os
import re
import zipfile
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.io.rasters.making import NORTH_UP, colours, find, nadir, write_photo, write_tiff

from pelagia.core.errors import NotFound, Unavailable
from pelagia.io.rasters.inventory import each_picture, find_pictures, look
from pelagia.io.rasters.naming import area_ids, image_ids
from pelagia.io.rasters.picture import Picture
from pelagia.io.rasters.reading import open_raster


def survey(folder: Path) -> Path:
    """Make a folder of two beaches and what lies beside pictures."""
    for beach in ("north", "south"):
        (folder / beach).mkdir(parents=True)
        for number in range(2):
            write_photo(folder / beach / f"DJI_{number}.JPG", xmp=nadir(20 + number), rgb=colours(seed=number))
    write_tiff(folder / "ortho.tif")
    for name in ("LICENSE", "north/coco_train.json", "images.csv", "south/DJI_0.MRK", "ortho.tif.aux.xml", "notes.txt"):
        (folder / name).write_text("not a picture")
    return folder


def pack(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for one in sorted(folder.rglob("*")):
            if one.is_file():
                packed.write(one, one.relative_to(folder).as_posix())
    return path


def read(picture: Picture) -> np.ndarray:
    with open_raster(picture) as reader:
        return reader.read(0, 0, *reader.shape)[0]


def test_a_folder_holds_pictures_of_several_areas(tmp_path: Path) -> None:
    folder = survey(tmp_path / "survey")
    pictures, issues = find(tmp_path / "work", folder)
    assert [(one.image_id, one.area_id, one.kind) for one in pictures] == [
        ("north-DJI_0", "north", "photo"),
        ("north-DJI_1", "north", "photo"),
        ("ortho", "survey", "orthophoto"),
        ("south-DJI_0", "south", "photo"),
        ("south-DJI_1", "south", "photo"),
    ]
    assert [one.file for one in pictures] == sorted(f"{folder}/{one.path[len(str(folder)) + 1 :]}" for one in pictures)
    assert set(issues) == {"gsd-from-flight"}
    assert not (tmp_path / "work").exists(), "files of this machine are not copied"


def test_pictures_of_an_archive_are_those_of_the_folder_and_are_copied_once(tmp_path: Path) -> None:
    packed = pack(survey(tmp_path / "survey"), tmp_path / "survey.zip")
    unpacked, _ = find(tmp_path / "work", tmp_path / "survey")
    pictures, _ = find(tmp_path / "work", packed)
    assert [replace(one, path="", file="") for one in pictures] == [replace(one, path="", file="") for one in unpacked]
    assert pictures[0].file == f"{packed}/north/DJI_0.JPG"
    for one, other in zip(pictures, unpacked, strict=True):
        assert Path(one.path).parent == tmp_path / "work" / "pictures"
        assert (read(one) == read(other)).all()
    before = {one.path: Path(one.path).stat().st_mtime_ns for one in pictures}
    assert find(tmp_path / "work", packed)[0] == pictures
    assert {one.path: Path(one.path).stat().st_mtime_ns for one in pictures} == before


def test_a_look_finds_the_same_and_copies_nothing(tmp_path: Path) -> None:
    folder = survey(tmp_path / "survey")
    write_tiff(folder / "large.tif", colours(900, 900))  # larger than the beginning that is read of it
    Image.fromarray(colours(800, 800)).save(folder / "tail.tif", compression="tiff_deflate")  # described at its end
    for place, path in ((folder, None), (pack(folder, tmp_path / "survey.zip"), "")):
        pictures, issues = find_pictures([str(place)], gsd_cm=None, area_id="", workdir=tmp_path / "work")
        told = [one if path is None else replace(one, path=path) for one in pictures]
        assert look([str(place)], gsd_cm=None, area_id="") == (told, issues)
    assert len(list((tmp_path / "work" / "pictures").iterdir())) == 7


def test_whoever_wants_two_pictures_of_an_archive_gets_two_copies(tmp_path: Path) -> None:
    packed = pack(survey(tmp_path / "survey"), tmp_path / "survey.zip")
    folder = tmp_path / "copies"
    folder.mkdir()
    found = list(islice(each_picture([str(packed)], gsd_cm=None, folder=folder), 2))
    assert [one.file for one in found] == [f"{packed}/north/DJI_0.JPG", f"{packed}/north/DJI_1.JPG"]
    assert len(list(folder.iterdir())) == 2


def test_a_full_disk_is_told_before_anything_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(colours(800, 800)).save(tmp_path / "in" / "tail.tif", compression="tiff_deflate")
    packed = pack(tmp_path / "in", tmp_path / "in.zip")
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(Unavailable, match="disk space"):
        find_pictures([str(packed)], gsd_cm=None, area_id="", workdir=tmp_path / "work")
    assert not list((tmp_path / "work" / "pictures").iterdir())
    pictures, issues = look([str(packed)], gsd_cm=None, area_id="")
    assert pictures == []
    assert [(issue.code, issue.file) for issue in issues] == [("disk-full", f"{packed}/tail.tif")]


def test_files_on_the_web_are_copied(tmp_path: Path, web: Any) -> None:
    data = write_photo(tmp_path / "a.jpg", xmp=nadir(30)).read_bytes()
    uri = web.put("/beach%20one/a.jpg", data, headers={"ETag": '"1"'})
    (picture,), _ = find(tmp_path / "work", f"{uri}?token=secret")
    assert (picture.image_id, picture.area_id) == ("a", "beach one")
    assert picture.file == f"{uri}?token=***"
    assert Path(picture.path).is_relative_to(tmp_path / "work")
    (seen,), _ = look([f"{uri}?token=secret"], gsd_cm=None, area_id="")
    assert seen == replace(picture, path="")


def test_an_archive_on_the_web_names_the_area(tmp_path: Path, web: Any) -> None:
    (tmp_path / "in").mkdir()
    write_photo(tmp_path / "in" / "a.jpg", xmp=nadir(30))
    uri = web.put("/beach.zip", pack(tmp_path / "in", tmp_path / "beach.zip").read_bytes())
    (picture,), _ = find(tmp_path / "work", uri)
    assert (picture.area_id, picture.file) == ("beach", f"{uri}/a.jpg")


def test_a_single_orthophoto_is_an_area_and_a_photo_belongs_to_its_folder(tmp_path: Path) -> None:
    (tmp_path / "beach").mkdir()
    ortho, photo = write_tiff(tmp_path / "beach" / "july.tif"), write_photo(tmp_path / "beach" / "a.jpg")
    pictures, _ = find(tmp_path, ortho, photo)
    assert {one.image_id: one.area_id for one in pictures} == {"a": "beach", "july": "july"}


def test_the_area_that_is_given_holds_all(tmp_path: Path) -> None:
    pictures, _ = find(tmp_path / "work", survey(tmp_path / "survey"), area_id="Kiel 2026")
    assert {one.area_id for one in pictures} == {"Kiel 2026"}


@pytest.fixture
def upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PELAGIA_HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / "uploads" / "abcdefgh12345678"
    folder.mkdir(parents=True)
    return folder


def test_an_upload_does_not_name_an_area(tmp_path: Path, upload: Path) -> None:
    write_photo(upload / "a.jpg")
    assert [one.area_id for one in find(tmp_path, "upload://abcdefgh12345678")[0]] == ["a"]
    write_photo(upload / "b.jpg")
    (upload / "beach").mkdir()
    write_photo(upload / "beach" / "c.jpg")
    pictures, _ = find(tmp_path, "upload://abcdefgh12345678")
    assert [(one.file.rpartition("/")[2], one.area_id) for one in pictures] == [
        ("a.jpg", "survey"),
        ("b.jpg", "survey"),
        ("c.jpg", "beach"),
    ]
    (picture,), _ = find(tmp_path, "upload://abcdefgh12345678/beach/c.jpg")
    assert (picture.file, picture.area_id) == ("upload://abcdefgh12345678/beach/c.jpg", "beach")


def test_an_archive_beside_loose_files_of_an_upload_is_opened(tmp_path: Path, upload: Path) -> None:
    pack(survey(tmp_path / "survey"), upload / "coast.zip")
    write_photo(upload / "a.jpg")
    pictures, _ = find(tmp_path / "work", "upload://abcdefgh12345678")
    assert [one.file.removeprefix("upload://abcdefgh12345678/") for one in pictures] == [
        "a.jpg",
        "coast.zip/north/DJI_0.JPG",
        "coast.zip/north/DJI_1.JPG",
        "coast.zip/ortho.tif",
        "coast.zip/south/DJI_0.JPG",
        "coast.zip/south/DJI_1.JPG",
    ]
    assert {one.area_id for one in pictures} == {"a", "north", "coast", "south"}


def test_an_archive_in_a_folder_is_told(tmp_path: Path) -> None:
    pack(survey(tmp_path / "survey"), tmp_path / "survey" / "copy.zip")
    pictures, issues = find(tmp_path / "work", tmp_path / "survey")
    assert len(pictures) == 5
    assert issues["archive-in-folder"].severity == "note"


def test_what_is_called_a_picture_in_an_archive_and_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "page.jpg").write_text("<html>404</html>")
    for place in (tmp_path / "in", pack(tmp_path / "in", tmp_path / "in.zip")):
        assert find(tmp_path / "work", place)[1]["not-a-picture"].severity == "error"
        assert look([str(place)], gsd_cm=None, area_id="")[1][0].code == "not-a-picture"


def test_links_that_lead_out_of_an_upload_are_not_followed(tmp_path: Path, upload: Path) -> None:
    secret = write_tiff(tmp_path / "secret.tif")
    (upload / "a.tif").symlink_to(secret)
    write_tiff(upload / "b.tif", crs=None, transform=None)
    (tmp_path / "secret.tfw").write_text("1 0 0 -1 0 0")
    (upload / "b.tfw").symlink_to(tmp_path / "secret.tfw")
    pictures, issues = find(tmp_path / "work", "upload://abcdefgh12345678")
    assert [one.kind for one in pictures] == ["photo"]
    assert "link-outside" in issues
    assert find(tmp_path / "work", "upload://abcdefgh12345678/b.tif")[0][0].kind == "photo"


def test_what_is_no_picture_is_told_unless_it_goes_with_pictures(tmp_path: Path) -> None:
    folder = survey(tmp_path / "survey")
    (folder / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    pictures, issues = find(tmp_path / "work", folder)
    assert len(pictures) == 5
    assert (issues["not-a-picture"].severity, issues["not-a-picture"].file) == ("note", f"{folder}/film.mp4")
    (folder / "film.mp4").rename(folder / "page.jpg")
    assert find(tmp_path / "work", folder)[1]["not-a-picture"].severity == "error"


def test_a_raw_photo_is_not_taken_for_its_preview(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(colours()).save(tmp_path / "in" / "DJI_1.DNG", "TIFF")
    assert find(tmp_path / "work", tmp_path / "in")[0] == []
    assert find(tmp_path / "work", tmp_path / "in")[1]["format-unread"].severity == "error"
    write_photo(tmp_path / "in" / "DJI_1.JPG")
    pictures, issues = find(tmp_path / "work", tmp_path / "in")
    assert [one.image_id for one in pictures] == ["DJI_1"]
    assert issues["format-unread"].severity == "note"


def test_a_picture_without_a_suffix_is_one(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(colours()).save(tmp_path / "in" / "picture", "PNG")
    assert [one.image_id for one in find(tmp_path / "work", tmp_path / "in")[0]] == ["picture"]


def test_a_file_named_twice_is_used_once(tmp_path: Path) -> None:
    folder = survey(tmp_path / "survey")
    pictures, issues = find(tmp_path / "work", folder, folder / "ortho.tif")
    assert len(pictures) == 5
    assert issues["picture-twice"].file == f"{folder}/ortho.tif"


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        find(tmp_path, tmp_path / "nowhere")


def _broken(folder: Path) -> None:
    folder.mkdir()
    (folder / "empty.tif").write_bytes(b"")
    write_tiff(folder / "narrow.tif", colours(400, 1))
    write_tiff(folder / "void.tif", np.zeros((400, 400, 3), np.uint8), nodata=0)
    for name, options in (("cut.png", {}), ("cut.jpg", {"progressive": True})):
        path = write_photo(folder / name, rgb=colours(300, 300), **options)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // (20 if name == "cut.png" else 3)])
    (folder / "text.jpg").write_text("<html>404</html>")


def test_pictures_that_cannot_be_used_are_left_out_one_by_one(tmp_path: Path) -> None:
    _broken(tmp_path / "in")
    write_tiff(tmp_path / "in" / "good.tif")
    pictures, issues = find_pictures([str(tmp_path / "in")], gsd_cm=None, area_id="", workdir=tmp_path)
    assert [one.image_id for one in pictures] == ["good"]
    assert {(Path(one.file).name, one.code) for one in issues if one.severity == "error"} == {
        ("empty.tif", "empty"),
        ("narrow.tif", "too-narrow"),
        ("void.tif", "empty"),
        ("cut.png", "truncated"),
        ("cut.jpg", "truncated"),
        ("text.jpg", "not-a-picture"),
    }
    assert all(one.remedy and one.message for one in issues)


def test_a_cut_picture_says_how_much_is_missing(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", colours(640, 640), tiled=True, blockxsize=64, blockysize=64)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    (picture,), issues = find(tmp_path, path)
    assert float(issues["truncated"].value.split()[0]) == pytest.approx(25, abs=2)
    assert issues["truncated"].severity == "warning"
    assert read(picture).any()
    photo = write_photo(tmp_path / "a.jpg", rgb=colours(640, 640), quality=90)
    photo.write_bytes(photo.read_bytes()[: photo.stat().st_size * 3 // 4])
    assert 15 < float(find(tmp_path, photo)[1]["truncated"].value.split()[0]) < 35


def test_a_photo_whose_small_picture_is_whole_is_cut_all_the_same(tmp_path: Path) -> None:
    small = io.BytesIO()
    Image.fromarray(colours(60, 80)).save(small, "JPEG")
    path = tmp_path / "a.jpg"
    Image.fromarray(colours(300, 300)).save(path, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0" + small.getvalue())
    path.write_bytes(path.read_bytes()[:20_000])
    assert "truncated" in find(tmp_path, path)[1]


def test_bytes_behind_the_end_of_a_photo_are_no_trouble(tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.jpg")
    path.write_bytes(path.read_bytes() + b"\0" * 200_000)
    assert "truncated" not in find(tmp_path, path)[1]


def test_an_orthophoto_that_is_mostly_empty_is_told(tmp_path: Path) -> None:
    rgb = np.zeros((400, 400, 3), np.uint8)
    rgb[:40, :200] = colours(40, 200)
    (_,), issues = find(tmp_path, write_tiff(tmp_path / "a.tif", rgb, nodata=0))
    assert issues["mostly-nodata"].value == "5 %"


def test_an_orthophoto_with_one_thing_in_it_is_not_empty(tmp_path: Path) -> None:
    rgb = np.zeros((3_000, 3_000, 3), np.uint8)
    rgb[1_500:1_510, 1_500:1_510] = 9
    path = write_tiff(tmp_path / "a.tif", rgb, nodata=0, tiled=True, compress="deflate")
    (_,), issues = find(tmp_path, path)
    assert set(issues) == {"mostly-nodata"}


def test_empty_corners_without_a_nodata_value_are_told(tmp_path: Path) -> None:
    rgb = colours()
    rgb[:, :40] = 255
    assert find(tmp_path, write_tiff(tmp_path / "a.tif", rgb))[1]["nodata-implied"].value == "white"


def test_bands_that_say_nothing_of_their_colour_are_told(tmp_path: Path) -> None:
    bands = np.dstack([colours(), colours(seed=1)])
    (picture,), issues = find(tmp_path, write_tiff(tmp_path / "a.tif", bands, photometric="MINISBLACK"))
    assert picture.bands == 6
    assert issues["bands-assumed"].value == "6 bands"


def test_coarse_pixels_are_told(tmp_path: Path) -> None:
    coarse = NORTH_UP @ NORTH_UP.scale(4)
    (_,), issues = find(tmp_path, write_tiff(tmp_path / "a.tif", transform=coarse))
    assert "items smaller than about 10 cm cannot be seen" in issues["gsd-coarse"].message


def test_the_user_is_believed_on_sizes_and_the_file_on_places(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif")
    (picture,), issues = find(tmp_path, path, gsd_cm=0.2)
    assert (picture.gsd_cm, picture.gsd_source) == (0.2, "user")
    assert picture.transform == pytest.approx(tuple(NORTH_UP)[:6])
    assert issues["gsd-differs"].value == "0.2 against 0.5002 cm"
    (picture,), issues = find(tmp_path, path, gsd_cm=0.51)
    assert (picture.gsd_source, issues) == ("file", {})


def test_nobody_knows_the_size_of_a_pixel_until_the_user_says_it(tmp_path: Path) -> None:
    Image.fromarray(colours()).save(tmp_path / "a.png")
    (picture,), issues = find(tmp_path, tmp_path / "a.png")
    assert (picture.gsd_cm, picture.gsd_source, set(issues)) == (None, "", {"gsd-unknown"})
    (picture,), issues = find(tmp_path, tmp_path / "a.png", gsd_cm=0.3)
    assert (picture.gsd_cm, picture.gsd_source, issues) == (0.3, "user", {})


def test_pixels_of_very_different_sizes_in_one_area_are_told(tmp_path: Path) -> None:
    (tmp_path / "beach").mkdir()
    for number, height in enumerate((10, 19)):
        write_photo(tmp_path / "beach" / f"{number}.jpg", xmp=nadir(height))
    assert "mixed-gsd" not in find(tmp_path, tmp_path / "beach")[1]
    write_photo(tmp_path / "beach" / "2.jpg", xmp=nadir(25))
    issue = find(tmp_path, tmp_path / "beach")[1]["mixed-gsd"]
    assert (issue.file, issue.objects, issue.value) == ("beach", 3, "0.3333 to 0.8333 cm")


def test_small_squares_without_a_camera_are_tiles(tmp_path: Path) -> None:
    Image.fromarray(colours(256, 256)).save(tmp_path / "a.png")
    write_photo(tmp_path / "b.jpg", rgb=colours(256, 256))
    assert [find(tmp_path, tmp_path / name)[0][0].kind for name in ("a.png", "b.jpg")] == ["tile", "photo"]


def test_a_picture_survives_its_record(tmp_path: Path) -> None:
    for picture in find(tmp_path / "work", survey(tmp_path / "survey"))[0]:
        assert Picture.from_record(picture.to_record()) == picture


def test_pictures_come_in_the_same_order_wherever_the_files_are(tmp_path: Path) -> None:
    folder = survey(tmp_path / "survey")
    names = [str(one) for one in sorted(folder.rglob("*.JPG"))]
    one = find_pictures(names, gsd_cm=None, area_id="", workdir=tmp_path)
    assert find_pictures(names[::-1], gsd_cm=None, area_id="", workdir=tmp_path) == one


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=120)


@given(st.lists(st.lists(NAMES, min_size=1, max_size=3), max_size=12))
def test_names_of_pictures_are_safe_and_each_there_once(paths: list[list[str]]) -> None:
    found = image_ids(["/".join(parts) for parts in paths])
    assert len({name.lower() for name in found}) == len(paths)
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,90}", name) and name.lower() != "con" for name in found)


@given(st.lists(st.lists(NAMES, max_size=3), max_size=12))
def test_different_folders_are_different_areas(paths: list[list[str]]) -> None:
    places = [tuple(parts) for parts in paths]
    found = dict(zip(places, area_ids(places), strict=True))
    assert len({name.lower() for name in found.values()}) == len(found)
    assert not any(os.sep in name or name in {"", ".", ".."} for name in found.values())


def test_folders_of_the_same_name_are_told_apart_by_those_around_them() -> None:
    places = [("data", "2025", "beach"), ("data", "2026", "beach"), ("data", "2026", "harbour"), ()]
    assert area_ids(places) == ["2025-beach", "2026-beach", "harbour", "survey"]


def test_no_picture_and_no_area_is_called_what_stands_for_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "All").mkdir()
    write_tiff(tmp_path / "All" / "all.tif")
    write_tiff(tmp_path / "All" / "b.tif")
    pictures, _ = find(tmp_path / "work", tmp_path / "All")
    assert [(one.image_id, one.area_id) for one in pictures] == [("all_", "All_"), ("b", "All_")]
    pictures, _ = find(tmp_path / "work", tmp_path / "All", area_id=" all\n")
    assert {one.area_id for one in pictures} == {"all_"}
    pictures, _ = find(tmp_path / "work", tmp_path / "All", area_id="Côte d'Azur\u202e\n(2)")
    assert {one.area_id for one in pictures} == {"Côte d'Azur (2)"}


def test_many_pictures_of_one_name_are_told_apart_in_time() -> None:
    found = image_ids([f"{number}/flight/DJI_0001.JPG" for number in range(30_000)])
    assert len(set(found)) == 30_000
    assert found[:3] == ["flight-DJI_0001", "flight-DJI_0001-2", "flight-DJI_0001-3"]
