"""A legacy project read whole: its settings, backgrounds, samples and scans, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TypeVar

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.core.result import Issue
from pelagia.core.words import count
from pelagia.io.findings import finding
from pelagia.io.sources import Source
from pelagia.io.tally import Tally
from pelagia.io.zooscan.backgrounds import read_backgrounds
from pelagia.io.zooscan.configuration import Configuration, Lut, parse_configuration, parse_lut
from pelagia.io.zooscan.coordinates import convention_of
from pelagia.io.zooscan.headers import HeaderTable, parse_header_table
from pelagia.io.zooscan.metadata import SampleMetadata, read_sample
from pelagia.io.zooscan.places import Place
from pelagia.io.zooscan.records import Records, read_records
from pelagia.io.zooscan.scan_reading import Surroundings, read_scan_files
from pelagia.io.zooscan.scans import Project
from pelagia.io.zooscan.text import TEXT_LIMIT_BYTES
from pelagia.io.zooscan.tree import ProjectFiles, find_projects

KEY_COLUMNS = {"sample": "sampleid", "scan": "scanid"}
Parsed = TypeVar("Parsed")


@dataclass(slots=True)
class _Reading:
    """One project while it is read."""

    source: Source
    files: ProjectFiles
    sizes: Mapping[str, int]
    issues: list[Issue] = field(default_factory=list)

    def parsed(self, name: str, parse: Callable[[bytes, str], tuple[Parsed, tuple[Issue, ...]]]) -> Parsed | None:
        """Read a small file; what is wrong with it becomes a finding."""
        if not name:
            return None
        try:
            result, issues = parse(self.source.read(name, TEXT_LIMIT_BYTES), name)
        except PelagiaError as error:
            self.issues.append(finding(error, severity="warning"))
            return None
        self.issues += issues
        return result


def read_projects(place: Place, *, dpi: float | None = None) -> list[Project]:
    """Read the projects at a place.

    Parameters
    ----------
    place
        Where to look, and what of it is wanted.
    dpi
        The resolution of all scans where the user knows better than image and settings.

    Returns
    -------
    list of Project
        With their scans in the order of their names; a scan that cannot be used is there, ``usable`` is false and its
        issues say why.

    Raises
    ------
    BadInput
        There is neither a legacy project nor a scan.
    PelagiaError
        The place cannot be opened.
    """
    source = place.open()
    sizes = {entry.name: entry.size for entry in source.entries()}
    found = [_wanted(files, place) for files in find_projects(sizes, sizes, named=place.only)]
    if not any(files.is_legacy or files.scans for files in found):
        raise BadInput(
            "There is no ZooScan project, raw scan or vis1 image here",
            remedy="Name a project folder (with Zooscan_scan), a raw 16-bit TIFF, or a vis1 image (zip, TIFF, PNG, "
            "JPEG).",
            value=", ".join(sorted({PurePosixPath(name).suffix.lower() or name for name in sizes})[:8]) or "no files",
            file=place.uri,
            code="nothing-recognised",
        )
    return [_read(_Reading(source, files, sizes), place, dpi) for files in found]


def _wanted(files: ProjectFiles, place: Place) -> ProjectFiles:
    wanted = {
        key: scan
        for key, scan in files.scans.items()
        if place.wants([name for names in scan.roles.values() for name in names] or [scan.work])
    }
    for scan in wanted.values():
        if set(scan.roles["vis1"]) & set(place.only):
            # Who names the image without background wants that one, not the raw image of the same scan.
            scan.roles = {role: names for role, names in scan.roles.items() if role not in {"raw", "raw_zip"}}
    return replace(files, scans=wanted)


def _read(reading: _Reading, place: Place, dpi: float | None) -> Project:
    files = reading.files
    configuration = reading.parsed(files.settings.get("configuration", ""), parse_configuration)
    lut = reading.parsed(files.settings.get("lut", ""), parse_lut)
    backgrounds, wrong = read_backgrounds(reading.source, files.backgrounds, reading.sizes)
    reading.issues += wrong + _settings_issues(files, configuration, lut) + _left_out(files)
    tables = {kind: _table(reading, kind) for kind in KEY_COLUMNS}
    scans = sorted(files.scans.values(), key=lambda one: one.scan_id.lower())
    records = [read_records(reading.source, one, tables["sample"], tables["scan"]) for one in scans]
    samples = tables["sample"].records() if tables["sample"] else []
    convention = convention_of([*samples, *(one.sample for one in records)])
    around = Surroundings(
        configuration=configuration, backgrounds=backgrounds, convention=convention, dpi=dpi, sizes=reading.sizes
    )
    read = tuple(read_scan_files(reading.source, one, told, around) for one, told in zip(scans, records, strict=True))
    reading.issues += _without_files(files, tables["scan"], place)
    return Project(
        name=PurePosixPath(files.root).name or _place_name(place),
        uri=reading.source.uri,
        root=files.root,
        is_legacy=files.is_legacy,
        scans=read,
        backgrounds=backgrounds,
        configuration=configuration,
        lut=lut,
        samples=_samples(samples, records, files.tables.get("sample", ""), reading),
        tables=dict(files.tables),
        initial=_initial(files),
        issues=tuple(reading.issues),
    )


def _table(reading: _Reading, kind: str) -> HeaderTable | None:
    def parse(data: bytes, file: str) -> tuple[HeaderTable, tuple[Issue, ...]]:
        tally = Tally(file)
        table = parse_header_table(data, file, (KEY_COLUMNS[kind],), tally)
        return table, tally.issues()

    return reading.parsed(reading.files.tables.get(kind, ""), parse)


def _samples(
    rows: Sequence[Mapping[str, str]], records: Iterable[Records], file: str, reading: _Reading
) -> dict[str, SampleMetadata]:
    """Read the header table of samples; findings about samples with a scan are told with the scan."""
    convention = convention_of([*rows, *(one.sample for one in records)])
    tally = Tally(file)
    found = {row["sampleid"]: read_sample(row, tally, convention) for row in rows if row.get("sampleid")}
    reading.issues += tally.issues()
    return found


def _settings_issues(files: ProjectFiles, configuration: Configuration | None, lut: Lut | None) -> tuple[Issue, ...]:
    lacking = [name for name, value in (("configuration", configuration), ("lut", lut)) if value is None]
    names = {"configuration": "process_install_both_config.txt", "lut": "lut.txt"}
    if not lacking or not files.is_legacy:
        return ()
    told = " and ".join(names[name] for name in lacking)
    return (
        Issue(
            file=files.root or "Zooscan_config",
            code="settings-missing",
            message=f"The project has no readable {told}; the usual settings of the legacy are used.",
            value=told,
            remedy="Copy the file into Zooscan_config if the project was scanned with other settings.",
            severity="note",
        ),
    )


def _left_out(files: ProjectFiles) -> tuple[Issue, ...]:
    """Say that JPEGs beside scans or other pictures were not taken for scans."""
    if not files.left_out:
        return ()
    return (
        Issue(
            file=files.left_out[0],
            code="jpegs-left-out",
            message=f"{count(len(files.left_out), 'JPEG', 'JPEGs')} beside scans or other pictures were taken for "
            "vignettes and left out.",
            value=", ".join(PurePosixPath(name).name for name in files.left_out)[:200],
            remedy="Name them one by one, or put them into a folder or zip of their own, to have them measured.",
            severity="note",
        ),
    )


def _without_files(files: ProjectFiles, table: HeaderTable | None, place: Place) -> list[Issue]:
    if table is None or place.only:
        return []
    known = set(files.scans)
    lacking = [row["scanid"] for row in table.records() if row.get("scanid", "").lower() not in known]
    if not lacking:
        return []
    return [
        Issue(
            file=files.tables["scan"],
            code="scan-without-files",
            message=f"{len(lacking)} scans of the table have no files in the project.",
            value=", ".join(lacking)[:200],
            remedy="Copy their raw images into Zooscan_scan/_raw if they are to be processed.",
            severity="note",
        )
    ]


def _initial(files: ProjectFiles) -> str:
    """Return the frame that the scanner's settings are for."""
    told = {
        frame for name in files.initial for frame in ("large", "narrow") if frame in PurePosixPath(name).name.lower()
    }
    return told.pop() if len(told) == 1 else ""


def _place_name(place: Place) -> str:
    path = PurePosixPath((place.folder or place.uri).split("?", 1)[0].replace("\\", "/").rstrip("/"))
    if path.name.isalnum() and place.uri.startswith("upload://") and path.name in place.uri.split("/"):
        return "scans"  # the number of an upload says nothing to anybody
    return path.stem if path.suffix.lower() == ".zip" else path.name
