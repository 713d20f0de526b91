"""The tables of ZooProcess: ``<scan>_dat1.pid`` and ``<scan>_meas.txt``, for the programs that read these."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from pelagia.core.errors import Conflict
from pelagia.core.result import Result
from pelagia.exports.ecotaxa.zooscan_columns import SAMPLE_COLUMNS, SAMPLE_FIELDS, SCAN_COLUMNS, SCAN_FIELDS
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.exports.tables import records
from pelagia.exports.vignettes import file_stem
from pelagia.imaging.measures import LEGACY_MEASURES, MEASURES
from pelagia.io.zooscan.fields import SAMPLE_FIELDS as LEGACY_SAMPLE_FIELDS
from pelagia.io.zooscan.fields import SCAN_FIELDS as LEGACY_SCAN_FIELDS
from pelagia.io.zooscan.fields import Field
from pelagia.io.zooscan.meas import make_meas
from pelagia.io.zooscan.pid import make_pid

SPELLINGS = (
    "Area", "Mean", "StdDev", "Mode", "Min", "Max", "X", "Y", "XM", "YM", "Perim.", "BX", "BY", "Width", "Height",
    "Major", "Minor", "Angle", "Circ.", "Feret", "IntDen", "Median", "Skew", "Kurt", "%Area", "XStart", "YStart",
    "Area_exc", "Fractal", "Skelarea", "Slope", "Histcum1", "Histcum2", "Histcum3", "XMg5", "YMg5", "Nb1", "Nb2",
    "Nb3", "Compentropy", "Compmean", "Compslope", "CompM1", "CompM2", "CompM3", "Symetrieh", "Symetriev",
    "Symetriehc", "Symetrievc", "Convperim", "Convarea", "Fcons", "ThickR", "Tag",
)  # fmt: skip
"""The measures as ZooProcess spells them, in its order; what it derives of them is in no file of its own."""

COMPUTED = frozenset(measure.name for measure in MEASURES)
PRINTED = tuple(
    measure.name for measure in LEGACY_MEASURES if measure.name in {spelling.lower() for spelling in SPELLINGS}
)
NEEDS: Mapping[str, tuple[str, ...]] = {
    "samples": ("sample_id",),
    "scans": ("scan_id", "sample_id"),
    "objects": ("scan_id", *(name for name in PRINTED if name in COMPUTED)),
}
FOLDER = "zooprocess"
UNKNOWN_NUMBER, UNKNOWN_TEXT = "99999", "NaN"
NO_UPPER_SIEVE = "999999"

Pairs = list[tuple[str, str]]
Row = Mapping[str, Any]


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``zooprocess/<scan>/<scan>_dat1.pid`` and ``…_meas.txt`` for every scan.

    Measures are rounded as ZooProcess prints them: by column in the ``.pid``, to three decimals in ``_meas.txt``. What
    is not known is ``99999`` or ``NaN``, as there; positions are degrees and minutes, west positive.

    Raises
    ------
    Conflict
        Where the objects of a scan do not stand together.
    """
    scans = {scan["scan_id"]: scan for scan in records(result.tables["scans"], SCAN_COLUMNS)}
    columns = ("sampled_at_utc", "latitude", "longitude", *SAMPLE_COLUMNS)
    samples = {sample["sample_id"]: sample for sample in records(result.tables["samples"], columns)}
    version = f"Pelagia {result.provenance.versions.get('pelagia', '')}".strip()
    files: list[Path] = []
    written: set[str] = set()
    objects = records(result.tables["objects"], NEEDS["objects"])
    for scan_id, rows in groupby(objects, key=lambda row: str(row["scan_id"])):
        if scan_id in written:
            raise Conflict("The objects of a scan do not stand together", value=scan_id, remedy="Report this fault.")
        written.add(scan_id)
        scan = scans[scan_id]
        measures = [_spelled(row) for row in rows]
        sections = pid_sections(scan, samples[scan["sample_id"]], version, len(measures), options)
        files += _write_scan(out / FOLDER, scan_id, sections, measures)
    return ExportOutcome(files=tuple(files))


def pid_sections(
    scan: Row, sample: Row, version: str, objects: int, options: ExportOptions
) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """Return the log of a ``.pid``: what is known of image, sample, fraction and process."""
    fields = {one.key: one for one in LEGACY_SCAN_FIELDS}
    keys = {"Fraction": ("code", "fracid", "fracmin", "fracsup"), "Subsample": _SUBSAMPLE}
    parts = {
        section: [(fields[key].pid or fields[key].spelling, _scan_text(fields[key], scan)) for key in chosen]
        for section, chosen in keys.items()
    }
    date = options.created.strftime("%Y%m%d")
    return [
        ("Image", [("Scanning_date", _moment_text(scan["scanned_at"]))]),
        ("LUT", _told(scan, _LUT)),
        ("Info", [*_told(scan, _INFO), ("ImageType", "Zooscan")]),
        ("Sample", _sample_pairs(sample, scan)),
        *parts.items(),
        ("Process", [("Version", version), ("Date", date)]),
        ("Image_Process", _told(scan, _IMAGE_PROCESS)),
        ("Particules_Process", [*_told(scan, _PARTICLES), ("Analysed_Objects", str(objects))]),
    ]


_SUBSAMPLE = ("fracnb", "submethod", "cellpart", "replicates", "volini", "volprec", "observation")
_LUT = {
    "Min": "grey_low",
    "Max": "grey_high",
    "OD_range": "od_range",
    "Ratio": "od_ratio",
    "Median_level": "grey_median",
}
_INFO = {"Hardware": "hardware", "Software": "scan_software", "Resolution": "dpi", "Author": "operator"}
_IMAGE_PROCESS = {
    "Resolution": "dpi",
    "Background_correct_using": "background",
    "Right_limit": "limit_right_px",
    "Left_limit": "limit_left_px",
    "Upper_limit": "limit_top_px",
    "Bottom_limit": "limit_bottom_px",
}
_PARTICLES = {
    "Resolution": "dpi",
    "Threshold": "threshold",
    "PixSize": "pixel_size_mm",
    "MinSize": "min_esd_mm",
    "MaxSize": "max_esd_mm",
    "Separation_Mask": "separation_mask",
    "B/W_ratio": "bw_ratio",
}


def _spelled(row: Row) -> dict[str, float]:
    """Return the measures of an object as ZooProcess spells them; what it never computed is 0 there."""
    found = {}
    for spelling in SPELLINGS:
        value = row[spelling.lower()] if spelling.lower() in COMPUTED else 0.0
        found[spelling] = math.nan if value is None else float(value)
    return found


def _write_scan(
    folder: Path,
    scan_id: str,
    sections: Iterable[tuple[str, Sequence[tuple[str, str]]]],
    measures: Sequence[Mapping[str, float]],
) -> Iterator[Path]:
    stem = file_stem(scan_id)
    place = folder / stem
    place.mkdir(parents=True, exist_ok=True)
    for name, data in (
        (f"{stem}_dat1.pid", make_pid(sections, SPELLINGS, measures, label=scan_id)),
        (f"{stem}_meas.txt", make_meas(SPELLINGS, measures, label=scan_id)),
    ):
        (place / name).write_bytes(data)
        yield place / name


def _sample_pairs(sample: Row, scan: Row) -> Pairs:
    pairs = [("SampleId", str(sample["sample_id"])), ("Scanop", _text(scan["operator"] or sample["scan_operator"]))]
    special = {
        "date": _moment_text(sample["sampled_at_utc"]),
        "latitude": _degrees_minutes(sample["latitude"]),
        "longitude": _degrees_minutes(_west(sample["longitude"])),
        "latitude_end": _degrees_minutes(sample["latitude_end"]),
        "longitude_end": _degrees_minutes(_west(sample["longitude_end"])),
    }
    for one in LEGACY_SAMPLE_FIELDS[1:]:
        if one.key in special:
            pairs.append((one.spelling, special[one.key]))
        else:
            pairs.append((one.spelling, _of_kind(one, sample[SAMPLE_FIELDS[one.column]])))
    return pairs


def _scan_text(one: Field, scan: Row) -> str:
    if one.key == "fracid":
        return _text(scan["fraction_id"])
    value = scan[SCAN_FIELDS[one.column]] if one.column in SCAN_FIELDS else None
    if value is None and one.key == "fracsup":
        return NO_UPPER_SIEVE
    return _of_kind(one, value)


def _of_kind(one: Field, value: object) -> str:
    return UNKNOWN_NUMBER if value is None and one.kind == "number" else _text(value)


def _told(scan: Row, names: Mapping[str, str]) -> Pairs:
    return [(key, _text(scan[name])) for key, name in names.items()]


def _text(value: object) -> str:
    """Return a value on one line; the log knows no quotes."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return UNKNOWN_TEXT
    if isinstance(value, float):
        return f"{value:.9g}"
    return " ".join(str(value).split()) or UNKNOWN_TEXT


def _moment_text(value: object) -> str:
    """Return a moment as ``YYYYMMDD-HHMM``."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return _text(value)
    return value.strftime("%Y%m%d-%H%M") if isinstance(value, dt.datetime) else UNKNOWN_TEXT


def _west(longitude: float | None) -> float | None:
    """Return a longitude with west positive, as the forms of ZooProcess have it."""
    return None if longitude is None else -longitude


def _degrees_minutes(degrees: float | None) -> str:
    """Return degrees and minutes in one number: 48.4307 is 48° 43.07′."""
    if degrees is None:
        return UNKNOWN_TEXT
    minutes = round(abs(degrees) * 60, 4)
    whole, rest = divmod(minutes, 60)
    return f"{math.copysign(whole + rest / 100, degrees):.6f}".rstrip("0").rstrip(".")
