"""eml.xml: the data set described in the Ecological Metadata Language 2.2."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pelagia.exports.darwin_core.publication import Publication

NAMESPACE = "https://eml.ecoinformatics.org/eml-2.2.0"
SCHEMA = f"{NAMESPACE} https://eml.ecoinformatics.org/eml-2.2.0/eml.xsd"
NOT_STATED = "Not stated"
LICENCES = {
    "publicdomain/zero/1.0": "Public Domain (CC0 1.0)",
    "licenses/by/4.0": "Creative Commons Attribution (CC-BY) 4.0 License",
    "licenses/by-nc/4.0": "Creative Commons Attribution Non Commercial (CC-BY-NC) 4.0 License",
}
"""The three licences OBIS and GBIF take, with the names GBIF knows them by."""


def eml_xml(publication: Publication, fingerprint: str) -> bytes:
    """Return the metadata document (UTF-8).

    Parameters
    ----------
    fingerprint
        Text that is the same whenever the result is; the document's identifier is made of it.
    """
    dataset = publication.dataset
    identifier = dataset.dataset_id or f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, fingerprint)}"
    root = Element(
        "eml:eml",
        {
            "xmlns:eml": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": SCHEMA,
            "packageId": identifier,
            "system": "Pelagia",
        },
    )
    part = SubElement(root, "dataset")
    if dataset.dataset_id:
        _text(part, "alternateIdentifier", dataset.dataset_id)
    _text(part, "title", dataset.title or dataset.dataset_name or _default_title(publication))
    _party(part, "creator", publication)
    _party(part, "metadataProvider", publication)
    _text(part, "pubDate", publication.created)
    _text(part, "language", dataset.language)
    _text(SubElement(part, "abstract"), "para", dataset.abstract or _default_abstract(publication))
    if dataset.keywords:
        keywords = SubElement(part, "keywordSet")
        for keyword in dataset.keywords:
            _text(keywords, "keyword", keyword)
    _rights(part, dataset.licence)
    _coverage(part, publication)
    _party(part, "contact", publication)
    _methods(part, publication)
    indent(root, "  ")
    text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


IN_FLOW = (
    "Particles were imaged in flow; each image was cut out, measured and classified. "
    "Counts per millilitre are the number of images divided by the volume imaged, times the dilution."
)
SCANNED = (
    "Sub-samples of sieved fractions of a net haul were scanned; each object was cut out, measured and classified. "
    "Counts per cubic metre are the number of objects divided by the share scanned and by the volume filtered, summed "
    "over the fractions."
)

FILMED = (
    "A camera under water filmed or photographed; frames were screened for quality, and a detector found animals on "
    "those of interest. An event is a bin of time of one camera. MaxN is the largest number of individuals of a taxon "
    "on one usable frame of the bin; a taxon that the camera sees at other times and not in a bin is absent there."
)


def _party(parent: Element, role: str, publication: Publication) -> None:
    dataset = publication.dataset
    party = SubElement(parent, role)
    *given, family = dataset.creator_name.split() or [""]
    if family:
        person = SubElement(party, "individualName")
        for name in given:
            _text(person, "givenName", name)
        _text(person, "surName", family)
    if dataset.organisation or dataset.institution_code or not family:
        _text(party, "organizationName", dataset.organisation or dataset.institution_code or NOT_STATED)
    if dataset.creator_email:
        _text(party, "electronicMailAddress", dataset.creator_email)
    if dataset.creator_orcid:
        _text(party, "userId", dataset.creator_orcid).set("directory", "https://orcid.org/")


def _rights(parent: Element, licence: str) -> None:
    rights = SubElement(parent, "intellectualRights")
    name = next((name for path, name in LICENCES.items() if f"creativecommons.org/{path}" in licence), "")
    if not name:
        _text(rights, "para", licence or NOT_STATED)
        return
    _text(rights, "para", f"This work is licensed under a {name}: {licence}")
    licensed = SubElement(parent, "licensed")
    _text(licensed, "licenseName", name)
    _text(licensed, "url", licence)


def _coverage(parent: Element, publication: Publication) -> None:
    placed = [s for s in publication.samplings if s.latitude is not None and s.longitude is not None]
    dates = sorted(part for s in publication.samplings if s.date for part in s.date.split("/"))
    if not placed and not dates:
        return
    coverage = SubElement(parent, "coverage")
    if placed:
        _area(
            coverage,
            publication,
            [s.latitude for s in placed if s.latitude is not None],
            [s.longitude for s in placed if s.longitude is not None],
        )
    if dates:
        period = SubElement(coverage, "temporalCoverage")
        first, last = _calendar_date(dates[0]), _calendar_date(dates[-1])
        if first == last:
            _text(SubElement(period, "singleDateTime"), "calendarDate", first)
        else:
            interval = SubElement(period, "rangeOfDates")
            _text(SubElement(interval, "beginDate"), "calendarDate", first)
            _text(SubElement(interval, "endDate"), "calendarDate", last)


def _area(coverage: Element, publication: Publication, lats: Sequence[float], lons: Sequence[float]) -> None:
    dataset = publication.dataset
    place = SubElement(coverage, "geographicCoverage")
    names = ", ".join(name for name in (dataset.locality, dataset.water_body) if name)
    _text(place, "geographicDescription", names or "Bounding box of the samples")
    box = SubElement(place, "boundingCoordinates")
    for edge, value in (
        ("westBoundingCoordinate", min(lons)),
        ("eastBoundingCoordinate", max(lons)),
        ("northBoundingCoordinate", max(lats)),
        ("southBoundingCoordinate", min(lats)),
    ):
        _text(box, edge, f"{value:.7g}")


def _methods(parent: Element, publication: Publication) -> None:
    steps = [
        publication.dataset.sampling_protocol,
        _method(publication),
        f"Model: {publication.models}. {publication.scores}" if publication.models else "",
        f"Software: {publication.software}.",
    ]
    methods = SubElement(parent, "methods")
    for step in steps:
        if step:
            _text(SubElement(SubElement(methods, "methodStep"), "description"), "para", step)


def _method(publication: Publication) -> str:
    if publication.from_footage:
        return FILMED
    return SCANNED if publication.from_scans else IN_FLOW


def _default_title(publication: Publication) -> str:
    if publication.from_footage:
        return f"Animals on underwater footage of {_samples(publication)}, identified with {publication.software}"
    return f"Plankton images of {_samples(publication)}, identified with {publication.software}"


def _default_abstract(publication: Publication) -> str:
    if publication.from_footage:
        return (
            f"Animals on underwater footage of {_samples(publication)}: MaxN, mean number and occupancy by taxon and "
            "bin of time with the effort, predicted by machine or validated by a person, as each record states."
        )
    return (
        f"Organisms in images of {_samples(publication)}: counts, abundances and biovolumes by taxon, "
        "predicted by machine or validated by a person, as each record states."
    )


def _samples(publication: Publication) -> str:
    n, thing = len(publication.samplings), "deployment" if publication.from_footage else "sample"
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _calendar_date(moment: str) -> str:
    # EML takes a year or a whole date.
    date = moment.split("T", maxsplit=1)[0]
    return date if date.count("-") == 2 else date[:4]


def _text(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = text
    return element
