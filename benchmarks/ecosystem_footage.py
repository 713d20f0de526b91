"""Footage for the benchmarks of the ecosystem service: clips drawn once, archives of them, hours made of minutes."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np

from pelagia.services.ecosystem.sample.filming import Film, draw_clip
from pelagia.services.ecosystem.sample.reef import Reef
from pelagia.services.ecosystem.sample.sprites import SWIMMERS
from pelagia.services.ecosystem.sample.truth import Event, Truth
from pelagia.services.ecosystem.sample.visits import Visit

STARTED = datetime(2024, 4, 22, tzinfo=UTC)
VISIT_S = 3.0
GRAIN = 3.0
"""Noise of the sensor: with it 1080p takes one or two megabits a second, as the files of thrifty cameras do."""
MORE_GRAIN = 9.0
"""With it, it takes as much as the files of other cameras: ten megabits and more."""
MOST_LINKS = 50_000
"""File systems allow a file some 65,000 names."""
MODELS = dict(one.split("=", 1) for one in os.environ.get("PELAGIA_BENCH_MODELS", "").split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips:
    """An archive to be drawn.

    Parameters
    ----------
    count, seconds
        How many clips, and how long each is.
    height_px, width_px, frames_per_s
        Size and rate.
    interesting
        Share of the time in which something is to be seen.
    key_every_s
        Time between keyframes.
    grain
        Noise of the sensor, of 255: how many bits a second the film takes.
    """

    count: int
    seconds: float
    height_px: int = 1080
    width_px: int = 1920
    frames_per_s: float = 25.0
    interesting: float = 0.05
    key_every_s: float = 2.0
    grain: float = GRAIN


def draw_archive(folder: Path, clips: Clips) -> dict[str, Truth]:
    """Draw an archive on all processors.

    Parameters
    ----------
    folder
        Where it comes to stand.
    clips
        What it holds.

    Returns
    -------
    dict
        Name of the clip (its ``clip_id``) → what it shows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        return dict(pool.map(_draw, [(folder, clips, number) for number in range(clips.count)]))


def events_of(truths: dict[str, Truth]) -> list[tuple[str, Event]]:
    """Return every event with the clip it is in."""
    return [(name, event) for name, truth in truths.items() for event in truth.events]


def name_of(number: int, seconds: float) -> str:
    """Return the name of a clip of an archive whose clips follow each other."""
    return f"{STARTED + timedelta(seconds=number * seconds):%Y%m%d-%H%M%S}-camera"


def link_archive(folder: Path, source: Path, count: int, *, per_folder: int = 720) -> None:
    """Fill folders with so many clips that share the bytes of one.

    Parameters
    ----------
    folder
        Where they come to stand, a folder for each day of clips of two minutes.
    source
        The clip.
    count, per_folder
        How many clips, and how many of them stand in a folder.
    """
    copy = source
    for number in range(count):
        if number % MOST_LINKS == 0:
            copy = folder / f".copy-{number}{source.suffix}"
            folder.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
        day = folder / f"day-{number // per_folder:03}"
        day.mkdir(exist_ok=True)
        os.link(copy, day / f"{name_of(number, 120)}{source.suffix}")
    for copy in folder.glob(".copy-*"):
        copy.unlink()


def lengthen(source: Path, target: Path, times: int) -> None:
    """Write a clip that shows another one so many times; nothing is decoded."""
    offset = 0
    with av.open(str(target), "w") as out:
        written = None
        for _ in range(times):
            with av.open(str(source)) as container:
                stream = container.streams.video[0]
                if written is None:
                    written = out.add_stream_from_template(stream)
                last, step = 0, 0
                for packet in container.demux(stream):
                    if packet.dts is None or packet.pts is None:
                        continue
                    step = packet.duration or step
                    last = max(last, packet.pts)
                    packet.pts, packet.dts = packet.pts + offset, packet.dts + offset
                    packet.stream = written
                    out.mux_one(packet)
                offset += last + step


def bare_decoding(path: Path) -> int:
    """Decode every frame with PyAV and do nothing else; return how many there are."""
    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        return sum(1 for _ in container.decode(video=0))


def searched_of(frames: Sequence[dict[str, object]]) -> dict[str, np.ndarray]:
    """Return the times of the frames the detector looked at, by clip."""
    times: dict[str, list[float]] = {}
    for row in frames:
        if row["is_searched"]:
            times.setdefault(str(row["clip_id"]), []).append(float(str(row["time_s"])))
    return {clip: np.sort(np.array(found)) for clip, found in times.items()}


def _draw(task: tuple[Path, Clips, int]) -> tuple[str, Truth]:
    folder, clips, number = task
    name = name_of(number, clips.seconds)
    path, told = folder / f"{name}.mp4", folder.parent / f"{folder.name}-truth" / f"{name}.json"
    scene = Reef(
        height_px=clips.height_px,
        width_px=clips.width_px,
        frames_per_s=clips.frames_per_s,
        duration_s=clips.seconds,
        seed=1,
        visits=_visits(number, clips),
        snow=150,
        grain=clips.grain,
    )
    truth = draw_clip(path, scene, Film(key_every_s=clips.key_every_s))
    told.parent.mkdir(exist_ok=True)
    truth.save(told)
    return name, truth


def _visits(number: int, clips: Clips) -> tuple[Visit, ...]:
    """Return visits of a few seconds, one in each of as many equal stretches of the clip."""
    rng = np.random.default_rng((number, 7))
    count = round(clips.interesting * clips.seconds / VISIT_S)
    stretch = clips.seconds / max(1, count)
    visits = []
    for one in range(count):
        start = one * stretch + float(rng.uniform(0, stretch - VISIT_S))
        visits.append(
            Visit(
                taxon=SWIMMERS[int(rng.integers(len(SWIMMERS)))],
                start_s=start,
                end_s=start + VISIT_S,
                row=float(rng.uniform(0.25, 0.72)),
                length=float(rng.uniform(0.08, 0.18)),
                to_left=bool(rng.random() < 0.5),
                haze=float(rng.uniform(0.05, 0.4)),
            )
        )
    return tuple(visits)


def last_line(output: str) -> dict[str, object]:
    """Return the JSON object that a command printed last."""
    found: dict[str, object] = json.loads(output.strip().splitlines()[-1])
    return found
