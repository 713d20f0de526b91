"""The RO-Crate: readable by others, complete, and telling inputs, models, settings and versions."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import replace

import pytest
from rocrate.rocrate import ROCrate
from tests.exports.flowcam_result import make_result

from pelagia.core.provenance import InputRecord
from pelagia.exports.folder import write_folder
from pelagia.exports.outcome import DatasetInfo, ExportOptions

PUBLISHER = DatasetInfo(
    title="Spring bloom", creator_name="Ada Example", creator_orcid="https://orcid.org/0000-0002-1825-0097",
    organisation="Marine Institute",
)  # fmt: skip
OPTIONS = ExportOptions(created=dt.date(2026, 1, 2), dataset=PUBLISHER)


@pytest.fixture
def out(tmp_path):
    write_folder(make_result(tmp_path / "in"), tmp_path / "out", ["csv"], options=OPTIONS)
    return tmp_path / "out"


def entities(folder):
    graph = json.loads((folder / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    return {entity["@id"]: entity for entity in graph}


def ids(reference):
    return [one["@id"] for one in (reference if isinstance(reference, list) else [reference])]


def test_the_rocrate_library_reads_it(out):
    crate = ROCrate(str(out))

    assert crate.name == "Spring bloom"
    assert {"objects.parquet", "report.html", "exports/csv/counts.csv"} <= {file.id for file in crate.data_entities}


def test_every_file_is_listed_with_its_size_and_checksum(out):
    found = entities(out)
    for path in out.rglob("*"):
        name = path.relative_to(out).as_posix()
        if path.is_file() and name != "ro-crate-metadata.json":
            assert found[name]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest(), name
            assert found[name]["contentSize"] == str(path.stat().st_size)


def test_the_run_tells_inputs_models_settings_software_and_outputs(out):
    found = entities(out)
    run = found["#run"]
    assert run["endTime"] == "2026-01-02"
    assert found[run["instrument"]["@id"]]["softwareVersion"] == "1.0.0"
    assert {"#input-1", "#model-classifier", "#setting-max_error", "#setting-seed"} <= set(ids(run["object"]))
    assert found["#input-1"]["sha256"] == "a" * 64
    assert found["#model-classifier"]["sha256"] == "b" * 64
    assert found["#setting-max_error"]["value"] == 0.05
    assert found["#setting-size_classes_um"]["value"] == "[20, 55]"
    assert "counts.parquet" in ids(run["result"])
    assert ids(run["agent"]) == ["https://orcid.org/0000-0002-1825-0097"]


def test_every_reference_leads_to_an_entity(out):
    found = entities(out)
    outside = {"https://w3id.org/ro/crate/1.1"}

    def references(value):
        if isinstance(value, dict):
            yield from ([value["@id"]] if set(value) == {"@id"} else [])
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                yield from references(item)

    assert {name for entity in found.values() for name in references(entity)} <= set(found) | outside


def test_an_input_at_an_address_is_part_of_the_crate_and_a_local_one_is_only_told(tmp_path):
    result = make_result(tmp_path / "in")
    remote = InputRecord(uri="https://example.org/run.zip", files=1, bytes=10, sha256="c" * 64)
    bucket = InputRecord(uri="s3://bucket/cruise", files=40, bytes=10, sha256="d" * 64)
    provenance = replace(result.provenance, inputs=(*result.provenance.inputs, remote, bucket))

    write_folder(replace(result, provenance=provenance), tmp_path / "out", [], options=OPTIONS)

    found = entities(tmp_path / "out")
    assert found["https://example.org/run.zip"]["@type"] == "File"
    assert found["s3://bucket/cruise/"]["@type"] == "Dataset"
    assert {"https://example.org/run.zip", "s3://bucket/cruise/"} <= set(ids(found["./"]["hasPart"]))
    assert "#input-1" not in ids(found["./"]["hasPart"])


def test_names_with_spaces_are_written_as_addresses(tmp_path):
    result = make_result(tmp_path / "in")
    table = result.tables["counts"]

    write_folder(replace(result, tables={"counts per mL": table}), tmp_path / "out", [], options=OPTIONS)

    assert entities(tmp_path / "out")["counts%20per%20mL.parquet"]["@type"] == "File"


def test_a_missing_licence_is_said_and_not_invented(tmp_path):
    options = ExportOptions(created=dt.date(2026, 1, 2))

    write_folder(make_result(tmp_path / "in"), tmp_path / "out", [], options=options)

    found = entities(tmp_path / "out")
    assert found[found["./"]["license"]["@id"]]["name"].startswith("No licence was stated")


def test_a_stated_licence_is_named_by_its_address(tmp_path):
    dataset = DatasetInfo(licence="https://creativecommons.org/licenses/by/4.0/legalcode")

    write_folder(
        make_result(tmp_path / "in"),
        tmp_path / "out",
        [],
        options=ExportOptions(created=dt.date(2026, 1, 2), dataset=dataset),
    )

    assert entities(tmp_path / "out")["./"]["license"] == {"@id": dataset.licence}
