"""Beach litter in the layout of EMODnet: only what is known, and only codes that are certain."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from pelagia.core.result import Issue, Result
from pelagia.core.spreadsheet import as_cells
from pelagia.exports.archive import new_archive, zip_entry
from pelagia.exports.litter.needs import EMODNET
from pelagia.exports.litter.pictures import read_pictures
from pelagia.exports.litter.plain_text import without_controls
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.exports.tables import records

NEEDS = EMODNET
ALL = "all"
FOLDER = "emodnet"
SHEETS: Mapping[str, tuple[str, ...]] = {
    "Beaches": (
        *("LocationID", "CountryCode", "CompartmentCode", "LocationName", "WidthLow", "WidthHigh", "Length"),
        *("Latitude", "Longitude", "BeachMaterial", "Slope"),
    ),
    "Surveys": (
        *("LocationID", "SampleID", "SurveyDate", "LastCleaning", "Policy", "SurveyType", "SurveyLength"),
        *("StartLatitude", "StartLongitude", "EndLatitude", "EndLongitude", "WeatherAffect", "LitterEvents"),
    ),
    "Litter": ("SampleID", "LitterItemCode", "Count", "RefList"),
}
UNMAPPED = ("SampleID", "ItemClass", "Count", "Why")
LENGTH_UNKNOWN = "length-unknown"
"""The finding of the run on an area whose length nobody told."""

Row = Mapping[str, Any]
Cells = tuple[Any, ...]


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``emodnet/beach-litter.xlsx`` (Beaches, Surveys, Litter), the same as CSV, and what they lack.

    A survey line (or polygon with a length) is a survey; an area without any is one survey over its whole length. One
    without a length is left out, since EMODnet reckons items per 100 m. Items whose class has no certain code of the
    Joint List stand in ``unmapped.csv``, columns that nothing tells in ``fill-in.txt``.
    """
    pictures = list(read_pictures(result).values())
    samples, without_length = _samples(result)
    said = {issue.file for issue in result.issues if issue.code == LENGTH_UNKNOWN}
    missing = [name for name, area in without_length if area not in said]
    areas = list(dict.fromkeys(sample["area_id"] for sample in samples))
    lines = {(row["area_id"], row["transect_id"]): row for row in records(result.tables["survey"], NEEDS["survey"])}
    sheets = {
        "Beaches": [_beach(area, pictures, samples, options) for area in areas],
        "Surveys": [_survey(sample, lines, pictures) for sample in samples],
        "Litter": [row for sample in samples for row in _litter(sample)],
    }
    unmapped = [row for sample in samples for row in _unmapped(sample)]
    issues = tuple(_issues(missing, unmapped))
    if not samples:
        return ExportOutcome(files=(), issues=issues)
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    files = [_write_workbook(folder / "beach-litter.xlsx", sheets, options)]
    files += [_write_csv(folder / f"{name}.csv", SHEETS[name], rows) for name, rows in sheets.items()]
    files += [_write_csv(folder / "unmapped.csv", UNMAPPED, unmapped), _write_empty(folder / "fill-in.txt", sheets)]
    return ExportOutcome(files=tuple(files), issues=issues)


def _samples(result: Result) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Return the surveys with their rows of ``density``, and names and areas of those that have no length."""
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in records(result.tables["density"], NEEDS["density"]):
        if row["area_id"] != ALL:
            grouped.setdefault((row["area_id"], row["transect_id"] or ""), []).append(row)
    surveyed = {area for area, transect in grouped if transect}
    samples: list[dict[str, Any]] = []
    without_length: list[tuple[str, str]] = []
    for (area, transect), rows in grouped.items():
        if not transect and area in surveyed:
            continue
        name = f"{area}_{transect}" if transect else area
        length = next((row["length_m"] for row in rows if row["length_m"]), None)
        if length is None:
            without_length.append((name, area))
            continue
        samples.append({"name": name, "area_id": area, "transect_id": transect, "length_m": length, "rows": rows})
    return samples, without_length


def _beach(area: str, pictures: Sequence[Row], samples: Sequence[Row], options: ExportOptions) -> Cells:
    own = [picture for picture in pictures if picture["area_id"] == area and picture["latitude"] is not None]
    latitude = sum(picture["latitude"] for picture in own) / len(own) if own else None
    longitude = sum(picture["longitude"] for picture in own) / len(own) if own else None
    whole = [sample["length_m"] for sample in samples if sample["area_id"] == area and not sample["transect_id"]]
    return _cells(
        "Beaches",
        LocationID=area,
        CountryCode=options.dataset.country_code,
        LocationName=options.dataset.locality or area,
        Length=_rounded(whole[0], 2) if whole else None,
        Latitude=_rounded(latitude, 6),
        Longitude=_rounded(longitude, 6),
    )


def _survey(sample: Row, lines: Mapping[tuple[str, str], Row], pictures: Sequence[Row]) -> Cells:
    dates = [row["taken_at"][:10] for row in pictures if row["area_id"] == sample["area_id"] and row["taken_at"]]
    line = lines.get((sample["area_id"], sample["transect_id"]))
    ends: tuple[Any, ...] = (None,) * 4
    if line is not None and line["shape"] == "line" and line["latitudes"]:
        ends = (line["latitudes"][0], line["longitudes"][0], line["latitudes"][-1], line["longitudes"][-1])
    names = ("StartLatitude", "StartLongitude", "EndLatitude", "EndLongitude")
    return _cells(
        "Surveys",
        LocationID=sample["area_id"],
        SampleID=sample["name"],
        SurveyDate=min(dates) if dates else None,
        SurveyLength=_rounded(sample["length_m"], 2),
        **{name: _rounded(value, 6) for name, value in zip(names, ends, strict=True)},
    )


def _litter(sample: Row) -> Iterator[Cells]:
    counts: dict[str, int] = {}
    for row in sample["rows"]:
        if row["item_class"] != ALL and row["j_code"] and row["items"]:
            counts[row["j_code"]] = counts.get(row["j_code"], 0) + row["items"]
    for code, count in counts.items():
        yield _cells("Litter", SampleID=sample["name"], LitterItemCode=code, Count=count)


def _unmapped(sample: Row) -> Iterator[Cells]:
    for row in sample["rows"]:
        if row["item_class"] != ALL and not row["j_code"] and row["items"]:
            why = "no code of the Joint List is certain for this class"
            yield _writable(sample["name"]), _writable(row["item_class"]), row["items"], why


def _issues(without_length: Sequence[str], unmapped: Sequence[Cells]) -> Iterator[Issue]:
    if without_length:
        yield Issue(
            file=f"exports/{FOLDER}",
            code="export-survey-without-length",
            severity="note",
            message="Surveys without a length are not in the tables for EMODnet, which reckons items per 100 m",
            value=", ".join(without_length[:5]) + (" …" if len(without_length) > 5 else ""),
            remedy="Draw a survey line, or tell the length of the beach.",
            objects=len(without_length),
        )
    if unmapped:
        yield Issue(
            file=f"exports/{FOLDER}/unmapped.csv",
            code="export-class-without-code",
            severity="note",
            message="Items whose class has no certain code of the Joint List are in unmapped.csv, not in Litter",
            value=", ".join(dict.fromkeys(str(row[1]) for row in unmapped)),
            remedy="Give them a code by hand; the report has their number by class.",
            objects=sum(int(row[2]) for row in unmapped),
        )


def _cells(sheet: str, **told: Any) -> Cells:
    return tuple(_writable(told.get(name)) for name in SHEETS[sheet])


def _writable(value: Any) -> Any:
    return without_controls(value) if isinstance(value, str) else value


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[Cells]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(as_cells(row) for row in rows)
    return path


def _write_empty(path: Path, sheets: Mapping[str, Sequence[Cells]]) -> Path:
    """Write which columns have no value in any row."""
    lines = ["Columns that are empty because nothing in the pictures tells them; fill them in before you hand in.", ""]
    for name, rows in sheets.items():
        empty = [
            column for at, column in enumerate(SHEETS[name]) if rows and all(row[at] in {None, ""} for row in rows)
        ]
        lines += [f"{name}: {', '.join(empty)}"] if empty else []
    lines += ["", "CountryCode and LocationName come from the description of the data set."]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _write_workbook(path: Path, sheets: Mapping[str, Sequence[Cells]], options: ExportOptions) -> Path:
    """Write a workbook that holds no time but that of the export: openpyxl would take the clock's."""
    workbook = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        sheet.append(SHEETS[name])
        for row in rows:
            sheet.append(as_cells(row))
    memory = io.BytesIO()
    workbook.save(memory)
    with zipfile.ZipFile(memory) as made, new_archive(path) as archive:
        for name in made.namelist():
            data = made.read(name)
            if name == "docProps/core.xml":
                data = _core(options)
            archive.writestr(zip_entry(name), data)
    return path


def _core(options: ExportOptions) -> bytes:
    moment = f"{options.created.isoformat()}T00:00:00Z"
    told = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{moment}</dcterms:{name}>' for name in ("created", "modified")
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<cp:coreProperties '
        'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:creator>Pelagia</dc:creator>'
        f"{told}</cp:coreProperties>"
    ).encode()
