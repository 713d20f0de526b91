"""What the exports of ecosystem results cannot work without; kept apart, so that asking for it loads no library."""

from __future__ import annotations

from collections.abc import Mapping

Needs = Mapping[str, tuple[str, ...]]

BOX = ("row_px", "col_px", "height_px", "width_px")
BOXES: Needs = {
    "clips": ("clip_id", "file", "kind", "height_px", "width_px", "frame_rate"),
    "frames": ("object_id", "clip_id", "file", "time_s", "time_utc", "is_searched", "view", "view_frame"),
    "detections": ("object_id", "frame_id", *BOX, "score", "taxon", "track_id", "is_deleted"),
}
