"""Detections and counts as entities and observations of the OGC SensorThings API 1.1.

One datastream a camera holds what was detected on each frame, as ``[{taxa, confidence, bounding_box_xyxy}]``; one a
taxon holds MaxN of each bin as a count.

References
----------
OGC SensorThings API Part 1: Sensing, version 1.1, https://docs.ogc.org/is/18-088/18-088.html; section 13 for data
arrays.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pelagia.core.result import Issue, Result
from pelagia.exports.ecosystem.deployments import Deployment, Key, key_of, read_deployments
from pelagia.exports.ecosystem.sensorthings_entities import Entities, Streams, make_entities
from pelagia.exports.ecosystem.sensorthings_frames import detection_rows
from pelagia.exports.ecosystem.series_needs import SENSORTHINGS
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.exports.tables import records

NEEDS = SENSORTHINGS
FOLDER = "sensorthings"
ALL = "all"
COMPONENTS = ("phenomenonTime", "result", "parameters")
_COUNTS = (
    *("bin_start_utc", "bin_end_utc", "site", "camera", "deployment", "taxon", "max_n", "mean_n", "usable_s"),
    *("n_frames_used", "validated", "is_gap"),
)

Row = dict[str, Any]


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``sensorthings/entities.json`` and a file of observations for each datastream.

    The entities stand in lists by their collection, with ``@iot.id`` and references by it. The observations are data
    arrays, as ``CreateObservations`` of a service takes them. Frames and bins whose time is unknown, and gaps, are no
    observations.

    Parameters
    ----------
    result
        Needs what :data:`NEEDS` names.
    out
        The folder to write into.
    options
        Date and description of the data set.

    Returns
    -------
    ExportOutcome
        Findings: ``position-missing``, ``time-unknown``.
    """
    folder = out / FOLDER
    (folder / "observations").mkdir(parents=True, exist_ok=True)
    deployments = read_deployments(result, with_clips=True)
    entities = make_entities(result, deployments, options)
    files = [_write_json(folder / "entities.json", entities)]
    timed = {key for key, one in deployments.items() if one.first_utc}
    parts = _Parts(folder / "observations", entities.streams)
    parts.add_all((entities.streams.detections[key], row) for key, row in detection_rows(result, deployments))
    parts.add_all(_counts(result, entities.streams, timed))
    return ExportOutcome(files=(*files, *parts.close()), issues=tuple(_issues(deployments)))


def _write_json(path: Path, entities: Entities) -> Path:
    path.write_text(json.dumps(entities.collections, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _counts(result: Result, streams: Streams, timed: set[Key]) -> Iterator[tuple[int, list[Any]]]:
    """Yield MaxN of every bin and taxon with the number of its datastream."""
    for row in records(result.tables["time_series"], _COUNTS):
        if row["is_gap"] or row["max_n"] is None or row["bin_start_utc"].startswith("+") or key_of(row) not in timed:
            continue
        effort = {"usableSeconds": row["usable_s"], "framesUsed": row["n_frames_used"], "meanN": row["mean_n"]}
        told = {**effort, "validatedBoxes": row["validated"] or 0}
        yield (
            streams.counts[key_of(row), row["taxon"]],
            [f"{row['bin_start_utc']}/{row['bin_end_utc']}", row["max_n"], told],
        )


class _Parts:
    """The files of observations, each written row by row; not many are open at once, however many there are."""

    def __init__(self, folder: Path, streams: Streams) -> None:
        self._folder = folder
        self._numbers = sorted([*streams.detections.values(), *streams.counts.values()])
        self._rows: dict[int, list[str]] = {}
        self._written: dict[int, int] = dict.fromkeys(self._numbers, 0)
        self._waiting = 0

    def add_all(self, rows: Iterable[tuple[int, list[Any]]]) -> None:
        """Add observations to their datastreams."""
        for number, row in rows:
            self._rows.setdefault(number, []).append(json.dumps(row, ensure_ascii=False))
            self._waiting += 1
            if self._waiting >= 20_000:
                self._flush()

    def close(self) -> list[Path]:
        """Complete the files and return them."""
        self._flush()
        for number in self._numbers:
            self._complete(number)
        return [self._path(number) for number in self._numbers]

    def _flush(self) -> None:
        for number, rows in self._rows.items():
            with self._part(number).open("a", encoding="utf-8") as file:
                file.writelines(f"{',' if self._written[number] + i else ''}\n  {row}" for i, row in enumerate(rows))
            self._written[number] += len(rows)
        self._rows.clear()
        self._waiting = 0

    def _complete(self, number: int) -> None:
        head = json.dumps(
            {"Datastream": {"@iot.id": number}, "components": COMPONENTS, "dataArray@iot.count": self._written[number]}
        )
        part = self._part(number)
        with self._path(number).open("w", encoding="utf-8") as file:
            file.write(f'[{head[:-1]}, "dataArray": [')
            if part.exists():
                with part.open(encoding="utf-8") as rows:
                    for line in rows:
                        file.write(line)
            file.write("\n]}]\n")
        part.unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self._folder / f"datastream-{number}.json"

    def _part(self, number: int) -> Path:
        return self._folder / f"datastream-{number}.part"


def _issues(deployments: dict[Key, Deployment]) -> Iterator[Issue]:
    for one in deployments.values():
        if one.latitude is None:
            yield Issue(
                file=one.label,
                code="position-missing",
                message="The position of the camera is not known; its thing has no location, and a service refuses"
                " observations without a feature of interest.",
                remedy="Run again with latitude and longitude given, or with a table of places.",
            )
        if not one.first_utc:
            yield Issue(
                file=one.label,
                code="time-unknown",
                message="It is not known when the clips were made; what was seen on them is no observation.",
                remedy="Run again with their times: in the names, in a table of times, or as the begin of the first.",
            )
