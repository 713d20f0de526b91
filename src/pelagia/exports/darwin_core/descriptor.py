"""meta.xml: which file of the archive holds what, column by column."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pelagia.exports.darwin_core import terms

TEXT_NAMESPACE = "http://rs.tdwg.org/dwc/text/"
EVENT_FILE = "event.txt"
OCCURRENCE_FILE = "occurrence.txt"
MEASUREMENT_FILE = "extendedmeasurementorfact.txt"
METADATA_FILE = "eml.xml"
LINK_COLUMN = "id"
"""The first column of each file, by which the extensions are linked to the core: the eventID."""


def meta_xml() -> bytes:
    """Return the descriptor of the archive (UTF-8)."""
    archive = Element("archive", {"xmlns": TEXT_NAMESPACE, "metadata": METADATA_FILE})
    _add(archive, "core", EVENT_FILE, terms.EVENT_ROW_TYPE, terms.EVENT_COLUMNS)
    _add(archive, "extension", OCCURRENCE_FILE, terms.OCCURRENCE_ROW_TYPE, terms.OCCURRENCE_COLUMNS)
    _add(archive, "extension", MEASUREMENT_FILE, terms.MEASUREMENT_ROW_TYPE, terms.MEASUREMENT_COLUMNS)
    indent(archive, "  ")
    text: str = tostring(archive, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _add(archive: Element, kind: str, file: str, row_type: str, columns: tuple[str, ...]) -> None:
    table = SubElement(
        archive,
        kind,
        {
            "encoding": "UTF-8",
            "fieldsTerminatedBy": "\\t",
            "linesTerminatedBy": "\\n",
            "fieldsEnclosedBy": "",
            "ignoreHeaderLines": "1",
            "rowType": row_type,
        },
    )
    SubElement(SubElement(table, "files"), "location").text = file
    SubElement(table, "id" if kind == "core" else "coreid", {"index": "0"})
    for index, column in enumerate(columns, start=1):
        SubElement(table, "field", {"index": str(index), "term": terms.term_uri(column)})
