"""Measure a whole run of an archive a twentieth of which is interesting, beside detecting everywhere.

The same archive, the same detector, the same command: once the detector looks only where something seems to be, once at
all frames of the same rate, and once at every frame of the footage (the last two of some clips only, and the time taken
for all of them).
An event is kept if the detector looked at a frame on which it is to be seen; one that it found everywhere is found
again if it has a box in both.

`python -m benchmarks.ecosystem_pipeline 2 30` draws two clips of 30 s. `PELAGIA_BENCH_MODELS=animals=FOLDER` names
another detector.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from benchmarks.ecosystem_footage import MODELS, Clips, draw_archive, events_of, searched_of
from benchmarks.measure import Timed, pelagia, record, timed

from pelagia.services.ecosystem.sample.truth import Event, Truth

CLIPS, SECONDS = 30, 120.0
EVERYWHERE_CLIPS, NATIVE_CLIPS = 6, 2
"""So many are searched everywhere, and at every frame; all of them would take hours."""
TIMES_FASTER, KEPT = 5.0, 0.98


def main(clips: int = CLIPS, seconds: float = SECONDS) -> None:
    """Draw, measure and record."""
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-", dir=os.environ.get("PELAGIA_BENCH_FOLDER")) as name:
        place = Path(name)
        shape = Clips(count=clips, seconds=seconds, height_px=720, width_px=1280)
        truths = draw_archive(place / "archive", shape)
        events = events_of(truths)
        chosen = _run(place, "interesting", "--search=interesting")
        everywhere = _some(place, truths, "everywhere", EVERYWHERE_CLIPS, "--search=everywhere")
        every = f"--frames-per-s={shape.frames_per_s:g}"
        native = _some(place, truths, "native", NATIVE_CLIPS, "--search=everywhere", every)
        figures = _kept(place, events) | {
            "clips": f"{clips} of {seconds:g} s, 1280 × 720, 25 frames a second",
            "interesting share": round(sum(t.interesting_s() for t in truths.values()) / (clips * seconds), 3),
            "only where something is": _told(chosen),
            "everywhere at the same rate": everywhere,
            "every frame": native,
        }
    figures["times faster than everywhere"] = round(everywhere["seconds for all clips"] / chosen.seconds, 2)
    figures["times faster than every frame"] = round(native["seconds for all clips"] / chosen.seconds, 1)
    figures["fast enough"] = figures["times faster than every frame"] >= TIMES_FASTER
    figures["kept enough"] = figures["events kept"] >= KEPT
    record("ecosystem_pipeline", figures)


def command(recordings: Path, out: Path, *options: str) -> list[str]:
    """Return the command that works on recordings."""
    models = [f"--model={role}={model}" for role, model in MODELS.items()]
    return pelagia(
        "run", "ecosystem", str(recordings), "--profile=fish", f"--out={out}", "--export=none", *models, *options
    )


def _run(place: Path, name: str, *options: str) -> Timed:
    return timed(command(place / "archive", place / name, *options), place / f"home-{name}")


def _some(place: Path, truths: dict[str, Truth], name: str, most: int, *options: str) -> dict[str, Any]:
    """Run some of the clips, otherwise searched; say what all would take."""
    some = place / f"some-{name}"
    some.mkdir()
    chosen = sorted(truths)[:most]
    for clip in chosen:
        os.link(place / "archive" / f"{clip}.mp4", some / f"{clip}.mp4")
    run = timed(command(some, place / name, *options), place / f"home-{name}")
    return _told(run) | {
        "clips": len(chosen),
        "seconds for all clips": round(run.seconds * len(truths) / len(chosen), 1),
    }


def _told(run: Timed) -> dict[str, Any]:
    return {
        "seconds": round(run.seconds, 1),
        "processor seconds": round(run.cpu_seconds, 1),
        "peak_mb": round(run.peak_mb),
    }


def _kept(place: Path, events: list[tuple[str, Event]]) -> dict[str, Any]:
    """Return which share of the events was looked at, and found."""
    frames = pq.read_table(place / "interesting" / "frames.parquet", columns=["clip_id", "time_s", "is_searched"])
    searched = searched_of(frames.to_pylist())
    kept = [(clip, event) for clip, event in events if _has_one(searched.get(clip), event)]
    found = {name: _found(place / name, events) for name in ("interesting", "everywhere")}
    again = found["interesting"] & found["everywhere"]
    return {
        "events": len(events),
        "events kept": round(len(kept) / len(events), 4),
        "events lost": [
            f"{clip} at {event.start_s:.1f} s: {event.taxon}" for clip, event in events if (clip, event) not in kept
        ],
        "frames searched": sum(map(len, searched.values())),
        "events with a box, in the clips searched everywhere": len(found["everywhere"]),
        "of these with a box, only where something is": round(len(again) / max(1, len(found["everywhere"])), 4),
    }


def _found(out: Path, events: list[tuple[str, Event]]) -> set[int]:
    """Return the numbers of the events during which there is a box."""
    rows = pq.read_table(out / "detections.parquet", columns=["clip_id", "time_s"]).to_pylist()
    times: dict[str, list[float]] = {}
    for row in rows:
        times.setdefault(row["clip_id"], []).append(row["time_s"])
    boxes = {clip: np.sort(np.array(found)) for clip, found in times.items()}
    return {number for number, (clip, event) in enumerate(events) if _has_one(boxes.get(clip), event)}


def _has_one(times: np.ndarray | None, event: Event) -> bool:
    if times is None:
        return False
    first = int(np.searchsorted(times, event.start_s - 1e-6))
    return first < len(times) and bool(times[first] <= event.end_s + 1e-6)


if __name__ == "__main__":
    main(*(kind(value) for kind, value in zip((int, float), sys.argv[1:], strict=False)))
