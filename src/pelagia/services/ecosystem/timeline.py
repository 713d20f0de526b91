"""One picture of all footage: what is usable and what is not, where something is to be seen, what was found."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from pelagia.core.table import Table
from pelagia.services.ecosystem.columns import USABLE, VERDICTS

MOST_CLIPS = 40
"""Up to so many clips each has a row of its own; else each camera has one."""
MOST_ROWS = 60
BINS = 400
DOTS_PER_INCH = 120
INK, ACCENT, SIGNAL = "#0B2239", "#0E7C86", "#E4572E"
LOOKS: Mapping[str, tuple[str, str]] = {
    USABLE: ("#CFE6E8", ""),
    "dark": ("#5B6B7C", "..."),
    "overexposed": ("#F4E3A1", "++"),
    "blurred": ("#C9B8D8", "///"),
    "turbid": ("#C7B299", "oo"),
    "frozen": ("#9DB7D5", "xxx"),
    "duplicate": ("#D9D9D9", "\\\\\\"),
    "unreadable": ("#FFFFFF", "--"),
}
"""Colour and pattern of each verdict."""
DAY_S, HOUR_S, MINUTE_S = 86_400.0, 3_600.0, 60.0

Record = Mapping[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Which row and where on the axis of time each clip stands."""

    names: Sequence[str]
    row_of: Mapping[str, int]
    from_s: Mapping[str, float]
    start_s: float
    end_s: float
    is_absolute: bool
    left_out: int


@dataclass(frozen=True, slots=True)
class _Lanes:
    """What is drawn of each row: (rows, bins, verdicts) seconds, (rows, bins) largest interest, detections."""

    seconds: NDArray[np.float32]
    interest: NDArray[np.float32]
    detections: NDArray[np.int64]


def draw_timeline(clips: Iterable[Record], frames: Path) -> bytes:
    """Draw the timeline of a result.

    Parameters
    ----------
    clips
        Rows of the table of clips: ``clip_id``, ``site``, ``camera``, ``started_utc``, ``duration_s``.
    frames
        The table of frames, read piece by piece.

    Returns
    -------
    bytes
        PNG. Each row is a clip from its start or, of many clips, a camera in the course of time; time is divided into
        :data:`BINS` parts. A part has the colour and pattern of what most of its time is; a line tells the largest
        interest in it (0 at the bottom of the row to 1), a tick above that animals were found. What is blank was not
        recorded.
    """
    plan = _plan(list(clips))
    lanes = _lanes(plan, frames)
    figure = Figure(figsize=(11, 1.7 + 0.42 * max(1, len(plan.names))), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    edges = np.linspace(plan.start_s, plan.end_s, BINS + 1)
    for row in range(len(plan.names)):
        _draw_row(axes, row, lanes, edges)
    _finish(axes, plan, lanes)
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return sink.getvalue()


def _plan(clips: list[Record]) -> _Plan:
    if len(clips) <= MOST_CLIPS:
        length = max((float(one["duration_s"] or 0) for one in clips), default=0.0)
        names = [_short(str(one["clip_id"])) for one in clips]
        rows = {str(one["clip_id"]): number for number, one in enumerate(clips)}
        return _Plan(
            names=names,
            row_of=rows,
            from_s=dict.fromkeys(rows, 0.0),
            start_s=0.0,
            end_s=length or 1.0,
            is_absolute=False,
            left_out=0,
        )
    timed = [(one, _seconds(one["started_utc"])) for one in clips if one["started_utc"]]
    keys = sorted({_camera(one) for one, _ in timed})[:MOST_ROWS]
    numbers = {key: number for number, key in enumerate(keys)}
    kept = [(one, start) for one, start in timed if _camera(one) in numbers]
    start = min((start for _, start in kept), default=0.0)
    return _Plan(
        names=[_short(key) for key in keys],
        row_of={str(one["clip_id"]): numbers[_camera(one)] for one, _ in kept},
        from_s={str(one["clip_id"]): begun for one, begun in kept},
        start_s=start,
        end_s=max((begun + float(one["duration_s"] or 0) for one, begun in kept), default=start) + 1.0,
        is_absolute=True,
        left_out=len(clips) - len(kept),
    )


def _camera(clip: Record) -> str:
    return " · ".join(part for part in (str(clip["site"] or ""), str(clip["camera"] or "")) if part) or "one camera"


def _short(name: str) -> str:
    """Return a name that fits beside a row; no sign of it means anything to what draws it."""
    name = name if len(name) <= 32 else f"…{name[-31:]}"
    return name.replace("$", r"\$")


def _seconds(utc: str) -> float:
    return datetime.fromisoformat(utc.replace("Z", "+00:00")).timestamp()


def _lanes(plan: _Plan, frames: Path) -> _Lanes:
    shape = (len(plan.names), BINS)
    lanes = _Lanes(
        np.zeros((*shape, len(VERDICTS)), np.float32), np.full(shape, np.nan, np.float32), np.zeros(shape, np.int64)
    )
    columns = ["clip_id", "time_s", "verdict", "interest", "stands_for_s", "detections"]
    for batch in Table(name="frames", path=frames).batches(columns):
        _add(lanes, plan, batch)
    return lanes


def _add(lanes: _Lanes, plan: _Plan, batch: pa.RecordBatch) -> None:
    clips = batch.column("clip_id").dictionary_encode()
    names = clips.dictionary.to_pylist()
    number = clips.indices.to_numpy(zero_copy_only=False)
    rows = np.array([plan.row_of.get(name, -1) for name in names])[number]
    times = np.array([plan.from_s.get(name, 0.0) for name in names])[number] + _numbers(batch, "time_s")
    stands_s = np.nan_to_num(_numbers(batch, "stands_for_s"))
    width_s = (plan.end_s - plan.start_s) / BINS
    shown = rows >= 0
    first = np.clip(((times - plan.start_s) / width_s).astype(np.int64), 0, BINS - 1)
    last = np.clip(np.ceil((times + stands_s - plan.start_s) / width_s).astype(np.int64) - 1, first, BINS - 1)
    verdicts = pc.index_in(batch.column("verdict"), value_set=pa.array(VERDICTS)).fill_null(0)
    kinds = verdicts.to_numpy(zero_copy_only=False)
    interest, found = _numbers(batch, "interest"), np.nan_to_num(_numbers(batch, "detections")).astype(np.int64)
    np.add.at(lanes.detections, (rows[shown], first[shown]), found[shown])
    np.fmax.at(lanes.interest, (rows[shown], first[shown]), interest[shown].astype(np.float32))
    # A frame that stands for longer than a part of the axis fills all the parts it stands for.
    for reach in range(int((last - first)[shown].max(initial=0)) + 1):
        on = shown & (first + reach <= last) & (stands_s > 0)
        share = stands_s[on] / (last - first + 1)[on]
        np.add.at(lanes.seconds, (rows[on], (first + reach)[on], kinds[on]), share.astype(np.float32))
        if reach:
            np.fmax.at(lanes.interest, (rows[on], (first + reach)[on]), interest[on].astype(np.float32))


def _numbers(batch: pa.RecordBatch, name: str) -> Floats:
    return np.asarray(batch.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def _draw_row(axes: Axes, row: int, lanes: _Lanes, edges: Floats) -> None:
    """Draw one row, 0.8 high, the first one on top."""
    seconds = lanes.seconds[row]
    kinds = np.where(seconds.sum(axis=1) > 0, seconds.argmax(axis=1), -1)
    bounds = np.flatnonzero(np.diff(kinds, prepend=-2, append=-2))
    for first, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if kinds[first] >= 0:
            colour, pattern = LOOKS[VERDICTS[kinds[first]]]
            span = (float(edges[first]), float(edges[stop] - edges[first]))
            axes.broken_barh(
                [span], (row - 0.4, 0.8), facecolor=colour, hatch=pattern, edgecolor="#33475B", linewidth=0
            )
    middles = (edges[:-1] + edges[1:]) / 2
    axes.plot(middles, row + 0.38 - 0.7 * lanes.interest[row], color=ACCENT, linewidth=1.1, marker=".", markersize=1.5)
    ticks = middles[lanes.detections[row] > 0]
    axes.plot(ticks, np.full(len(ticks), row - 0.46), "|", color=SIGNAL, markersize=5, markeredgewidth=1.2)


def _finish(axes: Axes, plan: _Plan, lanes: _Lanes) -> None:
    axes.set_yticks(range(len(plan.names)), plan.names, fontsize=8, color=INK)
    axes.set_ylim(max(len(plan.names), 1) - 0.4, -0.65)
    axes.set_xlim(plan.start_s, plan.end_s)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="x", labelsize=8, colors=INK)
    _name_time(axes, plan)
    present = lanes.seconds.sum(axis=(0, 1)) > 0
    marks: list[Any] = [
        Patch(facecolor=LOOKS[name][0], hatch=LOOKS[name][1], edgecolor="#33475B", linewidth=0, label=name)
        for name, is_there in zip(VERDICTS, present, strict=True)
        if is_there
    ]
    marks += axes.plot([], [], color=ACCENT, label="interest, 0 to 1")
    marks += axes.plot([], [], "|", color=SIGNAL, label="animals found", markeredgewidth=1.2)
    axes.legend(handles=marks, fontsize=8, frameon=False, ncol=5, loc="lower left", bbox_to_anchor=(0, 1))


def _name_time(axes: Axes, plan: _Plan) -> None:
    if plan.is_absolute:
        count = 7
        places = np.linspace(plan.start_s, plan.end_s, count)
        day = "%Y-%m-%d" if plan.end_s - plan.start_s > count * DAY_S else "%d %b %H:%M"
        axes.set_xticks(places, [datetime.fromtimestamp(at, UTC).strftime(day) for at in places.tolist()])
        missing = f"; {plan.left_out:,} clips without a time or beyond {MOST_ROWS} cameras are not shown"
        axes.set_xlabel(f"Time (UTC){missing if plan.left_out else ''}", fontsize=8, color=INK)
        return
    length = plan.end_s
    unit, size = ("h", HOUR_S) if length > 3 * HOUR_S else ("min", MINUTE_S) if length > 3 * MINUTE_S else ("s", 1.0)
    step = _step(length / size / 8)
    places = np.arange(0, length / size + step / 2, step)
    axes.set_xticks(places * size, [f"{at:g}" for at in places.tolist()])
    axes.set_xlabel(f"Time from the start of the clip ({unit})", fontsize=8, color=INK)


def _step(at_least: float) -> float:
    """Return the next of 1, 2, 5, 10, 20 and so on."""
    power = 10.0 ** math.floor(math.log10(max(at_least, 1e-9)))
    return next(power * one for one in (1.0, 2.0, 5.0, 10.0) if power * one >= at_least - 1e-12)
