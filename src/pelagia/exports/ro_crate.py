"""``ro-crate-metadata.json``: what was run, on what, with what, and what came out, for other machines.

The JSON-LD is written here and not by a library, because equal results must give byte-equal
files and the libraries number things at random and read the clock.

References
----------
RO-Crate 1.1, https://w3id.org/ro/crate/1.1; Process Run Crate 0.5,
https://w3id.org/ro/wfrun/process/0.5.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from pelagia.core.provenance import InputRecord, ModelRecord, Provenance
from pelagia.core.result import Artifact, Result
from pelagia.exports.oilspill.coverage import coverage
from pelagia.exports.outcome import DatasetInfo, ExportOptions
from pelagia.exports.output import WrittenFile
from pelagia.exports.summary import json_ready

METADATA_NAME = "ro-crate-metadata.json"
CRATE_PROFILE = "https://w3id.org/ro/crate/1.1"
RUN_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
SOFTWARE_URL = "https://pypi.org/project/pelagia/"
_CONTEXT = (f"{CRATE_PROFILE}/context", {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"})
_MEDIA_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".tsv": "text/tab-separated-values",
    ".md": "text/markdown",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".nc": "application/x-netcdf",
}
_PURPOSE = {
    "summary.json": "Figures of the result with unit and 95 % interval, and the provenance",
    "issues.csv": "Findings about the input: file, code, message, remedy",
    "report.html": "Report for people; opens offline",
}

Entity = dict[str, Any]


def crate_json(result: Result, *, files: Sequence[WrittenFile], options: ExportOptions) -> bytes:
    """Return the content of ``ro-crate-metadata.json``.

    Parameters
    ----------
    result
        Tells inputs, parameters, models, versions and seed.
    files
        The files of the output folder, with size and checksum.
    options
        Its date is the end of the run; its data set gives title, licence and creator.
    """
    provenance = result.provenance
    outputs = [_file(file, result) for file in sorted(files, key=lambda file: file.name)]
    inputs = [_input(number, record) for number, record in enumerate(provenance.inputs, start=1)]
    models = [_model(record) for record in provenance.models]
    settings = _settings(provenance)
    software = _software(provenance)
    people = _people(options.dataset)
    action = _action(
        provenance,
        taken=[*inputs, *models, *settings],
        made=outputs,
        software=software[0],
        people=people,
        options=options,
    )
    root = _root(result, [*outputs, *(entity for entity in inputs if _is_data(entity))], action, people, options)
    where_when, places = coverage(result)
    graph = [
        _descriptor(),
        root | where_when,
        *outputs,
        *inputs,
        *models,
        *settings,
        *software,
        *people,
        action,
        *places,
        *_contexts(options),
    ]
    content = {"@context": list(_CONTEXT), "@graph": graph}
    return (json.dumps(json_ready(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _descriptor() -> Entity:
    return {
        "@id": METADATA_NAME,
        "@type": "CreativeWork",
        "about": _ref("./"),
        "conformsTo": _ref(CRATE_PROFILE),
    }


def _root(
    result: Result, parts: Sequence[Entity], action: Entity, people: Sequence[Entity], options: ExportOptions
) -> Entity:
    dataset = options.dataset
    service = result.provenance.service
    organisations = [person for person in people if person["@type"] == "Organization"]
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": dataset.title or f"Result of the Pelagia service {service}",
        "description": dataset.abstract
        or f"Tables, figures, findings and exports made by the Pelagia service {service}.",
        "datePublished": options.created.isoformat(),
        "license": _ref(_licence(dataset)["@id"]),
        "conformsTo": _ref(RUN_PROFILE),
        "hasPart": _refs(parts),
        "mentions": _ref(action["@id"]),
        **({"identifier": dataset.dataset_id} if dataset.dataset_id else {}),
        **({"keywords": ", ".join(dataset.keywords)} if dataset.keywords else {}),
        **({"author": _refs(people)} if people else {}),
        **({"publisher": _refs(organisations)} if organisations else {}),
    }


def _file(file: WrittenFile, result: Result) -> Entity:
    return {
        "@id": _relative_id(file.name),
        "@type": "File",
        "name": file.name,
        "description": _description(file.name, result),
        "encodingFormat": _media_type(file.name, result.artifacts),
        "contentSize": str(file.size_bytes),
        "sha256": file.sha256,
    }


def _description(name: str, result: Result) -> str:
    table = result.tables.get(name.removesuffix(".parquet")) if name.endswith(".parquet") else None
    if table is not None:
        return f"Table {table.name}: {table.rows} rows, {len(table.columns)} columns with unit and meaning"
    told = {artifact.name: artifact.description or artifact.role for artifact in result.artifacts}
    return told.get(name) or _PURPOSE.get(name) or f"Export {PurePosixPath(name).name}"


def _media_type(name: str, artifacts: Sequence[Artifact]) -> str:
    told = {artifact.name: artifact.media_type for artifact in artifacts}
    suffix = PurePosixPath(name).suffix
    return told.get(name) or _MEDIA_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _input(number: int, record: InputRecord) -> Entity:
    """Describe an input: a data entity where it has an address; a path, which means nothing elsewhere, is only told."""
    told = {
        "name": record.uri,
        "description": f"Input of the run: {record.files} file(s), read and checksummed",
        "contentSize": str(record.bytes),
        "sha256": record.sha256,
    }
    if urlsplit(record.uri).scheme not in {"http", "https", "s3"}:
        return {"@id": f"#input-{number}", "@type": "CreativeWork", **told}
    if record.files != 1:
        return {"@id": f"{record.uri.rstrip('/')}/", "@type": "Dataset", **told}
    return {"@id": record.uri, "@type": "File", **told, "encodingFormat": _media_type(record.uri, ())}


def _model(record: ModelRecord) -> Entity:
    return {
        "@id": f"#model-{record.role}",
        "@type": "CreativeWork",
        "additionalType": "Machine-learning model",
        "name": f"{record.name}@{record.version}",
        "description": f"The {record.role} that was used",
        "version": record.version,
        "sha256": record.sha256,
    }


def _settings(provenance: Provenance) -> list[Entity]:
    values = {**provenance.params, "seed": provenance.seed}
    return [
        {"@id": f"#setting-{name}", "@type": "PropertyValue", "name": name, "value": _plain(value)}
        for name, value in values.items()
    ]


def _plain(value: Any) -> str | int | float | bool:
    return value if isinstance(value, (str, int, float, bool)) else json.dumps(json_ready(value), ensure_ascii=False)


def _software(provenance: Provenance) -> list[Entity]:
    """Return Pelagia first, then Python and the packages it used."""
    others = [
        {
            "@id": _package_url(name),
            "@type": "SoftwareApplication",
            "name": name,
            "url": _package_url(name),
            "softwareVersion": version,
        }
        for name, version in provenance.versions.items()
        if name != "pelagia"
    ]
    pelagia = {
        "@id": SOFTWARE_URL,
        "@type": "SoftwareApplication",
        "name": f"Pelagia, service {provenance.service} {provenance.service_version}",
        "url": SOFTWARE_URL,
        "softwareVersion": provenance.versions.get("pelagia", provenance.service_version),
        "softwareRequirements": _refs(others),
    }
    return [pelagia, *others]


def _package_url(name: str) -> str:
    return "https://www.python.org/" if name == "python" else f"https://pypi.org/project/{name}/"


def _people(dataset: DatasetInfo) -> list[Entity]:
    found: list[Entity] = []
    if dataset.organisation or dataset.institution_code:
        found.append(
            {
                "@id": "#organisation",
                "@type": "Organization",
                "name": dataset.organisation or dataset.institution_code,
            }
        )
    if dataset.creator_name:
        person = {"@id": dataset.creator_orcid or "#creator", "@type": "Person", "name": dataset.creator_name}
        found.insert(0, person | ({"affiliation": _ref("#organisation")} if found else {}))
    return found


def _action(
    provenance: Provenance,
    *,
    taken: Sequence[Entity],
    made: Sequence[Entity],
    software: Entity,
    people: Sequence[Entity],
    options: ExportOptions,
) -> Entity:
    return {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"Run of the Pelagia service {provenance.service} {provenance.service_version}",
        "description": "The run that made the files of this folder; the same inputs, models, settings and seed"
        " give the same result.",
        "endTime": options.created.isoformat(),
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "instrument": _ref(software["@id"]),
        "object": _refs(taken),
        "result": _refs(made),
        **({"agent": _ref(people[0]["@id"])} if people else {}),
    }


def _contexts(options: ExportOptions) -> list[Entity]:
    return [
        _licence(options.dataset),
        {"@id": RUN_PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
    ]


def _licence(dataset: DatasetInfo) -> Entity:
    if dataset.licence:
        return {"@id": dataset.licence, "@type": "CreativeWork", "name": "Licence of the data set"}
    told = "No licence was stated; ask the holder of the data before using them"
    return {"@id": "#licence", "@type": "CreativeWork", "name": told}


def _is_data(entity: Entity) -> bool:
    return entity["@type"] in {"File", "Dataset"}


def _relative_id(name: str) -> str:
    return quote(name)


def _refs(entities: Sequence[Entity]) -> Any:
    """Return references to entities; RO-Crate writes a single one without brackets."""
    found = [_ref(entity["@id"]) for entity in entities]
    return found[0] if len(found) == 1 else found


def _ref(identifier: str) -> dict[str, str]:
    return {"@id": identifier}
