"""What the exports of counts in time cannot work without; kept apart, so that asking for it loads nothing."""

from __future__ import annotations

from collections.abc import Mapping

Needs = Mapping[str, tuple[str, ...]]

WHERE = ("site", "camera", "deployment")
SERIES = ("bin_start_utc", "bin_end_utc", *WHERE, "taxon", "max_n", "mean_n", "recorded_s", "usable_s", "is_gap")
TIME_SERIES: Needs = {
    "clips": ("clip_id", "file", *WHERE, "duration_s", "usable_s", "searched_frames"),
    "detections": ("clip_id", "time_s", "taxon", "is_deleted"),
    "tracks": ("clip_id", "taxon", "is_deleted"),
    "time_series": SERIES,
}
SENSORTHINGS: Needs = {
    "clips": ("clip_id", "kind", *WHERE, "latitude", "longitude", "started_utc", "height_px", "width_px"),
    "frames": ("clip_id", "time_s", "time_utc", "is_searched"),
    "detections": (
        *("clip_id", "time_s", "taxon", "score", "is_deleted"),
        *("row_px", "col_px", "height_px", "width_px"),
    ),
    "time_series": SERIES,
}
SAMPLING_EVENTS: Needs = {
    "clips": ("clip_id", *WHERE, "latitude", "longitude"),
    "detections": ("time_utc", *WHERE, "taxon", "status", "is_deleted"),
    "time_series": (*SERIES, "aphia_id", "n_frames_used", "occupancy"),
}
