"""A whole FlowCam run made from nothing: collages with drawn particles, masks, list, context, summaries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pelagia.services.flowcam.sample.camera import (
    BACKGROUND_RGB,
    BORDER_PX,
    BOTTOM,
    CAPTURE_DELAY_S,
    DEPTH_UM,
    FRAME_SHAPE,
    FRAMES_PER_SECOND,
    FRINGE_PX,
    LEFT,
    PIXEL_UM,
    RIGHT,
    START_UTC,
    THRESHOLD,
    TOP,
    UTC_OFFSET_HOURS,
    VOLUME_CF,
    grey,
)
from pelagia.services.flowcam.sample.drawing import KINDS, Vignette, draw_particles
from pelagia.services.flowcam.sample.lists import List, write_list
from pelagia.services.flowcam.sample.pages import repeat_pages, write_image, write_pages
from pelagia.services.flowcam.sample.texts import CONTEXT, RUN_SUMMARY, SUMMARY

SMALL_RUN = 20_000
DRAWN, PER_PAGE = 960, 480


@dataclass(frozen=True)
class MadeRun:
    """Where a made run stands, and what is true of it."""

    folder: Path
    name: str
    fields: int
    particles: int
    frames: int
    volume_ml: float
    merged: int = 0
    stuck: Mapping[int, int] = field(default_factory=dict)
    collages: tuple[str, ...] = ()
    classes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def list_file(self) -> Path:
        """The particle list."""
        return self.folder / f"{self.name}.lst"

    @property
    def context_file(self) -> Path:
        """The context file."""
        return self.folder / f"{self.name}.ctx"


def make_run(
    folder: Path,
    *,
    particles: int = 400,
    fields: int = 65,
    seed: int = 20260408,
    name: str = "synthetic-run",
    pages: int = 2,
) -> MadeRun:
    """Make a run in a folder.

    Parameters
    ----------
    particles
        Rows of the list. Long runs repeat the particles of the first pages; the repeated pages are
        hard links, so that a million particles need little disk.
    fields
        Columns of the list: 65 (VisualSpreadsheet 4), 57 (3) or 53 (4 Macro, grey collages).
    pages
        Collages at least (where there are so many particles).
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    drawn = min(particles, DRAWN)
    vignettes = draw_particles(rng, drawn)
    stuck = _stick(rng, vignettes) if particles == drawn else {}
    per_page = min(PER_PAGE, max(1, math.ceil(drawn / pages)))
    places = write_pages(folder, name, vignettes, per_page, is_grey=fields == 53)
    collages = repeat_pages(folder, name, math.ceil(drawn / per_page), math.ceil(particles / per_page), fields)
    frames = write_list(
        folder / f"{name}.lst", rng, List(vignettes, places, collages, particles, per_page, fields, stuck)
    )
    classes = _classes(vignettes, particles)
    merged = sum(vignettes[index % drawn].measures["ppc"] > 1 for index in range(particles))
    volume_ml = frames * (RIGHT - LEFT + 1) * (BOTTOM - TOP + 1) * PIXEL_UM**2 * DEPTH_UM * VOLUME_CF * 1e-12
    first_seen = {repeated + 1: first + 1 for repeated, first in stuck.items()}
    run = MadeRun(folder, name, fields, particles, frames, volume_ml, merged, first_seen, collages, classes)
    _write_context(run)
    _write_summaries(run)
    _write_classes(run)
    background = np.clip(rng.normal(float(grey(BACKGROUND_RGB)), 2, FRAME_SHAPE), 0, 255).astype(np.uint8)
    write_image(folder / "cal_image_000001.tif", background)
    return run


def _stick(rng: np.random.Generator, vignettes: list[Vignette]) -> dict[int, int]:
    """Let one particle in a hundred be one seen some frames before; return repeated → first, by index."""
    stuck: dict[int, int] = {}
    for _ in range(len(vignettes) // 100):
        first = int(rng.integers(0, len(vignettes) - 40))
        repeated = first + int(rng.integers(20, 40))
        if not {first, repeated} & (stuck.keys() | set(stuck.values())):
            vignettes[repeated] = vignettes[first]
            stuck[repeated] = first
    return stuck


def _classes(vignettes: Sequence[Vignette], particles: int) -> dict[str, tuple[int, ...]]:
    names = sorted({name for _, name in KINDS.values()})
    given = np.array([KINDS[vignette.kind][1] for vignette in vignettes])
    index = np.arange(min(particles, SMALL_RUN))
    return {name: tuple((index[given[index % len(given)] == name] + 1).tolist()) for name in names}


def _facts(run: MadeRun) -> dict[str, object]:
    end = START_UTC + np.timedelta64(int(run.frames / FRAMES_PER_SECOND) + int(CAPTURE_DELAY_S) + 1, "s")
    offset = np.timedelta64(UTC_OFFSET_HOURS, "h")
    times = {"start": START_UTC, "end": end, "start_local": START_UTC + offset, "end_local": end + offset}
    processed = run.volume_ml / 0.22
    return {
        **{name: str(time).replace("T", " ") for name, time in times.items()},
        **{"version": {53: "4.10.8", 57: "3.4.5", 65: "4.19.3"}[run.fields], "name": run.name},
        **{"columns": FRAME_SHAPE[1], "rows": FRAME_SHAPE[0], "depth": DEPTH_UM, "pixel": PIXEL_UM},
        **{"fringe": FRINGE_PX, "left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM, "border": BORDER_PX},
        **{"threshold": THRESHOLD, "frames": run.frames, "correction": VOLUME_CF, "rate": FRAMES_PER_SECOND},
        **{"milliseconds": int(run.frames / FRAMES_PER_SECOND * 1000), "particles": run.particles},
        **{"volume": run.volume_ml, "per_ml": run.particles / run.volume_ml},
        **{"processed": processed, "aspirated": processed + 0.0045},
    }


def _write_context(run: MadeRun) -> None:
    run.context_file.write_text(CONTEXT.format(**_facts(run)), encoding="utf-8", newline="\r\n")


def _write_summaries(run: MadeRun) -> None:
    for ending, text in (("_run_summary.txt", RUN_SUMMARY), ("_summary.csv", SUMMARY)):
        (run.folder / f"{run.name}{ending}").write_text(text.format(**_facts(run)), encoding="utf-8", newline="\r\n")
    (run.folder / f"{run.name}_notes.txt").write_text("drawn, not sampled", encoding="utf-8")


def _write_classes(run: MadeRun) -> None:
    lines = ["v3", "1", "made", str(len(run.classes))]
    for name, ids in run.classes.items():
        lines += [name, "OR", "0", str(len(ids)), *map(str, ids)]
    (run.folder / f"{run.name}.cla").write_text("\n".join(lines) + "\n", encoding="utf-8")
