"""Rows of frames and boxes from what was screened and what was searched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pelagia.imaging.camera_motion import Motion
from pelagia.io.video.recordings import Recording
from pelagia.services.ecosystem.clips import utc
from pelagia.services.ecosystem.columns import USABLE, VERDICTS
from pelagia.services.ecosystem.searching import FoundBoxes

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """A frame that the detector looked at.

    Parameters
    ----------
    time_s
        From the start of the clip.
    file
        The file it came from.
    is_key
        Whether it is a keyframe.
    found
        What was found, pixels of the frame as stored.
    motion
        How the camera moved since the searched frame before; ``None`` where there is none close by.
    view, view_frame
        The film that shows it and its number there.
    """

    time_s: float
    file: str
    is_key: bool
    found: FoundBoxes
    motion: Motion | None
    view: str
    view_frame: int | None


def frame_id(clip_id: str, time_s: float) -> str:
    """Return the name of a frame."""
    return f"{clip_id}:{milliseconds(time_s):09d}"


def milliseconds(time_s: float) -> int:
    """Return a time as whole milliseconds, as frames are told apart by it."""
    return round(time_s * 1000)


def frame_rows(
    recording: Recording, began: float | None, screened: Sequence[Record], searched: Sequence[Searched]
) -> list[Record]:
    """Return a row for each frame that was screened or searched, in order of time.

    Parameters
    ----------
    recording
        The clip.
    began
        When the clip began, since 1970 UTC; ``None`` where unknown.
    screened
        What screening says of each frame, by column.
    searched
        What the detector says.

    Notes
    -----
    A frame that was searched and not screened has the verdict and the interest of the screened frame before it.
    """
    rows: dict[int, Record] = {milliseconds(one["time_s"]): one | {"is_screened": True} for one in screened}
    for one in searched:
        rows.setdefault(milliseconds(one.time_s), {"time_s": one.time_s, "is_key": one.is_key}).update(_found(one))
    before: Record = {}
    found: list[Record] = []
    for moment in sorted(rows):
        row = rows[moment]
        if row.setdefault("is_screened", False):
            before = row
        else:
            row |= {name: before.get(name) for name in ("interest", "verdict", "is_water_only")}
            row["verdict"] = row["verdict"] or USABLE
        found.append(_row(recording, began, row))
    return found


def _found(one: Searched) -> Record:
    told: Record = {
        "is_searched": True,
        "detections": len(one.found),
        "view": one.view,
        "view_frame": one.view_frame,
        "file": one.file,
    }
    if one.motion is not None:
        told |= {
            "shift_row_px": one.motion.shift_row_px,
            "shift_col_px": one.motion.shift_col_px,
            "rotation_rad": one.motion.rotation_rad,
            "zoom": one.motion.zoom,
            "motion_confidence": one.motion.confidence,
        }
    return told


def _row(recording: Recording, began: float | None, row: Record) -> Record:
    time_s = row["time_s"]
    return (
        {"is_searched": False, "view": "", "file": recording.file}
        | row
        | {
            "object_id": frame_id(recording.clip_id, time_s),
            "clip_id": recording.clip_id,
            "time_utc": "" if began is None else utc(began + time_s),
        }
    )


def box_rows(
    recording: Recording, began: float | None, searched: Sequence[Searched], aphia_ids: Mapping[str, int | None]
) -> list[Record]:
    """Return a row for each box, in order of time.

    Parameters
    ----------
    recording, began, searched
        As for :func:`frame_rows`.
    aphia_ids
        Of the classes of the model.
    """
    return [
        {
            "object_id": f"{frame_id(recording.clip_id, one.time_s)}:{number}",
            "clip_id": recording.clip_id,
            "frame_id": frame_id(recording.clip_id, one.time_s),
            "file": one.file,
            "site": recording.site,
            "camera": recording.camera,
            "deployment": recording.deployment,
            "time_s": one.time_s,
            "time_utc": "" if began is None else utc(began + one.time_s),
            "row_px": float(edges[0]),
            "col_px": float(edges[1]),
            "height_px": float(edges[2] - edges[0]),
            "width_px": float(edges[3] - edges[1]),
            "score": float(score),
            "predicted_class": predicted,
            "taxon": taxon,
            "aphia_id": aphia_ids.get(taxon),
            "track_id": "",
            "status": "predicted",
            "source": "model",
            "is_deleted": False,
            "validated_by": "",
            "validated_at": "",
        }
        for one in searched
        for number, (edges, score, predicted, taxon) in enumerate(
            zip(one.found.boxes.edges, one.found.boxes.scores, one.found.classes, one.found.taxa, strict=True)
        )
    ]


def screened_facts(rows: Sequence[Record]) -> Record:
    """Return what the row of a part says of its frames: how many, of which verdict, how interesting, how good."""
    screened = [row for row in rows if row["is_screened"]]
    verdicts = Counter(row["verdict"] for row in screened)
    quality = [row["uiqm"] for row in screened if row.get("uiqm") is not None]
    interest = [row["interest"] for row in screened if row.get("interest") is not None]
    return {
        "frames": len(rows),
        "searched_frames": sum(row["is_searched"] for row in rows),
        "screened": len(screened),
        "verdicts": [verdicts[name] for name in VERDICTS],
        "usable_s": sum(row["stands_for_s"] or 0.0 for row in screened if row["verdict"] == USABLE),
        "interest": max(interest, default=None),
        "quality": sum(quality) / len(quality) if quality else None,
    }
