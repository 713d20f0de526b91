from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.data.zooscan.make import (
    CONFIGURATION,
    SAMPLE_ID,
    SAMPLE_TABLE,
    MadeProject,
    sample_row,
    to_8_bit,
    truncate,
    with_dpi,
    write_meta,
    write_table,
    write_tiff,
)
from tests.io.zooscan.conftest import codes, scan_of

from pelagia.core.errors import BadInput, NotFound
from pelagia.io.zooscan import Project, closed_frame, find_places, open_raw, read_projects

Read = Callable[..., Project]


def state_of(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(folder.rglob("*"))}


def test_a_project_is_read_whole_and_left_as_it_is(drawn: MadeProject, read: Read) -> None:
    before = state_of(drawn.folder)
    project = read(drawn.folder)
    assert (project.name, len(project.scans), list(project.samples)) == ("Zooscan_test_sn001", 2, [SAMPLE_ID])
    scan = scan_of(project, "d1")
    assert (scan.scan_id, scan.sample_id, scan.usable) == (f"{SAMPLE_ID}_d1_1", SAMPLE_ID, True)
    assert (scan.rows, scan.cols, scan.dpi, scan.frame) == (800, 480, 2400, "large")
    assert scan.pixel_mm == pytest.approx(25.4 / 2400)
    assert scan.scanned_at == datetime(2026, 6, 2, 10, 15)
    assert scan.background is not None
    assert (scan.background.name, scan.background_dpi) == ("20260602_0915_back_large", 1200)
    assert scan.sample is not None
    assert scan.sample.volume_m3 == 10
    assert scan.metadata is not None
    assert (scan.metadata.mesh_min_um, scan.metadata.mesh_max_um, scan.metadata.sub_part) == (1000, None, 2)
    assert codes(scan.issues) | codes(project.issues) == set()
    with open_raw(drawn.folder / scan.raw) as raw:
        assert (raw.height, raw.width) == (800, 480)
    assert state_of(drawn.folder) == before


def test_a_project_in_a_zip_reads_alike(drawn: MadeProject, read: Read, tmp_path: Path) -> None:
    path = tmp_path / "project.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in drawn.folder.rglob("*.*"):
            archive.write(file, file.relative_to(drawn.folder.parent))
    packed, plain = read(path), read(drawn.folder)
    assert packed.root == packed.name == "Zooscan_test_sn001"
    for one, other in zip(packed.scans, plain.scans, strict=True):
        assert (one.scan_id, one.rows, one.cols, one.dpi) == (other.scan_id, other.rows, other.cols, other.dpi)
        assert one.usable
        assert one.background is not None


@pytest.mark.parametrize("named", ["Zooscan_scan/_raw", "Zooscan_scan", "raw d2"])
def test_a_part_of_a_project_brings_the_rest_it_needs(named: str, drawn: MadeProject, read: Read) -> None:
    path = drawn.raw("d2") if named == "raw d2" else drawn.folder / named
    project = read(path)
    expected = ["d2"] if named == "raw d2" else ["d1", "d2"]
    assert [scan.fraction.fraction_id for scan in project.scans] == expected
    assert all(scan.usable and scan.sample is not None for scan in project.scans)


def test_a_raw_image_brings_what_stands_beside_it(drawn: MadeProject, read: Read, tmp_path: Path) -> None:
    for path in (drawn.raw("d1"), drawn.text("d1", "log"), drawn.text("d1", "meta"), drawn.raw("d2")):
        shutil.copy(path, tmp_path)
    for number in (1, 2):
        shutil.copy(drawn.background(number), tmp_path)
    (tmp_path / "secret.txt").write_text("nothing to do with it")
    project = read(tmp_path / drawn.raw("d1").name)
    (scan,) = project.scans
    assert (scan.fraction.fraction_id, scan.usable, project.is_legacy) == ("d1", True, False)
    assert scan.background is not None
    (place,) = find_places([str(tmp_path / drawn.raw("d1").name)])
    with pytest.raises(NotFound):
        place.open().read("secret.txt")


def test_files_of_one_folder_named_together_belong_together(drawn: MadeProject, read: Read, tmp_path: Path) -> None:
    names = {
        drawn.raw("d1"): "scan_raw_1.tif",
        drawn.background(1): "empty_back_1.tif",
        drawn.background(2): "empty_back_2.tif",
    }
    for path, name in names.items():
        shutil.copy(path, tmp_path / name)
    project = read(*(tmp_path / name for name in names.values()))
    (scan,) = project.scans
    assert scan.background is not None
    assert scan.background.raw_pair == ("empty_back_1.tif", "empty_back_2.tif")
    assert scan.usable
    assert codes(scan.issues) == {"log-missing", "metadata-missing"}


def test_a_vis1_image_is_a_scan_of_its_own(read: Read, tmp_path: Path) -> None:
    write_tiff(tmp_path / "st1_tot_1_vis1.tif", np.full((50, 60), 255, np.uint8), dpi=None)
    (scan,) = read(tmp_path / "st1_tot_1_vis1.tif").scans
    assert (scan.scan_id, scan.vis1, scan.raw, scan.usable) == ("st1_tot_1", "st1_tot_1_vis1.tif", "", True)
    assert (scan.rows, scan.cols, scan.dpi) == (50, 60, 2400)
    assert codes(scan.issues) == {"dpi-unknown", "metadata-missing"}
    (scan,) = read(tmp_path / "st1_tot_1_vis1.tif", dpi=1200).scans
    assert (scan.dpi, codes(scan.issues)) == (1200, {"metadata-missing"})


def test_a_scan_without_its_raw_image_is_read_from_vis1(made: MadeProject, read: Read) -> None:
    made.raw("d1").unlink()
    vis1 = made.work("d1") / f"{SAMPLE_ID}_d1_1_vis1.tif"
    write_tiff(vis1, np.full((480, 800), 255, np.uint8), dpi=None)
    scan = scan_of(read(made.folder), "d1")
    assert (scan.usable, scan.raw, scan.vis1, scan.dpi) == (True, "", vis1.relative_to(made.folder).as_posix(), 2400)


def test_a_vis1_image_that_is_named_is_used_though_its_raw_image_is_there(made: MadeProject, read: Read) -> None:
    vis1 = made.work("d1") / f"{SAMPLE_ID}_d1_1_vis1.tif"
    write_tiff(vis1, np.full((480, 800), 255, np.uint8), dpi=None)
    (scan,) = read(vis1).scans
    assert (scan.raw, scan.vis1, scan.usable) == ("", vis1.relative_to(made.folder).as_posix(), True)
    assert scan.sample is not None


def faulty(made: MadeProject, read: Read) -> tuple[set[str], bool]:
    """Return what is found about d1, and whether it can be used; the other scan must go on."""
    project = read(made.folder)
    assert scan_of(project, "d2").usable
    scan = scan_of(project, "d1")
    for issue in (*scan.issues, *project.issues):
        assert issue.message
        assert issue.remedy
    return codes(scan.issues) | codes(project.issues), scan.usable


def test_a_truncated_raw_image_costs_its_scan(made: MadeProject, read: Read) -> None:
    truncate(made.raw("d1"))
    assert faulty(made, read) == ({"raw-truncated"}, False)


def test_a_raw_image_of_8_bits_costs_its_scan(made: MadeProject, read: Read) -> None:
    to_8_bit(made.raw("d1"))
    assert faulty(made, read) == ({"raw-8-bit"}, False)


def test_a_doubtful_resolution_costs_its_scan_unless_it_is_given(made: MadeProject, read: Read) -> None:
    with_dpi(made.raw("d1"), 1200)
    assert faulty(made, read) == ({"dpi-wrong"}, False)
    scan = scan_of(read(made.folder, dpi=2400), "d1")
    assert (scan.dpi, scan.usable, codes(scan.issues)) == (2400, True, set())


def test_the_resolution_that_fits_the_frame_is_used(made: MadeProject, read: Read) -> None:
    settings = made.folder / CONFIGURATION
    settings.write_text(settings.read_text().replace("2400", "300"))
    for fraction in ("d1", "d2"):
        write_tiff(made.raw(fraction), np.full((24_400, 8), 50_000, np.uint16), dpi=2400)
    scan = scan_of(read(made.folder), "d1")
    assert (scan.dpi, scan.usable) == (2400, True)
    (issue,) = [one for one in scan.issues if one.code == "dpi-wrong"]
    assert (issue.severity, issue.value) == ("warning", "2400 dpi (image), 300 dpi (settings)")


def test_half_a_background_is_told_and_an_older_one_taken(made: MadeProject, read: Read) -> None:
    for number in (1, 2):
        older = made.background(number).name.replace("0915", "0815")
        shutil.copy(made.background(number), made.background(number).with_name(older))
    made.background(2).unlink()
    found, is_usable = faulty(made, read)
    assert (found, is_usable) == ({"background-half-missing", "background-older"}, True)
    background = scan_of(read(made.folder), "d1").background
    assert background is not None
    assert background.name == "20260602_0815_back_large"


def test_without_any_background_no_raw_scan_can_be_used(made: MadeProject, read: Read) -> None:
    made.background(1).unlink()
    project = read(made.folder)
    assert codes(project.issues) == {"background-half-missing"}
    assert [scan.usable for scan in project.scans] == [False, False]
    assert codes(scan_of(project, "d1").issues) == {"background-missing"}


def test_without_a_background_the_image_of_the_legacy_is_used_and_told(made: MadeProject, read: Read) -> None:
    made.background(1).unlink()
    write_tiff(made.work("d1") / f"{SAMPLE_ID}_d1_1_vis1.tif", np.full((470, 790), 255, np.uint8), dpi=None)
    scan = scan_of(read(made.folder), "d1")
    assert (scan.usable, scan.background, scan.rows, scan.cols) == (True, None, 470, 790)
    (issue,) = [one for one in scan.issues if one.code == "background-missing"]
    assert (issue.severity, issue.value) == ("warning", scan.vis1)


def test_a_background_taken_after_the_scan_is_only_taken_where_there_is_no_other(made: MadeProject, read: Read) -> None:
    for number in (1, 2):
        made.background(number).rename(made.background(number).with_name(f"20260603_0900_back_large_raw_{number}.tif"))
    assert faulty(made, read) == ({"background-after-scan"}, True)


def test_the_backgrounds_of_another_frame_do_not_count(made: MadeProject, read: Read) -> None:
    for number in (1, 2):
        made.background(number).rename(made.background(number).with_name(f"20260602_0915_back_narrow_raw_{number}.tif"))
    scan = scan_of(read(made.folder), "d1")
    assert (scan.background, scan.usable) == (None, False)


def test_a_damaged_background_is_told(made: MadeProject, read: Read) -> None:
    truncate(made.background(1))
    project = read(made.folder)
    assert codes(project.issues) == {"raw-truncated"}
    assert codes(scan_of(project, "d1").issues) == {"background-missing"}


def test_faults_of_the_metadata_are_told_and_the_scan_goes_on(made: MadeProject, read: Read) -> None:
    row = sample_row(vol="12,5", latitude="54.7500", longitude="7.9000", depth="99999")
    write_table(made.folder / SAMPLE_TABLE, [row])
    found, is_usable = faulty(made, read)
    assert (found, is_usable) == ({"comma-decimal", "coordinates-decimal", "metadata-disagree"}, True)
    scan = scan_of(read(made.folder), "d1")
    assert scan.sample is not None
    assert (scan.sample.volume_m3, scan.sample.longitude_deg, scan.sample.bottom_depth_m) == (12.5, 7.9, None)


def test_files_that_disagree_are_told(made: MadeProject, read: Read) -> None:
    write_meta(made, "d1", {"Vol": "20", "Fracnb": "4"})
    scan = scan_of(read(made.folder), "d1")
    told = {issue.value for issue in scan.issues if issue.code == "metadata-disagree"}
    assert told == {"fracnb: 2 and 4", "vol: 10 and 20"}


def test_a_second_file_of_a_kind_is_told(made: MadeProject, read: Read) -> None:
    for name in (f"{SAMPLE_ID}_d1_1_vis1.tif", f"{SAMPLE_ID}_d1_1_vis1.zip"):
        (made.work("d1")).mkdir(parents=True, exist_ok=True)
        if name.endswith("tif"):
            write_tiff(made.work("d1") / name, np.zeros((4, 4), np.uint8))
        else:
            with zipfile.ZipFile(made.work("d1") / name, "w") as archive:
                archive.writestr("other_vis1.tif", b"")
    scan = scan_of(read(made.folder), "d1")
    assert "file-duplicate" in codes(scan.issues)
    assert len(scan.duplicates) == 1


def test_a_link_out_of_the_project_is_not_followed(made: MadeProject, read: Read, tmp_path: Path) -> None:
    outside = tmp_path / "outside_raw_1.tif"
    shutil.move(made.raw("d1"), outside)
    made.raw("d1").symlink_to(outside)
    project = read(made.folder)
    assert all(scan.raw != made.raw("d1").relative_to(made.folder).as_posix() for scan in project.scans)


def test_nothing_is_read_above_an_upload(drawn: MadeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PELAGIA_HOME", str(tmp_path))
    upload = tmp_path / "uploads" / "abcdefgh12"
    raw = tmp_path / "uploads" / "Zooscan_scan" / "_raw"
    upload.mkdir(parents=True)
    raw.mkdir(parents=True)
    shutil.copy(drawn.raw("d1"), upload)
    (place,) = find_places([f"upload://abcdefgh12/{drawn.raw('d1').name}"])
    assert place.folder == str(upload)
    inside = shutil.copytree(drawn.folder, upload / "project")
    (place,) = find_places([f"upload://abcdefgh12/project/Zooscan_scan/_raw/{drawn.raw('d1').name}"])
    assert place.folder == str(inside)
    with pytest.raises(BadInput):
        find_places(["upload://abcdefgh12/../Zooscan_scan/_raw"])


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        find_places([str(tmp_path / "absent")])


def test_a_folder_without_scans_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.doc").write_text("nothing")
    (place,) = find_places([str(tmp_path)])
    with pytest.raises(BadInput) as caught:
        read_projects(place)
    assert (caught.value.code, caught.value.value) == ("nothing-recognised", ".doc")


def test_a_closed_frame_has_a_remedy() -> None:
    issue = closed_frame("a_raw_1.tif")
    assert (issue.code, issue.severity) == ("frame-closed", "warning")
    assert "edges" in issue.remedy


def test_real_projects_are_read(shared_data: Path) -> None:
    root = shared_data / "zooscan"
    for folder, scans in (("imagej_reference/project", 2), ("project_skeleton/test_project", 1), ("pid", 16)):
        (place,) = find_places([str(root / folder)])
        (project,) = read_projects(place)
        assert len(project.scans) == scans, folder
        assert all(scan.sample is not None and scan.metadata is not None for scan in project.scans), folder


def test_the_position_of_a_real_scan_is_that_of_its_results(shared_data: Path) -> None:
    (place,) = find_places([str(shared_data / "zooscan" / "imagej_reference" / "project")])
    (project,) = read_projects(place)
    sample = project.samples["apero2023_tha_bioness_sup2000_013_st46_d_n1"]
    # The same station in the table of results that the legacy wrote.
    assert (sample.latitude_deg, sample.longitude_deg) == pytest.approx((47.846, -15.437))


def test_a_real_project_in_decimal_degrees_is_recognised(shared_data: Path) -> None:
    (place,) = find_places([str(shared_data / "zooscan" / "pid")])
    (project,) = read_projects(place)
    longitudes = {scan.sample.longitude_deg for scan in project.scans if scan.sample}
    assert longitudes == {-69.1048, -68.9983, -68.807}
    assert all("coordinates-decimal" in codes(scan.issues) for scan in project.scans)


def picture(path: Path, suffix: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(suffix or path.suffix, np.full((60, 70), 255, np.uint8))[1].tobytes())
    return path


def names_of(project: Project) -> list[str]:
    return [scan.scan_id for scan in project.scans]


@pytest.mark.parametrize("packed", [False, True])
def test_jpegs_alone_in_a_folder_or_a_zip_are_pictures(packed: bool, read: Read, tmp_path: Path) -> None:
    folder = tmp_path / "vignettes"
    for name in ("a_1.jpg", "b_2.JPEG", "c/d_3.jpg"):
        picture(folder / name, ".jpg")
    place = Path(shutil.make_archive(str(tmp_path / "vignettes"), "zip", folder)) if packed else folder
    project = read(place)
    assert names_of(project) == ["a_1", "b_2", "d_3"]
    assert all(scan.usable and (scan.rows, scan.cols, scan.dpi) == (60, 70, 2400) for scan in project.scans)


def test_the_vignettes_in_a_copied_work_folder_are_no_scans(read: Read, tmp_path: Path) -> None:
    work = tmp_path / "st1_tot_1"
    for number in range(30):
        picture(work / f"st1_tot_1_{number}.jpg")
    write_tiff(work / "st1_tot_1_vis1.tif", np.full((60, 70), 255, np.uint8), dpi=2400)
    project = read(work)
    assert names_of(project) == ["st1_tot_1"]
    assert "jpegs-left-out" not in codes(project.issues, above="")


def test_jpegs_beside_other_pictures_are_left_out_and_told(read: Read, tmp_path: Path) -> None:
    for name in ("a.png", "b.jpg", "c.jpg"):
        picture(tmp_path / name)
    project = read(tmp_path)
    assert names_of(project) == ["a"]
    (issue,) = [issue for issue in project.issues if issue.code == "jpegs-left-out"]
    assert issue.message.startswith("2 JPEGs beside") and issue.value == "b.jpg, c.jpg"


def test_a_jpeg_that_is_named_itself_is_a_picture_wherever_it_stands(
    made: MadeProject, read: Read, tmp_path: Path
) -> None:
    for name in ("a.png", "b.jpg", "c.jpg"):
        picture(tmp_path / "loose" / name)
    assert names_of(read(tmp_path / "loose" / "b.jpg")) == ["b"]
    assert names_of(read(tmp_path / "loose" / "a.png", tmp_path / "loose" / "b.jpg")) == ["a", "b"]
    vignette = picture(made.folder / "Zooscan_scan" / "_work" / "x_d1_1" / "x_d1_1_7.jpg")
    (scan,) = read(vignette).scans
    assert (scan.scan_id, scan.usable) == ("x_d1_1_7", True)
