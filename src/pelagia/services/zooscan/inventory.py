"""The inventory: which scans the inputs hold, and what is known of them, in one form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.core.service import Request
from pelagia.io.corrections import Corrections, read_corrections
from pelagia.io.findings import Findings
from pelagia.io.zooscan.backgrounds import background_dpi
from pelagia.io.zooscan.metadata import SampleMetadata, ScanMetadata
from pelagia.io.zooscan.places import Place, find_places
from pelagia.io.zooscan.project import read_projects
from pelagia.io.zooscan.scans import Project, Scan
from pelagia.services.zooscan.service import ZooScanParams

Record = dict[str, Any]
Source = Literal["picture", "table", "nothing"]
SAMPLE_FIELDS: Mapping[str, str] = {
    "ship": "ship",
    "program": "program",
    "station": "station_id",
    "latitude_end": "latitude_end_deg",
    "longitude_end": "longitude_end_deg",
    "bottom_depth_m": "bottom_depth_m",
    "depth_min_m": "depth_min_m",
    "depth_max_m": "depth_max_m",
    "net_type": "net_type",
    "net_mesh_um": "net_mesh_um",
    "net_surface_m2": "net_surface_m2",
    "tow_number": "tow_count",
    "tow_type": "tow_type",
    "net_duration_min": "duration_min",
    "ship_speed_knots": "ship_speed_knots",
    "cable_length_m": "cable_length_m",
    "cable_angle_deg": "cable_angle_deg",
    "cable_speed_m_s": "cable_speed_m_s",
    "jars": "jars",
    "barcode": "barcode",
    "ctd_reference": "ctd_reference",
    "other_reference": "other_reference",
    "comment": "comment",
    "volume_qc": "volume_quality",
    "depth_qc": "depth_quality",
    "sample_qc": "sample_quality",
}
"""Column of ``samples`` → field of the project's metadata."""


@dataclass(frozen=True, slots=True)
class Found:
    """A scan, its project, where that is, and what its objects can be taken from."""

    place: Place
    project: Project
    scan: Scan
    measured_from: Source


def take_inventory(request: Request[ZooScanParams]) -> dict[str, Any]:
    """List every scan of the inputs.

    Returns
    -------
    dict
        ``scans``: for each its ``scan_id``, ``sample_id``, ``dpi``, ``files`` (what
        :func:`pelagia.services.zooscan.scan.process_scan` is given; ``None`` where there is nothing to measure) and
        ``row`` (of the table ``scans``); ``samples``: rows of that table; ``is_checked_only``: whether there are
        projects of ZooProcess and no picture at all; ``corrections``: object → decision; ``issues``: findings as
        dictionaries.
    """
    findings = Findings()
    corrections = given_corrections(request)
    findings.add_all(corrections.issues)
    found = list(find_scans(request, findings))
    scans = [_record(one, request.params) for one in found]
    samples: dict[str, Record] = {}
    for one in found:
        samples.setdefault(one.scan.sample_id, _sample(one, request.params))
    return {
        "scans": scans,
        "samples": list(samples.values()),
        "is_checked_only": any(one.project.is_legacy for one in found)
        and not any(one.scan.raw or one.scan.vis1 for one in found),
        "corrections": {name: asdict(one) for name, one in corrections.decisions.items()},
        "issues": findings.records(),
    }


def given_corrections(request: Request[ZooScanParams]) -> Corrections:
    """Read what people decided, where it is given.

    Raises
    ------
    BadInput
        If the file cannot be read or lacks a required column.
    """
    uris = request.inputs.get("corrections", ())
    return read_corrections(uris[0]) if uris else Corrections()


def find_scans(request: Request[ZooScanParams], findings: Findings) -> Iterator[Found]:
    """Yield every scan; all that is wrong with them becomes a finding."""
    wanted = {name.strip().lower() for name in request.params.only_scans if name.strip()}
    seen: dict[str, str] = {}
    for place, project in _projects(request, findings):
        findings.add_all(project.issues)
        for scan in project.scans:
            name = scan.scan_id.lower()
            if wanted and name not in wanted:
                continue
            if name in seen:
                findings.add(_twice(scan, project.name, seen[name]))
                continue
            seen[name] = project.name
            source = _source(scan, request.params)
            findings.add_all(_of_table(scan) if source == "table" else scan.issues)
            if scan.usable and source == "nothing":
                findings.add(_no_scale(scan))
            yield Found(place, project, scan, source)
    for name in sorted(wanted - set(seen)):
        findings.add(_absent(name))


def _source(scan: Scan, params: ZooScanParams) -> Source:
    """Return what the objects of a scan can be taken from: its picture, else what ZooProcess measured."""
    if not scan_dpi(scan, params):
        return "nothing"
    if scan.usable:
        return "picture"
    has_picture = bool(scan.raw or scan.vis1)
    return "table" if not has_picture and (scan.pid or scan.meas) else "nothing"


def _of_table(scan: Scan) -> Iterator[Issue]:
    """Return the findings on a scan without a picture: that there is none is then no error."""
    for issue in scan.issues:
        if issue.code != "image-missing":
            yield issue
    yield Issue(
        file=scan.pid or scan.meas,
        code="measured-before",
        message="The scan has no picture here: its objects are those that ZooProcess measured, without vignettes and "
        "names.",
        remedy="Copy its raw image with the backgrounds, or the vis1 image, beside it to see and name them.",
        severity="note",
    )


def _projects(request: Request[ZooScanParams], findings: Findings) -> Iterator[tuple[Place, Project]]:
    dpi = request.params.dpi
    for place in _places(request.inputs["scans"], findings):
        try:
            projects = read_projects(place, dpi=round(dpi) if dpi else None)
        except PelagiaError as error:
            findings.add_error(error, objects=0)
            continue
        yield from ((place, project) for project in projects)


def _places(uris: Sequence[str], findings: Findings) -> list[Place]:
    """Return where to look; an address that leads nowhere costs only itself."""
    good = []
    for uri in uris:
        try:
            find_places([uri])
        except PelagiaError as error:
            findings.add_error(error, objects=0)
        else:
            good.append(uri)
    return find_places(good)


def _record(found: Found, params: ZooScanParams) -> Record:
    scan, dpi = found.scan, scan_dpi(found.scan, params)
    return {
        "scan_id": scan.scan_id,
        "sample_id": scan.sample_id,
        "dpi": dpi,
        "files": _files(found, dpi) if found.measured_from != "nothing" else None,
        "row": _row(found, params, dpi),
    }


def _files(found: Found, dpi: float) -> Record:
    """Return the images of a scan, and how they are to be read."""
    scan, lut, configuration = found.scan, found.project.lut, found.project.configuration
    background = scan.background
    pair = background.raw_pair if background else None
    is_raw = bool(scan.raw and pair)
    table = (scan.pid or scan.meas) if found.measured_from == "table" else ""
    names = [scan.raw, *(pair or ())] if is_raw else [table or scan.vis1]
    grey = {"odrange": lut.odrange, "ratio": lut.ratio, "median_filter": lut.median_filter} if lut else {}
    return {
        "place": asdict(found.place),
        "file": scan.main,
        "raw": scan.raw if is_raw else "",
        "background": list(pair or ()) if is_raw else [],
        "background_dpi": background_dpi(background, scan.rows, round(dpi)) if background and is_raw else None,
        "vis1": "" if is_raw else scan.vis1,
        "table": table,
        "sep": "" if table else scan.sep,
        "dpi": dpi,
        "grey": grey | ({"grey_ratio": configuration.grey_ratio} if configuration else {}),
        "lut": {
            "gamma": lut.gamma,
            "filter_radius_px": lut.median_radius if lut.median_filter else None,
            "reduced_dpi": lut.resolution_limit,
        }
        if lut
        else {},
        "sizes": {name: scan.sizes.get(name, 0) for name in (*names, "" if table else scan.sep) if name},
    }


def _row(found: Found, params: ZooScanParams, dpi: float) -> Record:
    scan, told = found.scan, found.scan.metadata or ScanMetadata(scan_id="", sample_id="")
    lut = found.project.lut
    background = scan.background
    return {
        "scan_id": scan.scan_id,
        "sample_id": scan.sample_id,
        "project": found.project.name,
        "source_uri": found.place.uri,
        "source_file": scan.main,
        "measured_from": found.measured_from,
        "fraction_id": told.fraction_id or scan.fraction.fraction_id,
        "scanned_at": f"{scan.scanned_at:%Y-%m-%dT%H:%M:%S}" if scan.scanned_at else None,
        "operator": told.operator or scan.operator or None,
        "dpi": dpi,
        "pixel_size_mm": 25.4 / dpi if dpi else None,
        "background": background.name if background and scan.raw else None,
        "od_range": lut.odrange if lut else None,
        "od_ratio": lut.ratio if lut else None,
        "separation": _separation(found, params),
        "threshold": params.threshold,
        "min_esd_mm": params.min_esd_mm,
        "max_esd_mm": params.max_esd_mm,
        "min_mesh_um": told.mesh_min_um,
        "max_mesh_um": told.mesh_max_um,
        "sub_part": 1 / params.subsample_fraction if params.subsample_fraction else told.sub_part,
        "sub_method": told.sub_method,
        "comment": told.observation,
        "hardware": scan.hardware or None,
        "scan_software": scan.software or None,
    }


def _separation(found: Found, params: ZooScanParams) -> str:
    """Return how a scan is separated; one that was processed before holds the lines of whoever did that."""
    if found.measured_from != "picture":
        return "none"
    if params.separation != "auto":
        return params.separation
    return "model" if found.scan.raw and found.scan.background else "none"


def _sample(found: Found, params: ZooScanParams) -> Record:
    told = found.scan.sample or found.project.samples.get(found.scan.sample_id) or SampleMetadata(sample_id="")
    position_is_given = params.latitude is not None
    return {
        "sample_id": found.scan.sample_id,
        "project": found.project.name,
        "instrument": "ZooScan",
        "sampled_at_utc": f"{told.sampled_at:%Y-%m-%dT%H:%M:%S}" if told.sampled_at else None,
        "latitude": params.latitude if position_is_given else told.latitude_deg,
        "longitude": params.longitude if position_is_given else told.longitude_deg,
        "volume_m3": params.water_volume_m3 or told.volume_m3,
        "scan_operator": found.scan.operator or None,
        **{column: getattr(told, field) for column, field in SAMPLE_FIELDS.items()},
    }


def scan_dpi(scan: Scan, params: ZooScanParams) -> float:
    """Return the resolution of a scan: what the parameters say, else what its files say; 0 where nothing does."""
    return float(params.dpi or scan.dpi or 0)


def _no_scale(scan: Scan) -> Issue:
    return Issue(
        file=scan.main,
        code="resolution-unknown",
        message="Nothing tells the resolution of the scan, so that nothing on it can be measured.",
        remedy="Give dpi (2400 for most ZooScans), or the scan's log.",
        severity="error",
    )


def _twice(scan: Scan, project: str, first: str) -> Issue:
    return Issue(
        file=scan.main,
        code="scan-twice",
        message=f"A scan of this name was found before, in {first}; the one in {project} was left out.",
        remedy="Rename one of them, or process them one after the other.",
        value=scan.scan_id,
        severity="error",
    )


def _absent(name: str) -> Issue:
    return Issue(
        file=name,
        code="scan-not-found",
        message="There is no scan of this name in the inputs that can be processed.",
        remedy="Write the name as in Zooscan_scan/_raw, without _raw_1.tif but with the number of the frame (…_1).",
        value=name,
        severity="error",
    )


def scan_names(found: Sequence[Found]) -> str:
    """Return the names of some scans for people: the first few, and how many more."""
    names = [one.scan.scan_id for one in found]
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
