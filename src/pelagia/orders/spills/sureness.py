"""How sure a forecast is, in words with figures: what an ensemble, a fit and the balance say; and what nothing says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from pelagia.exports.oilspill.fates import FATE_NAMES
from pelagia.exports.report.numbers import many, percent, quantity
from pelagia.orders.spills.balance import Balance
from pelagia.orders.spills.fitted import Fitted, Pass
from pelagia.orders.spills.layers import scans_of
from pelagia.orders.spills.scan import Scan
from pelagia.orders.spills.tables import GRID, MEMBERS, PROBABILITY, Record, read_rows

KM_PER_DEGREE = math.pi / 180 * 6371.0088
CLOSES = 1e-6
"""Of the spilled mass: what a balance must close to."""
Z_95 = 1.959964
"""Of the interval of a share by Wilson: none of n leaves z² / (n + z²)."""
LEAST_OUTSIDE = 0.001
"""Share of the oil that left the area from which on that is told."""
SHARES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One thing that is said: of what, in words, and whether it is a reason for care."""

    about: str
    words: str
    is_warning: bool = False


def sayings(folder: Path, balance: Balance | None, fitted: Fitted | None, coast: Sequence[Record]) -> list[Saying]:
    """Return what can be said of how sure a forecast is.

    Parameters
    ----------
    folder
        The output folder.
    balance, fitted
        Of the result.
    coast
        The stretches of coast that oil reaches.
    """
    if balance is None:
        return []
    members = read_rows(folder, MEMBERS)
    said = _lost(balance)
    said += _ensemble(folder, balance, members, coast) if members else [_alone()]
    if fitted is not None:
        said += _scores(fitted)
    else:
        said.append(
            Saying(
                about="Compared with observations",
                words="With none: nobody knows yet how well this forecast does here. Give a slick seen later as "
                "“observed”, and it is scored and can be fitted.",
                is_warning=True,
            )
        )
    return [*said, _closure(balance)]


def _lost(balance: Balance) -> list[Saying]:
    """Say that oil left the area of the forcing: nothing is known of it, and no coast it reaches is told."""
    share = outside_of(balance)
    if share < LEAST_OUTSIDE:
        return []
    _, low, high = balance.spread.get("outside", (share, share, share))
    range_ = f", {percent(low)} to {percent(high)} in nine of ten forecasts" if high > low else ""
    return [
        Saying(
            about="Oil that left the area",
            words=f"{percent(share)} of the oil{range_}: it drifts out of the area of the currents and winds that were "
            "given. Where it goes from there is not known, and coasts that it may reach are missing below. Give "
            "currents and winds of a larger area.",
            is_warning=True,
        )
    ]


def outside_of(balance: Balance) -> float:
    """Return the share of the oil that left the area of the forcing: the larger of one forecast and of the mean."""
    mean = balance.spread.get("outside", (0.0, 0.0, 0.0))[0]
    return max(float(balance.last["outside_fraction"] or 0.0), mean)


def _alone() -> Saying:
    return Saying(
        about="One forecast alone",
        words="It shows one way the oil may go and says nothing of how sure that is. Start it again with an ensemble "
        "of 50 or more, and each place and stretch of coast has its probability.",
        is_warning=True,
    )


def _ensemble(folder: Path, balance: Balance, members: Sequence[Record], coast: Sequence[Record]) -> list[Saying]:
    said = [Saying(about="Place at the end", words=_place(members))]
    if "surface" in balance.spread:
        parts = [
            f"{FATE_NAMES[fate]} {percent(mean)} ({percent(low)} to {percent(high)} in nine of ten)"
            for fate, (mean, low, high) in balance.spread.items()
            if high >= 0.01 and fate != "unreleased"
        ]
        said.append(Saying(about="Fate at the end", words=f"Mean of the forecasts: {'; '.join(parts)}."))
    area = _area(folder)
    if area:
        said.append(Saying(about="Area that may see oil", words=area))
    is_lost = outside_of(balance) >= LEAST_OUTSIDE
    beyond = " That holds within the area of the currents and winds alone, which oil has left." if is_lost else ""
    said.append(Saying(about="Coast", words=_coast(coast, len(members)) + beyond, is_warning=is_lost))
    return said


def _place(members: Sequence[Record]) -> str:
    known = [(row["centre_lat"], row["centre_lon"]) for row in members if row["centre_lat"] is not None]
    head = f"{many(len(members), 'forecast')}, each with other winds, currents, start and drift."
    if not known:
        return f"{head} In none of them is oil left at the surface."
    lat = sum(place[0] for place in known) / len(known)
    first = known[0][1]
    lon = first + sum(_nearest(place[1] - first) for place in known) / len(known)
    wide = math.cos(math.radians(lat))
    away = sorted(KM_PER_DEGREE * math.hypot(place[0] - lat, _nearest(place[1] - lon) * wide) for place in known)
    half, most = (away[min(len(away) - 1, math.ceil(share * len(away)) - 1)] for share in (0.5, 0.9))
    told = f"{head} The centre of the oil lies within {quantity(half, 2)} km of {_degrees(lat, lon)} in half of them, "
    return f"{told}within {quantity(most, 2)} km in nine of ten."


def _nearest(degrees: float) -> float:
    return (degrees + 180.0) % 360.0 - 180.0


def _degrees(lat: float, lon: float) -> str:
    lon = _nearest(lon)
    return f"{abs(lat):.2f}° {'N' if lat >= 0 else 'S'}, {abs(lon):.2f}° {'E' if lon >= 0 else 'W'}"


def _area(folder: Path) -> str:
    """Say how large the areas are in which oil is likely at any time."""
    scan: Scan | None = scans_of(folder).get(PROBABILITY)
    grids = read_rows(folder, GRID)
    if scan is None or not grids or "" not in scan.parts:
        return ""
    found = scan.read("", ["lat", "probability"]).to_pylist()
    cell = grids[0]["lat_step"] * grids[0]["lon_step"] * KM_PER_DEGREE**2
    sizes = [
        sum(cell * math.cos(math.radians(row["lat"])) for row in found if (row["probability"] or 0.0) >= share)
        for share in SHARES
    ]
    told = [f"{quantity(size, 2)} km² with {percent(share)} or more" for size, share in zip(sizes, SHARES, strict=True)]
    return f"At any time within the run: {', '.join(told)}."


def _coast(coast: Sequence[Record], members: int) -> str:
    hit = [row for row in coast if (row["impact_probability"] or 0.0) > 0]
    if not hit:
        most = Z_95**2 / (members + Z_95**2)
        return f"No forecast reaches it; that leaves a probability of at most {percent(most)}."
    likely = [row for row in hit if row["impact_probability"] >= 0.5]
    surest = max(hit, key=lambda row: (row["impact_probability"], row["load_kg_m"] or 0.0))
    low, high = surest["impact_low"], surest["impact_high"]
    arrival = ""
    if surest["first_arrival_h"] is not None:
        arrival = f", first oil after {_hours(surest['first_arrival_h'])} h"
    if surest["arrival_low_h"] is not None and surest["arrival_high_h"] is not None:
        among = f"{_hours(surest['arrival_low_h'])} to {_hours(surest['arrival_high_h'])} h"
        arrival = f"{arrival}; of all forecasts nine of ten say {among}"
    where = f"{surest['stretch_id']} at {_degrees(surest['lat'], surest['lon'])}"
    chance = f"{percent(surest['impact_probability'])} ({percent(low)} to {percent(high)})"
    return (
        f"{many(len(hit), 'stretch', 'stretches')} of {_length(hit)} km may be reached, "
        f"{len(likely)} of {_length(likely)} km with 50 % or more. Surest is {where}: {chance}{arrival}."
    )


def _hours(hours: float) -> str:
    """Return hours no finer than a forecast knows them."""
    if abs(hours) < 0.1:
        return "< 0.1"
    return f"{hours:.1f}" if abs(hours) < 10 else f"{hours:.0f}"


def _length(rows: Sequence[Record]) -> str:
    return quantity(float(sum(row["length_km"] or 0.0 for row in rows)), 2)


def _scores(fitted: Fitted) -> list[Saying]:
    """Say how forecasts did, pass by pass: on those that the fit did not know, where there are such."""
    held_out = [one for one in fitted.passes if one.is_held_out]
    found = groupby(held_out or fitted.passes, key=lambda one: one.observed_utc)
    return [_pass(when, list(scales), fitted.evaluations > 0) for when, scales in found]


def _pass(observed_utc: str, scales: Sequence[Pass], is_fitted: bool) -> Saying:
    known = ", which the fit did not know" if scales[0].is_held_out else ", which the fit was made with" * is_fitted
    useful = [one for one in scales if _is_useful(one)]
    beaten = [one for one in scales if _is_beaten(one)]
    told = f"useful from {_km(useful[0])} on" if useful else f"not useful at any scale up to {_km(scales[-1])}"
    worse = f" At {_all(beaten)}, a slick that stays where it was does better." if beaten else ""
    return Saying(
        about=f"Compared with {observed_utc[:16].replace('T', ' ')} UTC",
        words=f"Skill scores on the slick seen then{known}: {'; '.join(map(_score, scales))}. The forecast is "
        f"{told}.{worse}",
        is_warning=not useful or bool(beaten),
    )


def _score(one: Pass) -> str:
    before = f"{_fss(one.fss.get('defaults'))} before the fit, " if "fitted" in one.fss else ""
    still = f"{_fss(one.fss.get('persistence'))} for a slick that stays"
    return f"{_fss(_own(one))} at {_km(one)} ({before}{still}, useful from {_fss(one.useful)})"


def _own(one: Pass) -> float | None:
    return one.fss.get("fitted", one.fss.get("defaults"))


def _is_useful(one: Pass) -> bool:
    score = _own(one)
    return score is not None and one.useful is not None and score >= one.useful


def _is_beaten(one: Pass) -> bool:
    score, still = _own(one), one.fss.get("persistence")
    return score is not None and still is not None and still > score


def _km(one: Pass) -> str:
    return f"{one.scale_km:g} km"


def _all(passes: Sequence[Pass]) -> str:
    return " and ".join(map(_km, passes))


def _fss(score: float | None) -> str:
    return "unknown" if score is None else f"{score:.2f}"


def _closure(balance: Balance) -> Saying:
    closes = balance.worst_closure <= CLOSES
    error = quantity(balance.worst_closure, 2)
    return Saying(
        about="Mass balance",
        words=f"It closes to {error} of the spilled mass at all times."
        if closes
        else f"It does not close: {error} of the spilled mass is missing or too much.",
        is_warning=not closes,
    )
