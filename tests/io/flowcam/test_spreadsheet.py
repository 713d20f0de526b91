from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from tests.data.flowcam import make
from tests.data.flowcam.make import MadeRun

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.flowcam import FlowCamRun, RunFiles, check_spreadsheet
from pelagia.io.flowcam.spreadsheet import list_name, read_spreadsheet_header
from pelagia.io.sources import Source

Read = Callable[[MadeRun], FlowCamRun]
Opened = Callable[[MadeRun], tuple[Source, RunFiles]]
Particles = Callable[[MadeRun], pa.Table]
Found = Callable[[FlowCamRun, str], Issue]


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Diameter (ESD)", "esd_diameter"),
        ("Diameter (ESD) (µm)", "esd_diameter"),
        ("Area (ABD) (\ufffdm\ufffd)", "abd_area"),
        ("Image Height (px)", "image_h"),
        ("Original Reference ID", "image_id"),
        ("UUID", "image_id"),
        ("Ch2/Ch1 Ratio", "ch2_over_ch1_ratio"),
        ("Circularity (Hu)", "circularity_hu"),
        ("Biovolume (P. Spheroid) (µm³)", "biovolume_p_spheroid"),
        ("Elapsed Time (s)", "elapsed_time"),
    ],
)
def test_labels_become_the_names_of_the_list(label: str, name: str) -> None:
    assert list_name(label) == name


def test_an_exported_table_stands_in_for_a_missing_list(
    made: MadeRun, read: Read, particles: Particles, found: Found
) -> None:
    before = particles(made)
    make.write_spreadsheet(made)
    made.list_file.unlink()
    after = particles(made)
    for name in ("particle_id", "image_uuid", "collage", "box_col_px", "box_height_px", "ppc", "acquired_at_utc"):
        assert after[name].to_pylist() == before[name].to_pylist(), name
    for name in ("abd_um", "esd_um", "length_um", "perimeter_um", "aspect_ratio", "volume_esd_um3"):
        assert after[name].to_pylist() == pytest.approx(before[name].to_pylist(), abs=1e-3, rel=2e-4), name
    run = read(made)
    assert run.listed == 60
    found(run, "particles-from-spreadsheet")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_table_of_version_5_has_sizes_but_no_places_in_a_collage(
    made: MadeRun, read: Read, particles: Particles, found: Found, encoding: str
) -> None:
    before = particles(made)
    make.write_spreadsheet(made, make.VS5_LABELS, encoding)
    made.list_file.unlink()
    after = particles(made)
    assert after["particle_id"].to_pylist() == list(range(1, 61))
    assert after["image_uuid"].to_pylist() == before["image_uuid"].to_pylist()
    assert after["abd_um"].to_pylist() == pytest.approx(before["abd_um"].to_pylist(), abs=1e-4)
    assert after["box_col_px"].null_count == 60
    assert after["box_width_px"].to_pylist() == before["box_width_px"].to_pylist()
    assert found(read(made), "list-column-missing").value == "image_x, image_y, collage_file"


def test_something_else_is_no_particle_table() -> None:
    with pytest.raises(BadInput) as caught:
        read_spreadsheet_header(b"station,date\n1,2\n", "run.csv")
    assert caught.value.code == "spreadsheet-unreadable"


def test_a_table_that_agrees_with_its_list_is_no_finding(made: MadeRun, opened: Opened) -> None:
    make.write_spreadsheet(made)
    assert check_spreadsheet(*opened(made)) == ()


def test_other_rows_and_other_values_in_the_table_are_told(made: MadeRun, opened: Opened) -> None:
    make.write_spreadsheet(made)
    rows = make.read_rows(made)[:50]
    rows[6]["length"] = "1.0000"
    make.write_rows(made, rows)
    differ, values = check_spreadsheet(*opened(made))
    assert (differ.code, differ.objects) == ("spreadsheet-rows-differ", 10)
    assert (values.code, values.objects) == ("spreadsheet-values-differ", 1)
    assert "length" in values.message


def test_a_broken_table_beside_a_good_list_is_a_finding_only(made: MadeRun, opened: Opened, read: Read) -> None:
    (made.folder / f"{made.name}.csv").write_text("nonsense\n")
    (issue,) = check_spreadsheet(*opened(made))
    assert (issue.code, issue.severity) == ("spreadsheet-unreadable", "warning")
    assert read(made).listed == 60
