"""The columns of the FlowCam tables: objects, counts, samples."""

from __future__ import annotations

import pyarrow as pa

from pelagia.core.table import Column
from pelagia.io.flowcam.columns import SIZE_COLUMNS

STRING, FLOAT, INT = pa.string(), pa.float64(), pa.int64()
UTC = pa.timestamp("us", tz="UTC")


def _column(name: str, kind: pa.DataType, description: str, unit: str = "") -> Column:
    return Column(name=name, type=kind, description=description, unit=unit)


LISTING_COLUMNS: tuple[Column, ...] = (
    _column("object_id", STRING, "Name of the particle, unique in the result"),
    _column("sample_id", STRING, "The run or sample it belongs to"),
    _column("source_uri", STRING, "The folder, archive or address its image was read from"),
    _column("source_file", STRING, "The collage or image file that holds its image"),
    _column("box_col_px", pa.int32(), "Left edge in the collage; empty where the file is one vignette", "px"),
    _column("box_row_px", pa.int32(), "Top edge in the collage", "px"),
    _column("box_width_px", pa.int32(), "Width in the collage", "px"),
    _column("box_height_px", pa.int32(), "Height in the collage", "px"),
    _column("particle_id", INT, "Number of the particle in its list"),
    _column("image_uuid", STRING, "Identifier VisualSpreadsheet gave the image"),
    _column("acquired_at_utc", UTC, "Time of the image"),
    _column("acquired_at_local", STRING, "Time of the image by the clock of the instrument's computer"),
    _column("month", pa.int32(), "Month, 1 to 12, where it is told without a date"),
    _column("ppc", pa.int32(), "Fragments merged into this image; above 1 they are not cells of a chain"),
    _column("duplicate_of", STRING, "The particle of an earlier frame that this one repeats (stuck to the flow cell)"),
    _column("size_mismatch", pa.bool_(), "Whether a size written in the list differs from the recomputed one"),
    _column("pixel_size_um", FLOAT, "Size of one pixel", "µm"),
    *SIZE_COLUMNS,
    _column("latitude", FLOAT, "Latitude (WGS 84)", "°"),
    _column("longitude", FLOAT, "Longitude (WGS 84)", "°"),
    _column("depth_m", FLOAT, "Middle of the depth range", "m"),
    _column("given_label", STRING, "The label the image came with"),
    _column("validated_taxon", STRING, "The class a person decided on"),
    _column("validated_by", STRING, "The person who decided"),
    _column("validated_at", STRING, "When the person decided"),
    _column("problem", STRING, "Code of the finding that kept the image from being classified"),
)
"""What is known of a particle before it is classified; ``lst_*`` columns follow."""

COUNT_COLUMNS: tuple[Column, ...] = (
    _column("sample_id", STRING, "The run or sample"),
    _column("taxon", STRING, "Class; 'unknown' where the model declined, 'unclassified' where there was no image"),
    _column("scientific_name", STRING, "Scientific name, from the model's card"),
    _column("aphia_id", INT, "AphiaID, from the model's card"),
    _column("is_organism", pa.bool_(), "Whether the class is a living thing; empty for unknown and unclassified"),
    _column("size_class", STRING, "'all', or the range of the diameter"),
    _column("size_low_um", FLOAT, "Lower bound of the size class, included", "µm"),
    _column("size_high_um", FLOAT, "Upper bound of the size class, excluded", "µm"),
    _column("status", STRING, "predicted, validated or unclassified"),
    _column("counted", INT, "Images counted, unadjusted"),
    _column("counted_low", FLOAT, "Lower 95 % bound of the count (Poisson)"),
    _column("counted_high", FLOAT, "Upper 95 % bound of the count (Poisson)"),
    _column("adjusted", FLOAT, "Count adjusted for the classifier's errors by its held-out confusion matrix"),
    _column("adjusted_low", FLOAT, "Lower 95 % bound, of counting and classifier error together"),
    _column("adjusted_high", FLOAT, "Upper 95 % bound, of counting and classifier error together"),
    _column("per_ml", FLOAT, "Unadjusted count × dilution / volume imaged", "1/mL"),
    _column("per_ml_low", FLOAT, "Lower 95 % bound", "1/mL"),
    _column("per_ml_high", FLOAT, "Upper 95 % bound", "1/mL"),
    _column("per_ml_adjusted", FLOAT, "Adjusted count × dilution / volume imaged", "1/mL"),
    _column("per_ml_adjusted_low", FLOAT, "Lower 95 % bound", "1/mL"),
    _column("per_ml_adjusted_high", FLOAT, "Upper 95 % bound", "1/mL"),
    _column("biovolume_abd_um3", FLOAT, "Sum of the biovolumes by ABD", "µm³"),
    _column("biovolume_esd_um3", FLOAT, "Sum of the biovolumes by ESD", "µm³"),
    _column("biovolume_abd_um3_per_ml", FLOAT, "Biovolume by ABD × dilution / volume imaged", "µm³/mL"),
    _column("biovolume_esd_um3_per_ml", FLOAT, "Biovolume by ESD × dilution / volume imaged", "µm³/mL"),
    _column("volume_imaged_ml", FLOAT, "Volume imaged", "mL"),
    _column("dilution", FLOAT, "Dilution of the sample", "×"),
)

SAMPLE_COLUMNS: tuple[Column, ...] = (
    _column("sample_id", STRING, "The run or sample"),
    _column("source_uri", STRING, "Where it was read from"),
    _column("instrument", STRING, "The instrument"),
    _column("software_version", STRING, "Version of VisualSpreadsheet"),
    _column("magnification", STRING, "Magnification of the camera", "×"),
    _column("serial_number", STRING, "Serial number of the instrument"),
    _column("mode", STRING, "AutoImage, or Trigger (fluorescence or scatter)"),
    _column("started_at_utc", UTC, "Start of the run"),
    _column("ended_at_utc", UTC, "End of the run"),
    _column("utc_offset_minutes", INT, "Local clock of the instrument minus UTC", "min"),
    _column("latitude", FLOAT, "Latitude (WGS 84)", "°"),
    _column("longitude", FLOAT, "Longitude (WGS 84)", "°"),
    _column("depth_min_m", FLOAT, "Upper depth", "m"),
    _column("depth_max_m", FLOAT, "Lower depth", "m"),
    _column("volume_imaged_ml", FLOAT, "Volume imaged", "mL"),
    _column("volume_source", STRING, "How the volume was obtained"),
    _column("volume_processed_ml", FLOAT, "Volume of sample that passed the flow cell", "mL"),
    _column("efficiency", FLOAT, "Volume imaged / volume processed"),
    _column("dilution", FLOAT, "Dilution of the sample", "×"),
    _column("pixel_size_um", FLOAT, "Size of one pixel (calibration constant)", "µm"),
    _column("fringe_size_px", FLOAT, "Halo taken off every diameter", "px"),
    _column("flow_cell_depth_um", FLOAT, "Depth of the flow cell", "µm"),
    _column("listed", INT, "Particles in the list"),
    _column("classified", INT, "Particles classified or validated"),
    _column("unclassified", INT, "Particles without a usable image"),
    _column("deleted_by_operator", INT, "Particles counted by the instrument and no longer in the list"),
    _column("merged_fragments", INT, "Particles whose image is merged from several fragments (ppc > 1)"),
    _column("stuck_duplicates", INT, "Particles that repeat one of an earlier frame"),
)
