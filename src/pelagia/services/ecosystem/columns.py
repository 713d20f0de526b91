"""The columns of the ecosystem tables: clips, frames, detections, tracks, time_series, tows, next_frames."""

from __future__ import annotations

import pyarrow as pa

from pelagia.core.table import Column

STRING, FLOAT, INT, SMALL, BOOL = pa.string(), pa.float64(), pa.int64(), pa.int32(), pa.bool_()

UNKNOWN = "unknown"
"""The taxon of what the detector found and cannot name."""
ALL = "all"
"""Stands for every taxon together."""
USABLE = "usable"
VERDICTS = (USABLE, "dark", "overexposed", "blurred", "turbid", "frozen", "duplicate", "unreadable")
"""What screening may say of a frame; the first that applies, in the order dark … duplicate."""


def _column(name: str, kind: pa.DataType, description: str, unit: str = "") -> Column:
    return Column(name=name, type=kind, description=description, unit=unit)


_WHERE = (
    _column("site", STRING, "Where it was recorded"),
    _column("camera", STRING, "By which camera"),
    _column("deployment", STRING, "In which deployment"),
)
QUALITY_SCORES: tuple[Column, ...] = (
    _column("brightness", FLOAT, "Mean of the luma, 0 black to 1 white"),
    _column("contrast", FLOAT, "Standard deviation of the luma, 0 to 0.5"),
    _column("dark_share", FLOAT, "Share of pixels that are nearly black", "share"),
    _column("saturated_share", FLOAT, "Share of pixels that are nearly white", "share"),
    _column("sharpness", FLOAT, "Variance of the Laplacian of the luma (0 to 255)"),
    _column("turbidity", FLOAT, "Share of the picture that small bright specks cover", "share"),
    _column("uciqe", FLOAT, "UCIQE, quality of underwater colour (Yang & Sowmya 2015)"),
    _column("uiqm", FLOAT, "UIQM, quality of underwater images (Panetta et al. 2016)"),
)
INTEREST_SCORES: tuple[Column, ...] = (
    _column("change", FLOAT, "Mean difference from the screened frame before, 0 to 1"),
    _column("motion", FLOAT, "Share of the picture that differs from the background", "share"),
    _column("packet_activity", FLOAT, "Bytes of the packets that follow, over what is usual in the clip"),
    _column("objectness", FLOAT, "How much a thing stands out from its surroundings, 0 to 1"),
    _column("novelty", FLOAT, "How unlike the other frames of the clip, 0 to 1"),
)

CLIP_COLUMNS: tuple[Column, ...] = (
    _column("clip_id", STRING, "Name of the clip, unique in the result"),
    _column("file", STRING, "The file it came from; of a series the folder"),
    _column("kind", STRING, "video, series or stream"),
    *_WHERE,
    _column("latitude", FLOAT, "Latitude (WGS 84)", "°"),
    _column("longitude", FLOAT, "Longitude (WGS 84)", "°"),
    _column("field_of_view_m", FLOAT, "Width of ground a frame shows, where a table of places tells it", "m"),
    _column("started_utc", STRING, "When it begins, ISO 8601; empty where unknown"),
    _column("ended_utc", STRING, "When it ends"),
    _column("time_source", STRING, "What told the time: name, exif, sidecar, places, user or file"),
    _column("duration_s", FLOAT, "Time from its begin to its end", "s"),
    _column("frame_rate", FLOAT, "Frames a second on average; of a series pictures a second", "1/s"),
    _column("is_variable_rate", BOOL, "Whether the time between frames varies"),
    _column("height_px", SMALL, "Height", "px"),
    _column("width_px", SMALL, "Width", "px"),
    _column("codec", STRING, "How it is compressed"),
    _column("recordings", INT, "Files it is made of that could be read"),
    _column("frames", INT, "Frames that were screened or searched"),
    _column("usable_frames", INT, "Those of the screened frames that are usable"),
    _column("searched_frames", INT, "Frames the detector looked at"),
    _column("usable_s", FLOAT, "Time that usable frames stand for", "s"),
    _column("searched_s", FLOAT, "Time of the stretches the detector looked at", "s"),
    _column("verdict", STRING, "usable, or what is wrong with most of its frames"),
    _column("interest", FLOAT, "Largest interest of its frames, 0 to 1"),
    _column("quality", FLOAT, "Mean UIQM of its screened frames"),
    _column("detections", INT, "Boxes found, those that people deleted not among them"),
    _column("tracks", INT, "Animals or burrows followed"),
    _column("max_n", INT, "Most individuals of one taxon on one frame"),
    _column("is_whole", BOOL, "Whether it could be read to its end"),
)

FRAME_COLUMNS: tuple[Column, ...] = (
    _column("object_id", STRING, "Name of the frame, unique in the result"),
    _column("clip_id", STRING, "The clip it is of"),
    _column("file", STRING, "The file it came from"),
    _column("time_s", FLOAT, "Time from the start of the clip", "s"),
    _column("time_utc", STRING, "When it was taken, ISO 8601; empty where unknown"),
    _column("is_key", BOOL, "Whether it is a keyframe, which can be decoded alone"),
    _column("is_screened", BOOL, "Whether its quality and interest were measured"),
    *QUALITY_SCORES,
    *INTEREST_SCORES,
    _column("interest", FLOAT, "How likely something is to be seen, 0 to 1"),
    _column("verdict", STRING, "usable, dark, overexposed, blurred, turbid, frozen, duplicate or unreadable"),
    _column("is_water_only", BOOL, "Whether nothing stands out and nothing moves"),
    _column("stands_for_s", FLOAT, "Time that a screened frame stands for", "s"),
    _column("is_searched", BOOL, "Whether the detector looked at it"),
    _column("detections", SMALL, "Boxes found; empty where the detector did not look"),
    _column("shift_row_px", FLOAT, "How far the scene moved down since the searched frame before", "px"),
    _column("shift_col_px", FLOAT, "How far it moved right", "px"),
    _column("rotation_rad", FLOAT, "How far it turned, clockwise", "rad"),
    _column("zoom", FLOAT, "How much larger it became, 1 where not"),
    _column("motion_confidence", FLOAT, "How sure that movement of the camera is, 0 to 1"),
    _column("view", STRING, "The film that shows it; empty where it is in none"),
    _column("view_frame", SMALL, "Its number there, from 0"),
)

DETECTION_COLUMNS: tuple[Column, ...] = (
    _column("object_id", STRING, "Name of the box, unique in the result"),
    _column("clip_id", STRING, "The clip"),
    _column("frame_id", STRING, "The frame it is on"),
    _column("file", STRING, "The file of the frame"),
    *_WHERE,
    _column("time_s", FLOAT, "Time from the start of the clip", "s"),
    _column("time_utc", STRING, "When, ISO 8601; empty where unknown"),
    _column("row_px", FLOAT, "Top edge of its box in the frame", "px"),
    _column("col_px", FLOAT, "Left edge", "px"),
    _column("height_px", FLOAT, "Height of its box", "px"),
    _column("width_px", FLOAT, "Width of its box", "px"),
    _column("score", FLOAT, "How sure the model is, 0 to 1; empty where a person drew it"),
    _column("predicted_class", STRING, "What the model calls it; empty where a person drew it"),
    _column("taxon", STRING, f"What it is called: by a person where one decided, else by the model; or {UNKNOWN}"),
    _column("aphia_id", INT, "AphiaID of the taxon in WoRMS; empty where the class is no taxon"),
    _column("track_id", STRING, "The track it belongs to; empty where to none"),
    _column("status", STRING, "predicted or validated"),
    _column("source", STRING, "Who found it: model, person or import"),
    _column("is_deleted", BOOL, "Whether a person decided that it is nothing"),
    _column("validated_by", STRING, "The person who decided"),
    _column("validated_at", STRING, "When the person decided"),
)

TRACK_COLUMNS: tuple[Column, ...] = (
    _column("object_id", STRING, "Name of the track, unique in the result"),
    _column("clip_id", STRING, "The clip"),
    _column("file", STRING, "The file of its first frame"),
    *_WHERE,
    _column("taxon", STRING, "What it is called: by a person where one decided, else by most of its boxes"),
    _column("aphia_id", INT, "AphiaID of the taxon; empty where the class is no taxon"),
    _column("first_s", FLOAT, "When it is first seen, from the start of the clip", "s"),
    _column("last_s", FLOAT, "When it is last seen", "s"),
    _column("first_utc", STRING, "When it is first seen, ISO 8601"),
    _column("last_utc", STRING, "When it is last seen"),
    _column("in_view_s", FLOAT, "How long it is in view, gaps it was followed over included", "s"),
    _column("detections", INT, "Its boxes"),
    _column("score", FLOAT, "Mean score of its boxes"),
    _column("class_share", FLOAT, "Share of its boxes' scores that speak for its taxon", "share"),
    _column("path_px", FLOAT, "Way it went, the movement of the camera taken off", "px"),
    _column("displacement_px", FLOAT, "From its first to its last place, the movement of the camera taken off", "px"),
    _column("length_px", FLOAT, "Median of the longer side of its boxes", "px"),
    _column("length_cm", FLOAT, "The same on the ground, where the field of view is known", "cm"),
    _column("crossed_s", FLOAT, "When its middle crossed the counting line; empty where it did not", "s"),
    _column("crossed_utc", STRING, "When it crossed the counting line, ISO 8601"),
    _column("along_m", FLOAT, "Where on the tow, from its begin; empty where the ground covered is unknown", "m"),
    _column("across_m", FLOAT, "Where across the tow, from the middle of the frame", "m"),
    _column("system_id", STRING, "The burrow system it is an opening of; empty where none"),
    _column("status", STRING, "predicted or validated"),
    _column("source", STRING, "Who found it: model, person or import"),
    _column("is_deleted", BOOL, "Whether a person decided that it is nothing"),
    _column("is_counted", BOOL, "Whether it counts: not deleted; of a tow, crossed the line within the counted width"),
    _column("validated_by", STRING, "The person who decided"),
    _column("validated_at", STRING, "When the person decided"),
)

TIME_SERIES_COLUMNS: tuple[Column, ...] = (
    _column("bin_start_utc", STRING, "When the bin begins, ISO 8601; of clips without a time, time from their start"),
    _column("bin_end_utc", STRING, "When it ends"),
    _column("bin_s", FLOAT, "Its length; of a gap that of all bins it lasts", "s"),
    *_WHERE,
    _column("taxon", STRING, f"What was counted; '{ALL}' for all taxa together"),
    _column("aphia_id", INT, "AphiaID of the taxon; empty where the class is no taxon"),
    _column("max_n", INT, "MaxN: most individuals on one frame; empty where no frame was usable"),
    _column("max_n_utc", STRING, "When that was"),
    _column("mean_n", FLOAT, "Mean number on a usable frame; frames that were not searched count as without any"),
    _column("n_frames", INT, "Frames looked at, screened or searched"),
    _column("n_frames_used", INT, "Those of them that are usable"),
    _column("recorded_s", FLOAT, "Time recorded", "s"),
    _column("usable_s", FLOAT, "Time that usable frames stand for: the effort", "s"),
    _column("occupancy", FLOAT, "Share of the usable time with one at least", "share"),
    _column("occupancy_low", FLOAT, "Lower 95 % bound (Wilson, over the minutes looked at)", "share"),
    _column("occupancy_high", FLOAT, "Upper 95 % bound", "share"),
    _column("in_view_s", FLOAT, "Time in view, summed over tracks; empty where nobody was followed", "s"),
    _column("tracks", INT, "Tracks that begin in the bin; empty where nobody was followed"),
    _column("tracks_per_h", FLOAT, "Tracks an hour of usable time", "1/h"),
    _column("tracks_per_h_low", FLOAT, "Lower 95 % bound (Poisson)", "1/h"),
    _column("tracks_per_h_high", FLOAT, "Upper 95 % bound", "1/h"),
    _column("validated", INT, "Boxes of it that a person validated"),
    _column("score_from", FLOAT, "Least score that counted"),
    _column("model", STRING, "The model that found them"),
    _column("quality", FLOAT, "Mean UIQM of the screened frames"),
    _column("is_gap", BOOL, "Whether nothing was recorded, or nothing usable"),
    _column("sun_elevation_deg", FLOAT, "Elevation of the sun in the middle of the bin", "°"),
    _column("is_day", BOOL, "Whether the sun is up; empty where the place is unknown or the bin longer than 6 h"),
)
"""Followed by a column ``env_<name>`` for each series of the environment, with its unit."""

TOW_COLUMNS: tuple[Column, ...] = (
    _column("clip_id", STRING, "The tow"),
    *_WHERE,
    _column("taxon", STRING, "What was counted; burrow systems and animals apart"),
    _column("counted_s", FLOAT, "Usable time in which was counted", "s"),
    _column("openings", INT, "Openings (tracks) that crossed the line"),
    _column("systems", INT, "Burrow systems they belong to; of animals, the animals"),
    _column("systems_low", FLOAT, "Lower 95 % bound (bootstrap over minutes; Poisson where too few)"),
    _column("systems_high", FLOAT, "Upper 95 % bound"),
    _column("distance_m", FLOAT, "Distance over ground", "m"),
    _column("distance_error_m", FLOAT, "Its standard error", "m"),
    _column("distance_source", STRING, "navigation, image motion or user"),
    _column("field_of_view_m", FLOAT, "Width of ground at the counting line", "m"),
    _column("counted_width_m", FLOAT, "Width that counts, by the correction of the edge effect", "m"),
    _column("area_m2", FLOAT, "Ground counted on", "m²"),
    _column("density_per_m2", FLOAT, "Systems per square metre", "1/m²"),
    _column("density_low", FLOAT, "Lower 95 % bound", "1/m²"),
    _column("density_high", FLOAT, "Upper 95 % bound", "1/m²"),
    _column("edge_method", STRING, "none, factor, widened or inside"),
    _column("bias_factor", FLOAT, "What the density was divided by"),
    _column("per_minute", pa.list_(INT), "Systems in each counted minute"),
)

NEXT_FRAME_COLUMNS: tuple[Column, ...] = (
    _column("rank", SMALL, "1 for the frame to be labelled first"),
    _column("frame_id", STRING, "The frame"),
    _column("clip_id", STRING, "Its clip"),
    _column("file", STRING, "Its file"),
    _column("time_s", FLOAT, "Time from the start of the clip", "s"),
    _column("reason", STRING, "unsure, crowded, confused, missed or different"),
    _column("gain", FLOAT, "How much is to be learned from it, 0 to 1"),
)
