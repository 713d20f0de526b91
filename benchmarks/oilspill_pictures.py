"""Draw how Pelagia's spills compare with those of OpenOil and of the original MEDSLIK-II, for the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from benchmarks import oilspill_medslik
from benchmarks.oilspill_peer_cases import OILS, Hourly, km_from
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pelagia.ocean.simulation import advance, begin

OURS, THEIRS, LAND = "#0b6e8a", "#c4622d", "#8a8578"
STYLE: Any = {"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
SHOWN = 2_000
"""Elements in a map."""

Pair = tuple[Hourly, Hourly]


def draw(pairs: Mapping[str, Pair], folder: Path) -> None:
    """Draw all for which there is something to show."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        if oilspill_medslik.SYRIA.is_dir():
            _save(original_fates(), folder / "original-fates.png")
            _save(original_places(), folder / "original-places.png")
        if pairs:
            _save(weathering(pairs), folder / "openoil-weathering.png")
            _save(drift(pairs), folder / "openoil-drift.png")


def original_fates() -> Figure:
    """Show what became of the oil off Syria, in Pelagia and in the original."""
    figure = Figure(figsize=(7.2, 2.5), layout="constrained")
    ours, theirs = (oilspill_medslik.curves(name) for name in ("Pelagia", "original"))
    panels = {
        "% of the oil": ("evaporated", "ashore", "seeped"),
        "water in the emulsion": ("water_fraction",),
        "viscosity, mm²/s": ("viscosity_mm2_s",),
    }
    for axis, (title, names) in zip(figure.subplots(1, 3, width_ratios=(1.5, 1, 1)), panels.items(), strict=True):
        for name in names:
            axis.plot(theirs["hours"], theirs[name], color=THEIRS, lw=3, alpha=0.5)
            axis.plot(ours["hours"], ours[name], color=OURS, lw=1)
            if len(names) > 1:
                axis.annotate(name, (24, ours[name][-1]), (-2, 3), textcoords="offset points", ha="right")
        _frame(axis, title, "hours")
    figure.axes[1].legend(figure.axes[1].lines, ["MEDSLIK-II", "Pelagia"], loc="lower right")
    return figure


def original_places() -> Figure:
    """Show where the oil off Syria is after 1, 6, 12 and 24 hours, in Pelagia and in the original."""
    figure = Figure(figsize=(7.2, 2.2), layout="constrained")
    theirs = oilspill_medslik.original_places()
    setup = oilspill_medslik.syria(spreads=False)
    shore, state = setup.shoreline, begin(setup)
    for row, (axis, hour) in enumerate(zip(figure.subplots(1, 4), theirs["hours"], strict=True)):
        state = advance(state, setup, oilspill_medslik.START_S + hour * 3600.0)
        lat0, lon0 = theirs["lat"][row].mean(), theirs["lon"][row].mean()
        every = len(state.lat_deg) // SHOWN
        for lat, lon, colour in (
            (theirs["lat"][row], theirs["lon"][row], THEIRS),
            (state.lat_deg, state.lon_deg, OURS),
        ):
            north, east = km_from(lat[::every], lon[::every], lat0, lon0)
            axis.plot(east, north, ".", ms=2.2, alpha=0.45, color=colour, mew=0)
        if shore is not None:
            _coast(axis, shore, lat0, lon0)
        axis.set(xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), aspect="equal")
        _frame(axis, f"{hour:.0f} h", "km east")
    figure.axes[0].set_ylabel("km north")
    figure.axes[0].legend(figure.axes[0].lines[:2], ["MEDSLIK-II", "Pelagia"], loc="lower left", markerscale=4)
    return figure


def weathering(pairs: Mapping[str, Pair]) -> Figure:
    """Show what becomes of oils under 7 m/s of wind at 15 °C in Pelagia and in OpenOil."""
    figure = Figure(figsize=(7.2, 2.7), layout="constrained")
    for axis, name in zip(figure.subplots(1, 3, sharey=True), OILS.values(), strict=True):
        for told, style in zip(pairs[name], ("-", "--"), strict=True):
            for fate, colour in (("evaporated", THEIRS), ("dispersed", OURS), ("surface", LAND)):
                axis.plot(told["hours"], 100.0 * told[fate], style, color=colour, label=fate)
        _frame(axis, name, "hours")
    figure.axes[0].set_ylabel("% of the oil")
    kinds = [Line2D([], [], color="black", ls=style) for style in ("-", "--")]
    words = ["evaporated", "dispersed", "at the surface", "Pelagia", "OpenOil"]
    figure.legend([*figure.axes[0].lines[:3], *kinds], words, loc="outside lower center", ncols=5)
    return figure


def drift(pairs: Mapping[str, Pair]) -> Figure:
    """Show how far apart the two models have the oil off Algeria, and what the coast holds."""
    figure = Figure(figsize=(7.2, 2.5), layout="constrained")
    place, coast = figure.subplots(1, 2, width_ratios=(1.6, 1))
    name = "Algeria, weathering off"
    if name in pairs:
        ours, theirs = pairs[name]
        lat0, lon0 = ours["lat"][0].mean(), ours["lon"][0].mean()
        every = max(1, ours["lat"].shape[1] // SHOWN)
        for told, row, colour in ((ours, 0, LAND), (theirs, -1, THEIRS), (ours, -1, OURS)):
            north, east = km_from(told["lat"][row][::every], told["lon"][row][::every], lat0, lon0)
            place.plot(east, north, ".", ms=2.0, alpha=0.4, mew=0, color=colour)
        place.set_aspect("equal")
        place.legend(place.lines, ["start", "OpenOil", "Pelagia"], loc="lower center", markerscale=4)
        _frame(place, "off Algeria, at the start and 25 h later", "km east")
        place.set_ylabel("km north")
    for told, width, colour, label in zip(
        reversed(pairs["coast"]), (3.0, 1.0), (THEIRS, OURS), ("OpenOil", "Pelagia"), strict=True
    ):
        coast.plot(told["hours"], 100.0 * told["stranded"], lw=width, color=colour, label=label)
    _frame(coast, "% of the elements ashore", "hours")
    coast.legend(loc="upper left")
    return figure


def _coast(axis: Any, shore: Any, lat0: float, lon0: float) -> None:
    for lat, lon in zip(
        np.column_stack([shore.lat_a, shore.lat_b]), np.column_stack([shore.lon_a, shore.lon_b]), strict=True
    ):
        north, east = km_from(lat, lon, lat0, lon0)
        if np.hypot(north, east).min() < 4.0:
            axis.plot(east, north, color=LAND, lw=0.8)


def _frame(axis: Any, title: str, below: str) -> None:
    axis.set_title(title, loc="left", fontsize=8)
    axis.set_xlabel(below)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=110, pil_kwargs={"optimize": True}, metadata={"Software": None})
    print(path, path.stat().st_size)
