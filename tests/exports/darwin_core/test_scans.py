"""Scanned net samples as a Darwin Core Archive: per cubic metre, by the net, with the vignettes of the scans."""

from __future__ import annotations

import csv
import zipfile

import pyarrow as pa
import pytest
from tests.exports.publishable import options, write_table
from tests.exports.zooscan_result import make_scans, sample_row

from pelagia.core.result import Result
from pelagia.exports.darwin_core import NEEDS, write
from pelagia.exports.outcome import DatasetInfo
from pelagia.exports.registry import missing_columns

TEXT, REAL, WHOLE = pa.string(), pa.float64(), pa.int64()
INTERVALS = ("per_m3", "biovolume_ellipsoid_mm3_per_m3")
COUNT_TYPES = {
    "sample_id": TEXT, "taxon": TEXT, "scientific_name": TEXT, "aphia_id": WHOLE, "is_organism": pa.bool_(),
    "status": TEXT, "counted": WHOLE, "counted_low": REAL, "counted_high": REAL,
    **{f"{name}{end}": REAL for name in INTERVALS for end in ("", "_low", "_high")},
}  # fmt: skip


def count_row(sample="net1", taxon="Copepoda", counted=3, **told):
    return {
        "sample_id": sample, "taxon": taxon, "scientific_name": "Copepoda", "aphia_id": 1080, "is_organism": True,
        "status": "predicted", "counted": counted, "counted_low": 0.6, "counted_high": 8.8, "per_m3": 0.06,
        "per_m3_low": 0.012, "per_m3_high": 0.17, "biovolume_ellipsoid_mm3_per_m3": 0.25,
        "biovolume_ellipsoid_mm3_per_m3_low": 0.05, "biovolume_ellipsoid_mm3_per_m3_high": 0.9, **told,
    }  # fmt: skip


def publish(tmp_path, *, counts=None, told=None, **tables):
    tmp_path.mkdir(exist_ok=True)
    made = make_scans(tmp_path, **tables)
    rows = counts or [count_row(), count_row(status="validated", counted=1), count_row("net2")]
    counted = write_table(tmp_path, "counts", COUNT_TYPES, rows)
    result = Result(
        tables={**made.tables, "counts": counted},
        summary={},
        issues=(),
        provenance=made.provenance,
        artifacts=made.artifacts,
    )
    assert missing_columns(result, NEEDS) == ()
    return write(result, tmp_path / "out", told or options(dataset=DatasetInfo()))


def rows_of(outcome, name):
    with zipfile.ZipFile(outcome.files[0]) as archive:
        text = archive.read(name).decode()
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def code_of(row):
    return row["measurementTypeID"].rsplit("/", 2)[1]


@pytest.fixture
def made(tmp_path):
    return publish(tmp_path)


def test_the_sample_is_a_haul_of_so_many_cubic_metres(made):
    haul, scanned = rows_of(made, "event.txt")[:2]
    assert (haul["sampleSizeValue"], haul["sampleSizeUnit"]) == ("203.5", "cubic metre")
    assert (haul["eventDate"], haul["minimumDepthInMeters"]) == ("2023-06-26T08:28:00Z", "312.0")
    assert haul["eventRemarks"] == ""
    assert (scanned["parentEventID"], scanned["sampleSizeValue"]) == (haul["eventID"], "")
    assert "flatbed scanner" in scanned["samplingProtocol"]


def test_abundance_and_biovolume_are_per_cubic_metre_with_their_intervals(made):
    measured = rows_of(made, "extendedmeasurementorfact.txt")
    first = rows_of(made, "occurrence.txt")[0]["occurrenceID"]
    told = {
        code_of(row): (
            row["measurementValue"], row["measurementUnit"], row["measurementUnitID"].rsplit("/", 2)[1],
            row["measurementAccuracy"],
        )
        for row in measured if row["occurrenceID"] == first
    }  # fmt: skip
    assert told["SDBIOL01"] == (
        "0.06", "Number per cubic metre", "UPMM", "95 % confidence interval 0.012 to 0.17"
    )  # fmt: skip
    assert told["CVOLUKNB"] == (
        "0.25", "Cubic millimetres per cubic metre", "CMCM", "95 % confidence interval 0.05 to 0.9"
    )  # fmt: skip
    assert told["OCOUNT01"][0] == "3"
    assert len(told) == 3


def test_net_volume_and_scanner_are_told_of_the_events(made):
    measured = [row for row in rows_of(made, "extendedmeasurementorfact.txt") if not row["occurrenceID"]]
    told = {
        (row["measurementTypeID"].rsplit("/", 2)[1], row["measurementValue"], row["measurementUnit"])
        for row in measured
    }
    assert ("VOLWBSMP", "203.5", "Cubic metres") in told
    assert ("NMSPINST", "bioness", "Not applicable") in told
    assert ("MSHSIZE1", "500", "Micrometres (microns)") in told


def test_a_net_whose_name_says_all_is_that_of_the_vocabulary(tmp_path):
    samples = [sample_row("net1", net_type="WP-2", net_surface_m2=0.25), sample_row("net2", net_type="my net")]
    measured = rows_of(publish(tmp_path, samples=samples), "extendedmeasurementorfact.txt")
    nets = {row["eventID"]: row for row in measured if code_of(row) == "NMSPINST"}
    assert nets["net1"]["measurementValue"] == "WP-2 net"
    assert nets["net1"]["measurementValueID"].endswith("/L22/current/TOOL0979/")
    assert nets["net1"]["measurementRemarks"] == "Recorded as WP-2"
    assert (nets["net2"]["measurementValue"], nets["net2"]["measurementValueID"]) == ("my net", "")
    openings = [(row["measurementValue"], row["measurementUnit"]) for row in measured if code_of(row) == "MTHAREA1"]
    assert openings == [("0.25", "Square metres")]


def test_haul_and_station_are_told_unless_the_publisher_says_otherwise(tmp_path):
    haul = rows_of(publish(tmp_path / "plain"), "event.txt")[0]
    assert haul["samplingProtocol"] == "net haul, bioness, mesh 500 µm"
    assert haul["locality"] == "station 46"
    told = options(dataset=DatasetInfo(sampling_protocol="https://protocols.io/x", locality="Irminger Sea"))
    haul = rows_of(publish(tmp_path / "told", told=told), "event.txt")[0]
    assert (haul["samplingProtocol"], haul["locality"]) == ("https://protocols.io/x", "Irminger Sea")


def test_media_are_named_as_in_the_ecotaxa_export(made):
    media = {row["associatedMedia"] for row in rows_of(made, "occurrence.txt")}
    assert "net2_tot_1/net2_tot_1_1.jpg" in media
    assert any("net1_d1_1/net1_d1_1_1.png" in one for one in media)


def test_without_a_volume_there_are_counts_and_a_finding(tmp_path):
    unknown = dict.fromkeys([f"{name}{end}" for name in INTERVALS for end in ("", "_low", "_high")])
    samples = [sample_row("net1", volume_m3=None), sample_row("net2")]
    made = publish(tmp_path, counts=[count_row(**unknown)], samples=samples)
    told = [one for one in made.issues if one.code == "volume-missing"]
    assert [(one.file, "filtered" in one.message) for one in told] == [("net1", True)]
    measured = [row for row in rows_of(made, "extendedmeasurementorfact.txt") if row["occurrenceID"]]
    assert [row["measurementMethod"] for row in measured] == ["Objects of the class counted on the scans of the sample"]


def test_no_concentration_is_asked_for(made):
    assert "concentration-unknown" not in {one.code for one in made.issues}


def test_the_method_is_that_of_scans(made):
    with zipfile.ZipFile(made.files[0]) as archive:
        text = archive.read("eml.xml").decode()
    assert "net haul were scanned" in text
    assert "imaged in flow" not in text
