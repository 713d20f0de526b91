"""What a duty officer asks first, answered in sentences; and how to read the figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.oilspill.fates import FATE_NAMES
from pelagia.exports.oilspill.words import duration, minute, place
from pelagia.exports.report.numbers import many, percent, quantity
from pelagia.exports.report.oilspill.balance import fates_of
from pelagia.exports.report.oilspill.coast import Coast, length_km
from pelagia.exports.report.oilspill.fit import Fit
from pelagia.exports.report.oilspill.spread import spread

ASSUMED = "assumed"
CLOSES = 1e-6

Row = Mapping[str, Any]


def answers(
    result: Result,
    balance: Sequence[Row],
    coast: Coast,
    stretches: Sequence[Row],
    slicks: Sequence[Row],
    fit: Fit | None,
) -> tuple[tuple[str, str], ...]:
    """Return question and answer: where the oil is, whether it reaches a shore, what is left, how sure that is."""
    if not balance:
        return _of_slicks(slicks)
    if balance[-1]["hours"] < 0:
        return (("Where did it come from?", _origin(balance)), ("How sure is that?", _sureness(result, fit)))
    return (
        ("Where does it go?", _way(balance)),
        ("Does it reach a shore?", _shore(balance, coast, stretches, result)),
        ("What becomes of it?", _fates(balance, slicks)),
        ("How sure is that?", _sureness(result, fit)),
    )


def caveats(balance: Sequence[Row], result: Result) -> tuple[str, ...]:
    """Return what belongs to every figure of the page."""
    if not balance:
        return ()
    told = [
        "A map shows the oil of a cell as if it lay evenly in it: within a cell it lies thicker and thinner.",
        "Oil is drawn by elements, each of the same mass: where no element lies there may still be traces.",
        "Amounts are of oil without the water that it takes up; an emulsion has several times that volume.",
    ]
    if "probability" in result.tables:
        told.append(
            "A probability is the share of the forecasts: none of so many says little of what is rarer than three by"
            " their number."
        )
    closes = max(abs(row["closure_error"]) for row in balance)
    told.append(f"The mass balance closes to {quantity(closes, 2)} of the oil at all times; each step is held to 10⁻⁶.")
    return tuple(told)


def _of_slicks(slicks: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    found = [row for row in slicks if row["role"] == "detected"]
    if not found:
        return (("What was found?", "No slick was found."),)
    area = sum(row["area_km2"] or 0.0 for row in found)
    doubtful = sum(bool(row["look_alike"]) for row in found)
    told = f"{many(len(found), 'slick')}"
    told += f" of {quantity(area, 3)} km² together." if area else ", of which it is not known where they lie."
    if doubtful:
        told += f" Of {doubtful if doubtful < len(found) else 'all'} something says that they may be no oil."
    return (("What was found?", told), ("Where does it go?", "No forecast was made."))


def _way(balance: Sequence[Row]) -> str:
    known = [row for row in balance if row["centre_lat"] is not None]
    if not known:
        return "At no time of the maps is oil at the surface."
    first, last = known[0], known[-1]
    when = "At the end" if last is balance[-1] else "The last that is seen at the surface"
    told = f"{when} ({minute(last['time_utc'])}) its centre is at {place(last['centre_lat'], last['centre_lon'])}"
    if last is not first:
        told += f", {_distance(first, last)} of where it was at {minute(first['time_utc'])}"
    return told + "."


def _origin(balance: Sequence[Row]) -> str:
    known = [row for row in balance if row["centre_lat"] is not None]
    if not known:
        return "At no time of the maps is oil at the surface."
    last = known[-1]
    return (
        f"At {minute(last['time_utc'])}, {duration(last['hours'])} earlier, the centre of what became this oil"
        f" was at {place(last['centre_lat'], last['centre_lon'])}, {_distance(known[0], last)} of it, if it was"
        " already in the sea then."
    )


def _distance(first: Row, last: Row) -> str:
    lat = math.radians((first["centre_lat"] + last["centre_lat"]) / 2.0)
    north = 111.195 * (last["centre_lat"] - first["centre_lat"])
    east = 111.195 * ((last["centre_lon"] - first["centre_lon"] + 180.0) % 360.0 - 180.0) * math.cos(lat)
    names = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
    name = names[round(math.degrees(math.atan2(east, north)) / 45.0) % 8]
    return f"{quantity(math.hypot(north, east), 2)} km {name}"


def _shore(balance: Sequence[Row], coast: Coast, stretches: Sequence[Row], result: Result) -> str:
    if not coast.is_known:
        return "Not known: this run had no shoreline."
    reached = [row for row in stretches if row["first_arrival_h"] is not None]
    until = f"within {duration(balance[-1]['hours'])}"
    if reached:
        first = min(reached, key=lambda row: row["first_arrival_h"])
        told = (
            f"Yes: first after {quantity(first['first_arrival_h'], 2)} h ({minute(first['first_arrival_utc'])}) at"
            f" {place(first['lat'], first['lon'])}; {until} it reaches {quantity(length_km(reached), 2)} km of coast."
        )
    else:
        told = f"Not {until}."
    return told + _chance(coast, stretches, result)


def _chance(coast: Coast, stretches: Sequence[Row], result: Result) -> str:
    figure = result.summary.get("shore_probability")
    if figure is None or not isinstance(figure.value, float):
        return ""
    told = (
        f" Probability of any shore: {percent(figure.value)} (95 %: {percent(figure.low)} to {percent(figure.high)})."
    )
    likely = [row for row in stretches if (row["impact_probability"] or 0.0) >= 0.5]
    if coast.has_ensemble and likely:
        told += f" {quantity(length_km(likely), 2)} km of coast have 50 % or more."
    return told


def _fates(balance: Sequence[Row], slicks: Sequence[Row]) -> str:
    last = balance[-1]
    shares = [(last[f"{fate}_fraction"], FATE_NAMES[fate]) for fate in fates_of(balance)]
    shares.sort(key=lambda one: -one[0])
    told = f"Of {quantity(last['spilled_t'], 3)} t at the end " + ", ".join(
        f"{percent(share)} {name}" for share, name in shares if share > 0
    )
    if any(row["role"] == "start" and row["mass_source"] == ASSUMED for row in slicks):
        told += ". The mass is assumed, not told: all masses scale with it"
    return told + "."


def _sureness(result: Result, fit: Fit | None) -> str:
    told = [spread(result) or "One forecast alone says nothing of it: run it again with members for probabilities."]
    if fit is None:
        told.append("It was not compared with anything seen later.")
    else:
        told += [_skill(fit), _centres(fit)]
    return " ".join(told)


def _skill(fit: Fit) -> str:
    """Say from which scale on the forecast is useful, on the passes that the fit did not know where there are such."""
    scores = [one for one in fit.scores if one.is_held_out or not fit.has_held_out]
    useful = [one for one in scores if one.own is not None and one.useful is not None and one.own >= one.useful]
    passes = "the pass that the fit did not know" if fit.has_held_out else "what was seen later"
    beaten = [one for one in scores if (one.persistence or 0.0) > (one.own or 0.0)]
    told = f"Compared with {passes}, it is "
    if useful:
        told += f"useful from a scale of {useful[0].scale} on."
    else:
        told += f"not useful at any scale up to {scores[-1].scale}: take the maps as one of many ways it may go."
    return told + (" A slick that stays where it was does better at some scale." if beaten else "")


def _centres(fit: Fit) -> str:
    """Say how far the centres are apart at the last pass."""
    seen, still, given, fitted = fit.centres[-1]
    own, others = (fitted, f"{given} km before the fit, ") if fit.is_fitted else (given, "")
    return f"Its centre is {own} km from that of the slick seen at {seen} ({others}{still} km for a slick that stays)."
