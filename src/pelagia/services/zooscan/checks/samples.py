"""Checks of what is known of a sample: position, time, volume, depths, names."""

from __future__ import annotations

import math
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations
from statistics import median

from pelagia.io.zooscan import Project, SampleMetadata, Scan
from pelagia.io.zooscan.text import number
from pelagia.services.zooscan.checks.check import Check, Verdict, issue_check, scan_check

VERTICAL = 3
"""The type of tow (``Towtype``) that goes straight up: there the volume follows from opening and depth."""
VOLUME_RATIO = (0.2, 5.0)
EARTH_KM = 6371.0
MAX_TOW_KM = 50.0
FAR_DEG, NEAR_DEG = 10.0, 5.0
ALIKE = 0.85


def check_volume(sample: SampleMetadata) -> Iterator[Check]:
    """Check that the filtered volume is known, and in m³ rather than litres."""
    volume = sample.volume_m3
    if volume is None or volume <= 0:
        yield _check(
            sample,
            "volume",
            "bad",
            "The volume of water is unknown: nothing can be counted per m³.",
            value=sample.written.get("vol", ""),
            expected="m³",
            remedy="Enter the volume (Vol) in m³.",
        )
        return
    expected = _vertical_volume(sample)
    if expected is None or VOLUME_RATIO[0] <= volume / expected <= VOLUME_RATIO[1]:
        yield _check(sample, "volume", "ok", "The volume of water is known.", value=f"{volume:g} m³")
        return
    yield _check(
        sample,
        "volume",
        "look",
        "The volume does not fit the opening of the net and the depth of the vertical tow"
        + (": it may be in litres." if volume / expected > 500 else "."),
        value=f"{volume:g} m³",
        expected=f"about {expected:.3g} m³",
        remedy="Check volume, opening, depths and number of tows.",
    )


def check_position(sample: SampleMetadata) -> Iterator[Check]:
    """Check that the position is known, was written as the form wants it, and lies near the end of the tow."""
    latitude, longitude = sample.latitude_deg, sample.longitude_deg
    written = f"{sample.written.get('latitude', '')} {sample.written.get('longitude', '')}".strip()
    if latitude is None or longitude is None:
        yield _check(
            sample,
            "position",
            "look",
            "The position is unknown.",
            value=written,
            expected="latitude and longitude",
            remedy="Enter the position.",
        )
        return
    value = f"{latitude:.4f}, {longitude:.4f} (written {written})"
    is_decimal = sample.convention == "decimal" and _as_written(sample)
    yield _check(
        sample,
        "position",
        "look" if is_decimal else "ok",
        "The position was taken for decimal degrees, east positive, since it has 60 minutes or more."
        if is_decimal
        else "The position is known.",
        value=value,
        expected="DD.MM, west positive" if is_decimal else "",
        remedy="Look at it on the map, and correct it where it is wrong." if is_decimal else "",
    )
    end = sample.latitude_end_deg, sample.longitude_end_deg
    if end[0] is None or end[1] is None:
        return
    distance = _distance_km((latitude, longitude), (end[0], end[1]))
    if distance > MAX_TOW_KM:
        yield _check(
            sample,
            "tow-length",
            "look",
            "Start and end of the tow lie far apart: one of the positions is wrong.",
            value=f"{distance:.0f} km",
            expected=f"less than {MAX_TOW_KM:.0f} km",
            remedy="Correct the position of the start or of the end; mind the sign of the longitude.",
        )


def check_longitudes(project: Project) -> Iterator[Check]:
    """Check that no sample lies on the other side of the zero meridian than all others, as with a wrong sign."""
    samples = {sample.sample_id: sample for sample in samples_of(project)}
    known = {name: one.longitude_deg for name, one in samples.items() if one.longitude_deg is not None}
    if len(known) < 3:
        return
    middle = median(known.values())
    for name, longitude in known.items():
        if abs(longitude - middle) > FAR_DEG and abs(-longitude - middle) < NEAR_DEG:
            yield scan_check(
                name,
                "longitude-sign",
                "look",
                "The longitude lies where the other samples are if its sign is turned.",
                value=f"{longitude:.4f}",
                expected=f"about {middle:.1f}",
                remedy="Turn the sign of the longitude; the legacy form wants west positive.",
                scope="sample",
            )


def check_depths(sample: SampleMetadata) -> Iterator[Check]:
    """Check that the tow went from deep to shallow and not into the bottom."""
    deepest, shallowest, bottom = sample.depth_max_m, sample.depth_min_m, sample.bottom_depth_m
    if deepest is None or shallowest is None:
        yield _check(
            sample,
            "depths",
            "look",
            "The depths of the tow are unknown.",
            expected="Zmax and Zmin, m",
            remedy="Enter Zmax and Zmin.",
        )
        return
    value = f"{shallowest:g} … {deepest:g} m"
    if shallowest > deepest or shallowest < 0:
        yield _check(
            sample,
            "depths",
            "bad",
            "The shallowest point lies below the deepest one, or above the water.",
            value=value,
            expected="0 ≤ Zmin ≤ Zmax",
            remedy="Correct Zmin and Zmax.",
        )
    elif bottom is not None and deepest > bottom:
        yield _check(
            sample,
            "depths",
            "look",
            "The tow went deeper than the bottom.",
            value=f"{value}, bottom {bottom:g} m",
            expected="Zmax ≤ depth of the bottom",
            remedy="Correct Zmax or the depth of the bottom.",
        )
    else:
        yield _check(sample, "depths", "ok", "The depths of the tow are in order.", value=value)


def check_times(scan: Scan) -> Iterator[Check]:
    """Check that the sample was taken before it was scanned."""
    sampled, scanned = scan.sample.sampled_at if scan.sample else None, scan.scanned_at
    if sampled is None:
        if scan.sample is not None:
            yield scan_check(
                scan.scan_id,
                "sampled-at",
                "look",
                "The time of sampling is unknown.",
                value=scan.sample.written.get("date", ""),
                expected="YYYYMMDD-HHMM",
                remedy="Enter date and time.",
            )
        return
    if scanned is not None and sampled > scanned:
        yield scan_check(
            scan.scan_id,
            "sampled-at",
            "bad",
            "The sample was scanned before it was taken.",
            value=f"{sampled:%Y-%m-%d %H:%M}",
            expected=f"before {scanned:%Y-%m-%d %H:%M}",
            remedy="Correct the date of the sample, or the clock of the scanner's computer.",
        )
    else:
        yield scan_check(
            scan.scan_id,
            "sampled-at",
            "ok",
            "The sample was taken before it was scanned.",
            value=f"{sampled:%Y-%m-%d %H:%M}",
        )


def check_agreement(scan: Scan) -> Iterator[Check]:
    """Check that all files give the same values."""
    for issue in scan.issues:
        if issue.code == "metadata-disagree":
            yield issue_check(scan.scan_id, "metadata-agree", issue)


def check_spelling(project: Project) -> Iterator[Check]:
    """Check that no operator and no method is written in two ways."""
    told = {
        "operator": {scan.metadata.operator for scan in project.scans if scan.metadata},
        "method of splitting": {scan.metadata.sub_method for scan in project.scans if scan.metadata},
        "net": {sample.net_type for sample in samples_of(project)},
    }
    for what, names in told.items():
        known = sorted(name for name in names if name)
        alike = [(first, second) for first, second in combinations(known, 2) if _are_alike(first, second)]
        if not known:
            continue
        yield scan_check(
            project.name,
            "spelling",
            "look" if alike else "ok",
            f"Names of the {what} are hardly different." if alike else f"Each {what} is written in one way.",
            value="; ".join(f"{first} / {second}" for first, second in alike) or ", ".join(known),
            remedy="Choose one of them and correct the others." if alike else "",
            scope="project",
        )


def samples_of(project: Project) -> list[SampleMetadata]:
    """Return the samples that have a scan, each once; all of the table where no scan names one."""
    with_scan = {scan.sample.sample_id: scan.sample for scan in project.scans if scan.sample is not None}
    return list((with_scan or project.samples).values())


def _as_written(sample: SampleMetadata) -> bool:
    """Tell whether the position is still the one that was written, and nobody corrected it."""
    written = number(sample.written.get("latitude")), number(sample.written.get("longitude"))
    return written == (sample.latitude_deg, sample.longitude_deg)


def _vertical_volume(sample: SampleMetadata) -> float | None:
    surface, deepest, shallowest = sample.net_surface_m2, sample.depth_max_m, sample.depth_min_m
    if sample.tow_type != VERTICAL or not surface or deepest is None or shallowest is None or deepest <= shallowest:
        return None
    return surface * (deepest - shallowest) * (sample.tow_count or 1)


def _distance_km(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the distance on the sphere (haversine formula)."""
    (lat_1, lon_1), (lat_2, lon_2) = (tuple(map(math.radians, point)) for point in (first, second))
    half = math.sin((lat_2 - lat_1) / 2) ** 2 + math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def _are_alike(first: str, second: str) -> bool:
    plain = [name.lower().replace("-", "_").replace(" ", "_") for name in (first, second)]
    if plain[0] == plain[1]:
        return True
    # Numbers tell names apart (bongo_200, bongo_500); letters may be slips.
    digits = ["".join(sign for sign in name if sign.isdigit()) for name in plain]
    return (
        digits[0] == digits[1]
        and min(map(len, plain)) >= 5
        and SequenceMatcher(a=plain[0], b=plain[1]).ratio() >= ALIKE
    )


def _check(sample: SampleMetadata, code: str, verdict: Verdict, message: str, **told: str) -> Check:
    return scan_check(sample.sample_id, code, verdict, message, scope="sample", **told)
