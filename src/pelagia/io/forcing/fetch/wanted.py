"""What is asked of a service: a kind of forcing, an area, a time; and how it is kept on this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pelagia import __version__
from pelagia.core.errors import BadParameter
from pelagia.io.forcing.dialect import Kind, Window
from pelagia.io.forcing.faults import utc

MARGIN_S = 3600.0
WIDEST_DEG, LONGEST_S = 40.0, 62 * 86_400.0
"""Of one fetch: more is a mistake more often than a wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One request to one data set.

    Parameters
    ----------
    service
        ``copernicus-marine``, ``climate-data-store`` or ``gfs``.
    dataset
        Its name there.
    kind
        What it holds.
    variables
        Names asked for.
    window
        Area and time.
    step_s
        Of the data set: so much more is asked at both ends.
    deep
        Whether it has levels.
    """

    service: str
    dataset: str
    kind: Kind
    variables: tuple[str, ...]
    window: Window
    step_s: float = 3600.0
    deep: bool = False

    @property
    def start_s(self) -> float:
        """From when it is asked for, s."""
        return self.window.start_s - max(self.step_s, MARGIN_S)

    @property
    def end_s(self) -> float:
        """Until when, s."""
        return self.window.end_s + max(self.step_s, MARGIN_S)

    @property
    def name(self) -> str:
        """The name of its file, without suffix; says what it holds."""
        area = self.window
        place = f"{area.south_lat:.2f}_{area.north_lat:.2f}_{area.west_lon:.2f}_{area.east_lon:.2f}"
        times = "_".join(re.sub(r"[-:]|00Z$", "", utc(moment)) for moment in (self.start_s, self.end_s))
        return re.sub(r"[^A-Za-z0-9._-]", "-", f"{self.kind}_{self.dataset}_{place}_{times}")

    def between(self, start_s: float, end_s: float) -> Piece:
        """Return the same for a part of the time."""
        return replace(self, window=replace(self.window, start_s=start_s, end_s=end_s))


def check_window(window: Window) -> None:
    """Check an area and a time before anybody is asked for them.

    Raises
    ------
    BadParameter
    """
    wide = max(window.north_lat - window.south_lat, window.east_lon - window.west_lon)
    if not -90 <= window.south_lat < window.north_lat <= 90 or window.east_lon <= window.west_lon:
        raise BadParameter(
            "The area has no extent, or is not on Earth",
            remedy="Give south below north and west below east.",
            value=f"{window.south_lat:g} to {window.north_lat:g}, {window.west_lon:g} to {window.east_lon:g}",
        )
    if wide > WIDEST_DEG or window.end_s - window.start_s > LONGEST_S:
        raise BadParameter(
            f"That is more than one fetch may ask for ({WIDEST_DEG:g}° and {LONGEST_S / 86_400:g} days)",
            remedy="Choose a smaller area or fewer hours.",
            value=f"{wide:g}°, {(window.end_s - window.start_s) / 86_400:.1f} days",
        )
    if not window.start_s < window.end_s:
        raise BadParameter(
            "The time ends before it starts", remedy="Give more than 0 hours.", value=utc(window.start_s)
        )


def around(lat: float, lon: float, margin_deg: float, start_s: float, hours: float) -> Window:
    """Return the window around a place: so many degrees of latitude to each side, as far to the east and west.

    Parameters
    ----------
    lat, lon
        °; any turn of longitude.
    """
    lon = (lon + 180.0) % 360.0 - 180.0
    wide = margin_deg / max(float(np.cos(np.radians(lat))), 0.1)
    west = lon - wide
    turn = 360.0 if west < -180.0 else 0.0
    return Window(
        south_lat=max(lat - margin_deg, -90.0),
        north_lat=min(lat + margin_deg, 90.0),
        west_lon=west + turn,
        east_lon=lon + wide + turn,
        start_s=start_s,
        end_s=start_s + hours * 3600.0,
    )


def record(piece: Piece, path: Path, fetched_s: float, client: str) -> Path:
    """Write down beside a file what was asked for; nothing of who asked.

    Returns
    -------
    pathlib.Path
        The JSON file.
    """
    told: Mapping[str, Any] = {
        "file": path.name,
        "kind": piece.kind,
        "service": piece.service,
        "dataset": piece.dataset,
        "variables": list(piece.variables),
        "south_lat": piece.window.south_lat,
        "north_lat": piece.window.north_lat,
        "west_lon": piece.window.west_lon,
        "east_lon": piece.window.east_lon,
        "start_utc": utc(piece.start_s),
        "end_utc": utc(piece.end_s),
        "fetched_utc": utc(fetched_s),
        "client": client,
        "pelagia": __version__,
    }
    target = path.with_suffix(".json")
    target.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return target
