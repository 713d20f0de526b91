"""Measure a whole ZooScan scan from its raw TIFF to the EcoTaxa zip: seconds, peak memory, growth with size.

The scan is drawn: 24,480 × 14,992 pixels of 16 bits with two backgrounds, frame, noise and 1,841 objects, and a quarter
and four times of both. On the same size ZooProcess-lib took 174 s and 2.6 GB on two cores, ImageJ some 11 minutes.
`python -m benchmarks.zooscan_scan FOLDER 1` only draws the scan, of this many times the size.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq
from benchmarks.measure import pelagia, record, timed

from pelagia.imaging.segmentation import esd_to_area_px, segment
from pelagia.imaging.vis1 import make_background, make_vis1
from pelagia.io.zooscan.raw import open_raw
from pelagia.services.zooscan.sample.drawing import DrawnScan, draw_scan

HEIGHT, WIDTH, OBJECTS, DPI = 24_480, 14_992, 1_841, 2_400
SIZES = (0.25, 1.0, 4.0)
SEED = 4
ROUNDS = 3
# Of the last job: when each kind of step began and ended, seconds since 1970.
STAGES = """
WITH timed AS (
    SELECT substr(key, 1, instr(key || '/', '/') - 1) AS stage,
           (julianday(finished_at) - 2440587.5) * 86400 AS ended, seconds
    FROM steps WHERE job_id = (SELECT id FROM jobs ORDER BY created_at DESC LIMIT 1)
)
SELECT stage, min(ended - seconds) AS began, max(ended) FROM timed GROUP BY stage ORDER BY began
"""


def main() -> None:
    """Draw, measure and record."""
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-", dir=os.environ.get("PELAGIA_BENCH_FOLDER")) as folder:
        for size in SIZES:
            place = Path(folder) / f"{size:g}"
            start = time.perf_counter()
            drawn = make_scan(place / "project", size)
            figures[f"{size:g} × the size"] = {
                "megapixels": round(HEIGHT * WIDTH * size / 1e6),
                "objects": len(drawn.objects),
                "drawn in s": round(time.perf_counter() - start, 1),
                "raw to objects in memory": _pixels(drawn.folder, place / "home"),
                "raw to EcoTaxa zip": _whole(drawn, place),
            }
            shutil.rmtree(place)
    record("zooscan_scan", figures)


def make_scan(folder: Path, size: float) -> DrawnScan:
    """Draw the scan with `size` times the pixels and objects of a whole one."""
    side = size**0.5
    height, width = (8 * round(pixels * side / 8) for pixels in (HEIGHT, WIDTH))
    return draw_scan(folder, height=height, width=width, objects=round(OBJECTS * size), seed=SEED, dpi=DPI)


def _pixels(project: Path, home: Path) -> dict[str, float]:
    """Measure conversion, background and segmentation in a process of their own; the best of some rounds."""
    runs = [
        timed([sys.executable, "-m", "benchmarks.zooscan_scan", "--pixels", str(project)], home) for _ in range(ROUNDS)
    ]
    seconds = min(float(run.output.split()[-1]) for run in runs)
    return {
        "seconds": round(seconds, 2),
        "processor seconds": round(min(run.cpu_seconds for run in runs), 2),
        "peak_mb": round(max(run.peak_mb for run in runs)),
    }


def _whole(drawn: DrawnScan, place: Path) -> dict[str, object]:
    """Measure the service as the command line runs it; the best of some rounds."""
    runs = []
    for number in range(ROUNDS):
        out, start = place / f"out-{number}", time.time()
        run = timed(pelagia("run", "zooscan", str(drawn.folder), f"--out={out}", "--export=ecotaxa"), place / "home")
        runs.append((run, _stages(place / "home", start)))
        table = pq.read_table(out / "objects.parquet", columns=["object_id"])
        if not list(out.rglob("*.zip")) or table.num_rows < len(drawn.objects):
            raise SystemExit(f"{table.num_rows} objects of {len(drawn.objects)}:\n{run.output}")
    best, stages = min(runs, key=lambda run: run[0].seconds)
    return {
        "seconds": round(best.seconds, 1),
        "processor seconds": round(best.cpu_seconds, 1),
        "peak_mb": round(max(run.peak_mb for run, _ in runs)),
        "objects": table.num_rows,
        "seconds of": stages,
    }


def _stages(home: Path, start: float) -> dict[str, float]:
    """Return where the time went, from the start of the command until now; steps of one kind count together."""
    (database,) = home.glob("*.db")
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        stages = connection.execute(STAGES).fetchall()
    spans = {"start": stages[0][1] - start} | {f"step {name}": end - began for name, began, end in stages}
    spans["exports, report, folder"] = time.time() - max(end for _, _, end in stages)
    return {name: round(span, 2) for name, span in spans.items()}


def from_raw_to_objects(project: Path) -> int:
    """Convert the scan of a project, take its background away, cut its objects out; return how many they are."""
    first, second = sorted((project / "Zooscan_back").glob("*_raw_?.tif"))
    (scan,) = (project / "Zooscan_scan" / "_raw").glob("*_raw_1.tif")
    with open_raw(first) as one, open_raw(second) as other:
        background = make_background(one, other)
    with open_raw(scan) as raw:
        vis1 = make_vis1(raw, background, dpi=DPI, background_dpi=DPI / 2).image
    sizes = {"min_area_px": esd_to_area_px(0.3, DPI), "max_area_px": esd_to_area_px(100, DPI)}
    return len(segment(vis1, **sizes).regions)


def _from_command_line(arguments: list[str]) -> None:
    if arguments[:1] == ["--pixels"]:
        start = time.perf_counter()
        count = from_raw_to_objects(Path(arguments[1]))
        print(f"{count} objects in {time.perf_counter() - start:.3f}")
    elif arguments:
        print(make_scan(Path(arguments[0]), float(arguments[1])).raw)
    else:
        main()


if __name__ == "__main__":
    _from_command_line(sys.argv[1:])
