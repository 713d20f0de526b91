from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.data.flowcam import make
from tests.data.flowcam.make import MadeRun, make_run

from pelagia.io.flowcam import PARTICLE_COLUMNS, ParticleReader, RunFiles, mask_areas, particle_batches, run_setting
from pelagia.io.flowcam.header import LEGACY_LAYOUTS
from pelagia.io.sources import Source

Particles = Callable[[MadeRun], pa.Table]
Opened = Callable[[MadeRun], tuple[Source, RunFiles]]

MEASURED = {
    "abd_um": "abd_diameter",
    "area_abd_um2": "abd_area",
    "area_filled_um2": "filled_area",
    "esd_um": "esd_diameter",
    "length_um": "length",
    "width_um": "width",
    "perimeter_um": "perimeter",
    "convex_perimeter_um": "convex_perimeter",
    "compactness": "compactness",
    "elongation": "elongation",
}


@pytest.mark.parametrize("fields", [53, 57, 65])
def test_particles_of_every_version_have_one_form(tmp_path: Path, particles: Particles, fields: int) -> None:
    made = make_run(tmp_path, particles=40, fields=fields)
    table = particles(made)
    listed = make.read_rows(made)
    assert table.num_rows == 40
    assert table.schema.names[: len(PARTICLE_COLUMNS)] == [column.name for column in PARTICLE_COLUMNS]
    assert table.schema.field("abd_um").metadata[b"unit"] == "µm".encode()
    assert table["particle_id"].to_pylist() == table["list_row"].to_pylist() == list(range(1, 41))
    assert table["box_width_px"].to_pylist() == [int(row["image_w"]) for row in listed]
    assert table["collage"].to_pylist() == [row["collage_file"] for row in listed]
    assert table["acquired_at_local"].to_pylist() == [row["timestamp"] for row in listed]
    for name, column in MEASURED.items():
        np.testing.assert_allclose(table[name].to_numpy(), [float(row[column]) for row in listed], rtol=0, atol=2.5e-4)
    assert not pc.any(table["size_mismatch"]).as_py()


def test_every_number_of_the_list_is_passed_through(made: MadeRun, particles: Particles) -> None:
    table = particles(made)
    listed = make.read_rows(made)
    numbers = [name for name in make.FIELDS[65] if name not in ("timestamp", "collage_file", "image_id")]
    assert [name for name in table.column_names if name.startswith("lst_")] == [f"lst_{name}" for name in numbers]
    for name in numbers:
        assert table[f"lst_{name}"].to_pylist() == [float(row[name]) for row in listed]


def test_an_aspect_ratio_the_list_gives_is_kept_where_it_has_no_axes(tmp_path: Path, particles: Particles) -> None:
    made = make_run(tmp_path, particles=20, fields=57)
    stated = [float(row["aspect_ratio"]) for row in make.read_rows(made)]
    assert particles(made)["aspect_ratio"].to_pylist() == stated


def test_local_times_become_utc_by_the_offset_of_the_two_clocks(made: MadeRun, particles: Particles) -> None:
    table = particles(made)
    local = np.array(table["acquired_at_local"].to_pylist(), dtype="datetime64[us]")
    utc = table["acquired_at_utc"].to_numpy()
    assert set(local - utc) == {np.timedelta64(2, "h")}


def test_without_summaries_times_stay_local(made: MadeRun, particles: Particles) -> None:
    for path in made.folder.glob("*summary*"):
        path.unlink()
    table = particles(made)
    assert table["acquired_at_utc"].null_count == 60
    assert table["acquired_at_local"].null_count == 0


@pytest.mark.parametrize("rows", [1, 7, 60, 1000])
def test_batches_have_the_size_asked_for_and_the_same_rows(
    made: MadeRun, opened: Opened, particles: Particles, rows: int
) -> None:
    batches = list(particle_batches(*opened(made), rows=rows))
    assert [batch.num_rows for batch in batches[:-1]] == [rows] * (len(batches) - 1)
    assert pa.concat_tables(batches).equals(particles(made))


def test_stuck_particles_point_to_the_first_sighting(tmp_path: Path, particles: Particles) -> None:
    made = make_run(tmp_path, particles=400)
    assert made.stuck
    table = particles(made)
    found = {
        one: other
        for one, other in zip(table["particle_id"].to_pylist(), table["duplicate_of"].to_pylist(), strict=True)
        if other is not None
    }
    assert found == made.stuck


def test_merged_fragments_are_counted(made: MadeRun, opened: Opened) -> None:
    reader = ParticleReader(*opened(made), run_setting(*opened(made)))
    list(reader)
    assert made.merged > 0
    assert reader.tally.merged_fragments == made.merged


def test_an_unknown_column_passes_through(made: MadeRun, particles: Particles) -> None:
    make.add_column(made, "novel_index", "0.2500")
    assert set(particles(made)["lst_novel_index"].to_pylist()) == {0.25}


def test_pixel_size_and_fringe_come_from_the_context_where_the_list_has_none(
    made: MadeRun, particles: Particles
) -> None:
    before = particles(made)
    names = [name for name in make.FIELDS[65] if name not in ("cal_const", "fringe_size")]
    make.write_rows(made, make.read_rows(made), names)
    after = particles(made)
    assert after["abd_um"].equals(before["abd_um"])
    assert set(after["pixel_size_um"].to_pylist()) == {make.PIXEL_UM}


def test_without_pixel_size_the_sizes_are_those_of_the_list(made: MadeRun, particles: Particles) -> None:
    names = [name for name in make.FIELDS[65] if name not in ("cal_const", "fringe_size")]
    rows = make.read_rows(made)
    make.write_rows(made, rows, names)
    made.context_file.unlink()
    table = particles(made)
    assert table["pixel_size_um"].null_count == 60
    assert table["abd_um"].to_pylist() == [float(row["abd_diameter"]) for row in rows]
    expected = np.pi / 6 * table["abd_um"].to_numpy() ** 3
    np.testing.assert_allclose(table["volume_abd_um3"].to_numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("fields", [44, 47])
def test_elder_lists_without_a_header_are_read(made: MadeRun, particles: Particles, fields: int) -> None:
    before = particles(made)
    make.write_legacy_list(made, LEGACY_LAYOUTS[fields])
    table = particles(made)
    for name in ("particle_id", "box_col_px", "box_height_px", "collage", "ppc"):
        assert table[name].to_pylist() == before[name].to_pylist(), name
    assert ("frame" in table.column_names) and (table["frame"].null_count == (0 if fields == 47 else 60))


def test_a_row_without_a_number_is_given_minus_its_row(made: MadeRun, particles: Particles) -> None:
    make.change_cell(made, 5, "id", "")
    assert particles(made)["particle_id"].to_pylist()[3:6] == [4, -5, 6]


def test_a_box_that_is_no_whole_number_is_missing(made: MadeRun, particles: Particles) -> None:
    make.change_cell(made, 5, "image_x", "7.5")
    assert particles(made)["box_col_px"].to_pylist()[4] is None


def test_vignettes_cut_at_the_boxes_have_the_listed_pixels_in_their_mask(made: MadeRun, particles: Particles) -> None:
    table = particles(made)
    boxes = np.stack([table[f"box_{name}_px"].to_numpy() for name in ("col", "row", "width", "height")], axis=1)
    collages = np.array(table["collage"].to_pylist())
    for collage in made.collages:
        mask = cv2.imread(str(made.folder / collage.replace(".tif", "_bin.tif")), cv2.IMREAD_GRAYSCALE)
        here = collages == collage
        assert mask_areas(mask, boxes[here]).tolist() == table["lst_raw_area"].to_numpy()[here].tolist()
