from __future__ import annotations

from pelagia.io.flowcam import collage_file, find_runs, mask_file

PAGES = [
    "a/run_000001.tif",
    "a/run_000001_bin.tif",
    "a/run_000002.tif",
    "a/cal_image_000001.tif",
    "a/rawfile_000001.tif",
]


def test_a_list_takes_the_files_of_its_name() -> None:
    names = ["a/run.lst", "a/run.ctx", "a/run.cla", "a/run.edg", "a/run.csv", "a/run_summary.csv"]
    (run,) = find_runs([*names, "a/run_run_summary.txt", "a/run_notes.txt", *PAGES])
    assert run.sample_id == "run"
    assert (run.list, run.context, run.classification, run.edges) == (
        "a/run.lst",
        "a/run.ctx",
        "a/run.cla",
        "a/run.edg",
    )
    assert (run.spreadsheet, run.summary, run.run_summary) == (
        "a/run.csv",
        "a/run_summary.csv",
        "a/run_run_summary.txt",
    )
    assert run.notes == "a/run_notes.txt"
    assert run.particles == run.list


def test_calibration_images_and_raw_frames_are_no_collages() -> None:
    (run,) = find_runs(["a/run.lst", *PAGES])
    assert run.images == ("a/run_000001.tif", "a/run_000001_bin.tif", "a/run_000002.tif")
    assert run.calibrations == ("a/cal_image_000001.tif",)


def test_collage_and_mask_are_found_without_regard_to_case_or_windows_folders() -> None:
    (run,) = find_runs(["a/run.lst", "a/RUN_000001.TIF", "a/Run_000001_BIN.tif"])
    assert collage_file(run, r"C:\Data\run_000001.tif") == "a/RUN_000001.TIF"
    assert mask_file(run, "run_000001.tif") == "a/Run_000001_BIN.tif"
    assert collage_file(run, "run_000002.tif") is None


def test_each_folder_has_its_own_runs() -> None:
    runs = find_runs(["x/one.lst", "x/two.lst", "y/three.flb", "four.LST", "readme.txt"])
    assert [(run.folder, run.sample_id) for run in runs] == [("", "four"), ("x", "one"), ("x", "two"), ("y", "three")]


def test_runs_of_one_name_in_two_folders_are_told_apart() -> None:
    runs = find_runs(["x/run.lst", "y/run.lst"])
    assert [run.sample_id for run in runs] == ["x_run", "y_run"]


def test_a_renamed_list_takes_the_name_of_its_collages() -> None:
    (run,) = find_runs(["metadata.lst", "Lake_1_images_000001.tif", "Lake_1_images_000002.tif", "extra.tif"])
    assert run.sample_id == "Lake_1"


def test_a_renamed_list_keeps_its_name_where_the_collages_do_not_agree() -> None:
    (run,) = find_runs(["metadata.lst", "Lake_1_000001.tif", "Lake_2_000001.tif"])
    assert run.sample_id == "metadata"


def test_a_lone_context_of_another_name_belongs_to_a_lone_list() -> None:
    (run,) = find_runs(["renamed.lst", "run.ctx", "run_run_summary.txt"])
    assert (run.context, run.run_summary) == ("run.ctx", "run_run_summary.txt")


def test_a_context_of_another_name_is_not_taken_where_there_are_two_lists() -> None:
    runs = find_runs(["one.lst", "two.lst", "one.ctx"])
    assert [run.context for run in runs] == ["one.ctx", ""]


def test_an_exported_table_stands_for_a_missing_list_only_beside_files_of_its_name() -> None:
    (run,) = find_runs(["run.csv", "run.ctx", "other.csv", "run_summary.csv"])
    assert (run.list, run.particles) == ("", "run.csv")


def test_a_context_without_particles_is_a_run_to_report() -> None:
    (run,) = find_runs(["run.ctx", "run.cla"])
    assert (run.particles, run.main) == ("", "run.ctx")


def test_what_other_systems_leave_behind_is_no_run() -> None:
    assert find_runs(["__MACOSX/run.lst", "._run.lst", "a/._run.lst"]) == []
