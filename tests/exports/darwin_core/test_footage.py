"""Counts of underwater cameras as sampling events."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.exports.ecosystem.footage_result import footage, make_result
from tests.exports.publishable import options
from tests.services.ecosystem.series.footage import NOON, Footage

from pelagia.exports.darwin_core import NEEDS, write
from pelagia.exports.outcome import DatasetInfo, ExportOutcome, SampleInfo
from pelagia.exports.registry import missing_columns

DATASET = DatasetInfo(
    title="Fish of the test pier", abstract="A pier that does not exist.", dataset_name="pier",
    institution_code="INST", organisation="Institute of Piers", creator_name="Ada Lovelace",
    creator_email="ada@example.org", licence="https://creativecommons.org/licenses/by/4.0/legalcode",
    country_code="ES",
)  # fmt: skip


def publish(folder: Path, made: Footage | None = None, dataset: DatasetInfo = DATASET) -> ExportOutcome:
    result = make_result(folder / "result", made)
    assert missing_columns(result, NEEDS) == ()
    return write(result, folder / "out", options(dataset=dataset))


def rows_of(outcome: ExportOutcome, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(outcome.files[0]) as archive:
        text = archive.read(name).decode()
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(name="outcome")
def _outcome(tmp_path: Path) -> ExportOutcome:
    return publish(tmp_path)


def test_every_bin_with_footage_is_an_event_of_its_deployment_with_its_effort(outcome: ExportOutcome) -> None:
    deployment, *bins = rows_of(outcome, "event.txt")
    assert (deployment["eventID"], deployment["eventType"]) == ("INST:pier:pier cam d1", "deployment")
    assert deployment["eventDate"] == "2026-06-01T12:00:00.000Z/2026-06-01T14:01:00.000Z"
    assert [row["eventDate"] for row in bins] == [
        "2026-06-01T12:00:00.000Z/2026-06-01T13:00:00.000Z",
        "2026-06-01T14:00:00.000Z/2026-06-01T15:00:00.000Z",
    ]
    assert {row["parentEventID"] for row in bins} == {deployment["eventID"]}
    assert {(row["sampleSizeValue"], row["sampleSizeUnit"]) for row in bins} == {("60", "second")}
    assert bins[0]["samplingEffort"].startswith("60 s of usable footage of 60 s recorded; 7 usable frames of 7")
    assert {(row["decimalLatitude"], row["decimalLongitude"]) for row in bins} == {("41.18", "1.75")}


def test_a_taxon_is_present_or_absent_in_every_bin(outcome: ExportOutcome) -> None:
    told = [
        (row["eventID"][-24:], row["verbatimIdentification"], row["occurrenceStatus"])
        for row in rows_of(outcome, "occurrence.txt")
    ]
    assert told == [
        ("2026-06-01T12:00:00.000Z", "cod", "present"),
        ("2026-06-01T12:00:00.000Z", "crab", "present"),
        ("2026-06-01T14:00:00.000Z", "cod", "absent"),
        ("2026-06-01T14:00:00.000Z", "crab", "present"),
    ]


def test_what_a_person_validated_is_told_apart_from_what_the_model_says(outcome: ExportOutcome) -> None:
    rows = rows_of(outcome, "occurrence.txt")
    assert {row["basisOfRecord"] for row in rows} == {"MachineObservation"}
    predicted, validated = rows[1], rows[3]
    assert (predicted["identificationVerificationStatus"], predicted["identifiedBy"]) == (
        "PredictedByMachine",
        "underwater-animals 1.0.0",
    )
    assert (validated["identificationVerificationStatus"], validated["identifiedBy"], validated["dateIdentified"]) == (
        "ValidatedByHuman",
        "Ana",
        "2026-06-02T09:00:00Z",
    )
    assert rows[0]["scientificNameID"] == "urn:lsid:marinespecies.org:taxname:126436"


def test_a_max_n_of_which_one_box_is_not_validated_is_predicted(tmp_path: Path) -> None:
    made = footage()
    made.boxes[0] |= {"status": "validated", "validated_by": "Ana"}
    rows = rows_of(publish(tmp_path, made), "occurrence.txt")
    assert rows[0]["identificationVerificationStatus"] == "PredictedByMachine"


def test_max_n_and_means_are_measurements_with_intervals(outcome: ExportOutcome) -> None:
    rows = rows_of(outcome, "extendedmeasurementorfact.txt")
    first = {
        row["measurementID"].rpartition(":")[2]: row for row in rows if row["occurrenceID"] == rows[0]["occurrenceID"]
    }
    assert (first["max_n"]["measurementValue"], first["max_n"]["measurementTypeID"]) == (
        "2",
        "http://vocab.nerc.ac.uk/collection/P01/current/OCOUNT01/",
    )
    assert float(first["mean_n"]["measurementValue"]) == pytest.approx(3 / 60)
    assert first["mean_n"]["measurementTypeID"] == ""
    assert "Wilson" in first["occupancy"]["measurementAccuracy"]
    assert first["tracks"]["measurementValue"] == "1"
    assert {row["measurementUnit"] for row in rows} == {"Dimensionless"}


def test_every_row_hangs_on_an_event_and_every_identifier_is_used_once(outcome: ExportOutcome) -> None:
    events, occurrences, measured = (
        rows_of(outcome, name) for name in ("event.txt", "occurrence.txt", "extendedmeasurementorfact.txt")
    )
    ids = {row["eventID"] for row in events}
    assert len(ids) == len(events)
    assert {row["eventID"] for row in (*occurrences, *measured)} <= ids
    assert len({row["occurrenceID"] for row in occurrences}) == len(occurrences)
    assert {row["occurrenceID"] for row in measured} == {row["occurrenceID"] for row in occurrences}
    assert len({row["measurementID"] for row in measured}) == len(measured)


def test_unknown_things_are_left_out_with_their_number(tmp_path: Path) -> None:
    made = footage()
    made.seen("a", 20.0, "unknown", "unknown", site="pier", camera="cam", deployment="d1")
    outcome = publish(tmp_path, made)
    assert "unknown" not in {row["verbatimIdentification"] for row in rows_of(outcome, "occurrence.txt")}
    (issue,) = [issue for issue in outcome.issues if issue.code == "unknown-not-published"]
    assert issue.objects == 2
    assert issue.message.startswith("2 boxes are of no known class")


def test_what_has_no_time_or_no_place_is_told(tmp_path: Path) -> None:
    made = Footage()
    made.clip("x", None, 10.0)
    made.screened("x", 0.0, 10.0, is_searched=True)
    outcome = publish(tmp_path, made)
    assert [issue.code for issue in outcome.issues] == ["position-missing", "date-missing"]
    assert [row["eventType"] for row in rows_of(outcome, "event.txt")] == ["deployment"]


def test_the_publisher_may_tell_place_and_depth_of_a_deployment(tmp_path: Path) -> None:
    made: Any = Footage()
    made.clip("x", NOON, 10.0)
    made.screened("x", 0.0, 10.0, is_searched=True)
    told = SampleInfo(latitude=1.0, longitude=2.0, depth_min_m=20.0)
    outcome = publish(tmp_path, made, DATASET.model_copy(update={"samples": {"cam": told}}))
    assert {(row["decimalLatitude"], row["minimumDepthInMeters"]) for row in rows_of(outcome, "event.txt")} == {
        ("1.0", "20.0")
    }
    assert outcome.issues == ()
