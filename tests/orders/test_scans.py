"""Scans to look at: tiles, outlines, what lines would do; and the objects a person has to look at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.orders.scanned import SCAN, install_zooscan, scanned_job

from pelagia.core.errors import NotFound
from pelagia.core.service import Edit
from pelagia.imaging.outline import outline
from pelagia.io.pyramid import open_pyramid, write_pyramid
from pelagia.orders import scan_pictures, scans
from pelagia.orders.scan_pictures import small
from pelagia.runtime.decisions import Annotator
from pelagia.runtime.edits import edits_of, record_edits
from pelagia.runtime.jobs import Job
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.services.zooscan.names import pack_name, picture_name, stem_of
from pelagia.services.zooscan.pack import read_objects

ADA = Annotator(key="visit:ada", name="Ada")
SCAN_ID = f"{SCAN}_1"
SIZES = {"threshold": 243, "min_esd_mm": 0.3, "dpi": 1200.0}


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("scans")
    with pytest.MonkeyPatch.context() as patch:
        install_zooscan(folder / "packages", patch)
        with open_runtime(read_settings({}, home=folder / "home", executor="inline", workers=2)) as opened:
            yield opened


@pytest.fixture(scope="module")
def job(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Job:
    return scanned_job(runtime, tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="module")
def folder(runtime: Runtime, job: Job) -> Path:
    return runtime.settings.result_folder(job.id)


def lines(name: str, value: object) -> Edit:
    return Edit(kind="cuts", subject=name, value=value)


def across(one: scans.Candidate) -> list[list[float]]:
    """Draw a line down the middle of a box."""
    row, col, height, width = one.box
    return [[row - 2.0, col + width / 2], [row + height + 2.0, col + width / 2]]


def test_a_tile_shows_the_pixels_of_the_scan(folder: Path) -> None:
    path = folder / picture_name(SCAN_ID)
    shown = cv2.imdecode(np.frombuffer(scan_pictures.tile(str(path), 0, 1, 0), np.uint8), cv2.IMREAD_GRAYSCALE)
    exact = open_pyramid(path).tile(0, 1, 0)
    assert shown.shape == exact.shape
    # A lossy picture of what is smooth and grey: a few levels at most pixels.
    assert np.abs(shown.astype(int) - exact.astype(int)).mean() < 2


def test_the_sizes_of_a_picture_are_those_of_its_levels(tmp_path: Path) -> None:
    write_pyramid(tmp_path / "scan.tif", np.full((1500, 2300), 200, np.uint8))
    told = scan_pictures.sizes(str(tmp_path / "scan.tif"))
    assert told == {"tile_px": 512, "levels": [(1500, 2300), (750, 1150), (375, 575)]}


def test_a_small_picture_has_the_whole_scan_in_it(tmp_path: Path) -> None:
    picture = np.full((1500, 2300), 255, np.uint8)
    picture[:750] = 60
    write_pyramid(tmp_path / "scan.tif", picture)
    shown = cv2.imdecode(np.frombuffer(small(str(tmp_path / "scan.tif"), 230), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shown.shape == (150, 230)
    assert abs(int(shown[:70].mean()) - 60) < 3 and shown[80:].mean() > 252


def test_an_outline_encloses_its_object(folder: Path) -> None:
    regions = read_objects(folder / pack_name(SCAN_ID), range(1, 12))
    for region in regions.values():
        points = np.array(outline(region))[:, ::-1] - (region.col, region.row)
        drawn = np.zeros(region.filled.shape, np.uint8)
        cv2.fillPoly(drawn, [points.astype(np.int32)], 1)
        # An outline with fewer points leaves out or adds a pixel at the edge, here and there.
        assert (drawn.astype(bool) ^ region.filled).sum() <= max(6, 0.06 * region.filled.sum())


def test_the_outlines_of_the_pieces_of_a_cut_object_are_those_the_service_measured(
    runtime: Runtime, job: Job, folder: Path
) -> None:
    scan = scans.find_scan(runtime.settings, job, SCAN_ID)
    pieces = [one for one in scans.objects_on(scan) if one["piece"]]
    assert pieces
    cut = scans.lines_in_result(scan, {one["number"] for one in pieces})
    wanted = [(one["number"], one["piece"]) for one in pieces]
    for one, points in zip(pieces, scan_pictures.outlines(str(scan.pack), wanted, cut, SIZES), strict=True):
        rows, cols = np.array(points).T
        assert (rows.min(), cols.min()) == (one["row_px"], one["col_px"])
        assert (np.ptp(rows) + 1, np.ptp(cols) + 1) == (one["height_px"], one["width_px"])


def test_outlines_of_what_is_not_there_are_empty(folder: Path) -> None:
    pack = str(folder / pack_name(SCAN_ID))
    found = scan_pictures.outlines(pack, [(9999, None), (1, 7)], {1: [[[0, 0], [1, 1]]]}, SIZES)
    assert found == [[], []]


def test_a_preview_cuts_as_the_service_does_and_measures_the_pieces(runtime: Runtime, job: Job, folder: Path) -> None:
    made = edits_of(runtime.database, job.id)
    one = max(scans.candidates(runtime.settings, job, made), key=lambda one: one.box[2] * one.box[3])
    pack = str(folder / pack_name(SCAN_ID))
    told = scan_pictures.preview(pack, one.number, [across(one)], SIZES)
    assert told["divided"] and len(told["pieces"]) >= 2
    whole = read_objects(Path(pack), [one.number])[one.number]
    assert told["whole"]["area_px"] == int(whole.filled.sum())
    assert sum(piece["area_px"] for piece in told["pieces"]) + sum(told["dropped"]) < told["whole"]["area_px"]


@pytest.mark.parametrize("drawn", [[], [[[-50.0, -50.0], [-40.0, -40.0]]]])
def test_lines_that_do_not_reach_an_object_leave_it_whole(folder: Path, drawn: list[list[list[float]]]) -> None:
    told = scan_pictures.preview(str(folder / pack_name(SCAN_ID)), 1, drawn, SIZES)
    assert not told["divided"]
    assert told["pieces"] == [told["whole"]]


def test_a_preview_of_what_is_not_there_is_not_found(folder: Path) -> None:
    with pytest.raises(NotFound):
        scan_pictures.preview(str(folder / pack_name(SCAN_ID)), 9999, [], SIZES)


def test_candidates_are_what_was_taken_for_several_or_cut(runtime: Runtime, job: Job) -> None:
    found = scans.candidates(runtime.settings, job, ())
    scan = scans.find_scan(runtime.settings, job, SCAN_ID)
    rows = scans.objects_on(scan)
    assert {one.name for one in found} == {one["cut_from"] or one["object_id"] for one in rows}
    cut = [one for one in found if one.applied]
    assert {one.name for one in cut} == {one["cut_from"] for one in rows if one["cut_from"]}
    for one in cut:
        pieces = [row for row in rows if row["cut_from"] == one.name]
        assert one.box[0] == min(row["row_px"] for row in pieces)
        assert one.proposed and one.drawn is None


def test_the_surest_come_first_or_they_stand_as_in_the_scan(runtime: Runtime, job: Job) -> None:
    found = scans.candidates(runtime.settings, job, ())
    scores = [one.score for one in scans.in_order(found, "score")]
    assert scores == sorted(scores, reverse=True)
    numbers = [one.number for one in scans.in_order(found, "scan")]
    assert numbers == sorted(numbers)


def test_what_a_person_drew_is_told_until_it_is_taken_back(runtime: Runtime, job: Job) -> None:
    one = scans.candidates(runtime.settings, job, ())[0]
    record_edits(runtime.database, job.id, [lines(one.name, [across(one)])], ADA)
    (drawn,) = scans.candidates(runtime.settings, job, edits_of(runtime.database, job.id), name=one.name)
    assert (drawn.drawn, drawn.by) == ((across(one),), "Ada")
    assert drawn.proposed == one.proposed
    record_edits(runtime.database, job.id, [lines(one.name, [])], ADA)
    (kept,) = scans.candidates(runtime.settings, job, edits_of(runtime.database, job.id), name=one.name)
    assert kept.drawn == ()
    record_edits(runtime.database, job.id, [lines(one.name, None)], ADA)
    (back,) = scans.candidates(runtime.settings, job, edits_of(runtime.database, job.id), name=one.name)
    assert back.drawn is None


def test_a_window_has_the_objects_that_reach_into_it() -> None:
    box = {"row_px": 100, "col_px": 200, "height_px": 10, "width_px": 20}
    assert scans.in_window([box], 109, 219, 1, 1) == [box]
    assert scans.in_window([box], 90, 190, 10, 10) == []
    assert scans.in_window([box], 110, 200, 50, 50) == []


@pytest.mark.parametrize("name", ["", "no such scan", "..", "../objects", "a/b"])
def test_a_scan_that_is_not_there_has_no_picture(runtime: Runtime, job: Job, name: str) -> None:
    with pytest.raises(NotFound, match="no such scan"):
        scans.picture_of(runtime.settings, job, name)
    with pytest.raises(NotFound, match="no such scan"):
        scans.find_scan(runtime.settings, job, name)


@pytest.mark.parametrize(
    "name", ["", "1", f"{SCAN_ID}_", f"{SCAN_ID}_1-1", f"{SCAN_ID}_¹", "other_1", f"{SCAN_ID}_" + "9" * 40]
)
def test_the_name_of_no_object_is_refused(runtime: Runtime, job: Job, name: str) -> None:
    with pytest.raises(NotFound, match="no such object"):
        scans.find_candidate(runtime.settings, job, name)


def test_names_of_scans_become_names_of_files_that_never_meet() -> None:
    names = ["a b", "a_b", "a/b", "../a_b", "é", "è", ".a", "a"]
    stems = [stem_of(name) for name in names]
    assert len(set(stems)) == len(names)
    assert not any("/" in stem or stem.startswith(".") for stem in stems)


def test_what_was_deleted_is_told_as_that(runtime: Runtime, job: Job, tmp_path: Path) -> None:
    folder = runtime.settings.result_folder(job.id)
    moved = tmp_path / "moved"
    shutil.move(folder, moved)
    try:
        for ask in (scans.picture_of, scans.find_scan, scans.find_candidate):
            with pytest.raises(NotFound, match="deleted"):
                ask(runtime.settings, job, f"{SCAN_ID}_1")
    finally:
        shutil.move(moved, folder)
