"""What the files around a scan say of it, as written: tables, metadata, log, results."""

from __future__ import annotations

from dataclasses import dataclass, field

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.sources import Source
from pelagia.io.tally import Tally
from pelagia.io.zooscan import faults
from pelagia.io.zooscan.fields import SAMPLE_FIELDS, SCAN_FIELDS
from pelagia.io.zooscan.headers import HeaderTable
from pelagia.io.zooscan.keyed import parse_keyed
from pelagia.io.zooscan.metadata import disagreements, merged
from pelagia.io.zooscan.naming import Fraction, fraction_of, split_scan_id
from pelagia.io.zooscan.pid import parse_pid
from pelagia.io.zooscan.results import ResultTable, parse_results
from pelagia.io.zooscan.text import TEXT_LIMIT_BYTES, is_nothing
from pelagia.io.zooscan.tree import ScanFiles

SAMPLE_KEYS = tuple(one.key for one in SAMPLE_FIELDS)
SCAN_KEYS = tuple(one.key for one in SCAN_FIELDS)
SCAN_TABLE = "zooscan_scan_header_table.csv"
SAMPLE_TABLE = "zooscan_sample_header_table.csv"
COMPARED = (
    "sampleid",
    "date",
    "latitude",
    "longitude",
    "netmesh",
    "zmax",
    "zmin",
    "vol",
    "fracmin",
    "fracsup",
    "fracnb",
)
"""Fields whose value changes a result; two files must not differ in them unsaid."""


@dataclass(slots=True)
class Records:
    """What is written about one scan.

    Parameters
    ----------
    by_file
        Fields of sample and scan by the file they stand in, in the order of precedence.
    log
        Of the log, by section and key (``image.scanning_date``).
    processed
        What the table of results says.
    """

    scan_id: str
    by_file: dict[str, dict[str, str]] = field(default_factory=dict)
    log: dict[str, str] = field(default_factory=dict)
    processed: ResultTable | None = None
    issues: list[Issue] = field(default_factory=list)

    @property
    def sample(self) -> dict[str, str]:
        """Fields of the sample, each from the first file that has it."""
        whole = merged(self.by_file.values())
        return {key: whole[key] for key in SAMPLE_KEYS if key in whole} | {"sampleid": self.sample_id}

    @property
    def scan(self) -> dict[str, str]:
        """Fields of the scan, each from the first file that has it."""
        whole = merged(self.by_file.values())
        told = {key: whole[key] for key in SCAN_KEYS if key in whole}
        return told | {"scanid": self.scan_id, "sampleid": self.sample_id, "fracid": self.fraction.fraction_id}

    @property
    def sample_id(self) -> str:
        """The sample as the files say, else as the scan's name says."""
        told = merged(self.by_file.values()).get("sampleid", "")
        return split_scan_id(self.scan_id)[0] if is_nothing(told) else told

    @property
    def fraction(self) -> Fraction:
        """The fraction as the scan's name says, else as the files say."""
        named = split_scan_id(self.scan_id)[1]
        told = merged(self.by_file.values()).get("fracid", "")
        return named if named.fraction_id or is_nothing(told) else fraction_of(told)


def read_records(source: Source, files: ScanFiles, samples: HeaderTable | None, scans: HeaderTable | None) -> Records:
    """Read what is written about a scan.

    Notes
    -----
    Precedence: the header tables, then the metadata beside the raw image, that in the work folder, the ``.pid``, the
    table of results. Where they differ in a field that changes a result a finding says so.
    """
    records = Records(files.scan_id)
    own = _row(scans, "scanid", files.scan_id)
    metas = [(name, _keyed(source, name, records)) for name in (files.one("meta"), files.one("work_meta")) if name]
    for name in (files.one("log"), files.one("work_log")):
        if name and not records.log:
            records.log = _sections(source, name, records)
    pid = _pid(source, files.one("pid"), records)
    _results(source, files.one("tsv"), records)
    told = [own, *(values for _, values in metas), pid]
    sample_id = next((one["sampleid"] for one in told if not is_nothing(one.get("sampleid"))), "")
    if own:
        records.by_file[SCAN_TABLE] = own
    sample = _row(samples, "sampleid", sample_id or split_scan_id(files.scan_id)[0])
    if sample:
        records.by_file[SAMPLE_TABLE] = sample
    records.by_file |= {name: values for name, values in (*metas, (files.one("pid"), pid)) if values}
    if records.processed is not None:
        records.by_file[records.processed.file] = _from_results(records.processed)
    _tell_disagreements(records)
    return records


def _row(table: HeaderTable | None, key: str, value: str) -> dict[str, str]:
    if table is None or not value:
        return {}
    found = [row for row in table.records() if row.get(key, "").lower() == value.lower()]
    return found[-1] if found else {}


def _keyed(source: Source, name: str, records: Records) -> dict[str, str]:
    data = _bytes(source, name, records)
    return parse_keyed(data).values() if data is not None else {}


def _sections(source: Source, name: str, records: Records) -> dict[str, str]:
    data = _bytes(source, name, records)
    if data is None:
        return {}
    return {
        f"{section}.{key}" if section else key: value
        for section, values in parse_keyed(data).sections().items()
        for key, value in values.items()
    }


def _pid(source: Source, name: str, records: Records) -> dict[str, str]:
    data = _bytes(source, name, records) if name else None
    if data is None:
        return {}
    tally = Tally(name)
    try:
        pid = parse_pid(data, name, tally)
    except PelagiaError as error:
        records.issues.append(finding(error, severity="warning"))
        return {}
    records.issues += tally.issues()
    for section, values in pid.log.sections().items():
        for key, value in values.items():
            records.log.setdefault(f"{section}.{key}" if section else key, value)
    return pid.metadata()


def _results(source: Source, name: str, records: Records) -> None:
    data = _bytes(source, name, records) if name else None
    if data is not None:
        records.processed = parse_results(data, name)


def _bytes(source: Source, name: str, records: Records) -> bytes | None:
    try:
        return source.read(name, TEXT_LIMIT_BYTES)
    except PelagiaError as error:
        records.issues.append(finding(error, severity="warning"))
        return None


def _from_results(table: ResultTable) -> dict[str, str]:
    """Return what a table of results says, under the legacy's names; positions stand differently there."""
    told = {
        one.key: value
        for one in (*SAMPLE_FIELDS, *SCAN_FIELDS)
        if one.column and (value := table.text(one.column)) is not None
    }
    date, time = table.text("object_date"), (table.text("object_time") or "").replace(":", "")
    return told | ({"date": f"{date}-{time[:4]}" if time else date} if date else {})


def _tell_disagreements(records: Records) -> None:
    files = list(records.by_file)
    for at, first in enumerate(files):
        for second in files[at + 1 :]:
            here, there = records.by_file[first], records.by_file[second]
            fields = disagreements(here, there, COMPARED)
            if fields:
                value = "; ".join(f"{key}: {here[key]} and {there[key]}" for key in fields)
                records.issues.append(faults.disagreement(first, second, fields, value))
