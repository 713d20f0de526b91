"""What stands in the EcoTaxa table of a scan: the columns of ZooProcess, from the tables of the service ``zooscan``.

Needed are ``objects`` (``object_id, scan_id, source_uri, source_file, taxon, status``), ``scans`` (``scan_id,
sample_id``) and ``samples`` (``sample_id``). ``source_uri`` and ``source_file`` say where the vignette is: a file that
goes into the export as it is, or, with a box, a part of a picture. Of ``objects`` every number becomes
``object_<name>`` of type ``[f]``, in their order; the texts of :data:`OBJECT_TEXTS` become ``[t]``. What
:data:`SAMPLE_FIELDS`, :data:`SCAN_FIELDS` and :data:`PROCESS_FIELDS` name is written where the tables have it; the unit
is that of the name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from pelagia.core.table import Column
from pelagia.exports.ecotaxa.columns import (
    MOST_NUMBERS,
    Layout,
    annotation_cells,
    date_and_time,
    is_number,
    own_cells,
    short_identifier,
)
from pelagia.exports.sampling import Sampling, utc_text
from pelagia.io.cutting import PLACE_COLUMNS
from pelagia.io.ecotaxa.rules import UNKNOWN_NUMBERS

NEEDS: Mapping[str, tuple[str, ...]] = {
    "samples": ("sample_id",),
    "scans": ("scan_id", "sample_id"),
    "objects": ("object_id", "scan_id", "source_uri", "source_file", "taxon", "status"),
}
READ_COLUMNS = ("object_id", "scan_id", "taxon", "status", "validated_by", "validated_at", *PLACE_COLUMNS)
OBJECT_TEXTS = (
    "predicted_taxon",
    "top_taxa",
    "top_probabilities",
    "scientific_name",
    "given_label",
    "cut_from",
    "cut_by",
    "problem",
)
NOT_WRITTEN = frozenset({*READ_COLUMNS, "sample_id", "latitude", "longitude"})
FURTHER = ("object_lat_end", "object_lon_end")
MOST_TEXTS = 20

SAMPLE_FIELDS: Mapping[str, str] = {
    "sample_scan_operator": "scan_operator",
    "sample_ship": "ship",
    "sample_program": "program",
    "sample_stationid": "station",
    "sample_bottomdepth": "bottom_depth_m",
    "sample_ctdrosettefilename": "ctd_reference",
    "sample_other_ref": "other_reference",
    "sample_tow_nb": "tow_number",
    "sample_tow_type": "tow_type",
    "sample_net_type": "net_type",
    "sample_net_mesh": "net_mesh_um",
    "sample_net_surf": "net_surface_m2",
    "sample_zmax": "depth_max_m",
    "sample_zmin": "depth_min_m",
    "sample_tot_vol": "volume_m3",
    "sample_comment": "comment",
    "sample_tot_vol_qc": "volume_qc",
    "sample_depth_qc": "depth_qc",
    "sample_sample_qc": "sample_qc",
    "sample_barcode": "barcode",
    "sample_duration": "net_duration_min",
    "sample_ship_speed": "ship_speed_knots",
    "sample_cable_length": "cable_length_m",
    "sample_cable_angle": "cable_angle_deg",
    "sample_cable_speed": "cable_speed_m_s",
    "sample_nb_jar": "jars",
}
"""Column of EcoTaxa → column of ``samples``; beside them ``latitude_end``, ``longitude_end``, ``sampled_at_utc``."""

SCAN_FIELDS: Mapping[str, str] = {
    "acq_min_mesh": "min_mesh_um",
    "acq_max_mesh": "max_mesh_um",
    "acq_sub_part": "sub_part",
    "acq_sub_method": "sub_method",
    "acq_hardware": "hardware",
    "acq_software": "scan_software",
    "acq_author": "operator",
    "acq_imgtype": "image_type",
    "acq_quality": "quality",
    "acq_bitpixel": "bit_pixel",
    "acq_greyfrom": "grey_from",
    "acq_scan_resolution": "scan_resolution",
    "acq_rotation": "rotation",
    "acq_miror": "mirror",
    "acq_xsize": "x_size",
    "acq_ysize": "y_size",
    "acq_xoffset": "x_offset",
    "acq_yoffset": "y_offset",
    "acq_lut_color_balance": "colour_balance",
    "acq_lut_filter": "filter",
    "acq_lut_min": "grey_low",
    "acq_lut_max": "grey_high",
    "acq_lut_odrange": "od_range",
    "acq_lut_ratio": "od_ratio",
    "acq_lut_16b_median": "grey_median",
    "acq_scan_comment": "comment",
}
"""Column of EcoTaxa → column of ``scans``; beside them ``fraction_id`` and ``scanned_at``."""

PROCESS_FIELDS: Mapping[str, str] = {
    "process_img_resolution": "dpi",
    "process_img_background_img": "background",
    "process_img_limit_left": "limit_left_px",
    "process_img_limit_right": "limit_right_px",
    "process_img_limit_top": "limit_top_px",
    "process_img_limit_bottom": "limit_bottom_px",
    "process_particle_threshold": "threshold",
    "process_particle_pixel_size_mm": "pixel_size_mm",
    "process_particle_min_size_mm": "min_esd_mm",
    "process_particle_max_size_mm": "max_esd_mm",
    "process_particle_sep_mask": "separation_mask",
    "process_particle_bw_ratio": "bw_ratio",
}
"""Column of EcoTaxa → column of ``scans``."""

SCAN_COLUMNS = (
    "scan_id",
    "sample_id",
    "fraction_id",
    "scanned_at",
    *dict.fromkeys((*SCAN_FIELDS.values(), *PROCESS_FIELDS.values())),
)
SAMPLE_COLUMNS = ("sample_id", "latitude_end", "longitude_end", *SAMPLE_FIELDS.values())


def plan_layout(columns: Sequence[Column], parents: Mapping[str, object]) -> Layout:
    """Choose the columns, by what the tables say of themselves and never by a value.

    Parameters
    ----------
    columns
        Those of ``objects``.
    parents
        The cells of one scan, for their names.
    """
    types = {column.name: column.type for column in columns}
    numbers = tuple(name for name, kind in types.items() if name not in NOT_WRITTEN and is_number(kind))
    return Layout(
        numbers=numbers[: MOST_NUMBERS - len(FURTHER)],
        texts=tuple(name for name in OBJECT_TEXTS if name in types)[:MOST_TEXTS],
        parents=tuple(parents),
        further=FURTHER,
    )


def parent_cells(
    scan: Mapping[str, Any], sample: Mapping[str, Any], process: Mapping[str, object]
) -> dict[str, object]:
    """Return the cells of sample, acquisition and process, the same for every object of a scan.

    Parameters
    ----------
    scan, sample
        The rows of ``scans`` and ``samples``.
    process
        What is the same for all scans of the export.
    """
    name = scan["sample_id"]
    date, time = _moment(scan["scanned_at"])
    scan, sample = _without_codes(scan), _without_codes(sample)
    return {
        "process_id": short_identifier(f"zooprocess_{name}"),
        **process,
        **{column: scan[field] for column, field in PROCESS_FIELDS.items()},
        "acq_id": short_identifier(f"{scan['fraction_id'] or scan['scan_id']}_{name}"),
        "acq_instrument": "zooscan",
        "acq_scan_date": date,
        "acq_scan_time": time,
        **{column: scan[field] for column, field in SCAN_FIELDS.items()},
        "sample_id": short_identifier(name),
        **{column: sample[field] for column, field in SAMPLE_FIELDS.items()},
    }


def object_cells(
    row: Mapping[str, Any], sampling: Sampling, sample: Mapping[str, Any], layout: Layout
) -> dict[str, object]:
    """Return the cells of one object, but for the name of its image."""
    date, time = date_and_time(sampling.date.split("/")[0])
    return {
        "img_rank": 0,
        "object_id": short_identifier(row["object_id"]),
        "object_lat": sampling.latitude,
        "object_lon": sampling.longitude,
        "object_date": date,
        "object_time": time,
        "object_depth_min": sampling.depth_min_m,
        "object_depth_max": sampling.depth_max_m,
        "object_lat_end": sample["latitude_end"],
        "object_lon_end": sample["longitude_end"],
        **annotation_cells(row),
        **own_cells(row, layout),
    }


def _moment(value: object) -> tuple[str, str]:
    """Return date and time of a moment, which may be a text."""
    return date_and_time(utc_text(value) if isinstance(value, dt.datetime) else str(value or ""))


def _without_codes(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row in which a number that means unknown is missing."""
    return {
        name: None if isinstance(value, float) and value in UNKNOWN_NUMBERS else value for name, value in row.items()
    }
