"""A scan that was drawn comes back: every organism found, measured, counted; what is wrong costs only itself."""

from __future__ import annotations

import math
import shutil
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.services.zooscan.conftest import DPI, OBJECTS, Done, Drawn, Run

from pelagia.core.errors import NothingUsable
from pelagia.exports.vignettes import iter_vignettes
from pelagia.imaging.measures import MEASURES
from pelagia.io.pyramid import open_pyramid
from pelagia.services.zooscan import pipeline

NOTES = {"coordinates-degrees-minutes", "longitude-inverted"}


def codes(done: Done) -> set[str]:
    return {issue.code for issue in done.result.issues} - NOTES


def another(drawn: Drawn, folder: Path) -> Path:
    shutil.copytree(drawn.folder, folder / "Zooscan_other_sn001")
    return folder / "Zooscan_other_sn001"


def test_every_organism_drawn_is_found_where_it_was_drawn(plain: Done, drawn: Drawn) -> None:
    found = {(row["row_px"], row["col_px"]) for row in plain.rows("objects")}
    assert len(plain.rows("objects")) == OBJECTS
    for one in drawn.scan.objects:
        assert min(math.hypot(one.row - row, one.col - col) for row, col in found) < 12


def test_it_takes_the_steps_and_scans_it_says(plain: Done) -> None:
    estimate = pipeline.estimate(plain.request)
    assert (estimate.steps, estimate.units) == (len(plain.steps.keys), plain.steps.billed) == (15, 1)
    assert list(estimate.understood.values()) == ["1 scan, 1 sample, pelagia2026_wp2_st01_tot_1"]


def test_every_measure_is_a_column_and_consistent(plain: Done) -> None:
    rows = plain.rows("objects")
    for row in rows:
        assert {one.name for one in MEASURES} <= set(row)
        assert row["intden"] == pytest.approx(row["area"] * row["mean"])
        assert math.pi / 4 * row["major"] * row["minor"] == pytest.approx(row["area"], rel=1e-4)
        assert row["esd_um"] == pytest.approx(2 * math.sqrt(row["area"] / math.pi) * 25_400 / DPI)
        assert (row["bx"], row["by"]) == (row["col_px"], row["row_px"])


def test_counts_are_those_of_the_water(plain: Done) -> None:
    (scan,), (sample,) = plain.rows("scans"), plain.rows("samples")
    rows = plain.rows("counts")
    assert sum(row["counted"] for row in rows) == OBJECTS == scan["objects"] == sample["objects"]
    for row in rows:
        assert row["per_m3"] == pytest.approx(row["counted"] * scan["sub_part"] / sample["volume_m3"])
        assert row["per_m3_low"] < row["per_m3"] < row["per_m3_high"]
    spectrum = [row for row in plain.rows("spectrum") if row["volume_as"] == "sphere"]
    for taxon in {row["taxon"] for row in rows}:
        classes = [row for row in spectrum if row["taxon"] == taxon]
        assert sum(row["counted"] for row in classes) == sum(row["counted"] for row in rows if row["taxon"] == taxon)


def test_a_volume_that_is_told_goes_before_that_of_the_project(run: Run, drawn: Drawn) -> None:
    done = run(drawn.folder, separation="none", water_volume_m3=4.0, subsample_fraction=0.25)
    assert sum(row["per_m3"] for row in done.rows("counts")) == pytest.approx(OBJECTS * 4 / 4.0)


def test_vignettes_and_the_clean_picture_are_part_of_the_result(plain: Done) -> None:
    vignettes = dict(iter_vignettes(plain.result))
    assert set(vignettes) == {row["object_id"] for row in plain.rows("objects")}
    (picture,) = (one for one in plain.result.artifacts if one.role == "scan")
    row = plain.rows("objects")[0]
    window = open_pyramid(picture.path).window(row["row_px"], row["col_px"], row["height_px"], row["width_px"])
    assert window.min() == row["min"]


def test_touching_organisms_are_cut_and_say_so(cut: Done, plain: Done) -> None:
    (scan,) = cut.rows("scans")
    pieces = [row for row in cut.rows("objects") if row["piece"] is not None]
    assert scan["cut_objects"] == len({row["number"] for row in pieces}) > 0
    assert {row["cut_by"] for row in pieces} == {"watershed"}
    whole = {row["object_id"]: row for row in plain.rows("objects")}
    for row in cut.rows("objects"):
        if row["piece"] is None:
            assert row["area"] == whole[row["object_id"]]["area"]
        else:
            assert row["area"] < whole[row["cut_from"]]["area"]
    applied = {row["object_id"] for row in cut.rows("cuts") if row["applied"]}
    assert applied == {row["cut_from"] for row in pieces}


def test_a_picture_that_was_cleaned_before_gives_the_same_objects(run: Run, plain: Done, tmp_path: Path) -> None:
    (picture,) = (one for one in plain.result.artifacts if one.role == "scan")
    clean = cv2.imread(str(picture.path), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(tmp_path / "vis1.png"), clean)
    done = run(tmp_path / "vis1.png", separation="none", dpi=DPI)
    key = ("row_px", "col_px", *(one.name for one in MEASURES))
    again = [[row[name] for name in key] for row in done.rows("objects")]
    assert again == [[row[name] for name in key] for row in plain.rows("objects")]
    assert {"volume-unknown", "sub-part-unknown"} <= codes(done)
    assert all(row["per_m3"] is None for row in done.rows("counts"))


def with_scale_bar(folder: Path, name: str, *, dots: int = 1) -> Path:
    """Write a picture with dark discs, and a scale bar in its last 31 rows."""
    picture = np.full((231, 200), 255, np.uint8)
    for dot in range(dots):
        cv2.circle(picture, (60 + 80 * dot, 100), 25, 60, -1)
    cv2.rectangle(picture, (20, 205), (120, 225), 0, -1)
    cv2.imwrite(str(folder / name), picture)
    return folder / name


def test_the_scale_bar_under_a_picture_that_was_processed_before_is_cut_off(run: Run, tmp_path: Path) -> None:
    name = with_scale_bar(tmp_path, "a_1.jpg")
    whole, cropped = run(name), run(name, bottom_crop_px=31)
    assert (len(whole.rows("objects")), len(cropped.rows("objects"))) == (2, 1)
    assert [(row["rows_px"], row["cols_px"]) for row in cropped.rows("scans")] == [(200, 200)]
    assert {"vis1-lossy", "dpi-unknown"} <= codes(cropped)


def test_a_raw_scan_keeps_all_its_rows(run: Run, drawn: Drawn, plain: Done) -> None:
    done = run(drawn.folder, separation="none", bottom_crop_px=31)
    assert [row["rows_px"] for row in done.rows("scans")] == [row["rows_px"] for row in plain.rows("scans")]


def test_where_nothing_is_left_above_the_cut_that_picture_is_told_and_others_go_on(run: Run, tmp_path: Path) -> None:
    with_scale_bar(tmp_path, "a_1.jpg")
    cv2.imwrite(str(tmp_path / "b_1.jpg"), np.full((31, 200), 255, np.uint8))
    done = run(tmp_path, bottom_crop_px=31)
    assert [(row["scan_id"], row["measured_from"]) for row in done.rows("scans")] == [
        ("a_1", "picture"),
        ("b_1", "nothing"),
    ]
    (issue,) = [issue for issue in done.result.issues if issue.code == "nothing-left"]
    assert (issue.file, issue.value, issue.severity) == ("b_1.jpg", "200 × 31 px", "error")


def test_a_part_cut_out_of_a_scan_is_measured_as_it_is(run: Run, shared_data: Path) -> None:
    crop = shared_data / "zooscan" / "imagej_reference" / "images" / "measures" / "crop_13892_13563.png"
    done = run(crop, compatibility="zooprocess")
    (row,) = done.rows("objects")
    found = [row[name] for name in ("area", "mean", "perim.", "major", "feret", "skelarea", "fractal", "convarea")]
    assert found == [2173, 207.34, 262.39, 62.8, 71.3, 261, 1.194, 2612]
    assert {"edge-objects-kept", "dpi-unknown"} <= codes(done)


def test_a_vignette_that_its_organism_fills_says_nothing_of_a_background(run: Run, tmp_path: Path) -> None:
    picture = np.full((90, 90), 255, np.uint8)
    picture[10:80, 10:80] = 60
    cv2.imwrite(str(tmp_path / "a_1.jpg"), picture)
    done = run(tmp_path / "a_1.jpg")
    assert len(done.rows("objects")) == 1 and "background-does-not-fit" not in codes(done)


def test_lines_somebody_drew_in_the_project_are_applied(run: Run, drawn: Drawn, plain: Done, tmp_path: Path) -> None:
    from PIL import Image

    project = another(drawn, tmp_path)
    (scan,) = plain.rows("scans")
    largest = max(plain.rows("objects"), key=lambda row: row["area"])
    mask = np.zeros((scan["rows_px"], scan["cols_px"]), np.uint8)
    middle = largest["col_px"] + largest["width_px"] // 2
    mask[:, middle - 1 : middle + 2] = 255
    work = project / "Zooscan_scan" / "_work" / scan["scan_id"]
    work.mkdir(parents=True)
    Image.fromarray(mask).save(work / f"{scan['scan_id']}_sep.gif")
    done = run(project, separation="none")
    assert done.rows("scans")[0]["separation_mask"].endswith("_sep.gif")
    boxes = {(row["row_px"], row["col_px"], row["width_px"]) for row in done.rows("objects")}
    assert (largest["row_px"], largest["col_px"], largest["width_px"]) not in boxes
    untouched = run(project, separation="none", project_masks=False)
    assert len(untouched.rows("objects")) == OBJECTS


def test_a_damaged_scan_is_told_and_the_others_go_on(run: Run, drawn: Drawn, tmp_path: Path) -> None:
    project = another(drawn, tmp_path)
    raw = project / "Zooscan_scan" / "_raw"
    name = next(raw.glob("*_raw_1.tif")).name
    for file in list(raw.iterdir()):
        shutil.copy(file, raw / file.name.replace("st01", "st02"))
    broken = raw / name.replace("st01", "st02")
    broken.write_bytes(broken.read_bytes()[:100_000])
    done = run(project, separation="none")
    assert "raw-truncated" in codes(done)
    sound, damaged = done.rows("scans")
    assert (sound["measured_from"], sound["objects"]) == ("picture", OBJECTS)
    assert (damaged["measured_from"], damaged["objects"], damaged["verdict"]) == ("nothing", 0, "bad")


def test_half_a_background_pair_is_told(run: Run, drawn: Drawn, tmp_path: Path) -> None:
    project = another(drawn, tmp_path)
    next((project / "Zooscan_back").glob("*_raw_2.tif")).unlink()
    with pytest.raises(NothingUsable) as caught:
        run(project, separation="none")
    assert "background" in str(caught.value)


def test_a_scan_that_is_asked_for_and_not_there_is_told(run: Run, drawn: Drawn) -> None:
    done = run(drawn.folder, separation="none", only_scans=("pelagia2026_wp2_st01_tot_1", "st99_d1_1"))
    assert codes(done) == {"scan-not-found"}


def test_what_is_no_scan_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(NothingUsable):
        run(tmp_path / "notes.txt")


def test_as_zooprocess_has_it_measures_are_rounded(run: Run, drawn: Drawn, plain: Done) -> None:
    done = run(drawn.folder, separation="none", compatibility="zooprocess")
    for row, exact in zip(done.rows("objects"), plain.rows("objects"), strict=True):
        assert row["mean"] == pytest.approx(exact["mean"], abs=0.00501)
        assert row["mean"] == round(row["mean"], 2)


def test_equal_requests_give_equal_archives(run: Run, drawn: Drawn) -> None:
    first, second = (run(drawn.folder, separation="watershed") for _ in range(2))
    for one, other in zip(first.result.artifacts, second.result.artifacts, strict=True):
        assert one.path.read_bytes() == other.path.read_bytes(), one.name
    with zipfile.ZipFile(next(one.path for one in first.result.artifacts if one.role == "vignettes")) as archive:
        assert archive.testzip() is None


def test_decisions_given_as_corrections_hold(run: Run, drawn: Drawn, plain: Done, tmp_path: Path) -> None:
    name = plain.rows("objects")[4]["object_id"]
    (tmp_path / "decided.csv").write_text(
        f"object_id,taxon,validated_by\n{name},Copepoda,Ada\nnowhere_9,detritus,Ada\n"
    )
    done = run(drawn.folder, separation="none", corrections=tmp_path / "decided.csv")
    (row,) = (row for row in done.rows("objects") if row["status"] == "validated")
    assert (row["object_id"], row["taxon"], row["validated_by"], row["aphia_id"]) == (name, "Copepoda", "Ada", 1080)
    assert codes(done) == {"correction-without-object"}


def test_what_zooprocess_measured_is_counted_where_the_picture_is_gone(run: Run, shared_data: Path) -> None:
    done = run(shared_data / "zooscan" / "pid")
    scans = done.rows("scans")
    assert len(scans) == 16 == done.steps.billed
    assert {row["measured_from"] for row in scans} == {"table"}
    lines = {
        path.name.removesuffix("_dat1.pid"): path.read_text("latin-1").split("[Data]")[1].strip().count("\n")
        for path in (shared_data / "zooscan" / "pid").iterdir()
    }
    assert {row["scan_id"]: row["objects"] for row in scans} == lines
    for row in done.rows("objects"):
        assert math.pi / 4 * row["major"] * row["minor"] == pytest.approx(row["area"], rel=0.02)
    assert all(row["per_m3"] for row in done.rows("counts"))
    assert done.rows("checks")


def test_a_project_without_any_picture_is_checked(run: Run, shared_data: Path) -> None:
    done = run(shared_data / "zooscan" / "project_skeleton" / "test_project")
    assert done.rows("objects") == []
    assert {row["measured_from"] for row in done.rows("scans")} == {"nothing"}
    assert {row["verdict"] for row in done.rows("checks")} & {"bad", "look"}


def test_a_sample_that_lacks_a_scan_has_no_abundance(run: Run, drawn: Drawn, tmp_path: Path) -> None:
    project = another(drawn, tmp_path)
    raw = project / "Zooscan_scan" / "_raw"
    for file in list(raw.iterdir()):
        shutil.copy(file, raw / file.name.replace("_tot_", "_d2_"))
    broken = next(raw.glob("*_d2_raw_1.tif"))
    broken.write_bytes(broken.read_bytes()[:100_000])
    done = run(project, separation="none")
    assert "scan-unmeasured" in codes(done)
    assert all(row["per_m3"] is None for row in done.rows("counts"))
