"""The output folder of a real ZooScan run of a drawn scan: every export, and a report that shows what was found."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.services.zooscan.conftest import run_zooscan
from tests.services.zooscan.tiny_models import tiny_models

from pelagia.core.result import Issue
from pelagia.exports.folder import write_folder
from pelagia.exports.outcome import ExportOptions
from pelagia.services.zooscan.sample.drawing import draw_scan

EXPORTS = ("csv", "darwin-core", "ecotaxa", "zooprocess")
SAMPLE = "pelagia2026_wp2_st01"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Issue, ...]]:
    """A scan in which people named two thirds of the objects and the watershed cut some."""
    folder = tmp_path_factory.mktemp("zooscan")
    project = folder / "Zooscan_drawn_sn001"
    draw_scan(project, height=1200, width=900, objects=40, seed=3, dpi=1200)
    named = [f"{SAMPLE}_tot_1_{number},Copepoda,Ada,2026-06-03T10:00:00Z" for number in range(1, 80) if number % 3]
    decisions = folder / "decisions.csv"
    decisions.write_text("\n".join(["object_id,taxon,validated_by,validated_at", *named]) + "\n")
    models = tiny_models(folder / "models", multiple_logit=1.0)
    done = run_zooscan(folder / "work", models, project, corrections=decisions, separation="watershed")
    out = folder / "out"
    return out, write_folder(done.result, out, EXPORTS, options=ExportOptions(created=dt.date(2026, 1, 2)))


def counts_of(out: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(out / "counts.parquet").to_pylist()
    return rows


def code(address: str) -> str:
    return address.rsplit("/", 2)[1]


def test_every_export_takes_the_result(written: tuple[Path, tuple[Issue, ...]]) -> None:
    out, issues = written
    assert {issue.code for issue in issues} & {"export-failed", "export-columns-missing"} == set()
    made = json.loads((out / "summary.json").read_text())["exports"]
    assert set(made) == set(EXPORTS)
    assert all(made.values())


def test_lines_of_cuts_are_written_out_as_points(written: tuple[Path, tuple[Issue, ...]]) -> None:
    out, _ = written
    told = list(csv.DictReader((out / "exports" / "csv" / "cuts.csv").read_text("utf-8-sig").splitlines()))
    lines = pq.read_table(out / "cuts.parquet")["points_px"].to_pylist()
    assert lines
    written_out = [[[float(part) for part in point.split()] for point in row["points_px"].split("|")] for row in told]
    assert written_out == lines


def test_the_report_has_the_figures_of_the_table_and_a_vignette_of_every_taxon(
    written: tuple[Path, tuple[Issue, ...]],
) -> None:
    out, _ = written
    html = (out / "report.html").read_text()
    text = re.sub(r"<[^>]*>", "", html)
    for row in counts_of(out):
        assert f"{row['per_m3']:.3g}" in text, row["taxon"]
        assert re.search(rf'aria-label="\d+ vignettes? of {row["taxon"]}"', html)
    assert "were cut (" in text and "by watershed" in text
    for said in ("millilitre", "per mL", "particle", "could not be read"):
        assert said not in text, said


def test_the_report_draws_the_spectrum_of_the_table(written: tuple[Path, tuple[Issue, ...]]) -> None:
    out, _ = written
    rows = pq.read_table(out / "spectrum.parquet").to_pylist()
    mine = [row for row in rows if row["taxon"] == "all organisms" and row["volume_as"] == "ellipsoid"]
    html = (out / "report.html").read_text()
    figure = html[html.index("Normalised biovolume size spectrum of All organisms") :].partition("</figure>")[0]
    assert figure.count("<circle") == sum(row["counted"] > 0 for row in mine) > 2
    assert figure.count('class="bound"') == sum(row["counted"] == 0 for row in mine)
    assert figure.count("dot complete") == sum(row["counted"] > 0 and row["is_complete"] for row in mine)


def test_the_crate_tells_of_every_picture_and_archive(written: tuple[Path, tuple[Issue, ...]]) -> None:
    out, _ = written
    graph = json.loads((out / "ro-crate-metadata.json").read_text())["@graph"]
    told = {entity["@id"] for entity in graph}
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert files - told == {"ro-crate-metadata.json"} - told
    assert f"scans/{SAMPLE}_tot_1.tif" in told


def test_the_archive_for_obis_has_an_occurrence_of_each_organism_counted(
    written: tuple[Path, tuple[Issue, ...]],
) -> None:
    out, _ = written
    with zipfile.ZipFile(out / "exports" / "darwin-core.zip") as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    rows = {
        name: list(csv.DictReader(files[name].splitlines(), delimiter="\t")) for name in files if name[-3:] == "txt"
    }
    organisms = [row for row in counts_of(out) if row["is_organism"]]
    assert len(rows["occurrence.txt"]) == len(organisms) > 0
    (haul, scanned) = rows["event.txt"]
    assert (haul["decimalLatitude"][:7], haul["decimalLongitude"]) == ("54.1746", "7.9")
    assert (haul["minimumDepthInMeters"], haul["maximumDepthInMeters"]) == ("0.0", "40.0")
    assert (haul["sampleSizeValue"], scanned["parentEventID"]) == ("10.0", haul["eventID"])
    (occurrence,) = rows["occurrence.txt"]
    assert occurrence["identificationVerificationStatus"] == "ValidatedByHuman"
    measured = {
        row["measurementTypeID"].rsplit("/", 2)[1]: (
            row["measurementValue"],
            row["measurementUnitID"].rsplit("/", 2)[1],
        )
        for row in rows["extendedmeasurementorfact.txt"]
        if row["occurrenceID"]
    }
    abundance, unit = measured["SDBIOL01"]
    assert (float(abundance), unit) == (pytest.approx(organisms[0]["per_m3"], rel=1e-5), "UPMM")
    biovolume, unit = measured["CVOLUKNB"]
    expected = organisms[0]["biovolume_ellipsoid_mm3_per_m3"]
    assert (float(biovolume), unit) == (pytest.approx(expected, rel=1e-5), "CMCM")
