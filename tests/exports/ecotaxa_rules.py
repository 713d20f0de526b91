"""The rules of EcoTaxa's import, written anew from what its importer checks; tried on its own test bundles."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np

TABLES = {"object", "acq", "process", "sample"}
PREDEFINED = {
    "object_id", "object_lat", "object_lon", "object_date", "object_time", "object_link", "object_depth_min",
    "object_depth_max", "object_annotation_category", "object_annotation_category_id", "object_annotation_status",
    "object_annotation_person_name", "object_annotation_person_email", "object_annotation_date",
    "object_annotation_time", "img_file_name", "img_rank", "sample_id", "acq_id", "process_id", "acq_instrument",
    "sample_dataportal_descriptor",
}  # fmt: skip
NUMBERS = {"object_lat": 90, "object_lon": 180, "object_depth_min": 1e5, "object_depth_max": 1e5}


class Source:
    """The files of a bundle, in a zip or a folder."""

    def __init__(self, path: Path) -> None:
        if path.is_dir():
            self.names = sorted(p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file())
            self.read: Callable[[str], bytes] = lambda name: (path / name).read_bytes()
        else:
            archive = zipfile.ZipFile(path)
            self.names = sorted(archive.namelist())
            self.read = archive.read


def problems(path: Path) -> list[str]:
    """Everything that EcoTaxa would refuse."""
    source = Source(path)
    tables = [name for name in source.names if re.fullmatch(r"ecotaxa.*\.(tsv|txt)", name.rpartition("/")[2])]
    if not tables:
        return ["no table: no file is called ecotaxa*.tsv or ecotaxa*.txt"]
    found: list[str] = []
    owner: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    rows = 0
    for name in tables:
        for problem in _table(source, name, owner, seen):
            if problem is None:
                rows += 1
            else:
                found.append(f"{name}: {problem}")
    return found if rows else [*found, "no object"]


def read_table(data: bytes) -> tuple[list[str], list[str], list[dict[str, str]]]:
    """Header, types and rows, in the encoding EcoTaxa takes."""
    marked = data.startswith(b"\xef\xbb\xbf")
    lines = data.decode("utf-8-sig" if marked else "latin_1").splitlines()
    reader = csv.DictReader(lines, delimiter="\t", restkey="beyond")
    rows = list(reader)
    header = [name.strip().lower() for name in reader.fieldnames or ()]
    named = [{(k.strip().lower() if k else k): v for k, v in row.items()} for row in rows]
    return header, [named[0].get(name) or "" for name in header] if named else [], named[1:]


def _table(source: Source, name: str, owner: dict[str, str], seen: set[tuple[str, str]]) -> Iterator[str | None]:
    header, types, rows = read_table(source.read(name))
    yield from _header(header, types)
    folder = name.rpartition("/")[0]
    for row in rows:
        yield None
        if row.get("beyond"):
            yield "more cells than columns"
        yield from _values(row)
        yield from _annotation(row)
        yield from _image(source, folder, row)
        key = (row.get("object_id", ""), row.get("img_file_name", ""))
        if key in seen:
            yield f"duplicate {key}"
        seen.add(key)
        sample, acquisition = row.get("sample_id", ""), row.get("acq_id", "")
        if acquisition and owner.setdefault(acquisition, sample) != sample:
            yield f"acquisition {acquisition} of two samples"


def _header(header: list[str], types: list[str]) -> Iterator[str]:
    if len(set(header)) != len(header):
        yield "a column twice"
    own: dict[tuple[str, str], int] = {}
    for column, type_ in zip(header, types, strict=True):
        prefix = column.partition("_")[0]
        if column in PREDEFINED:
            continue
        if prefix not in TABLES:
            yield f"unknown column {column}"
        elif prefix == "object" and type_ not in {"[t]", "[f]"}:
            yield f"no type for {column}"
        else:
            own[prefix, type_ if prefix == "object" else "[t]"] = own.get((prefix, type_), 0) + 1
    limits = {("object", "[f]"): 500, ("object", "[t]"): 20}
    yield from (f"too many columns {key}" for key, n in own.items() if n > limits.get(key, 30))
    for prefix in TABLES:
        if f"{prefix}_id" not in header and any(column.startswith(f"{prefix}_") for column in header):
            yield f"{prefix}_id is missing"


def _values(row: dict[str, str]) -> Iterator[str]:
    if not row.get("object_id"):
        yield "no object_id"
    for column, limit in NUMBERS.items():
        value = row.get(column) or ""
        if value.lower() not in {"", "nan", "na"} and not _number_within(value, limit):
            yield f"{column} {value}"
    for column, forms in (("object_date", ("%Y%m%d",)), ("object_time", ("%H%M%S", "%H%M"))):
        value = row.get(column) or ""
        if value and not any(_is_moment(value.zfill(4), form) for form in forms):
            yield f"{column} {value}"
    yield from (f"{key} is longer than 250" for key, value in row.items() if key != "beyond" and len(value or "") > 250)


def _annotation(row: dict[str, str]) -> Iterator[str]:
    status = row.get("object_annotation_status") or ""
    category = row.get("object_annotation_category") or row.get("object_annotation_category_id") or ""
    if status not in {"", "predicted", "validated", "dubious"}:
        yield f"status {status}"
    if bool(status) != bool(category):
        yield "a category without a state, or a state without a category"
    date = row.get("object_annotation_date") or ""
    if date and not _is_moment(date, "%Y%m%d"):
        yield f"object_annotation_date {date}"


def _image(source: Source, folder: str, row: dict[str, str]) -> Iterator[str]:
    file = f"{folder}/{row.get('img_file_name', '')}".lstrip("/")
    if file not in source.names:
        yield f"no image {file}"
    elif cv2.imdecode(np.frombuffer(source.read(file), np.uint8), cv2.IMREAD_COLOR) is None:
        yield f"cannot read {file}"


def _number_within(text: str, limit: float) -> bool:
    try:
        return abs(float(text)) <= limit
    except ValueError:
        return False


def _is_moment(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True
