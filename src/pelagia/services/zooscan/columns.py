"""The columns of the ZooScan tables: objects, cuts, scans, samples."""

from __future__ import annotations

import pyarrow as pa

from pelagia.core.table import Column

STRING, FLOAT, INT, SMALL, BOOL = pa.string(), pa.float64(), pa.int64(), pa.int32(), pa.bool_()
UTC = pa.timestamp("us", tz="UTC")


def _column(name: str, kind: pa.DataType, description: str, unit: str = "") -> Column:
    return Column(name=name, type=kind, description=description, unit=unit)


PLACE_COLUMNS: tuple[Column, ...] = (
    _column("object_id", STRING, "Name of the organism, unique in the result: scan, number, piece"),
    _column("scan_id", STRING, "The scan it is on"),
    _column("sample_id", STRING, "The sample the scan shows a part of"),
    _column("source_uri", STRING, "The archive of the result that holds its vignette"),
    _column("source_file", STRING, "The vignette in it"),
    _column("number", SMALL, "Number of the object in its scan, before anything was cut"),
    _column("piece", SMALL, "Number of the piece, where the object was cut; empty where it is whole"),
    _column("row_px", SMALL, "Top edge of its box in the scan", "px"),
    _column("col_px", SMALL, "Left edge of its box in the scan", "px"),
    _column("height_px", SMALL, "Height of its box", "px"),
    _column("width_px", SMALL, "Width of its box", "px"),
    _column("pixel_size_um", FLOAT, "Side of one pixel: 25.4 mm / dpi", "µm"),
    _column("esd_um", FLOAT, "Diameter of the circle of equal area, holes included", "µm"),
    _column("multiple_score", FLOAT, "Probability that the object is several organisms; of a piece, that of the whole"),
    _column("multiple_by_model", BOOL, "Whether the object, before any cut, was taken for several organisms"),
    _column("cut_from", STRING, "The object it was cut from"),
    _column("cut_by", STRING, "Who drew the lines: model, watershed, mask or person"),
    _column("latitude", FLOAT, "Latitude (WGS 84)", "°"),
    _column("longitude", FLOAT, "Longitude (WGS 84)", "°"),
    _column("validated_taxon", STRING, "The class a person decided on"),
    _column("validated_by", STRING, "The person who decided"),
    _column("validated_at", STRING, "When the person decided"),
)
"""What is known of an organism besides its measures and its name."""

CUT_COLUMNS: tuple[Column, ...] = (
    _column("object_id", STRING, "The object, whole, that the line was drawn on"),
    _column("scan_id", STRING, "Its scan"),
    _column("number", SMALL, "Number of the object in its scan"),
    _column("line", SMALL, "Number of the line on the object, from 1"),
    _column("points_px", pa.list_(pa.list_(FLOAT)), "The line: (row, column) in the scan", "px"),
    _column("source", STRING, "Who drew it: model, watershed or person"),
    _column("score", FLOAT, "How sure the model is of it"),
    _column("applied", BOOL, "Whether the object was cut along it; otherwise it divides nothing"),
    _column("drawn_by", STRING, "The person who drew it"),
    _column("drawn_at", STRING, "When"),
)

SCAN_COLUMNS: tuple[Column, ...] = (
    _column("scan_id", STRING, "Sample, fraction and frame"),
    _column("sample_id", STRING, "The sample it shows a part of"),
    _column("project", STRING, "The project it belongs to"),
    _column("source_uri", STRING, "Where it was read from"),
    _column("source_file", STRING, "The image that was processed"),
    _column("measured_from", STRING, "What its objects were taken from: picture, table (of ZooProcess) or nothing"),
    _column("fraction_id", STRING, "Fraction of the sample: tot, d1, d2 …"),
    _column("scanned_at", STRING, "When it was scanned, by the clock of the scanner's computer"),
    _column("operator", STRING, "Who scanned"),
    _column("verdict", STRING, "What the checks say: ok, look, bad"),
    _column("findings", INT, "How many checks ask for a look or are not met"),
    _column("objects", INT, "Organisms, after the cuts"),
    _column("multiples", INT, "Objects taken for several organisms"),
    _column("cut_objects", INT, "Objects that were cut"),
    _column("multiples_share", FLOAT, "Share of the objects still taken for several organisms after the cuts"),
    _column("dpi", FLOAT, "Resolution", "dpi"),
    _column("pixel_size_mm", FLOAT, "Side of one pixel, 25.4 / dpi", "mm"),
    _column("rows_px", INT, "Height of the processed image", "px"),
    _column("cols_px", INT, "Width of the processed image", "px"),
    _column("background", STRING, "The background that was subtracted"),
    _column("grey_median", FLOAT, "Median of the raw image", "16-bit grey"),
    _column("grey_low", INT, "Raw grey that became black", "16-bit grey"),
    _column("grey_high", INT, "Raw grey that became white", "16-bit grey"),
    _column("od_range", FLOAT, "Range of optical density of the conversion"),
    _column("od_ratio", FLOAT, "Ratio of the white point to the median"),
    _column("limit_left_px", INT, "Left border of the frame", "px"),
    _column("limit_right_px", INT, "Right border of the frame", "px"),
    _column("limit_top_px", INT, "Top border of the frame", "px"),
    _column("limit_bottom_px", INT, "Bottom border of the frame", "px"),
    _column("bw_ratio", FLOAT, "Dark pixels per light pixel; above 0.25 the background does not fit"),
    _column("separation_mask", STRING, "The separation mask of the project that was applied"),
    _column("separation", STRING, "How touching organisms were separated, beside the mask: model, watershed or none"),
    _column("threshold", INT, "Grey up to which a pixel belongs to an organism"),
    _column("min_esd_mm", FLOAT, "Smallest organism", "mm"),
    _column("max_esd_mm", FLOAT, "Largest organism", "mm"),
    _column("min_mesh_um", FLOAT, "Sieve the fraction did not pass", "µm"),
    _column("max_mesh_um", FLOAT, "Sieve the fraction passed; empty for none", "µm"),
    _column("sub_part", FLOAT, "The scan is one of so many parts of the sample"),
    _column("sub_method", STRING, "How the sample was divided"),
    _column("comment", STRING, "Observation of the operator"),
    _column("hardware", STRING, "The scanner"),
    _column("scan_software", STRING, "The scanning software"),
)

SAMPLE_COLUMNS: tuple[Column, ...] = (
    _column("sample_id", STRING, "The sample"),
    _column("project", STRING, "The project it belongs to"),
    _column("instrument", STRING, "The instrument"),
    _column("ship", STRING, "The ship"),
    _column("program", STRING, "The scientific programme"),
    _column("station", STRING, "The station"),
    _column("sampled_at_utc", UTC, "When the net was hauled"),
    _column("latitude", FLOAT, "Latitude (WGS 84)", "°"),
    _column("longitude", FLOAT, "Longitude (WGS 84)", "°"),
    _column("latitude_end", FLOAT, "Latitude at the end of the tow (WGS 84)", "°"),
    _column("longitude_end", FLOAT, "Longitude at the end of the tow (WGS 84)", "°"),
    _column("bottom_depth_m", FLOAT, "Depth of the sea floor", "m"),
    _column("depth_min_m", FLOAT, "Upper depth of the haul", "m"),
    _column("depth_max_m", FLOAT, "Lower depth of the haul", "m"),
    _column("volume_m3", FLOAT, "Volume of water filtered", "m³"),
    _column("net_type", STRING, "The net"),
    _column("net_mesh_um", FLOAT, "Mesh of the net", "µm"),
    _column("net_surface_m2", FLOAT, "Opening of the net", "m²"),
    _column("tow_number", FLOAT, "Number of tows"),
    _column("tow_type", FLOAT, "Type of tow"),
    _column("net_duration_min", FLOAT, "Duration of the tow", "min"),
    _column("ship_speed_knots", FLOAT, "Speed of the ship", "kn"),
    _column("cable_length_m", FLOAT, "Cable paid out", "m"),
    _column("cable_angle_deg", FLOAT, "Angle of the cable", "°"),
    _column("cable_speed_m_s", FLOAT, "Speed of the cable", "m/s"),
    _column("jars", FLOAT, "Jars of the sample"),
    _column("barcode", STRING, "Bar code of the sample"),
    _column("ctd_reference", STRING, "File of the CTD cast"),
    _column("other_reference", STRING, "Other reference"),
    _column("comment", STRING, "Comment"),
    _column("volume_qc", STRING, "Quality of the volume, as the project says"),
    _column("depth_qc", STRING, "Quality of the depth, as the project says"),
    _column("sample_qc", STRING, "Quality of the sample, as the project says"),
    _column("scan_operator", STRING, "Who scanned"),
    _column("scans", INT, "Scans of the sample that were processed"),
    _column("objects", INT, "Organisms on them"),
)
