"""The terms of a Darwin Core Archive: columns of its three tables, and the NERC vocabulary codes in them."""

from __future__ import annotations

from collections.abc import Mapping

DWC = "http://rs.tdwg.org/dwc/terms/"
DCTERMS = "http://purl.org/dc/terms/"
OBIS = "http://rs.iobis.org/obis/terms/"

EVENT_ROW_TYPE = f"{DWC}Event"
OCCURRENCE_ROW_TYPE = f"{DWC}Occurrence"
MEASUREMENT_ROW_TYPE = f"{OBIS}ExtendedMeasurementOrFact"

DUBLIN_CORE_NAMES = frozenset({"modified", "license", "language"})
OBIS_NAMES = frozenset({"measurementTypeID", "measurementValueID", "measurementUnitID"})

EVENT_COLUMNS = (
    "eventID",
    "parentEventID",
    "eventType",
    "eventDate",
    "eventRemarks",
    "samplingProtocol",
    "sampleSizeValue",
    "sampleSizeUnit",
    "samplingEffort",
    "datasetID",
    "datasetName",
    "institutionCode",
    "locationID",
    "waterBody",
    "countryCode",
    "locality",
    "decimalLatitude",
    "decimalLongitude",
    "geodeticDatum",
    "coordinateUncertaintyInMeters",
    "minimumDepthInMeters",
    "maximumDepthInMeters",
    "modified",
    "license",
)
OCCURRENCE_COLUMNS = (
    "eventID",
    "occurrenceID",
    "basisOfRecord",
    "occurrenceStatus",
    "scientificName",
    "scientificNameID",
    "kingdom",
    "taxonRank",
    "verbatimIdentification",
    "identifiedBy",
    "dateIdentified",
    "identificationVerificationStatus",
    "identificationReferences",
    "identificationRemarks",
    "associatedMedia",
)
MEASUREMENT_COLUMNS = (
    "eventID",
    "occurrenceID",
    "measurementID",
    "measurementType",
    "measurementTypeID",
    "measurementValue",
    "measurementValueID",
    "measurementUnit",
    "measurementUnitID",
    "measurementAccuracy",
    "measurementMethod",
    "measurementDeterminedBy",
    "measurementDeterminedDate",
    "measurementRemarks",
)

# P01, what was measured
COUNT = "OCOUNT01"
ABUNDANCE = "SDBIOL01"
BIOVOLUME = "CVOLUKNB"
ANALYSER = "NMANINST"
SAMPLER = "NMSPINST"
SAMPLE_VOLUME = "VOLWBSMP"
PIXEL_WIDTH = "WDPIXEL2"
NET_MESH = "MSHSIZE1"
NET_OPENING = "MTHAREA1"

# P06, units
DIMENSIONLESS = "UUUU"
NOT_APPLICABLE = "XXXX"
PER_MILLILITRE = "UCML"
PER_CUBIC_METRE = "UPMM"
CUBIC_METRES = "MCUB"
SQUARE_METRES = "UMSQ"
CUBIC_MM_PER_CUBIC_M = "CMCM"
MILLILITRES = "VVML"
MICROMETRES = "UMIC"

# L22, instruments; keys are compared without case, spaces and hyphens
INSTRUMENTS = {
    "flowcam": "TOOL1583",
    "zooscan": "TOOL1581",
    "ifcb": "TOOL1588",
    "imagingflowcytobot": "TOOL1588",
    "planktoscope": "TOOL1579",
    "cytosense": "TOOL1209",
}
# L22, nets of which the name says all; compared in the same way
NETS = {"wp2": "TOOL0979", "wp3": "NETT0170", "bongo": "NETT0176", "manta": "NETT0177"}

USED_CODES = {
    "P01": [COUNT, ABUNDANCE, BIOVOLUME, ANALYSER, SAMPLER, SAMPLE_VOLUME, PIXEL_WIDTH, NET_MESH, NET_OPENING],
    "P06": [
        DIMENSIONLESS,
        NOT_APPLICABLE,
        PER_MILLILITRE,
        PER_CUBIC_METRE,
        CUBIC_MM_PER_CUBIC_M,
        CUBIC_METRES,
        SQUARE_METRES,
        MILLILITRES,
        MICROMETRES,
    ],
    "L22": sorted({*INSTRUMENTS.values(), *NETS.values()}),
}


def code_of(name: str, codes: Mapping[str, str]) -> str:
    """Return the code under a name, compared without case, spaces and hyphens; empty where there is none."""
    return codes.get("".join(sign for sign in name.casefold() if sign.isalnum()), "")


def term_uri(name: str) -> str:
    """Return the address of a column's term."""
    if name in DUBLIN_CORE_NAMES:
        return f"{DCTERMS}{name}"
    return f"{OBIS if name in OBIS_NAMES else DWC}{name}"


def vocabulary_uri(collection: str, code: str) -> str:
    """Return the address of a code in the NERC Vocabulary Server; ``collection`` is P01, P06, L22 or S11."""
    return f"http://vocab.nerc.ac.uk/collection/{collection}/current/{code}/"
