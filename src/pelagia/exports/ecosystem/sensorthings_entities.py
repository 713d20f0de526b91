"""Things, locations, sensors, observed properties and datastreams of a result, linked by their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pelagia.core.provenance import ModelRecord
from pelagia.core.result import Result
from pelagia.exports.ecosystem.deployments import Deployment, Key, key_of
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.tables import records

OBSERVATION = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Observation"
COUNT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_CountObservation"
WORMS = "https://www.marinespecies.org/aphia.php?p=taxdetails&id="
ALGORITHM = (
    "Frames are screened for quality and interest; a detector finds animals on those of interest. MaxN is the largest"
    " number of boxes of a taxon on one usable frame of the bin."
)
_UNITS = {"name": "individuals", "symbol": "1", "definition": "http://qudt.org/vocab/unit/NUM"}
_NO_UNITS = {"name": None, "symbol": None, "definition": None}

Entity = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """The numbers of datastreams: of the detections of a deployment, and of the counts of a taxon there."""

    detections: Mapping[Key, int]
    counts: Mapping[tuple[Key, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entities:
    """Collections by name, and the numbers of their datastreams."""

    collections: Mapping[str, list[Entity]]
    streams: Streams


def make_entities(result: Result, deployments: Mapping[Key, Deployment], options: ExportOptions) -> Entities:
    """Return the entities of a result.

    Parameters
    ----------
    result
        With the time series.
    deployments
        Those of the result; each is a thing.
    options
        Description of the data set.
    """
    taxa = _taxa(result)
    names = list(dict.fromkeys(name for _, name in taxa))
    properties = [_detections_property(1)]
    properties += [_count_property(number, name, taxa) for number, name in enumerate(names, 2)]
    numbers = {name: number for number, name in enumerate(names, 2)}
    things = {key: number for number, key in enumerate(deployments, 1)}
    streams: list[Entity] = []
    detections: dict[Key, int] = {}
    counts: dict[tuple[Key, str], int] = {}
    told = _properties(result)
    for key, one in deployments.items():
        detections[key] = len(streams) + 1
        streams.append(_detections_stream(detections[key], things[key], one, told))
        for name in names:
            if (key, name) in taxa:
                counts[key, name] = len(streams) + 1
                streams.append(_count_stream(counts[key, name], things[key], numbers[name], name, one, told))
    placed = {key: one for key, one in deployments.items() if one.latitude is not None}
    collections = {
        "Things": [_thing(things[key], one, options, is_placed=key in placed) for key, one in deployments.items()],
        "Locations": [_location(things[key], one) for key, one in placed.items()],
        "Sensors": [_sensor(things[key], one) for key, one in deployments.items()],
        "ObservedProperties": properties,
        "Datastreams": streams,
    }
    return Entities(collections=collections, streams=Streams(detections=detections, counts=counts))


def _taxa(result: Result) -> dict[tuple[Key, str], int | None]:
    """Return the taxa of each deployment with their AphiaIDs."""
    fields = ("site", "camera", "deployment", "taxon", "aphia_id")
    found: dict[tuple[Key, str], int | None] = {}
    for row in records(result.tables["time_series"], fields):
        found.setdefault((key_of(row), row["taxon"]), row["aphia_id"])
    return found


def _properties(result: Result) -> Entity:
    models: tuple[ModelRecord, ...] = result.provenance.models
    first = next((one for one in models if one.role == "animals"), models[0] if models else None)
    reference = f"{first.name}@{first.version}" if first else ""
    score = next((row["score_from"] for row in records(result.tables["time_series"], ("score_from",))), None)
    return {
        "modelName": reference,
        "weights": f"sha256:{first.sha256}" if first else "",
        "scoreFrom": score,
        "trainingData": f"Told in the card of the model {reference}" if first else "",
        "algorithm": ALGORITHM,
        "software": f"Pelagia {result.provenance.versions.get('pelagia', '')}".strip(),
    }


def _thing(number: int, one: Deployment, options: ExportOptions, *, is_placed: bool) -> Entity:
    site, camera, deployment = one.key
    thing: Entity = {
        "@iot.id": number,
        "name": one.label,
        "description": options.dataset.title or f"Underwater camera {one.label}",
        "properties": {"site": site, "camera": camera, "deployment": deployment},
    }
    return thing | ({"Locations": [{"@iot.id": number}]} if is_placed else {})


def _location(number: int, one: Deployment) -> Entity:
    return {
        "@iot.id": number,
        "name": one.key[0] or one.label,
        "description": f"Position of {one.label}",
        "encodingType": "application/geo+json",
        "location": {"type": "Point", "coordinates": [one.longitude, one.latitude]},
    }


def _sensor(number: int, one: Deployment) -> Entity:
    return {
        "@iot.id": number,
        "name": one.key[1] or "camera",
        "description": f"Underwater camera of {one.label}",
        "encodingType": "text/plain",
        "metadata": "Described by its operator",
    }


def _detections_property(number: int) -> Entity:
    return {
        "@iot.id": number,
        "name": "Detections",
        "definition": "",
        "description": "What was detected on a frame: taxon, confidence and box (x and y of two corners, 0 to 1 of"
        " width and height from the top left)",
    }


def _count_property(number: int, name: str, taxa: Mapping[tuple[Key, str], int | None]) -> Entity:
    aphia_id = next((known for (_, taxon), known in taxa.items() if taxon == name and known), None)
    return {
        "@iot.id": number,
        "name": f"MaxN of {'all taxa' if name == 'all' else name}",
        "definition": f"{WORMS}{aphia_id}" if aphia_id else "",
        "description": "Largest number of individuals on one frame",
        "properties": {"taxon": name, "aphiaID": aphia_id},
    }


def _detections_stream(number: int, thing: int, one: Deployment, told: Entity) -> Entity:
    return {
        "@iot.id": number,
        "name": f"Detections of {one.label}",
        "description": "Animals detected on each frame that was searched; an empty list: none",
        "observationType": OBSERVATION,
        "unitOfMeasurement": _NO_UNITS,
        "properties": told,
        **_links(thing, 1, one),
    }


def _count_stream(number: int, thing: int, observed: int, name: str, one: Deployment, told: Entity) -> Entity:
    return {
        "@iot.id": number,
        "name": f"MaxN of {'all taxa' if name == 'all' else name}, {one.label}",
        "description": "Largest number of individuals on one usable frame of each bin; bins without usable frames are"
        " left out",
        "observationType": COUNT,
        "unitOfMeasurement": _UNITS,
        "properties": told,
        **_links(thing, observed, one),
    }


def _links(thing: int, observed: int, one: Deployment) -> Entity:
    links: Entity = {
        "Thing": {"@iot.id": thing},
        "Sensor": {"@iot.id": thing},
        "ObservedProperty": {"@iot.id": observed},
    }
    return links | ({"phenomenonTime": f"{one.first_utc}/{one.last_utc}"} if one.first_utc else {})
