"""The way of a sledge over ground from its navigation: positions in a table → metres, with their error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.sources import without_secrets
from pelagia.io.video.tables import table_rows
from pelagia.io.video.times import seconds_of

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

COLUMNS = {
    **dict.fromkeys(("time", "datetime", "date_time", "timestamp", "time_utc", "utc", "date"), "time"),
    **dict.fromkeys(("latitude", "lat", "latitude_deg", "decimallatitude"), "latitude"),
    **dict.fromkeys(("longitude", "lon", "long", "lng", "longitude_deg", "decimallongitude"), "longitude"),
}
LEAST_FIXES = 5
HALF_WINDOW_S = 30.0
"""Speed is the slope of a line through the positions of so much time before and after: at half a metre a second a
sledge goes 30 m in it, and positions under water are off by one or a few."""
LONGEST_GAP_S = 60.0
"""Over a longer time without a position, nothing is known."""
AROUND = 5
"""A position is held against the median of so many before and after it."""
JUMP_SPREADS, JUMP_M = 6.0, 3.0
"""It is no position of the sledge where it is off by so many times what is usual, and by so many metres more."""
DRAWS = 60
SEMI_MAJOR_M, ECCENTRICITY2 = 6_378_137.0, 6.694379990141e-3
"""Of the ellipsoid WGS 84."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigation:
    """Positions of a sledge.

    Parameters
    ----------
    file
        The table they are from.
    time_s
        (N,) rising, seconds since 1970 UTC.
    east_m, north_m
        (N,) from the first position.
    """

    file: str
    time_s: Floats
    east_m: Floats
    north_m: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigated:
    """The way of a sledge during a recording.

    Parameters
    ----------
    along_m
        (N,) way made up to each of the moments asked for, counted steps only.
    error_m
        Standard error of the last of them.
    covered
        Share of the counted time for which there are positions.
    """

    along_m: Floats
    error_m: float
    covered: float


def read_navigation(uri: str, utc_offset_h: float = 0.0) -> tuple[Navigation, list[Issue]]:
    """Read the track of a sledge.

    Parameters
    ----------
    uri
        CSV with time, latitude, longitude (degrees, WGS 84).
    utc_offset_h
        Of times without a zone.

    Returns
    -------
    Navigation, list of Issue
        The positions; what is wrong with others: rows without a position, jumps, gaps.

    Raises
    ------
    BadInput
        Where it has fewer than five positions.
    """
    file = without_secrets(uri)
    fixes: dict[float, tuple[float, float]] = {}
    wrong: list[int] = []
    for line, cells in table_rows(uri, COLUMNS, "latitude"):
        moment = seconds_of(cells.get("time", ""), utc_offset_h)
        place = _place(cells.get("latitude", ""), cells.get("longitude", ""))
        if moment is None or place is None:
            wrong.append(line)
        else:
            fixes.setdefault(moment, place)
    if len(fixes) < LEAST_FIXES:
        raise BadInput(
            "The navigation has too few positions",
            remedy="Give a CSV with the columns time (ISO 8601), latitude and longitude (degrees).",
            value=f"{len(fixes)} of {len(fixes) + len(wrong)} rows",
            file=file,
            code="navigation-empty",
        )
    time_s = np.array(sorted(fixes))
    east_m, north_m = _plane(np.array([fixes[moment] for moment in sorted(fixes)]))
    jumps = _jumps(east_m, north_m)
    kept = ~jumps
    found = Navigation(file=file, time_s=time_s[kept], east_m=east_m[kept], north_m=north_m[kept])
    return found, _issues(found, wrong, int(jumps.sum()))


def travelled(navigation: Navigation, moments_s: Floats, step_s: Floats) -> Navigated:
    """Return the way of the sledge over the counted time of a recording.

    Parameters
    ----------
    navigation
        Its positions.
    moments_s
        (N,) moments of the frames, seconds since 1970 UTC, rising.
    step_s
        (N,) counted time since the frame before; 0 where it does not count.

    Notes
    -----
    The way is the speed over ground, summed. Speed is the slope of a line through the positions of half a minute
    before and after. Noise makes every way longer: by how much, and how sure the way is, is told by adding noise such
    as the positions have (its spread and how it lasts from one position to the next) to the smoothed track, 60 times.
    """
    speed, known = _speed(navigation.time_s, navigation.east_m, navigation.north_m, moments_s)
    counted_s = float(step_s.sum())
    covered = float(step_s[known].sum() / counted_s) if counted_s else 0.0
    if not covered:
        return Navigated(along_m=np.zeros(len(moments_s)), error_m=math.inf, covered=0.0)
    usual = float((speed[known] * step_s[known]).sum() / step_s[known].sum())
    steps = np.where(known, speed, usual) * step_s
    length_m = float(steps.sum())
    longer_m, error_m = _by_noise(navigation, moments_s, step_s, known)
    guessed_m = float(steps[~known].sum())
    spread = float(np.std(speed[known])) / usual if usual else 1.0
    return Navigated(
        along_m=np.cumsum(steps) * max(0.0, 1 - longer_m / length_m) if length_m else np.cumsum(steps),
        error_m=math.hypot(error_m, guessed_m * spread),
        covered=covered,
    )


def _place(latitude: str, longitude: str) -> tuple[float, float] | None:
    try:
        place = float(latitude), float(longitude)
    except ValueError:
        return None
    return place if abs(place[0]) <= 90 and abs(place[1]) <= 360 and place != (0.0, 0.0) else None


def _plane(places: Floats) -> tuple[Floats, Floats]:
    """Return metres east and north of the first place, by the radii of curvature of the ellipsoid in the middle."""
    latitude = math.radians(float(np.median(places[:, 0])))
    bend = 1 - ECCENTRICITY2 * math.sin(latitude) ** 2
    meridian_m = SEMI_MAJOR_M * (1 - ECCENTRICITY2) / bend**1.5
    parallel_m = SEMI_MAJOR_M / math.sqrt(bend) * math.cos(latitude)
    away = (places[:, 1] - places[0, 1] + 180) % 360 - 180
    return np.radians(away) * parallel_m, np.radians(places[:, 0] - places[0, 0]) * meridian_m


def _jumps(east_m: Floats, north_m: Floats) -> Mask:
    """Return which positions are off the track."""
    off = np.hypot(east_m - _medians(east_m), north_m - _medians(north_m))
    return np.asarray(off > JUMP_M + JUMP_SPREADS * float(np.median(off)), np.bool_)


def _medians(values: Floats) -> Floats:
    reach = min(AROUND, (len(values) - 1) // 2)
    # Mirrored at the ends through the end itself, so that steady movement stays steady.
    wide = np.pad(values, reach, mode="reflect", reflect_type="odd")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(wide, 2 * reach + 1), axis=1), np.float64)


def _issues(found: Navigation, wrong: list[int], jumps: int) -> list[Issue]:
    issues = []
    if wrong:
        issues.append(
            Issue(
                file=found.file,
                code="navigation-rows",
                message=f"{len(wrong):,} rows have no time or no position and were left out",
                value=f"line {wrong[0]}",
                remedy="Check that time is ISO 8601 and positions are in decimal degrees.",
                objects=len(wrong),
            )
        )
    if jumps:
        issues.append(
            Issue(
                file=found.file,
                code="navigation-jumps",
                message=f"{jumps:,} positions lie far off the track and were left out",
                value=str(jumps),
                remedy="Nothing has to be done where these are slips of the positioning; check the track otherwise.",
                objects=jumps,
            )
        )
    gaps = np.diff(found.time_s)
    if (gaps > LONGEST_GAP_S).any():
        issues.append(
            Issue(
                file=found.file,
                code="navigation-gaps",
                message=f"{int((gaps > LONGEST_GAP_S).sum()):,} gaps are longer than a minute",
                value=f"{float(gaps.max()):.0f} s",
                remedy="There the usual speed is taken. Give a navigation without gaps, or the distance itself.",
            )
        )
    return issues


def _speed(time_s: Floats, east_m: Floats, north_m: Floats, moments_s: Floats) -> tuple[Floats, Mask]:
    """Return the speed over ground at some moments, m/s, and where it is known."""
    start = time_s - time_s[0]
    at = moments_s - time_s[0]
    usual_s = float(np.median(np.diff(time_s)))
    reach = max(HALF_WINDOW_S, 3.5 * usual_s)
    low, high = np.searchsorted(start, at - reach), np.searchsorted(start, at + reach, "right")
    count = high - low

    def summed(values: Floats) -> Floats:
        sums = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray(sums[high] - sums[low], np.float64)

    number = np.maximum(count, 1)
    mean_t = summed(start) / number
    spread = summed(start**2) - number * mean_t**2
    slopes = [
        (summed(start * values) - mean_t * summed(values)) / np.where(spread > 1e-6, spread, np.inf)
        for values in (east_m - east_m.mean(), north_m - north_m.mean())
    ]
    after = np.searchsorted(start, at)
    gap = np.where(
        (after > 0) & (after < len(start)),
        start[np.minimum(after, len(start) - 1)] - start[np.maximum(after - 1, 0)],
        np.minimum(np.abs(at - start[0]), np.abs(at - start[-1])) * 2,
    )
    known = (count >= 3) & (spread > 1e-6) & (gap <= max(LONGEST_GAP_S, 2 * usual_s))
    return np.hypot(*slopes), known


def _by_noise(navigation: Navigation, moments_s: Floats, step_s: Floats, known: Mask) -> tuple[float, float]:
    """Return by how much noise lengthens the way, and the standard error of the way, m."""
    own = [_smoothed(navigation.time_s, values) for values in (navigation.east_m, navigation.north_m)]
    off = np.stack([navigation.east_m - own[0], navigation.north_m - own[1]])
    spread = float(np.sqrt((off**2).mean()))
    lasting = float(np.clip((off[:, 1:] * off[:, :-1]).mean() / max(spread**2, 1e-12), 0.0, 0.9))
    rng = np.random.default_rng(0)
    plain = float((_speed(navigation.time_s, own[0], own[1], moments_s)[0] * step_s)[known].sum())
    lengths = []
    for _ in range(DRAWS):
        noise = rng.normal(0, spread * math.sqrt(1 - lasting**2), off.shape)
        noise[:, 0] /= math.sqrt(1 - lasting**2)
        for fix in range(1, noise.shape[1] if lasting > 0.05 else 0):
            noise[:, fix] += lasting * noise[:, fix - 1]
        speed, _ = _speed(navigation.time_s, own[0] + noise[0], own[1] + noise[1], moments_s)
        lengths.append(float((speed * step_s)[known].sum()))
    return float(np.mean(lengths)) - plain, float(np.std(lengths))


def _smoothed(time_s: Floats, values: Floats) -> Floats:
    """Return values on a line through those of half a minute before and after."""
    start = time_s - time_s[0]
    low, high = np.searchsorted(start, start - HALF_WINDOW_S), np.searchsorted(start, start + HALF_WINDOW_S, "right")
    sums = [np.concatenate([[0.0], np.cumsum(each)]) for each in (start, values, start**2, start * values)]
    number = high - low
    mean_t, mean_v, mean_tt, mean_tv = ((each[high] - each[low]) / number for each in sums)
    spread = mean_tt - mean_t**2
    slope = np.where(spread > 1e-9, (mean_tv - mean_t * mean_v) / np.where(spread > 1e-9, spread, 1), 0.0)
    return np.asarray(mean_v + slope * (start - mean_t), np.float64)
