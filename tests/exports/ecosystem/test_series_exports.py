"""Counts in time as spreadsheets and as observations of SensorThings."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from tests.exports.ecosystem.footage_result import footage, make_result
from tests.services.ecosystem.series.footage import NOON, Footage

from pelagia.core.table import Table, write_table
from pelagia.exports.ecosystem import sensorthings, time_series
from pelagia.exports.ecosystem.patterns import by_hour, by_month
from pelagia.exports.outcome import ExportOptions
from pelagia.exports.registry import find_exporters, missing_columns
from pelagia.services.ecosystem.columns import TIME_SERIES_COLUMNS

OPTIONS = ExportOptions(created=dt.date(2026, 6, 3))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(name="told")
def _told(tmp_path: Path) -> tuple[dict[str, Any], dict[int, dict[str, Any]]]:
    outcome = sensorthings.write(make_result(tmp_path / "result"), tmp_path / "out", OPTIONS)
    assert outcome.issues == ()
    entities, *observations = [json.loads(path.read_text()) for path in outcome.files]
    return entities, {one[0]["Datastream"]["@iot.id"]: one[0] for one in observations}


@pytest.mark.parametrize("name", ["sensorthings", "time-series"])
def test_a_result_of_footage_has_what_the_exporters_ask_for(tmp_path: Path, name: str) -> None:
    (exporter,) = find_exporters([name])
    assert missing_columns(make_result(tmp_path), exporter.needs) == ()


def test_one_row_a_bin_has_effort_environment_and_a_column_a_taxon(tmp_path: Path) -> None:
    time_series.write(make_result(tmp_path), tmp_path / "out", OPTIONS)
    rows = rows_of(tmp_path / "out" / "time-series" / "max_n.csv")
    assert [(row["bin_start_utc"][11:16], row["max_n all"], row["max_n cod"], row["max_n crab"]) for row in rows] == [
        ("12:00", "2", "2", "1"),
        ("13:00", "", "", ""),
        ("14:00", "1", "0", "1"),
    ]
    assert [(row["is_gap"], row["usable_s"]) for row in rows] == [("false", "60.0"), ("true", "0.0"), ("false", "60.0")]
    assert [round(float(row["env_TEMP"]), 2) for row in rows] == [14.26, 14.89, 15.53]


def test_one_table_has_the_most_of_every_video_and_when_it_was(tmp_path: Path) -> None:
    made = footage()
    made.clip("quiet", NOON + dt.timedelta(hours=3), 60.0, searched_frames=5)
    made.screened("quiet", 0.0, 60.0)
    time_series.write(make_result(tmp_path, made), tmp_path / "out", OPTIONS)
    rows = rows_of(tmp_path / "out" / "time-series" / "max_n_by_video.csv")
    told = [
        (row["file"], row["taxon"], row["max_n"], row["max_n_s"], row["mean_n_searched"], row["tracks"]) for row in rows
    ]
    assert told == [
        ("a.mp4", "all", "2", "20.0", "2.0", "1"),
        ("a.mp4", "cod", "2", "20.0", "1.5", "1"),
        ("a.mp4", "crab", "1", "21.0", "0.5", "0"),
        ("b.mp4", "all", "1", "20.0", "0.5", "0"),
        ("b.mp4", "crab", "1", "20.0", "0.5", "0"),
        ("quiet.mp4", "all", "0", "", "0.0", "0"),
    ]


def test_a_name_that_a_spreadsheet_would_calculate_is_text(tmp_path: Path) -> None:
    made = footage()
    for row in (*made.clips, *made.boxes):
        row["site"] = "=1+1"
    time_series.write(make_result(tmp_path, made), tmp_path / "out", OPTIONS)
    assert {row["site"] for row in rows_of(tmp_path / "out" / "time-series" / "max_n.csv")} == {"'=1+1"}


def series(folder: Path, *bins: tuple[str, float, float]) -> Table:
    rows = [
        {"bin_start_utc": start, "bin_s": 3600.0, "site": "s", "camera": "c", "deployment": "", "taxon": "all",
         "mean_n": mean, "usable_s": usable_s, "is_gap": False}
        for start, mean, usable_s in bins
    ]  # fmt: skip
    return write_table("time_series", folder, TIME_SERIES_COLUMNS, rows)


def test_the_pattern_of_the_day_is_weighted_by_effort(tmp_path: Path) -> None:
    table = series(
        tmp_path,
        ("2026-06-01T05:00:00.000Z", 1.0, 3600.0),
        ("2026-06-02T05:00:00.000Z", 4.0, 1200.0),
        ("2026-06-02T06:00:00.000Z", 7.0, 3600.0),
    )
    five, six = by_hour(table)
    assert (five.period, five.bins, five.mean) == ("05", 2, pytest.approx(1.75))
    # Of a ratio: sqrt(2 * ((3600 * 0.75)² + (1200 * 2.25)²)) / 4800, times 1.96.
    assert five.high == pytest.approx(1.75 + 1.959964 * 1.125)
    assert five.low == 0.0
    assert (six.mean, six.low, six.high) == (7.0, None, None)


def test_the_pattern_of_the_year_is_by_month(tmp_path: Path) -> None:
    table = series(tmp_path, ("2026-05-31T23:00:00.000Z", 1.0, 60.0), ("2026-06-01T00:00:00.000Z", 2.0, 60.0))
    assert [(one.period, one.mean) for one in by_month(table)] == [("2026-05", 1.0), ("2026-06", 2.0)]


def test_the_entities_are_linked_as_the_standard_asks(told: tuple[dict[str, Any], dict[int, Any]]) -> None:
    entities, _ = told
    assert set(entities) == {"Things", "Locations", "Sensors", "ObservedProperties", "Datastreams"}
    asked = {
        "Things": {"name", "description"},
        "Locations": {"name", "description", "encodingType", "location"},
        "Sensors": {"name", "description", "encodingType", "metadata"},
        "ObservedProperties": {"name", "definition", "description"},
        "Datastreams": {
            "name",
            "description",
            "observationType",
            "unitOfMeasurement",
            "Thing",
            "Sensor",
            "ObservedProperty",
        },
    }
    for collection, fields in asked.items():
        assert all(fields <= set(one) for one in entities[collection])
    numbers = {name: {one["@iot.id"] for one in collection} for name, collection in entities.items()}
    assert all(len(numbers[name]) == len(entities[name]) for name in entities)
    for stream in entities["Datastreams"]:
        assert set(stream["unitOfMeasurement"]) == {"name", "symbol", "definition"}
        for link, name in (("Thing", "Things"), ("Sensor", "Sensors"), ("ObservedProperty", "ObservedProperties")):
            assert stream[link]["@iot.id"] in numbers[name]
    assert entities["Locations"][0]["location"] == {"type": "Point", "coordinates": [1.75, 41.18]}
    assert entities["Things"][0]["Locations"] == [{"@iot.id": 1}]


def test_a_datastream_says_which_model_found_what_it_holds(told: tuple[dict[str, Any], dict[int, Any]]) -> None:
    for stream in told[0]["Datastreams"]:
        properties = stream["properties"]
        assert properties["modelName"] == "underwater-animals@1.0.0"
        assert properties["weights"] == f"sha256:{'ab' * 32}"
        assert properties["scoreFrom"] == 0.5
        assert {"trainingData", "algorithm"} <= set(properties)


def test_every_searched_frame_is_an_observation_with_boxes_from_0_to_1(
    told: tuple[dict[str, Any], dict[int, Any]],
) -> None:
    array = told[1][1]
    assert array["components"] == ["phenomenonTime", "result", "parameters"]
    assert array["dataArray@iot.count"] == len(array["dataArray"]) == 4
    first = array["dataArray"][0]
    assert first[0] == "2026-06-01T12:00:20.000Z"
    assert first[1] == [{"taxa": "cod", "confidence": 0.9, "bounding_box_xyxy": [0.1, 0.1, 0.3, 0.3]}] * 2
    assert array["dataArray"][2][1][0]["confidence"] is None
    assert array["dataArray"][3][1] == []


def test_max_n_of_every_bin_with_footage_is_a_count(told: tuple[dict[str, Any], dict[int, Any]]) -> None:
    entities, observations = told
    by_name = {stream["name"]: stream for stream in entities["Datastreams"]}
    stream = by_name["MaxN of cod, pier cam d1"]
    assert stream["observationType"].endswith("OM_CountObservation")
    rows = observations[stream["@iot.id"]]["dataArray"]
    assert [(row[0], row[1]) for row in rows] == [
        ("2026-06-01T12:00:00.000Z/2026-06-01T13:00:00.000Z", 2),
        ("2026-06-01T14:00:00.000Z/2026-06-01T15:00:00.000Z", 0),
    ]
    observed = {one["@iot.id"]: one for one in entities["ObservedProperties"]}[stream["ObservedProperty"]["@iot.id"]]
    assert observed["definition"].endswith("id=126436")


def test_what_has_no_time_and_no_place_is_told_and_not_observed(tmp_path: Path) -> None:
    made = Footage()
    made.clip("x", None, 10.0, height_px=10, width_px=10)
    made.screened("x", 0.0, 10.0, is_searched=True)
    outcome = sensorthings.write(make_result(tmp_path / "result", made), tmp_path / "out", OPTIONS)
    assert [issue.code for issue in outcome.issues] == ["position-missing", "time-unknown"]
    observations = [json.loads(path.read_text())[0] for path in outcome.files[1:]]
    assert [one["dataArray"] for one in observations] == [[], []]
