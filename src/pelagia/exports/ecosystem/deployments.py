"""The deployments of a result: which camera, where, when, and which of its clips."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.ecosystem.series_needs import WHERE
from pelagia.exports.tables import records

Key = tuple[str, str, str]
_FIELDS = ("clip_id", *WHERE, "latitude", "longitude", "started_utc", "ended_utc", "height_px", "width_px")


@dataclass(slots=True, kw_only=True)
class Deployment:
    """One camera at one site in one deployment.

    Parameters
    ----------
    latitude, longitude
        WGS 84; of the first clip that tells them.
    first_utc, last_utc
        Begin of its first and end of its last clip, as far as they are known.
    clips
        Clip → its height and width, px; empty unless asked for.
    """

    key: Key
    latitude: float | None = None
    longitude: float | None = None
    first_utc: str = ""
    last_utc: str = ""
    clips: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Its name for people."""
        return " ".join(part for part in self.key if part) or "camera"

    @property
    def slug(self) -> str:
        """Its name for files; two of which only signs differ have different ones."""
        plain = re.sub(r"[^A-Za-z0-9-]+", "_", self.label).strip("_")[:60] or "camera"
        return f"{plain}-{hashlib.sha256(repr(self.key).encode()).hexdigest()[:6]}"


def key_of(row: dict[str, Any]) -> Key:
    """Return the deployment that a row of any table is of."""
    return row["site"] or "", row["camera"] or "", row["deployment"] or ""


def read_deployments(result: Result, *, with_clips: bool = False) -> dict[Key, Deployment]:
    """Return the deployments of a result, in order.

    Parameters
    ----------
    with_clips
        Whether their clips are wanted.
    """
    found: dict[Key, Deployment] = {}
    for row in records(result.tables["clips"], _FIELDS):
        one = found.setdefault(key_of(row), Deployment(key=key_of(row)))
        if one.latitude is None and row["latitude"] is not None and row["longitude"] is not None:
            one.latitude, one.longitude = row["latitude"], row["longitude"]
        if row["started_utc"]:
            one.first_utc = min(one.first_utc or row["started_utc"], row["started_utc"])
            one.last_utc = max(one.last_utc, row["ended_utc"] or row["started_utc"])
        if with_clips:
            one.clips[row["clip_id"]] = (row["height_px"] or 0, row["width_px"] or 0)
    return dict(sorted(found.items()))
