"""One scan: its files, what its headers say, the background that belongs to it, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.sources import Source
from pelagia.io.tally import Tally
from pelagia.io.zooscan import faults
from pelagia.io.zooscan.backgrounds import background_dpi, choose_background
from pelagia.io.zooscan.configuration import Configuration
from pelagia.io.zooscan.coordinates import Convention
from pelagia.io.zooscan.metadata import SampleMetadata, read_sample, read_scan
from pelagia.io.zooscan.naming import subsample_of
from pelagia.io.zooscan.processed import read_vis1_header
from pelagia.io.zooscan.raw import read_raw_header
from pelagia.io.zooscan.records import SAMPLE_TABLE, Records
from pelagia.io.zooscan.scans import Background, Scan
from pelagia.io.zooscan.seeking import opened
from pelagia.io.zooscan.text import moment, number
from pelagia.io.zooscan.tree import ScanFiles
from pelagia.io.zooscan.zipped import tiff_inside

USUAL_DPI = 2400
FRAME_INCHES = (8.0, 12.0)
"""Length of the image of a ZooScan frame: 24.5 cm and a margin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a scan shares with the others of its project."""

    configuration: Configuration | None
    backgrounds: tuple[Background, ...]
    convention: Convention
    dpi: float | None
    sizes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Pixels:
    """What the header of a scan's image says."""

    raw: str = ""
    vis1: str = ""
    rows: int = 0
    cols: int = 0
    dpi: int | None = None
    usable: bool = False
    issues: tuple[Issue, ...] = ()


def read_scan_files(source: Source, files: ScanFiles, records: Records, around: Surroundings) -> Scan:
    """Read one scan.

    Parameters
    ----------
    files
        Its files by what they are.
    records
        What they say of it.
    around
        Settings and backgrounds of its project.
    """
    pixels = _pixels(source, files, around)
    scan = _described(files, records, pixels, around)
    issues = [*records.issues, *pixels.issues, *_file_issues(files), *_zip_issues(source, files, pixels, around)]
    scan = _with_dpi(scan, pixels, around, issues)
    if scan.raw and pixels.usable:
        scan = _with_background(source, scan, around, issues)
    scan = _with_metadata(scan, records, around, issues)
    return replace(scan, issues=tuple(issues))


def _pixels(source: Source, files: ScanFiles, around: Surroundings) -> _Pixels:
    """Look at the raw image; where there is none, at vis1, and at an image that may be either."""
    raw = files.one("raw") or files.one("raw_zip")
    try:
        if raw:
            return _raw_pixels(source, raw, around)
        if files.one("vis1"):
            return _vis1_pixels(source, files.one("vis1"), around)
        if files.one("image"):
            return _either_pixels(source, files.one("image"), around)
    except PelagiaError as error:
        name = raw or files.one("vis1") or files.one("image")
        is_raw = bool(raw) or error.code.startswith("raw")
        return _Pixels(raw=name if is_raw else "", vis1="" if is_raw else name, issues=(finding(error),))
    return _Pixels(issues=(_nothing_to_measure(files),))


def _raw_pixels(source: Source, name: str, around: Surroundings) -> _Pixels:
    with opened(source, name, around.sizes.get(name, 0)) as stream:
        if name.lower().endswith(".zip"):
            inner, size, issues = tiff_inside(stream, file=name)
        else:
            inner, size, issues = stream, around.sizes.get(name, 0), ()
        header = read_raw_header(inner, file=name, size=size)
    return _Pixels(raw=name, rows=header.rows, cols=header.cols, dpi=header.dpi, usable=True, issues=issues)


def _vis1_pixels(source: Source, name: str, around: Surroundings) -> _Pixels:
    with opened(source, name, around.sizes.get(name, 0)) as stream:
        header = read_vis1_header(stream, file=name)
    return _Pixels(vis1=name, rows=header.rows, cols=header.cols, dpi=header.dpi, usable=True, issues=header.issues)


def _either_pixels(source: Source, name: str, around: Surroundings) -> _Pixels:
    """Take an image with a name that says nothing for what its depth says."""
    try:
        return _vis1_pixels(source, name, around)
    except BadInput as error:
        if error.code != "vis1-16-bit" or name.lower().endswith(".png"):
            raise
    return _raw_pixels(source, name, around)


def _described(files: ScanFiles, records: Records, pixels: _Pixels, around: Surroundings) -> Scan:
    log = records.log
    return Scan(
        scan_id=files.scan_id,
        subsample_id=subsample_of(files.scan_id),
        sample_id=records.sample_id,
        fraction=records.fraction,
        raw=pixels.raw,
        vis1=pixels.vis1 or files.one("vis1"),
        scan_8=files.one("scan_8"),
        sep=files.one("sep"),
        pid=files.one("pid"),
        meas=files.one("meas"),
        table=files.one("tsv"),
        log=files.one("log") or files.one("work_log"),
        meta=files.one("meta") or files.one("work_meta"),
        mask=files.one("msk1"),
        outlines=files.one("out1"),
        work=files.work,
        vignettes=files.vignettes,
        rows=pixels.rows,
        cols=pixels.cols,
        scanned_at=moment(log.get("image.scanning_date")),
        frame=log.get("image.scanning_area", "").lower(),
        operator=records.scan.get("scanop", ""),
        hardware=log.get("info.hardware", ""),
        software=log.get("image.vuescan_version", "") or log.get("info.software", ""),
        log_values=dict(log),
        sources=tuple(records.by_file),
        processed=records.processed,
        sizes={name: around.sizes.get(name, 0) for names in files.roles.values() for name in names},
        duplicates=tuple(name for names in files.roles.values() for name in names[1:]),
        usable=pixels.usable,
    )


def _with_dpi(scan: Scan, pixels: _Pixels, around: Surroundings, issues: list[Issue]) -> Scan:
    if around.dpi is not None:
        return replace(scan, dpi=round(around.dpi))
    settings = around.configuration.resolution_dpi if around.configuration else None
    results = number(scan.log_values.get("info.resolution"))
    told = [("image", pixels.dpi), ("settings", settings), ("results", round(results) if results else None)]
    known = [(where, dpi) for where, dpi in told if dpi]
    if not known:
        if pixels.usable:
            issues.append(faults.dpi_unknown(scan.main, USUAL_DPI))
        return replace(scan, dpi=USUAL_DPI)
    if pixels.dpi is None or len({dpi for _, dpi in known}) == 1:
        return replace(scan, dpi=known[0][1])
    fitting = {dpi for _, dpi in known if FRAME_INCHES[0] <= max(scan.rows, scan.cols) / dpi <= FRAME_INCHES[1]}
    chosen = fitting.pop() if len(fitting) == 1 else None
    issues.append(faults.dpi_wrong(scan.main, known, chosen))
    return replace(scan, dpi=chosen, usable=scan.usable and chosen is not None)


def _with_background(source: Source, scan: Scan, around: Surroundings, issues: list[Issue]) -> Scan:
    chosen, wrong = choose_background(around.backgrounds, scan=scan.main, scanned_at=scan.scanned_at, frame=scan.frame)
    if chosen is None:
        return _without_background(source, scan, around, issues)
    issues += wrong
    return replace(scan, background=chosen, background_dpi=background_dpi(chosen, scan.rows, scan.dpi))


def _without_background(source: Source, scan: Scan, around: Surroundings, issues: list[Issue]) -> Scan:
    """Fall back on the image that the legacy made, where there is one, and say so."""
    if scan.vis1:
        try:
            found = _vis1_pixels(source, scan.vis1, around)
        except PelagiaError as error:
            issues.append(finding(error, severity="warning"))
        else:
            issues += [*found.issues, faults.vis1_instead(scan.main, scan.vis1)]
            return replace(scan, rows=found.rows, cols=found.cols)
    issues.append(faults.background_missing(scan.main))
    return replace(scan, usable=False)


def _with_metadata(scan: Scan, records: Records, around: Surroundings, issues: list[Issue]) -> Scan:
    if not records.by_file:
        issues.append(
            faults.missing_file(
                scan.main,
                "metadata",
                f"{scan.scan_id}_meta.txt",
                "neither volume nor position nor fraction are known, and nothing can be counted per volume",
            )
        )
        return scan
    tally = Tally(next(iter(records.by_file)))
    # What is wrong with a row of the header table is told once, of the table.
    of_sample = Tally("") if SAMPLE_TABLE in records.by_file else tally
    sample = read_sample(records.sample, of_sample, around.convention)
    metadata = read_scan(records.scan, tally)
    issues += tally.issues()
    return replace(scan, sample=_with_position(sample, scan), metadata=metadata)


def _with_position(sample: SampleMetadata, scan: Scan) -> SampleMetadata:
    """Take the position from the table of results, where it is in decimal degrees, if nothing else has it."""
    if scan.processed is None or sample.latitude_deg is not None or sample.longitude_deg is not None:
        return sample
    latitude, longitude = (number(scan.processed.text(f"object_{name}")) for name in ("lat", "lon"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return sample
    return replace(sample, latitude_deg=latitude, longitude_deg=longitude, convention="decimal")


def _file_issues(files: ScanFiles) -> list[Issue]:
    issues = [
        faults.duplicates(names[0], names[1:], _WORDS.get(role, role))
        for role, names in sorted(files.roles.items())
        if len(names) > 1
    ]
    if files.one("raw") and not files.one("log") and not files.one("work_log"):
        issues.append(
            faults.missing_file(
                files.one("raw"),
                "log",
                f"{files.scan_id}_log.txt",
                "when it was scanned, and with which frame, is unknown",
            )
        )
    return issues


def _zip_issues(source: Source, files: ScanFiles, pixels: _Pixels, around: Surroundings) -> list[Issue]:
    """Look whether the zips that were not read for the pixels hold the image of their name."""
    issues: list[Issue] = []
    for name in (files.one("raw_zip"), files.one("vis1")):
        if not name.lower().endswith(".zip") or name in {pixels.raw, pixels.vis1}:
            continue
        try:
            with opened(source, name, around.sizes.get(name, 0)) as stream:
                issues += tiff_inside(stream, file=name)[2]
        except PelagiaError as error:
            issues.append(finding(error, severity="warning"))
    return issues


_WORDS = {
    "raw": "raw image",
    "vis1": "image without background",
    "sep": "separation mask",
    "tsv": "table of results",
    "pid": "table of measures with its log",
    "meas": "table of measures",
}


def _nothing_to_measure(files: ScanFiles) -> Issue:
    return Issue(
        file=files.work or next((names[0] for names in files.roles.values()), files.scan_id),
        code="image-missing",
        message="The scan has neither a raw image nor one with the background removed: there is nothing to measure.",
        value=files.scan_id,
        remedy="Copy its raw image into Zooscan_scan/_raw, or the vis1 image into its work folder.",
        severity="warning",
    )
