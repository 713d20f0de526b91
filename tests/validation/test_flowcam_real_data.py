"""The FlowCam reader held against every real run at hand: the numbers of the instrument's own software."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from pelagia.io.flowcam import (
    FlowCamRun,
    RunFiles,
    check_spreadsheet,
    collage_file,
    cut,
    find_runs,
    mask_areas,
    mask_file,
    outside,
    particle_batches,
    read_classifications,
    read_run,
)
from pelagia.io.flowcam.edges import parse_edges
from pelagia.io.flowcam.sizes import CHECKED
from pelagia.io.images import decode_image
from pelagia.io.sources import Source, open_source

pytestmark = pytest.mark.data

TOLERANCE = 2.5e-4  # µm, µm² or a ratio; the lists print four decimals
ROWS = {
    "ceh_microbialmethane_tank10": {"MicrobialMethane_MESO_Tank10_54.0143_-2.7770_04052023_1": 475},
    "ceh_tank25_macro": {"19_10_Tank25_blanksremoved": 8976},
    "comics_dy086": {"flowcam_COMICS_DY086_20171118_MSC019_t0_4x": 506},
    "pml_libraries": {"C fusus": 192, "Ceratium fusus": 27, "Lge ciliate unidentified": 33},
    "pygsuia_runs": {
        "7-Pygsuia-3LB-SFSW-Terasakiella-sample2-replicate1-day7-11Apr2025": 1000,
        "7-Pygsuia-3LB-SFSW-Terasakiella-sample3-replicate3-day5-09Apr2025": 1000,
        "7-Pygsuia-SF-SW-NITRATE-day5-sample3-replicate3-08April2024": 1000,
        "7-Pygsuia-SF-SW-sulfate-day5-sample2-replicate3-08April2024": 1000,
    },
    "rflowcam_p02_jan2015": {"sample_data": 7937},
}
IN_THE_TABLE = {
    "Aspect Ratio": "aspect_ratio",
    "Circularity": "circularity",
    "Convexity": "convexity",
    "Fiber Curl": "curl",
    "Fiber Straightness": "straightness",
    "Geodesic Length": "geodesic_length_um",
    "Geodesic Thickness": "geodesic_thickness_um",
    "Transparency": "transparency",
}


@pytest.fixture(scope="module")
def source(shared_data: Path) -> Source:
    return open_source(str(shared_data / "flowcam"))


@pytest.fixture(scope="module")
def files(source: Source) -> dict[str, RunFiles]:
    return {run.sample_id: run for run in find_runs([entry.name for entry in source.entries()])}


@pytest.fixture(scope="module")
def runs(source: Source, files: dict[str, RunFiles]) -> dict[str, FlowCamRun]:
    return {name: read_run(source, run) for name, run in files.items()}


@pytest.fixture(scope="module")
def particles(source: Source, files: dict[str, RunFiles]) -> dict[str, pa.Table]:
    return {name: pa.concat_tables(particle_batches(source, run)) for name, run in files.items() if run.particles}


def pygsuia(files: dict[str, RunFiles]) -> list[str]:
    return [name for name in files if "Pygsuia" in name]


def boxes(table: pa.Table) -> np.ndarray:
    return np.stack([table[f"box_{side}_px"].to_numpy() for side in ("col", "row", "width", "height")], axis=1)


def pages(table: pa.Table) -> Iterator[tuple[str, np.ndarray]]:
    """Return each collage a run names, and which rows are on it."""
    names = np.array(table["collage"].to_pylist())
    return ((str(name), names == name) for name in np.unique(names))


def test_every_run_is_found(files: dict[str, RunFiles]) -> None:
    expected = [name for folder in ROWS.values() for name in folder]
    assert sorted(files) == sorted([*expected, "201-045311"])


def test_every_row_of_every_list_is_a_particle(
    source: Source, files: dict[str, RunFiles], runs: dict[str, FlowCamRun], particles: dict[str, pa.Table]
) -> None:
    for name, expected in (pair for folder in ROWS.values() for pair in folder.items()):
        lines = source.read(files[name].list).splitlines()
        header = 2 + int(lines[1].split(b"|")[1])
        assert runs[name].listed == particles[name].num_rows == len(lines) - header == expected
        assert runs[name].unreadable == 0


def test_every_size_formula_holds_on_every_particle(particles: dict[str, pa.Table]) -> None:
    for name, table in particles.items():
        assert not any(table["size_mismatch"].to_pylist()), name
        for size, column in CHECKED.items():
            difference = np.abs(table[size].to_numpy() - table[f"lst_{column}"].to_numpy())
            assert np.nanmax(difference) <= TOLERANCE, (name, column)


def test_shapes_only_the_exported_table_has_hold_too(
    source: Source, files: dict[str, RunFiles], particles: dict[str, pa.Table]
) -> None:
    lines_of_pixels = 0
    for name in pygsuia(files):
        stated = pa.csv.read_csv(pa.BufferReader(source.read(files[name].spreadsheet)))
        for label, size in IN_THE_TABLE.items():
            computed = particles[name][size].to_numpy()
            known = ~np.isnan(computed)
            difference = np.abs(computed - stated[label].to_numpy())[known]
            assert difference.max() <= TOLERANCE, (name, label)
            lines_of_pixels += int((~known).sum())
        for label, size in (("Volume (ABD)", "volume_abd_um3"), ("Volume (ESD)", "volume_esd_um3")):
            np.testing.assert_allclose(particles[name][size].to_numpy(), stated[label].to_numpy(), rtol=1e-4)
        assert check_spreadsheet(source, files[name]) == ()
    # Three particles are lines of pixels, whose hull is empty and whose axes are zero; two ratios are not defined.
    assert lines_of_pixels == 6


def test_imaged_volumes_are_those_of_the_instrument(
    source: Source, files: dict[str, RunFiles], runs: dict[str, FlowCamRun]
) -> None:
    assert runs["19_10_Tank25_blanksremoved"].volume.imaged_ml == pytest.approx(289.6065, abs=5e-5)
    for name in pygsuia(files):
        summary = dict(
            line.split(",", 1) for line in source.read(files[name].summary).decode().splitlines()[:12] if "," in line
        )
        volume = runs[name].volume.imaged_ml
        assert volume is not None
        # Four significant digits are printed; the concentration has five and is the finer test.
        assert volume == pytest.approx(float(summary["Sample Volume Imaged ml"]), rel=5e-4)
        assert int(summary["Count"]) / volume == pytest.approx(float(summary["Particles / ml"]), rel=1e-4)
        assert not [issue for issue in runs[name].issues if issue.code == "volume-mismatch"]


def test_processed_volume_and_efficiency_are_those_of_the_instrument(
    source: Source, files: dict[str, RunFiles], runs: dict[str, FlowCamRun]
) -> None:
    for name in pygsuia(files):
        text = source.read(files[name].summary).decode()
        efficiency = float(text.split("Efficiency,")[1].split("%")[0])
        volume = runs[name].volume
        assert volume.efficiency is not None
        # The pump's volume is printed to 0.0001 mL in the context, 0.1 % of the smallest one.
        assert volume.efficiency * 100 == pytest.approx(efficiency, abs=0.1)


def test_a_run_without_context_or_with_a_trigger_has_no_volume(runs: dict[str, FlowCamRun]) -> None:
    known = {name for name, run in runs.items() if run.volume.imaged_ml is not None}
    assert known == {*ROWS["pygsuia_runs"], *ROWS["ceh_tank25_macro"]}
    codes = {name: {issue.code for issue in run.issues} for name, run in runs.items()}
    assert {"volume-unknown-trigger", "calibration-default", "list-missing"} <= codes["201-045311"]
    assert "context-missing" in codes["sample_data"]


def test_rows_the_operator_deleted_are_known_and_the_volume_is_kept(runs: dict[str, FlowCamRun]) -> None:
    run = runs["19_10_Tank25_blanksremoved"]
    assert (run.counted, run.listed, run.deleted_by_operator) == (10381, 8976, 1405)


def test_the_offset_of_the_clocks_is_that_of_the_place(
    runs: dict[str, FlowCamRun], files: dict[str, RunFiles], particles: dict[str, pa.Table]
) -> None:
    assert runs["19_10_Tank25_blanksremoved"].utc_offset == timedelta(0)
    for name in pygsuia(files):
        run = runs[name]
        assert run.utc_offset == timedelta(hours=2)
        assert run.started_utc is not None
        assert run.ended_utc is not None
        times = particles[name]["acquired_at_utc"].to_pylist()
        # The context gives whole seconds.
        assert run.started_utc <= min(times) <= max(times) < run.ended_utc + timedelta(seconds=1)


def test_every_box_is_inside_its_collage_and_missing_collages_are_known(
    source: Source, files: dict[str, RunFiles], particles: dict[str, pa.Table]
) -> None:
    missing = []
    for name, table in particles.items():
        for collage, here in pages(table):
            file = collage_file(files[name], collage)
            if file is None:
                missing.append(name)
                continue
            image = decode_image(source.read(file), file=file).array
            assert not outside(image.shape, boxes(table)[here]).any(), collage
    assert Counter(missing) == {"19_10_Tank25_blanksremoved": 5, "sample_data": 57, "C fusus": 1}


def test_masks_have_the_listed_number_of_pixels(
    source: Source, files: dict[str, RunFiles], particles: dict[str, pa.Table]
) -> None:
    checked = 0
    for name, table in particles.items():
        listed = table["lst_raw_area"].to_numpy()
        for collage, here in pages(table):
            file = mask_file(files[name], collage)
            if file is not None:
                mask = decode_image(source.read(file), file=file).array
                np.testing.assert_array_equal(mask_areas(mask, boxes(table)[here]), listed[here])
                checked += int(here.sum())
    assert checked == 4506


def test_crops_are_the_labelled_vignettes_pixel_for_pixel(
    shared_data: Path, source: Source, files: dict[str, RunFiles], particles: dict[str, pa.Table]
) -> None:
    labelled = {path.stem: path for path in (shared_data / "plankton" / "flowcam_pygsuia").glob("*/*.png")}
    compared = 0
    for name in pygsuia(files):
        table = particles[name]
        uuids = np.array(table["image_uuid"].to_pylist())
        for collage, here in pages(table):
            file = collage_file(files[name], collage)
            assert file is not None
            image = decode_image(source.read(file), file=file).array
            for uuid, vignette in zip(uuids[here], cut(image, boxes(table)[here]), strict=True):
                path = labelled.get(f"{name}_{uuid}")
                if path is not None:
                    np.testing.assert_array_equal(vignette, decode_image(path.read_bytes(), file=path.name).array)
                    compared += 1
    assert compared == len(labelled) == 2000


def test_classes_given_on_the_instrument_name_listed_particles(
    source: Source, files: dict[str, RunFiles], particles: dict[str, pa.Table]
) -> None:
    for name in pygsuia(files):
        (given,), issues = read_classifications(source, files[name])
        assert issues == ()
        assert set(given.labels()) <= set(particles[name]["particle_id"].to_pylist())
        assert {group.name for group in given.classes} >= {"Junk"}
    both, _ = read_classifications(source, files["201-045311"])
    assert [len(one.classes) for one in both] == [21, 37]


def test_outlines_close_and_stand_in_the_boxes_of_their_particles(
    source: Source, files: dict[str, RunFiles], particles: dict[str, pa.Table]
) -> None:
    for name in pygsuia(files):
        table = particles[name]
        columns = [
            table[column].to_numpy()
            for column in ("particle_id", "frame_col_px", "frame_row_px", "box_width_px", "box_height_px")
        ]
        by_particle = {row[0]: row[1:] for row in zip(*columns, strict=True)}
        for edge in parse_edges(source.read(files[name].edges), files[name].edges):
            col, row, width, height = by_particle[edge.particle_id]
            assert np.abs(edge.points_px[-1] - edge.points_px[0]).max() <= 1
            # The corner listed for the frame is that of the particle, that of the box is up to 5 px before it.
            low, high = edge.points_px.min(axis=0), edge.points_px.max(axis=0)
            assert (low >= [col - 5, row - 5]).all()
            assert (high <= [col + width + 5, row + height + 5]).all()


def test_merged_fragments_are_as_many_as_the_list_says(
    runs: dict[str, FlowCamRun], particles: dict[str, pa.Table]
) -> None:
    for name, table in particles.items():
        assert runs[name].merged_fragments == int((table["lst_ppc"].to_numpy() > 1).sum())


def test_stuck_particles_are_those_of_the_published_rule(particles: dict[str, pa.Table]) -> None:
    for name, table in particles.items():
        place = np.stack([table[column].to_numpy() for column in ("frame_col_px", "frame_row_px")], axis=1)
        frame = table["frame"].to_numpy()
        shape = [table[column].to_numpy() for column in ("area_abd_um2", "perimeter_um", "aspect_ratio")]
        repeated = []
        for later in range(1, len(frame)):
            alike = (((place[:later] - place[later]) ** 2).sum(axis=1) <= 2) & (frame[:later] != frame[later])
            for values in shape:
                with np.errstate(divide="ignore", invalid="ignore"):
                    ratio = values[later] / values[:later]
                alike &= (ratio > 0.9) & (ratio < 1.1)
            if alike.any():
                repeated.append(later)
        assert np.flatnonzero(table["duplicate_of"].is_valid().to_numpy()).tolist() == repeated, name
