"""What a track comes to, from its boxes as they are after changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pelagia.core.service import Edit
from pelagia.services.ecosystem.columns import TRACK_COLUMNS, UNKNOWN
from pelagia.services.ecosystem.detection_edits import decided
from pelagia.services.ecosystem.editor import DELETED
from pelagia.services.ecosystem.edits import BOX, Record


def changed_track(
    name: str, before: Mapping[str, Any] | None, boxes: Sequence[Record], decision: Edit | None, name_from: float
) -> Record:
    """Return the row of a track whose boxes changed.

    Parameters
    ----------
    name
        Of the track.
    before
        Its row; of the later part of a split one, that of the track it was split off; ``None`` for a new one.
    boxes
        All its boxes, those deleted among them.
    decision
        What was decided of it as a whole.
    name_from
        Least share of the scores that speaks for one taxon; below, it is unknown.

    Notes
    -----
    Where a person named boxes of it, these alone say what it is.
    """
    row: Record = dict.fromkeys(column.name for column in TRACK_COLUMNS)
    row |= before or {}
    row |= {"object_id": name, "is_deleted": False}
    if before is None:
        row["status"] = "predicted"
    standing = sorted((box for box in boxes if not box["is_deleted"]), key=lambda box: box["time_s"])
    if decision is not None:
        row |= decided(decision)
    if not standing or (decision is not None and decision.value["state"] == DELETED):
        return row | {"status": "validated", "is_deleted": True, "is_counted": False, "detections": 0}
    row |= _place(row, standing, is_new=before is None)
    row |= _span(standing)
    row |= _name(standing, name_from)
    if decision is not None and decision.value.get("taxon"):
        row |= {"taxon": decision.value["taxon"], "class_share": _share(standing, decision.value["taxon"])}
    elif decision is None and all(box["status"] == "validated" for box in standing):
        row |= {key: standing[-1][key] for key in ("status", "validated_by", "validated_at")}
    row["length_px"], row["length_cm"] = _length(standing, row)
    row["is_counted"] = True
    return row


def _place(row: Mapping[str, Any], standing: Sequence[Record], *, is_new: bool) -> Record:
    first = standing[0]
    told = {key: first[key] for key in ("clip_id", "file", "site", "camera", "deployment")}
    return told | {
        "source": first["source"] if is_new else row["source"],
        "system_id": row["system_id"] or "",
    }


def _span(standing: Sequence[Record]) -> Record:
    first, last = standing[0], standing[-1]
    scores = [box["score"] for box in standing if box["score"] is not None]
    return {
        "first_s": first["time_s"],
        "last_s": last["time_s"],
        "first_utc": first["time_utc"],
        "last_utc": last["time_utc"],
        "in_view_s": last["time_s"] - first["time_s"],
        "detections": len(standing),
        "score": float(np.mean(scores)) if scores else None,
    }


def _name(standing: Sequence[Record], name_from: float) -> Record:
    votes = _votes(standing)
    taxon = max(votes, key=lambda name: (votes[name], name))
    total = sum(votes.values())
    share = votes[taxon] / total if total else 0.0
    return {"taxon": taxon if share >= name_from else UNKNOWN, "class_share": share}


def _votes(standing: Sequence[Record]) -> dict[str, float]:
    """Return how much speaks for each taxon; of boxes that people looked at, each counts as a sure one."""
    looked_at = [box for box in standing if box["status"] == "validated"]
    votes: dict[str, float] = defaultdict(float)
    for box in looked_at or standing:
        name = box["taxon"] if looked_at else (box["predicted_class"] or box["taxon"])
        votes[name] += 1.0 if looked_at or box["score"] is None else box["score"]
    return votes


def _share(standing: Sequence[Record], taxon: str) -> float:
    votes = _votes(standing)
    total = sum(votes.values())
    return votes.get(taxon, 0.0) / total if total else 0.0


def _length(standing: Sequence[Record], row: Mapping[str, Any]) -> tuple[float, float | None]:
    _, _, tall, wide = (np.array([box[name] for box in standing]) for name in BOX)
    length = float(np.median(np.maximum(tall, wide)))
    known = row["length_cm"] is not None and bool(row["length_px"])
    return length, row["length_cm"] / row["length_px"] * length if known else None
