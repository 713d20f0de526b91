"""Slicks observed later, put together by the time they were seen, as what a forecast is compared with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pelagia.core.result import Issue
from pelagia.io.findings import Findings
from pelagia.ocean.fit.posterior import independent_looks
from pelagia.ocean.geodesy import METRES_PER_DEGREE, near_lon
from pelagia.ocean.score.cells import CELL_KM, square_grid
from pelagia.ocean.score.skill import MOST_CELLS, Target, make_target, odd_window
from pelagia.services.oilspill.given import comparable
from pelagia.services.oilspill.setups import load_setup
from pelagia.services.oilspill.times import utc_text

CELLS_A_SCALE = 3
"""Cells across the smallest window, and no finer: some thousand elements then fill a slick, so that diffusion is not
taken for what fills it."""
SAME_PASS_S = 900.0
"""Slicks seen within that time of each other were seen at one time: on one pass of a satellite."""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pass:
    """What was seen at one time.

    Parameters
    ----------
    time_s
        Unix time, s.
    target
        The slicks.
    """

    time_s: float
    target: Target


def write_observed(observed: Sequence[Record], setup: str, scales_km: Sequence[float], path: Path) -> Record:
    """Put slicks together by time and write them for the processes that score forecasts.

    Parameters
    ----------
    observed
        Records of the slicks, each with its time.
    setup
        Folder of the setup.
    scales_km
        At which forecasts are scored.
    path
        The file.

    Returns
    -------
    dict
        ``path``; ``times_s`` of the passes; ``training``: how many of them, the first, are fitted to; ``looks``: how
        many independent looks those are worth; ``hours`` from the start to the last; ``issues``.
    """
    spill = load_setup(setup)
    findings = Findings()
    findings.add_all(_elsewhen(observed, spill.start_s))
    usable = comparable(observed, spill.start_s)
    passes = [
        {
            "time_s": float(np.mean([slick["time_s"] for slick in group])),
            "cell_km": max(CELL_KM, min(scales_km) / CELLS_A_SCALE, _least_cell_km(slicks)),
            "slicks": slicks,
        }
        for group in _by_time(usable)
        for slicks in [[_rings(slick, spill.sources[0].lon) for slick in group]]
    ]
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(json.dumps(passes), encoding="utf-8")
    partial.replace(path)
    training = max(1, len(passes) - 1) if passes else 0
    looks = sum(_looks(seen.target, scales_km) for seen in read_observed(str(path))[:training])
    return {
        "path": str(path),
        "times_s": [one["time_s"] for one in passes],
        "training": training,
        "looks": looks,
        "hours": hours_of(usable, spill.start_s),
        "issues": findings.records(),
    }


def hours_of(observed: Sequence[Mapping[str, Any]], start_s: float) -> float:
    """Return how long after the start the last slick was seen, h; 0 without any."""
    return (max((slick["time_s"] for slick in observed), default=start_s) - start_s) / 3600.0


def read_observed(path: str) -> tuple[Pass, ...]:
    """Read what was seen, in the order of time, or give what this process has read before of the same file.

    Parameters
    ----------
    path
        As :func:`write_observed` wrote it.
    """
    return _read(path, Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: str, written_ns: int) -> tuple[Pass, ...]:
    return tuple(_pass(one) for one in json.loads(Path(path).read_text(encoding="utf-8")))


def _pass(told: Mapping[str, Any]) -> Pass:
    slicks = [[np.array(ring) for ring in rings] for rings in told["slicks"]]
    lat, lon = slicks[0][0][0]
    return Pass(told["time_s"], make_target(slicks, square_grid(float(lat), float(lon), told["cell_km"])))


def _looks(target: Target, scales_km: Sequence[float]) -> float:
    """Return how many independent looks a pass is worth: the geometric mean of the squares of each scale.

    Notes
    -----
    Squares of the smallest scale do not err independently of each other, and those of the largest hide what the others
    tell.
    """
    windows = [odd_window(scale, target.grid.cell_km) for scale in scales_km]
    return float(np.exp(np.mean([np.log(independent_looks(target.cells, window)) for window in windows])))


def _by_time(observed: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return groups of slicks that were seen at one time, in the order of time."""
    ordered = sorted(observed, key=lambda slick: float(slick["time_s"]))
    groups = [ordered[:1]] if ordered else []
    for before, slick in pairwise(ordered):
        if slick["time_s"] - before["time_s"] > SAME_PASS_S:
            groups.append([])
        groups[-1].append(slick)
    return groups


def _rings(slick: Mapping[str, Any], lon: float) -> list[list[list[float]]]:
    """Return the outline with longitudes as those of the simulation go on; a point is a ring of one."""
    rings = slick["rings"] or [[[slick["lat"], slick["lon"]]]]
    return [[[float(at[0]), near_lon(float(at[1]), lon)] for at in ring] for ring in rings]


def _least_cell_km(slicks: Sequence[Sequence[Sequence[Sequence[float]]]]) -> float:
    """Return the side of cells of which as many as may be compared cover the slicks of a pass."""
    points = np.array([at for rings in slicks for ring in rings for at in ring])
    high, wide = np.ptp(points, axis=0) * METRES_PER_DEGREE / 1000.0
    return float(np.sqrt(high * wide / MOST_CELLS))


def _elsewhen(observed: Sequence[Mapping[str, Any]], start_s: float) -> list[Issue]:
    """Return findings on slicks that no forecast from a time on reaches."""
    return [
        Issue(
            file=slick["file"],
            code="observed-early" if slick["time_s"] <= start_s else "observed-late",
            message=f"{slick['slick_id']} was seen at {utc_text(slick['time_s'])}, "
            + ("before or when" if slick["time_s"] <= start_s else "long after")
            + f" the forecast starts ({utc_text(start_s)}), and cannot be compared with it",
            remedy="Give it as the slick at the start, or let the forecast start earlier."
            if slick["time_s"] <= start_s
            else "Check the times of both: slicks seen up to 60 days after the start are compared.",
            severity="warning",
        )
        for slick in observed
        if not comparable([dict(slick)], start_s)
    ]
