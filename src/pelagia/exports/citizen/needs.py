"""What the exports of a consensus cannot work without; kept apart, so that asking for it loads nothing else."""

from __future__ import annotations

from collections.abc import Mapping

CONSENSUS: Mapping[str, tuple[str, ...]] = {
    "images": ("image_id", "source_uri", "file", "height_px", "width_px", "is_in_set", "part"),
    "boxes": ("object_id", "image_id", "item_class", "row_px", "col_px", "height_px", "width_px", "status"),
}
