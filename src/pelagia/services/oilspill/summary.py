"""The figures a person wants first, and what must be said of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pelagia.core.result import Figure
from pelagia.core.service import Request
from pelagia.services.oilspill.columns import FATES
from pelagia.services.oilspill.service import OilspillParams
from pelagia.services.oilspill.starting import ASSUMED

Told = Mapping[str, Any]
_UNIT = re.compile(r"_(kg_m3|mm2_s|bar|c|k)$")
_FATE_WORDS = {
    "unreleased": "not yet released",
    "surface": "at the surface",
    "evaporated": "evaporated",
    "dispersed": "dispersed in the water",
    "beached": "on the shore",
    "seeped": "seeped into the shore",
    "sedimented": "on the bottom",
    "outside": "outside the area of the forcing",
}


def summarise(request: Request[OilspillParams], told: Told) -> dict[str, Figure]:
    """Return the figures of a result, the most wanted first.

    Parameters
    ----------
    request
        With the parameters.
    told
        What the parts of the run told.
    """
    figures: dict[str, Figure] = {}
    if "end" in told:
        strands = told["has_shoreline"] and request.params.direction == "forward"
        figures |= _of_forecast(told, strands=strands)
    if told.get("ensemble"):
        figures |= {name: Figure(**one) for name, one in told["ensemble"]["figures"].items()}
    if told.get("fit"):
        figures |= {name: Figure(**one) for name, one in told["fit"]["figures"].items()}
    return figures | _of_slicks(told)


def notes(request: Request[OilspillParams], told: Told) -> tuple[str, ...]:
    """Return the sentences that belong beside every figure.

    Parameters
    ----------
    request
        With the parameters.
    told
        What the parts of the run told.
    """
    said: list[str] = []
    if "end" in told:
        said += _oil_notes(request.params, told)
        said += told["notes"]
        if request.params.direction == "backward":
            said.append(
                "Backward in time oil does not weather or spread, and all of it is there at once: the maps show where "
                "it may have come from, not how much there was."
            )
        elif not told.get("ensemble"):
            said.append(
                "This is one forecast: errors of currents, wind and start are not in it. Give members for an ensemble."
            )
    for part in ("fit", "ensemble"):
        said += told.get(part, {}).get("notes", [])
    if any(slick["role"] == "detected" for slick in told["slicks"]):
        said.append("Slicks found in a scene are likely, not certain: low wind, algae and rain look alike on radar.")
    return tuple(said)


def _of_forecast(told: Told, *, strands: bool) -> dict[str, Figure]:
    end = told["end"]
    always = ("surface", "evaporated", "beached") if strands else ("surface", "evaporated")
    shares = {
        f"{fate}_share": Figure(
            value=end[f"{fate}_fraction"], description=f"Share of the oil {_FATE_WORDS[fate]} at the end", unit="share"
        )
        for fate in FATES
        if end[f"{fate}_fraction"] or fate in always
    }
    return {
        "spilled_t": Figure(value=end["spilled_t"], description="Oil spilled", unit="t"),
        **shares,
        **(_of_coast(told) if strands else {}),
        "centre_lat": Figure(
            value=end["centre_lat"], description="Centre of the oil at the surface, latitude", unit="°"
        ),
        "centre_lon": Figure(
            value=end["centre_lon"], description="Centre of the oil at the surface, longitude", unit="°"
        ),
        "water_share": Figure(value=end["water_fraction"], description="Water in the emulsion", unit="share"),
        "viscosity_mm2_s": Figure(
            value=end["viscosity_mm2_s"], description="Viscosity of the emulsion at the end", unit="mm²/s"
        ),
        "closure_error": Figure(
            value=told["closure_error"],
            description="Largest error of the mass balance",
            unit="share",
        ),
    }


def _of_coast(told: Told) -> dict[str, Figure]:
    """Return how much of the coast is reached, and when first; without a time where none is."""
    figures = {"coast_km": Figure(value=told["coast_km"], description="Coast that oil reaches", unit="km")}
    if told["first_arrival_h"] is None:
        return figures
    first = Figure(value=told["first_arrival_h"], description="Hours until the first oil reaches a shore", unit="h")
    return {"first_arrival_h": first, **figures}


def _of_slicks(told: Told) -> dict[str, Figure]:
    roles = {"detected": "Slicks found in scenes", "start": "Slicks at the start", "observed": "Slicks observed later"}
    figures: dict[str, Figure] = {}
    for role, words in roles.items():
        members = [slick for slick in told["slicks"] if slick["role"] == role]
        if members:
            known = [slick["area_km2"] for slick in members if slick["area_km2"] is not None]
            area = sum(known) if known else None
            figures[f"slicks_{role}"] = Figure(value=len(members), description=words)
            if area != 0.0:
                figures[f"area_{role}_km2"] = Figure(value=area, description=f"{words}: area together", unit="km²")
    return figures


def _oil_notes(params: OilspillParams, told: Told) -> list[str]:
    """Say which oil was taken, what of it is not measured, and where the mass is assumed."""
    said = []
    for name in sorted({one["oil"] for one in told["told"]}):
        estimated = sorted({value for one in told["told"] if one["oil"] == name for value in one["estimated"]})
        words = ", ".join(_UNIT.sub("", value).replace("_", " ") for value in estimated)
        said.append(f"Oil: {name}" + (f"; estimated by relations, not measured: {words}." if words else "."))
    if any(one["mass_source"] == ASSUMED for one in told["told"]):
        said.append(
            f"Nobody told how much oil there is: it was taken as area times {params.thickness_um:g} µm. All masses "
            "and concentrations scale with it; where the oil goes hardly depends on it."
        )
    return said
