"""The fields of the legacy metadata: their names there, their names and units here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "moment", "latitude", "longitude"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the metadata.

    Parameters
    ----------
    key
        Its name in the header tables, lower case; the same in all files without regard to case.
    spelling
        Its name in ``metadata.txt`` and ``_meta.txt``.
    name
        Its name here, with the unit.
    label
        What a person is told it is.
    column
        Its column in EcoTaxa's table, ``""`` where it has none.
    pid
        Its name in the ``.pid`` where that differs from ``spelling``.
    """

    key: str
    spelling: str
    name: str
    label: str
    kind: Kind = "text"
    unit: str = ""
    column: str = ""
    pid: str = ""


def _field(spelling: str, name: str, label: str, kind: Kind = "text", unit: str = "", column: str = "") -> Field:
    return Field(key=spelling.lower(), spelling=spelling, name=name, label=label, kind=kind, unit=unit, column=column)


SAMPLE_FIELDS: tuple[Field, ...] = (
    _field("SampleId", "sample_id", "Sample", column="sample_id"),
    _field("Ship", "ship", "Ship", column="sample_ship"),
    _field("Scientificprog", "program", "Scientific programme", column="sample_program"),
    _field("StationId", "station_id", "Station", column="sample_stationid"),
    _field("Date", "sampled_at", "Date and time", "moment"),
    _field("Latitude", "latitude_deg", "Latitude", "latitude", "°"),
    _field("Longitude", "longitude_deg", "Longitude", "longitude", "°"),
    _field("Depth", "bottom_depth_m", "Depth of the bottom", "number", "m", "sample_bottomdepth"),
    _field("CTDref", "ctd_reference", "CTD cast", column="sample_ctdrosettefilename"),
    _field("Otherref", "other_reference", "Other reference", column="sample_other_ref"),
    _field("Townb", "tow_count", "Number of tows", "number", column="sample_tow_nb"),
    _field("Towtype", "tow_type", "Type of tow", "number", column="sample_tow_type"),
    _field("Nettype", "net_type", "Net", column="sample_net_type"),
    _field("Netmesh", "net_mesh_um", "Mesh of the net", "number", "µm", "sample_net_mesh"),
    _field("Netsurf", "net_surface_m2", "Opening of the net", "number", "m²", "sample_net_surf"),
    _field("Zmax", "depth_max_m", "Deepest point", "number", "m", "sample_zmax"),
    _field("Zmin", "depth_min_m", "Shallowest point", "number", "m", "sample_zmin"),
    _field("Vol", "volume_m3", "Volume of water filtered", "number", "m³", "sample_tot_vol"),
    _field("Sample_comment", "comment", "Comment", column="sample_comment"),
    _field("vol_qc", "volume_quality", "Quality of the volume", column="sample_tot_vol_qc"),
    _field("depth_qc", "depth_quality", "Quality of the depths", column="sample_depth_qc"),
    _field("sample_qc", "sample_quality", "Quality of the sample", column="sample_sample_qc"),
    _field("barcode", "barcode", "Bar code", column="sample_barcode"),
    _field("latitude_end", "latitude_end_deg", "Latitude at the end", "latitude", "°"),
    _field("longitude_end", "longitude_end_deg", "Longitude at the end", "longitude", "°"),
    _field("net_duration", "duration_min", "Duration of the tow", "number", "min", "sample_duration"),
    _field("ship_speed_knots", "ship_speed_knots", "Speed of the ship", "number", "kn", "sample_ship_speed"),
    _field("cable_length", "cable_length_m", "Length of cable", "number", "m", "sample_cable_length"),
    _field("cable_angle", "cable_angle_deg", "Angle of the cable", "number", "°", "sample_cable_angle"),
    _field("cable_speed", "cable_speed_m_s", "Speed of the cable", "number", "m/s", "sample_cable_speed"),
    _field("nb_jar", "jars", "Number of jars", "number", column="sample_nb_jar"),
)
"""In the order of ``zooscan_sample_header_table.csv``."""

SCAN_FIELDS: tuple[Field, ...] = (
    _field("ScanId", "scan_id", "Scan"),
    _field("SampleId", "sample_id", "Sample"),
    _field("Scanop", "operator", "Scanned by", column="sample_scan_operator"),
    _field("FracId", "fraction_id", "Fraction"),
    Field(
        key="fracmin",
        spelling="Fracmin",
        name="mesh_min_um",
        label="Lower sieve",
        kind="number",
        unit="µm",
        column="acq_min_mesh",
        pid="Min",
    ),
    Field(
        key="fracsup",
        spelling="Fracsup",
        name="mesh_max_um",
        label="Upper sieve",
        kind="number",
        unit="µm",
        column="acq_max_mesh",
        pid="Max",
    ),
    Field(
        key="fracnb",
        spelling="Fracnb",
        name="sub_part",
        label="Splits (1/part of the sample)",
        kind="number",
        column="acq_sub_part",
        pid="SubPart",
    ),
    _field("Observation", "observation", "Observation", column="acq_scan_comment"),
    _field("Code", "code", "Code"),
    _field("SubMethod", "sub_method", "Method of splitting", column="acq_sub_method"),
    _field("CellPart", "cell_part", "Part of the cell", "number"),
    _field("Replicates", "replicates", "Replicates", "number"),
    _field("VolIni", "volume_initial", "Volume before", "number"),
    _field("VolPrec", "volume_taken", "Volume taken", "number"),
)
"""In the order of ``zooscan_scan_header_table.csv``; the legacy form names no unit for the last two."""

NO_UPPER_SIEVE = "fracsup"
"""The field in which 999999 is no unknown value but says that nothing was held back from above."""
