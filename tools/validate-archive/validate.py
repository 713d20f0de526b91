"""Check a Darwin Core Archive with four validators that Pelagia did not write.

Usage: ``python validate.py ARCHIVE.zip`` in an environment made from ``requirements.txt``. It needs no network.

- python-dwca-reader opens the archive by its descriptor, reads every row and follows the links to the core.
- pyobistools (OBIS Canada) checks required fields, permitted values, identifiers and links between the tables.
- dwcahandler (Atlas of Living Australia) checks keys and columns of core and extensions.
- metapype (EDI) checks the metadata against the rules of EML 2.2.

Prints one line a finding and a last line of JSON; the exit code is 0 without errors, 1 with, 2 if it cannot run.
A finding that is right by pyobistools and wrong by the standard is printed with the reason and is no error.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
import zipfile
from pathlib import Path

try:
    import pandas as pd
    from dwca.read import DwCAReader
    from dwcahandler import DwcaHandler, MetaElementTypes, get_error_report
    from metapype.eml import validate as eml_rules
    from metapype.model.metapype_io import from_xml
    from pyobistools.validation.check_eventids import check_eventids, check_extension_eventids
    from pyobistools.validation.check_fields import check_fields
    from pyobistools.validation.check_measurementids import check_measurementids
    from pyobistools.validation.check_occurrence_core_and_extension import check_occurrence_core_and_extension
except ImportError as error:
    print(f"a validator is not installed: {error}", file=sys.stderr)
    sys.exit(2)

DWC = "http://rs.tdwg.org/dwc/terms/"
OCCURRENCE = f"{DWC}Occurrence"
MEASUREMENT = "http://rs.iobis.org/obis/terms/ExtendedMeasurementOrFact"

# pyobistools asks for a value in every cell of these columns; the standard does not.
EXPLAINED = {
    ("events", "countryCode"): "optional in the term checklist of OBIS; the publisher gives it",
    ("occurrences", "kingdom"): "strongly recommended, not required; OBIS takes it from the AphiaID",
    ("measurements", "measurementTypeID"): "recommended; free text says what was measured where no term fits",
    ("measurements", "measurementValueID"): "a number is not a term of a vocabulary",
    ("measurements", "occurrenceID"): "a measurement of the event itself belongs to no occurrence",
}

Finding = tuple[str, str, str]


def tables(path: Path) -> dict[str, pd.DataFrame]:
    """Return events, occurrences and measurements as the descriptor says they are to be read."""
    with DwCAReader(str(path)) as reader:
        files = {"events": reader.descriptor.core, **{e.type: e for e in reader.descriptor.extensions}}
        names = {"events": "events", OCCURRENCE: "occurrences", MEASUREMENT: "measurements"}
        options = {"keep_default_na": False, "dtype": str, "quoting": 3}
        return {
            names[key]: _short_columns(reader.pd_read(part.file_location, parse_dates=False, **options))
            for key, part in files.items()
        }


def _short_columns(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns=lambda name: name.rsplit("/", 1)[-1])


def read_all(path: Path) -> list[Finding]:
    """Open the archive with python-dwca-reader, read every row, follow every link."""
    found: list[Finding] = []
    with DwCAReader(str(path)) as reader:
        if reader.metadata is None:
            found.append(("python-dwca-reader", "error", "the archive has no metadata document"))
        if reader.descriptor.core.type != f"{DWC}Event":
            found.append(("python-dwca-reader", "error", f"the core is {reader.descriptor.core.type}"))
        linked = 0
        for row in reader:
            linked += len(row.extensions)
            if not row.data[f"{DWC}eventID"]:
                found.append(("python-dwca-reader", "error", f"row {row.position} has no eventID"))
        orphans = [(name, rows) for name, rows in reader.orphaned_extension_rows().items() if rows]
        found += [("python-dwca-reader", "error", f"{name}: rows without an event: {rows}") for name, rows in orphans]
    found.append(("python-dwca-reader", "note", f"{linked} extension rows linked to the core"))
    return found


def ask_pyobistools(frames: dict[str, pd.DataFrame]) -> list[Finding]:
    """Run the checks of pyobistools that need no network."""
    events, occurrences, measurements = frames["events"], frames["occurrences"], frames["measurements"]
    found: list[Finding] = []
    for name, frame, kind in (
        ("events", events, "event_core"),
        ("occurrences", occurrences, "occurrence_extension"),
        ("measurements", measurements, "extended_measurement_or_fact_extension"),
    ):
        if not frame.empty:
            found += _fields(name, check_fields(frame, level="error", analysis_type=kind))
    of_occurrences = measurements[measurements["occurrenceID"] != ""]
    for name, report in (
        ("event identifiers", check_eventids(events)),
        ("events of occurrences", check_extension_eventids(events, occurrences)),
        ("events of measurements", check_extension_eventids(events, measurements)),
        ("occurrences of measurements", check_extension_eventids(occurrences, of_occurrences, field="occurrenceID")),
        ("measurement identifiers", check_measurementids(measurements)),
        ("occurrences", check_occurrence_core_and_extension(occurrences)),
    ):
        found += [("pyobistools", "error", f"{name}: {message}") for message in report.get("message", [])]
    return found


def _fields(name: str, report: pd.DataFrame) -> list[Finding]:
    found: list[Finding] = []
    for (field, message), rows in report.groupby(["field", "message"]):
        reason = EXPLAINED.get((name, field)) if message.startswith("Empty value") else None
        text = f"{name}: {message} ({len(rows)} rows)"
        found.append(("pyobistools", "explained" if reason else "error", f"{text}: {reason}" if reason else text))
    return found


def ask_dwcahandler(path: Path) -> list[Finding]:
    """Check keys and columns with dwcahandler."""
    report = get_error_report()
    keys = {MetaElementTypes.EVENT: ["eventID"], MetaElementTypes.OCCURRENCE: ["occurrenceID"]}
    ok = DwcaHandler.validate_dwca(str(path), content_keys=keys, error_df=report)
    found = [("dwcahandler", "error", " ".join(map(str, row))) for row in report.itertuples(index=False)]
    if not ok and not found:
        found.append(("dwcahandler", "error", "the archive is not valid; no reason is given"))
    return found


def ask_metapype(path: Path) -> list[Finding]:
    """Check the metadata against the rules of EML 2.2 with metapype."""
    with zipfile.ZipFile(path) as archive:
        root = from_xml(archive.read("eml.xml").decode())
    errors: list[tuple[object, ...]] = []
    eml_rules.tree(root, errors)
    return [("metapype", "error", str(error[1])) for error in errors]


def main(path: Path) -> int:
    """Run all validators, print what they find, and return the exit code."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    found = [*read_all(path), *ask_pyobistools(tables(path)), *ask_dwcahandler(path), *ask_metapype(path)]
    for validator, severity, text in found:
        print(f"{severity:9} {validator:18} {text}")
    errors = sum(severity == "error" for _, severity, _ in found)
    names = ["python-dwca-reader", "pyobistools", "dwcahandler", "metapype"]
    print(json.dumps({"errors": errors, "by": {name: _count(found, name) for name in names}}))
    return 1 if errors else 0


def _count(found: list[Finding], validator: str) -> int:
    return sum(name == validator and severity == "error" for name, severity, _ in found)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(Path(sys.argv[1])))
