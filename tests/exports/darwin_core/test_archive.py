from __future__ import annotations

import csv
import io
import zipfile
from xml.etree import ElementTree

import pytest
from tests.exports.publishable import (
    count_row,
    default_objects,
    make_publishable,
    object_row,
    options,
    sample_row,
)

from pelagia.exports.darwin_core import NEEDS, write
from pelagia.exports.darwin_core.terms import USED_CODES, term_uri
from pelagia.exports.outcome import DatasetInfo, SampleInfo

TEXT = "{http://rs.tdwg.org/dwc/text/}"


def rows_of(path, name):
    with zipfile.ZipFile(path) as archive:
        text = archive.read(name).decode()
    return list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture
def made(tmp_path):
    outcome = write(make_publishable(tmp_path), tmp_path / "out", options())
    return outcome, outcome.files[0]


def publish(tmp_path, *, told=None, **tables):
    outcome = write(make_publishable(tmp_path, **tables), tmp_path / "out", told or options())
    return outcome, outcome.files[0]


def codes(outcome):
    return {issue.code for issue in outcome.issues}


def by_id(rows, column):
    return {row[column]: row for row in rows}


def test_the_archive_holds_core_extensions_descriptor_and_metadata_in_order(made):
    with zipfile.ZipFile(made[1]) as archive:
        names = archive.namelist()
    expected = {"eml.xml", "event.txt", "extendedmeasurementorfact.txt", "meta.xml", "occurrence.txt"}
    assert names == sorted(expected)


def test_equal_results_give_equal_bytes(tmp_path):
    first = write(make_publishable(tmp_path), tmp_path / "a", options()).files[0]
    second = write(make_publishable(tmp_path), tmp_path / "b", options()).files[0]
    assert first.read_bytes() == second.read_bytes()


def test_no_entry_tells_when_it_was_written(made):
    with zipfile.ZipFile(made[1]) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_descriptor_names_every_column_of_every_file(made):
    with zipfile.ZipFile(made[1]) as archive:
        root = ElementTree.fromstring(archive.read("meta.xml"))
        for table in root:
            name = table.find(f"{TEXT}files/{TEXT}location").text
            header = archive.read(name).decode().splitlines()[0].split("\t")
            fields = [field.get("term") for field in table.iter(f"{TEXT}field")]
            assert header[0] == "id"
            assert fields == [term_uri(column) for column in header[1:]]


def test_the_first_column_links_every_row_to_its_event(made):
    for name in ("event.txt", "occurrence.txt", "extendedmeasurementorfact.txt"):
        assert all(row["id"] == row["eventID"] for row in rows_of(made[1], name))


def test_the_terms_of_obis_stand_in_its_namespace_and_the_others_in_darwin_core():
    assert term_uri("measurementTypeID") == "http://rs.iobis.org/obis/terms/measurementTypeID"
    assert term_uri("measurementType") == "http://rs.tdwg.org/dwc/terms/measurementType"
    assert term_uri("license") == "http://purl.org/dc/terms/license"


def test_each_sample_has_an_event_and_its_imaged_part_a_child(made):
    events = by_id(rows_of(made[1], "event.txt"), "eventID")
    assert set(events) == {"INST:basin:S1", "INST:basin:S1:imaged", "INST:basin:S2", "INST:basin:S2:imaged"}
    child = events["INST:basin:S1:imaged"]
    assert (child["parentEventID"], child["eventType"]) == ("INST:basin:S1", "subsample")
    assert (child["sampleSizeValue"], child["sampleSizeUnit"]) == ("0.02", "millilitre")


def test_the_event_is_dated_by_the_sampling_not_the_imaging(made):
    events = by_id(rows_of(made[1], "event.txt"), "eventID")
    assert events["INST:basin:S1"]["eventDate"] == "2024-05-17T07:30Z"
    assert events["INST:basin:S2:imaged"]["eventDate"] == "2024-05-18"
    assert "imaged 2024-05-17T08:14:00Z" in events["INST:basin:S1:imaged"]["eventRemarks"]


def test_one_occurrence_per_sample_taxon_and_status(made):
    occurrences = rows_of(made[1], "occurrence.txt")
    keys = [
        (row["eventID"], row["verbatimIdentification"], row["identificationVerificationStatus"]) for row in occurrences
    ]
    assert sorted(keys) == [
        ("INST:basin:S1:imaged", "Chaetoceros", "PredictedByMachine"),
        ("INST:basin:S1:imaged", "Chaetoceros", "ValidatedByHuman"),
        ("INST:basin:S1:imaged", "Protist", "PredictedByMachine"),
        ("INST:basin:S2:imaged", "Chaetoceros", "PredictedByMachine"),
    ]
    assert {row["basisOfRecord"] for row in occurrences} == {"MachineObservation"}


def test_identifiers_are_unique(made):
    for name, column in (
        ("event.txt", "eventID"),
        ("occurrence.txt", "occurrenceID"),
        ("extendedmeasurementorfact.txt", "measurementID"),
    ):
        found = [row[column] for row in rows_of(made[1], name)]
        assert len(found) == len(set(found))


def test_a_mapped_class_carries_name_lsid_kingdom_and_rank(made):
    row = next(r for r in rows_of(made[1], "occurrence.txt") if r["verbatimIdentification"] == "Chaetoceros")
    assert row["scientificName"] == "Chaetoceros"
    assert row["scientificNameID"] == "urn:lsid:marinespecies.org:taxname:148985"
    assert (row["kingdom"], row["taxonRank"]) == ("Chromista", "genus")


def test_an_organism_without_aphiaid_is_biota_and_told(made):
    row = next(r for r in rows_of(made[1], "occurrence.txt") if r["verbatimIdentification"] == "Protist")
    assert (row["scientificName"], row["scientificNameID"]) == ("Biota", "urn:lsid:marinespecies.org:taxname:1")
    assert row["kingdom"] == "incertae sedis"
    issue = next(i for i in made[0].issues if i.code == "class-without-aphiaid")
    assert issue.value == "Protist"


def test_what_is_no_organism_or_unknown_is_left_out_and_counted(made):
    left_out = {issue.code: (issue.value, issue.objects) for issue in made[0].issues if issue.objects}
    assert left_out == {"not-an-organism": ("Junk", 1), "unknown-not-published": ("unknown", 1)}


def test_a_class_of_unknown_nature_is_not_published(tmp_path):
    outcome, path = publish(tmp_path, counts=[count_row("S1", "blob", 3, is_organism=None)])
    assert rows_of(path, "occurrence.txt") == []
    issue = next(i for i in outcome.issues if i.code == "nature-unknown")
    assert (issue.severity, issue.objects) == ("warning", 3)


def test_a_name_a_person_gave_is_published_if_the_list_holds_it(tmp_path):
    told = {"is_organism": None, "status": "validated"}
    outcome, path = publish(tmp_path, counts=[count_row("S1", "Odontella_aurita", 2, **told)])
    (row,) = rows_of(path, "occurrence.txt")
    assert (row["scientificName"], row["scientificNameID"]) == ("Odontella aurita", "")
    assert (row["kingdom"], row["taxonRank"]) == ("Chromista", "species")
    assert "class-without-aphiaid" in codes(outcome)


def test_particles_that_were_not_classified_are_counted_not_published(tmp_path):
    counts = [count_row("S1", "unclassified", 4, is_organism=None, status="unclassified")]
    outcome, path = publish(tmp_path, counts=counts)
    assert rows_of(path, "occurrence.txt") == []
    assert next(i for i in outcome.issues if i.code == "unclassified-not-published").objects == 4


def test_an_identifier_that_contradicts_the_name_is_withheld(tmp_path):
    wrong = count_row("S1", "Bellerochea", 3, scientific_name="Bellerochea", aphia_id=447730)
    outcome, path = publish(tmp_path, counts=[wrong])
    (row,) = rows_of(path, "occurrence.txt")
    assert (row["scientificName"], row["scientificNameID"]) == ("Bellerochea", "")
    assert "447730" in row["identificationRemarks"]
    assert next(i for i in outcome.issues if i.code == "aphiaid-name-mismatch").severity == "error"


def test_an_identifier_outside_the_list_is_published_as_given(tmp_path):
    outcome, path = publish(tmp_path, counts=[count_row("S1", "Copepoda", 3, aphia_id=1080, is_organism=None)])
    (row,) = rows_of(path, "occurrence.txt")
    assert row["scientificNameID"] == "urn:lsid:marinespecies.org:taxname:1080"
    assert "aphiaid-not-in-list" in codes(outcome)


def test_a_machine_identification_says_by_what_and_how_well(made):
    row = next(
        r for r in rows_of(made[1], "occurrence.txt") if r["identificationVerificationStatus"] == "PredictedByMachine"
    )
    assert row["identifiedBy"] == "flowcam-protist 1.0.0"
    assert row["dateIdentified"] == "2026-03-04"
    assert "b" * 64 in row["identificationReferences"]
    assert "Pelagia 0.9.0" in row["identificationReferences"]
    assert "Accuracy on held-out images: 0.91 (95 % interval 0.88 to 0.94)" in row["identificationRemarks"]
    assert "mean calibrated probability 0.750" in row["identificationRemarks"]


def test_a_human_identification_says_by_whom_and_when(made):
    row = next(
        r for r in rows_of(made[1], "occurrence.txt") if r["identificationVerificationStatus"] == "ValidatedByHuman"
    )
    assert (row["identifiedBy"], row["dateIdentified"]) == ("Ada Lovelace", "2026-01-02T10:11:12Z")


def test_a_validation_without_a_name_is_told(tmp_path):
    objects = [object_row("S1", 1, status="validated")]
    counts = [count_row("S1", "Chaetoceros", 1, aphia_id=148985, status="validated")]
    assert "validator-missing" in codes(publish(tmp_path, objects=objects, counts=counts)[0])


def test_the_vignettes_are_named_under_the_given_address(tmp_path):
    told = options(media_base_url="https://media.example.org/basin/")
    _, path = publish(tmp_path, told=told)
    row = next(
        r for r in rows_of(path, "occurrence.txt") if r["occurrenceID"].endswith("S1:imaged:Chaetoceros:predicted")
    )
    assert row["associatedMedia"] == (
        "https://media.example.org/basin/S1/S1_1.png | https://media.example.org/basin/S1/S1_2.png"
    )


def test_vignettes_without_an_address_are_relative_and_told(made):
    row = next(r for r in rows_of(made[1], "occurrence.txt") if r["verbatimIdentification"] == "Protist")
    assert row["associatedMedia"] == "S1/S1_4.png"
    assert "media-not-online" in codes(made[0])


def test_more_vignettes_than_a_record_takes_are_cut_off_and_said(tmp_path):
    objects = [object_row("S1", number) for number in range(1, 131)]
    counts = [count_row("S1", "Chaetoceros", 130, aphia_id=148985)]
    _, path = publish(tmp_path, objects=objects, counts=counts)
    (row,) = rows_of(path, "occurrence.txt")
    assert len(row["associatedMedia"].split(" | ")) == 100
    assert "the first 100 of 130 images" in row["identificationRemarks"]


def measurements(path, ending):
    rows = rows_of(path, "extendedmeasurementorfact.txt")
    return next(row for row in rows if row["measurementID"].endswith(ending))


def test_the_count_is_dimensionless_with_its_interval(made):
    row = measurements(made[1], "S1:imaged:Chaetoceros:predicted:count")
    assert row["measurementTypeID"] == "http://vocab.nerc.ac.uk/collection/P01/current/OCOUNT01/"
    assert (row["measurementValue"], row["measurementUnit"]) == ("2", "Dimensionless")
    assert row["measurementAccuracy"] == "95 % confidence interval 1 to 4"


def test_the_abundance_of_a_concentrated_sample_is_that_of_the_water(made):
    # 2 images in 0.02 mL of a sample that is 10 L brought to 100 mL: 100 per mL of sample, 1 per mL of water.
    row = measurements(made[1], "S1:imaged:Chaetoceros:predicted:abundance")
    assert (row["measurementValue"], row["measurementUnit"]) == ("1", "Number per millilitre")
    assert row["measurementAccuracy"] == "95 % confidence interval 0.5 to 2"
    assert "times 0.01 mL of sample" in row["measurementRemarks"]


def test_the_adjusted_abundance_stands_beside_with_its_own_method(made):
    row = measurements(made[1], "S1:imaged:Chaetoceros:predicted:abundance-adjusted")
    assert row["measurementValue"] == "0.8"
    assert "confusion matrix" in row["measurementMethod"]


def test_biovolume_is_converted_to_cubic_millimetres_per_cubic_metre(made):
    # S2: 1 image of 1000 µm³ in 0.02 mL = 50,000 µm³/mL = 5e-5 mm³ per 1e-6 m³ = 50 mm³/m³.
    row = measurements(made[1], "S2:imaged:Chaetoceros:predicted:biovolume")
    assert (row["measurementValue"], row["measurementUnit"]) == ("50", "Cubic millimetres per cubic metre")


def test_an_abundance_says_that_the_sample_may_have_been_concentrated(made):
    row = measurements(made[1], "S2:imaged:Chaetoceros:predicted:abundance")
    assert "only if the sample was not concentrated" in row["measurementRemarks"]
    assert "concentration-unknown" in codes(made[0])


def test_the_instrument_is_named_by_its_term(made):
    row = measurements(made[1], "S1:imaged:analyser")
    assert row["measurementValueID"] == "http://vocab.nerc.ac.uk/collection/L22/current/TOOL1583/"
    assert "FlowCam VS" in row["measurementValue"]
    assert row["occurrenceID"] == ""


def test_an_unlisted_instrument_is_named_without_a_term(tmp_path):
    _, path = publish(tmp_path, samples=[sample_row("S1", instrument="Cytobot 9"), sample_row("S2")])
    row = measurements(path, "S1:imaged:analyser")
    assert (row["measurementValue"], row["measurementValueID"]) == ("Cytobot 9", "")


def test_the_imaged_volume_says_how_it_was_obtained(made):
    row = measurements(made[1], "S1:imaged:volume")
    assert (row["measurementValue"], row["measurementUnit"]) == ("0.02", "Millilitres")
    assert row["measurementMethod"] == "frames × region × depth"


def test_every_measurement_belongs_to_an_event_and_its_occurrence(made):
    events = {row["eventID"] for row in rows_of(made[1], "event.txt")}
    occurrences = {row["occurrenceID"] for row in rows_of(made[1], "occurrence.txt")} | {""}
    for row in rows_of(made[1], "extendedmeasurementorfact.txt"):
        assert row["eventID"] in events
        assert row["occurrenceID"] in occurrences


def test_a_fully_described_data_set_lacks_nothing_obis_requires(made):
    wanting = {"position-missing", "date-missing", "sampling-date-assumed", "dataset-description-incomplete"}
    assert not codes(made[0]) & wanting


def test_an_undescribed_result_is_written_all_the_same_and_its_gaps_are_told(tmp_path):
    bare = {"latitude": None, "longitude": None, "started_at_utc": None, "volume_imaged_ml": None}
    counts = [count_row("S1", "Chaetoceros", 1, aphia_id=148985, per_ml=None, biovolume_abd_um3_per_ml=None)]
    outcome, path = publish(
        tmp_path,
        told=options(dataset=DatasetInfo()),
        counts=counts,
        samples=[sample_row("S1", **bare), sample_row("S2", **bare)],
    )
    missing = {"position-missing", "date-missing", "volume-missing", "dataset-description-incomplete"}
    assert missing <= codes(outcome)
    assert [row["eventID"] for row in rows_of(path, "event.txt")][:2] == ["S1", "S1:imaged"]
    assert all(issue.remedy for issue in outcome.issues)
    values = {row["measurementID"] for row in rows_of(path, "extendedmeasurementorfact.txt")}
    assert "S1:imaged:Chaetoceros:predicted:abundance" not in values


def test_the_date_of_the_run_stands_in_for_that_of_sampling_and_is_told(tmp_path):
    outcome, path = publish(tmp_path, told=options(dataset=DatasetInfo()))
    assert rows_of(path, "event.txt")[0]["eventDate"] == "2024-05-17T08:14:00Z"
    assert "sampling-date-assumed" in codes(outcome)


def test_a_sample_described_but_not_there_is_told(tmp_path):
    dataset = DatasetInfo(samples={"S9": SampleInfo(sampled_at="2024")})
    outcome, _ = publish(tmp_path, told=options(dataset=dataset))
    assert next(i for i in outcome.issues if i.code == "sample-not-in-result").value == "S9"


def test_tabs_and_line_breaks_of_the_user_cannot_break_a_row(tmp_path):
    dataset = DatasetInfo(locality="Pier\t7,\nleft")
    _, path = publish(tmp_path, told=options(dataset=dataset))
    assert rows_of(path, "event.txt")[0]["locality"] == "Pier 7, left"


def test_the_metadata_states_title_people_licence_place_and_time(made):
    with zipfile.ZipFile(made[1]) as archive:
        root = ElementTree.fromstring(archive.read("eml.xml"))
    assert root.findtext("dataset/title") == "Phytoplankton of the test basin"
    assert root.findtext("dataset/creator/individualName/surName") == "Lovelace"
    assert "licenses/by/4.0" in root.findtext("dataset/licensed/url")
    assert root.findtext("dataset/licensed/licenseName") == "Creative Commons Attribution (CC-BY) 4.0 License"
    box = root.find("dataset/coverage/geographicCoverage/boundingCoordinates")
    assert box.findtext("northBoundingCoordinate") == "51.25"
    dates = root.find("dataset/coverage/temporalCoverage/rangeOfDates")
    assert [d.text for d in dates.iter("calendarDate")] == ["2024-05-17", "2024-05-18"]


def test_nothing_is_invented_in_the_metadata(tmp_path):
    _, path = publish(tmp_path, told=options(dataset=DatasetInfo()))
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("eml.xml"))
    assert root.findtext("dataset/creator/organizationName") == "Not stated"
    assert root.findtext("dataset/intellectualRights/para") == "Not stated"


def test_the_exporter_says_which_columns_it_needs():
    *imaged, filmed = NEEDS
    assert all("status" in needs["counts"] for needs in imaged)
    assert [set(needs) - {"scans"} for needs in imaged] == [{"samples", "counts", "objects"}] * 2
    assert set(filmed) == {"clips", "detections", "time_series"}


def test_particles_without_an_image_are_no_media(tmp_path):
    _, path = publish(tmp_path, objects=default_objects())
    assert all("S2_2" not in row["associatedMedia"] for row in rows_of(path, "occurrence.txt"))


@pytest.mark.data
@pytest.mark.parametrize(
    ("collection", "file"), [("P01", "p01_subset.csv"), ("P06", "p06_units.csv"), ("L22", "l22_s10_s11.csv")]
)
def test_every_used_term_is_in_the_vocabulary_and_not_deprecated(shared_data, made, collection, file):
    with (shared_data / "vocabularies" / file).open(encoding="utf-8", newline="") as source:
        known = {row["uri"]: row for row in csv.DictReader(source)}
    for code in USED_CODES[collection]:
        assert known[f"http://vocab.nerc.ac.uk/collection/{collection}/current/{code}/"]["deprecated"] == "false"
    for row in rows_of(made[1], "extendedmeasurementorfact.txt"):
        for name in ("measurementType", "measurementUnit", "measurementValue"):
            uri = row[f"{name}ID"]
            if f"/{collection}/" in uri:
                assert known[uri]["preflabel"] == row[name]
