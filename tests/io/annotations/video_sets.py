"""Pieces of CVAT for video 1.1."""

from __future__ import annotations

from typing import Any

EDGES = (10.0, 20.0, 15.0, 28.0)


def box(frame: int, edges: tuple[float, float, float, float] = EDGES, outside: int = 0, **told: Any) -> str:
    """One box of a track; ``keyframe`` and ``occluded`` among what is told, the rest are attributes."""
    top, left, bottom, right = edges
    key, occluded = told.pop("keyframe", 1), told.pop("occluded", 0)
    attributes = "".join(f'<attribute name="{name}">{value}</attribute>' for name, value in told.items())
    return (
        f'<box frame="{frame}" keyframe="{key}" outside="{outside}" occluded="{occluded}" xtl="{left}" ytl="{top}" '
        f'xbr="{right}" ybr="{bottom}" z_order="0">{attributes}</box>'
    )


def track(*boxes: str, number: int = 0, label: str = "cod") -> str:
    """One track."""
    return f'<track id="{number}" label="{label}" source="manual">{"".join(boxes)}</track>'


def video(tracks: str, *, size: int | None = 20, more: str = "", source: str = "film.mp4") -> str:
    """The whole file, of a film of 64 × 48 px."""
    told = "" if size is None else f"<size>{size}</size>"
    return (
        '<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version><meta><task><name>t</name>'
        f"{told}<mode>interpolation</mode>{more}<labels><label><name>cod</name><attributes><attribute><name>object_id"
        "</name></attribute></attributes></label><label><name>crab</name></label></labels><original_size>"
        f"<width>64</width><height>48</height></original_size><source>{source}</source></task></meta>{tracks}"
        "</annotations>"
    )
