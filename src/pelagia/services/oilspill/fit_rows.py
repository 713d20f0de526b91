"""What is told of a fit: its forecasts, the posterior, the scores before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pelagia.core.table import Column, TableWriter
from pelagia.services.oilspill.choices import ANGLE, CHOSEN, DIFFUSIVITY, FACTOR, SPREAD
from pelagia.services.oilspill.columns import FIT_COLUMNS, POSTERIOR_COLUMNS, SCORE_COLUMNS
from pelagia.services.oilspill.times import utc_text

WORDS = {
    DIFFUSIVITY: ("Diffusivity", "m²/s"),
    FACTOR: ("Drift as a share of the wind", ""),
    ANGLE: ("Angle of that drift", "°"),
    SPREAD: ("Spread of the start", "km"),
}
INSIDE = (0.025, 0.975)

Record = dict[str, Any]


def write_fit(told: Mapping[str, Any], workdir: Path) -> list[str]:
    """Write the tables ``fit``, ``posterior`` and ``scores``; return their names.

    Parameters
    ----------
    told
        ``rows`` of the search, ``known`` in the end, ``scores``, ``seen``, ``scales_km``.
    workdir
        Takes the tables.
    """
    tables = {
        "fit": (FIT_COLUMNS, fit_rows(told["rows"], told["known"])),
        "posterior": (POSTERIOR_COLUMNS, posterior_rows(told["known"]["draws"])),
        "scores": (SCORE_COLUMNS, score_rows(told)),
    }
    return _write(tables, workdir)


def write_scores(told: Mapping[str, Any], workdir: Path) -> list[str]:
    """Write the table ``scores`` of a forecast that was not fitted; return its name.

    Parameters
    ----------
    told
        ``scores``, ``seen``, ``scales_km``.
    workdir
        Takes the table.
    """
    return _write({"scores": (SCORE_COLUMNS, score_rows(told, is_fitted=False))}, workdir)


def fit_rows(rows: Sequence[Mapping[str, Any]], known: Mapping[str, Any]) -> list[Record]:
    """Return the forecasts of the search in the order they were asked for."""
    best = [bool(np.allclose(row["unit"], known["best_unit"], atol=1e-8)) for row in rows]
    return [
        {
            "evaluation": number,
            "batch": row["batch"],
            **{name: row["choice"][name] for name in CHOSEN},
            "score": row["score"],
            "centroid_km": row["centroid_km"],
            "surrogate": known["surrogate"][number],
            "surrogate_sd": known["surrogate_sd"][number],
            "is_best": best[number],
        }
        for number, row in enumerate(rows)
    ]


def posterior_rows(draws: Sequence[Mapping[str, float]]) -> list[Record]:
    """Return the draws of the posterior."""
    return [{"draw": number, **{name: draw[name] for name in CHOSEN}} for number, draw in enumerate(draws)]


def score_rows(told: Mapping[str, Any], *, is_fitted: bool = True) -> list[Record]:
    """Return the scores of all forecasts, by pass and scale; without a fit nothing is kept from one."""
    held_out = told["seen"]["times_s"][told["seen"]["training"] :] if is_fitted else []
    return [
        {
            "forecast": forecast,
            "observed_utc": utc_text(one["time_s"]),
            "is_held_out": one["time_s"] in held_out,
            "scale_km": scale,
            "fss": fss,
            "fss_useful": one["useful"],
            "centroid_km": one["centroid_km"],
        }
        for forecast, passes in told["scores"].items()
        for one in passes
        for scale, fss in zip(told["scales_km"], one["fss"], strict=True)
    ]


def fit_figures(told: Mapping[str, Any]) -> dict[str, Record]:
    """Return the figures of the summary: scores before and after, the fitted parameters with their intervals."""
    figures = {
        f"fss_{forecast}": _figure(_mean_score(told, forecast), f"Mean fraction skill score, {words}, {_passes(told)}")
        for forecast, words in (
            ("fitted", "fitted forecast"),
            ("defaults", "forecast as given"),
            ("persistence", "slick stays where it was"),
        )
    }
    for name in (prior["name"] for prior in told["known"]["priors"]):
        words, unit = WORDS[name]
        low, high = interval_of(name, told["known"]["draws"])
        figures[f"fitted_{name}"] = _figure(told["known"]["best"][name], f"{words}, fitted", unit) | {
            "low": low,
            "high": high,
        }
    return figures


def interval_of(name: str, draws: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    """Return the 95 % of a posterior; of the spread, which is most likely none, from 0 on."""
    values = [draw[name] for draw in draws]
    if name == SPREAD:
        return 0.0, float(np.quantile(values, 0.95))
    low, high = np.quantile(values, INSIDE).tolist()
    return low, high


def score_figures(told: Mapping[str, Any]) -> dict[str, Record]:
    """Return the figures of the summary where nothing was fitted: the mean scores of all passes."""
    return {
        f"fss_{forecast}": _figure(
            float(np.mean([one["fss"] for one in told["scores"][forecast]])),
            f"Mean fraction skill score, {words}, on all passes",
        )
        for forecast, words in (("defaults", "forecast as given"), ("persistence", "slick stays where it was"))
    }


def fit_notes(told: Mapping[str, Any]) -> list[str]:
    """Return what must be said of a fit."""
    known, seen = told["known"], told["seen"]
    said = [
        f"Fitted to {_count(seen['training'])} by {len(told['rows'])} forecasts; the noise of one score is "
        f"{known['noise_sd']:.2g}. The interval of a parameter is of its posterior: the prior times "
        f"(1 - score)^(-n/2), n = {known['looks']:.3g} independent looks. Errors of the forcing that no parameter "
        "makes up for are not in it.",
        "Before a slick was seen later: "
        + "; ".join(f"{WORDS[prior['name']][0].lower()} {prior['why']}" for prior in known["priors"])
        + ".",
    ]
    if len(seen["times_s"]) == seen["training"]:
        said.append("There is one observation only: the scores are of the one that was fitted to, and flatter the fit.")
    said += _doubts(known)
    if known["is_guided"]:
        said.append(
            "No forecast meets what was observed at the scales compared: the fit followed the distance of the centres "
            "alone, and the posterior says no more than was known before."
        )
    elif any(row["is_guided"] for row in told["rows"]):
        said.append("At first no forecast met what was observed: some batches followed the distance of the centres.")
    return said


def _doubts(known: Mapping[str, Any]) -> list[str]:
    """Say where the highest score belongs to a choice that is hardly possible: it was not taken."""
    outside = []
    highest = known["highest"]
    if highest["choice"] == known["best"]:
        return []
    for prior in known["priors"]:
        name = prior["name"]
        low, high = interval_of(name, known["draws"])
        if not low <= highest["choice"][name] <= high:
            outside.append(f"{WORDS[name][0].lower()} {highest['choice'][name]:.3g}")
    if not outside:
        return []
    return [
        f"The highest score of the search, {highest['score']:.3g}, is not the one that is forecast with: it needs "
        f"{', '.join(outside)}, outside the 95 % of the posterior. What was seen is too little to believe that, or the "
        "forcing is wrong in a way that it makes up for."
    ]


def _write(tables: Mapping[str, tuple[tuple[Column, ...], Sequence[Record]]], workdir: Path) -> list[str]:
    for name, (columns, rows) in tables.items():
        with TableWriter(name, workdir / f"{name}.parquet", columns) as writer:
            writer.write_records(rows)
    return list(tables)


def _figure(value: float | None, description: str, unit: str = "") -> Record:
    return {"value": value, "description": description, "unit": unit}


def _mean_score(told: Mapping[str, Any], forecast: str) -> float:
    """Return the mean score on the pass that was held out, or else on all."""
    training = told["seen"]["training"]
    passes = told["scores"][forecast]
    return float(np.mean([one["fss"] for one in passes[training:] or passes]))


def _passes(told: Mapping[str, Any]) -> str:
    seen = told["seen"]
    return "on the pass kept from the fit" if len(seen["times_s"]) > seen["training"] else "on the pass fitted to"


def _count(passes: int) -> str:
    return "1 pass" if passes == 1 else f"{passes} passes"
