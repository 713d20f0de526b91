"""The density of burrow systems, and of animals, on a tow: what crossed the line, on how much ground."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.result import Issue
from pelagia.learning.quantify import poisson_interval
from pelagia.services.ecosystem.burrows import Z_95, is_burrow, systems_of
from pelagia.services.ecosystem.clips import utc
from pelagia.services.ecosystem.crossings import Crossing, distinct_crossings, find_crossing, ways_of
from pelagia.services.ecosystem.distance import GroundPath, ground_path
from pelagia.services.ecosystem.navigation import Navigation, travelled
from pelagia.services.ecosystem.service import EcosystemParams
from pelagia.services.ecosystem.tow_findings import TowFindings

Record = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]
Floats = NDArray[np.float64]

MINUTE_S = 60.0
DRAWS = 2000
LEAST_MINUTES, LEAST_SYSTEMS = 10, 10
"""Of fewer minutes or systems resampling gives intervals that are too short; Poisson's is taken."""
LEAST_COVERED = 0.8
"""Share of the counted time that navigation must cover to be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """The way of a tow over ground.

    Parameters
    ----------
    along_m
        (N,) up to each frame.
    error_m
        Standard error of the whole.
    source
        navigation, image motion or user.
    """

    along_m: Floats
    error_m: float
    source: str

    @property
    def length_m(self) -> float:
        """The whole way, m."""
        return float(self.along_m[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted on a tow.

    Parameters
    ----------
    rows
        Of the table of tows: one for each taxon.
    changes
        The names of the tracks of the clip → what their rows say now.
    issues
        What stands in doubt.
    """

    rows: list[Record]
    changes: dict[str, Record]
    issues: list[Issue] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Tow:
    """A tow that is counted on: its clip, parameters and path; the distance, the field of view, metres a pixel."""

    clip: Mapping[str, Any]
    params: EcosystemParams
    path: GroundPath
    distance: Distance | None
    view_m: float | None
    metres_per_px: float | None
    began: float | None
    rng: np.random.Generator


def count_tow(
    clip: Mapping[str, Any],
    frames: Rows,
    boxes: Rows,
    tracks: Rows,
    params: EcosystemParams,
    *,
    taxa: Sequence[str] = (),
    began: float | None = None,
    navigation: Navigation | None = None,
    rng: np.random.Generator,
) -> Counted:
    """Count what crossed the line of a towed camera, and on how much ground.

    Parameters
    ----------
    clip
        Its row in the table of clips.
    frames
        Rows of the table of frames that were searched, in order of time.
    boxes, tracks
        Rows of the tables of detections and tracks of this clip, as people left them.
    params
        Of the request.
    taxa
        Classes that have a row even where none was counted.
    began
        When the clip began, seconds since 1970 UTC; ``None`` where unknown.
    navigation
        Positions of the sledge.
    rng
        Source of the resampling.

    Notes
    -----
    Openings are counted as they cross the line; those that lie together are one burrow system. Density is systems by
    the width that counts and the distance over ground, by the bias factor (ICES SISP 9; on the edge
    effect, Campbell et al. 2009):

    ``none``, ``factor``: all systems of which an opening crossed, on the field of view; the bias factor of the latter
    has the edge effect in it. ``widened``: the same on the field of view and a system's diameter. ``inside``: a system
    counts where its leftmost opening does, and that where a system's diameter to the left of it is in view, so that it
    is known to be the leftmost (the associated point rule of stereology, Miles 1978); the width is less by a diameter.
    The middle of a system cannot be used: of one that the edge cuts it is not seen. Animals are counted by their
    middle, which has no edge effect, on the field of view.
    """
    size_px = clip["height_px"] or 0, clip["width_px"] or 0
    findings = TowFindings(clip["file"] or clip["clip_id"])
    path = ground_path(frames, (params.count_line - 0.5) * size_px[0])
    view_m = params.field_of_view_m or clip["field_of_view_m"]
    scale = view_m / size_px[1] if view_m and size_px[1] else None
    distance = _distance(path, params, scale, began, navigation, findings)
    tow = _Tow(clip, params, path, distance, view_m, scale, began, rng)
    findings.check_tow(params, path, None if distance is None else distance.length_m, view_m, size_px[1])
    numbers = {frame["object_id"]: number for number, frame in enumerate(frames)}
    ways = ways_of(boxes, numbers, size_px)
    standing = {row["object_id"]: row["taxon"] for row in tracks if not row["is_deleted"]}
    changes = {row["object_id"]: _uncounted() | {"length_cm": _length_cm(row, scale)} for row in tracks}
    rows = []
    for taxon in sorted({*standing.values(), *taxa}):
        own = [ways[name] for name in sorted(standing) if standing[name] == taxon and name in ways]
        crossings = [crossing for way in own if (crossing := find_crossing(way, path, size_px)) is not None]
        rows.append(_count(tow, taxon, crossings, changes))
    return Counted(rows=rows, changes=changes, issues=findings.issues)


def _distance(
    path: GroundPath,
    params: EcosystemParams,
    scale: float | None,
    began: float | None,
    navigation: Navigation | None,
    findings: TowFindings,
) -> Distance | None:
    """Return the way: what the user tells, else by navigation, else by the image; ``None`` where nothing tells it."""
    image = path.travelled_px
    if not path.counted_s:
        return None
    if params.distance_m is not None:
        shape = image if image[-1] else np.cumsum(path.step_s)
        return Distance(along_m=shape / shape[-1] * params.distance_m, error_m=0.0, source="user")
    if navigation is not None and began is None:
        findings.no_time()
    elif navigation is not None and began is not None:
        found = travelled(navigation, began + path.time_s, path.step_s)
        if found.covered >= LEAST_COVERED:
            return Distance(along_m=found.along_m, error_m=found.error_m, source="navigation")
        findings.navigation_short(found.covered)
    if scale is None or not image[-1]:
        return None
    length_m = float(image[-1]) * scale
    return Distance(along_m=image * scale, error_m=path.error_share * length_m, source="image motion")


def _uncounted() -> Record:
    return {
        **dict.fromkeys(("crossed_s", "along_m", "across_m")),
        "crossed_utc": "",
        "system_id": "",
        "is_counted": False,
    }


def _length_cm(row: Mapping[str, Any], scale: float | None) -> float | None:
    return None if scale is None or row["length_px"] is None else row["length_px"] * scale * 100


def _count(tow: _Tow, taxon: str, crossings: Sequence[Crossing], changes: dict[str, Record]) -> Record:
    """Return the row of a taxon, and tell its tracks what they count for."""
    burrows = is_burrow(taxon)
    distinct = distinct_crossings(crossings, tow.path) if burrows else list(crossings)
    width_m, from_m = _width(tow, burrows=burrows)
    systems: list[list[Crossing]] | None = [[one] for one in distinct]
    if burrows:
        systems = _systems(tow, distinct)
    times: list[float] = []
    counted = 0
    for number, system in enumerate(systems if systems is not None else [[one] for one in distinct]):
        counts = tow.metres_per_px is None or min(one.col_px for one in system) * tow.metres_per_px >= from_m
        name = f"{tow.clip['clip_id']}:{taxon}:s{number + 1}" if burrows and systems is not None else ""
        for one in system:
            changes[one.way.track_id] |= _crossed(tow, one) | {"system_id": name, "is_counted": counts}
        if counts:
            counted += len(system)
            times.append(float(np.mean([one.crossed_s for one in system])))
    for one in crossings:
        if one not in distinct:
            changes[one.way.track_id] |= _crossed(tow, one)
    return _row(tow, taxon, counted, times if systems is not None else None, width_m)


def _width(tow: _Tow, *, burrows: bool) -> tuple[float | None, float]:
    """Return the width that counts, and where across the frame the leftmost opening of a system counts from, m."""
    view_m, params = tow.view_m, tow.params
    if view_m is None:
        return None, -math.inf
    if not burrows or params.edge in {"none", "factor"}:
        return view_m, -math.inf
    if params.edge == "widened":
        return view_m + params.system_m, -math.inf
    width_m = view_m - params.system_m
    return (width_m if width_m > 0 else None), params.system_m - view_m / 2


def _systems(tow: _Tow, crossings: Sequence[Crossing]) -> list[list[Crossing]] | None:
    """Return the openings of each burrow system; ``None`` where no scale tells which lie together."""
    if tow.metres_per_px is None:
        return None
    if not crossings:
        return []
    ground = np.array([one.ground for one in crossings]) * tow.metres_per_px
    member = systems_of(np.stack([ground.real, ground.imag], axis=1), tow.params.system_m)
    return [
        [one for one, number in zip(crossings, member, strict=True) if number == system]
        for system in range(int(member.max()) + 1)
    ]


def _crossed(tow: _Tow, one: Crossing) -> Record:
    along = None
    if tow.distance is not None:
        along = float(np.interp(one.crossed_s, tow.path.time_s, tow.distance.along_m))
    return {
        "crossed_s": one.crossed_s,
        "crossed_utc": "" if tow.began is None else utc(tow.began + one.crossed_s),
        "along_m": along,
        "across_m": None if tow.metres_per_px is None else one.col_px * tow.metres_per_px,
    }


def _row(tow: _Tow, taxon: str, openings: int, times: Sequence[float] | None, width_m: float | None) -> Record:
    """Return the row of a taxon; ``times``: when each system crossed, ``None`` where there are openings only."""
    clip, distance, params = tow.clip, tow.distance, tow.params
    counted = openings if times is None else len(times)
    minutes, lengths_m = _minutes(tow, times or ())
    low, high = _interval(counted, minutes, lengths_m, tow.rng)
    is_system = times is not None
    area_m2 = None if width_m is None or distance is None else width_m * distance.length_m
    densities: tuple[float | None, ...] = (None, None, None)
    if area_m2 and distance is not None and is_system:
        densities = tuple(_densities(counted, low, high, area_m2 * params.bias_factor, distance))
    return {
        **{name: clip[name] for name in ("clip_id", "site", "camera", "deployment")},
        "taxon": taxon,
        "counted_s": tow.path.counted_s,
        "openings": openings,
        "systems": counted if is_system else None,
        "systems_low": low if is_system else None,
        "systems_high": high if is_system else None,
        "distance_m": None if distance is None else distance.length_m,
        "distance_error_m": None if distance is None else distance.error_m,
        "distance_source": "" if distance is None else distance.source,
        "field_of_view_m": tow.view_m,
        "counted_width_m": width_m,
        "area_m2": area_m2,
        **dict(zip(("density_per_m2", "density_low", "density_high"), densities, strict=True)),
        "edge_method": params.edge if is_burrow(taxon) else "none",
        "bias_factor": params.bias_factor,
        "per_minute": minutes.astype(int).tolist() if is_system else None,
    }


def _minutes(tow: _Tow, times: Sequence[float]) -> tuple[Floats, Floats]:
    """Return the systems of each counted minute, and the way made in it (or its time, where no way is known)."""
    path = tow.path
    clock = np.cumsum(path.step_s)
    count = max(1, math.ceil(path.counted_s / MINUTE_S - 1e-9))
    at = np.interp(times, path.time_s, clock) if len(times) else np.zeros(0)
    counts = np.bincount(np.minimum((at // MINUTE_S).astype(int), count - 1), minlength=count).astype(np.float64)
    edges = np.minimum(np.arange(count + 1) * MINUTE_S, path.counted_s)
    along = clock if tow.distance is None else tow.distance.along_m
    return counts, np.diff(np.interp(edges, clock, along)) if len(clock) else np.ones(1)


def _interval(counted: int, minutes: Floats, lengths: Floats, rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % bounds of a count: minutes drawn anew, or as by chance alone where there are too few."""
    if len(minutes) < LEAST_MINUTES or counted < LEAST_SYSTEMS or not lengths.sum():
        low, high = poisson_interval(counted)
        return float(low), float(high)
    drawn = rng.multinomial(len(minutes), np.full(len(minutes), 1 / len(minutes)), size=DRAWS).astype(np.float64)
    estimates = drawn @ minutes / np.maximum(drawn @ lengths, 1e-9) * lengths.sum()
    low, high = np.quantile(estimates, [0.025, 0.975]).tolist()
    return float(low), float(high)


def _densities(counted: int, low: float, high: float, ground_m2: float, distance: Distance) -> Iterator[float]:
    """Yield density and its bounds: those of the count and of the distance, as independent errors."""
    density = counted / ground_m2
    by_distance = Z_95 * distance.error_m / distance.length_m * density
    yield density
    yield max(0.0, density - math.hypot(density - low / ground_m2, by_distance))
    yield density + math.hypot(high / ground_m2 - density, by_distance)
