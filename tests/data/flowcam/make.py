"""Make a whole FlowCam run from nothing, and break it in the ways runs are broken.

Run it as ``python tests/data/flowcam/make.py OUT_FOLDER [--particles N] [--fields 53|57|65] [--seed S]``
or import it in a test. The sizes are measured from the drawn masks by their definitions and written by formulas of
the sample's own, so that a reader checked against it is not checked against itself.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pelagia.services.flowcam.sample.camera import FRAME_SHAPE, PIXEL_UM
from pelagia.services.flowcam.sample.lists import FIELDS, list_head
from pelagia.services.flowcam.sample.pages import page_name
from pelagia.services.flowcam.sample.run import DRAWN, PER_PAGE, MadeRun, make_run

__all__ = ["DRAWN", "FIELDS", "PER_PAGE", "PIXEL_UM", "MadeRun", "list_head", "make_run", "page_name"]

VS4_LABELS = {
    "Particle ID": "id",
    "Area (ABD)": "abd_area",
    "Area (Filled)": "filled_area",
    "Aspect Ratio": "aspect_ratio",
    "Calibration Factor": "cal_const",
    "Capture X": "src_x",
    "Capture Y": "src_y",
    "Compactness": "compactness",
    "Convex Perimeter": "convex_perimeter",
    "Diameter (ABD)": "abd_diameter",
    "Diameter (ESD)": "esd_diameter",
    "Elongation": "elongation",
    "Image File": "collage_file",
    "Image Height": "image_h",
    "Image Width": "image_w",
    "Image X": "image_x",
    "Image Y": "image_y",
    "Length": "length",
    "Original Reference ID": "image_id",
    "Particles Per Chain": "ppc",
    "Perimeter": "perimeter",
    "Source Image": "src_image",
    "Timestamp": "timestamp",
    "Width": "width",
}
VS5_LABELS = {
    "Name": "collage_file",
    "Area (ABD) (µm²)": "abd_area",
    "Area (Filled) (µm²)": "filled_area",
    "Aspect Ratio": "aspect_ratio",
    "Calibration Factor": "cal_const",
    "Capture ID": "id",
    "Capture X (px)": "src_x",
    "Capture Y (px)": "src_y",
    "Diameter (ABD) (µm)": "abd_diameter",
    "Diameter (ESD) (µm)": "esd_diameter",
    "Image Height (px)": "image_h",
    "Image Width (px)": "image_w",
    "Length (µm)": "length",
    "Particles Per Chain": "ppc",
    "Perimeter (µm)": "perimeter",
    "Source Image": "src_image",
    "Timestamp": "timestamp",
    "UUID": "image_id",
    "Width (µm)": "width",
}


def read_rows(run: MadeRun) -> list[dict[str, str]]:
    """Return the rows of a (short) list as written."""
    names = FIELDS[run.fields]
    lines = run.list_file.read_text(encoding="utf-8").splitlines()[2 + len(names) :]
    return [dict(zip(names, line.split("|"), strict=True)) for line in lines]


def write_rows(run: MadeRun, rows: Sequence[Mapping[str, str]], names: Sequence[str] | None = None) -> None:
    """Write the list anew."""
    names = names or FIELDS[run.fields]
    body = "".join("|".join(row[name] for name in names) + "\n" for row in rows)
    run.list_file.write_text(list_head(names) + body, encoding="utf-8", newline="\n")


def write_spreadsheet(run: MadeRun, labels: Mapping[str, str] = VS4_LABELS, encoding: str = "utf-8") -> Path:
    """Write the particles as VisualSpreadsheet exports them, with the labels of version 4 or 5."""
    path = run.folder / f"{run.name}.csv"
    lines = [",".join(labels)]
    for row in read_rows(run):
        cells = {**row, "aspect_ratio": f"{float(row['raw_legendre_minor']) / float(row['raw_legendre_major']):.4f}"}
        lines.append(",".join(cells[name] for name in labels.values()))
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path


def write_legacy_list(run: MadeRun, names: Sequence[str]) -> None:
    """Write the list in the elder form without a header, ``:`` between the fields."""
    rows = (":".join(row.get(name, "0") for name in names) for row in read_rows(run))
    run.list_file.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")


# --- damage ----------------------------------------------------------------------------------------------------------


def truncate_list(run: MadeRun, dropped_bytes: int = 200) -> None:
    """Cut the list off in the middle of its last row."""
    data = run.list_file.read_bytes()
    run.list_file.write_bytes(data[:-dropped_bytes])


def empty_file(path: Path) -> None:
    """Leave a file of 0 bytes."""
    path.unlink()
    path.touch()


def remove_collage(run: MadeRun, number: int = 1) -> str:
    """Remove a collage; return its name."""
    (run.folder / run.collages[number - 1]).unlink()
    return run.collages[number - 1]


def change_cell(run: MadeRun, row: int, column: str, value: str) -> None:
    """Write another value in a row (from 1) of the list: a box outside, a word for a number, a wrong size."""
    rows = read_rows(run)
    rows[row - 1][column] = value
    write_rows(run, rows)


def box_outside(run: MadeRun, row: int = 1) -> None:
    """Move the box of a particle over the edge of its collage."""
    change_cell(run, row, "image_x", str(FRAME_SHAPE[1] - 3))


def break_row(run: MadeRun, row: int = 3) -> None:
    """Take a field out of a row."""
    lines = run.list_file.read_text(encoding="utf-8").splitlines(keepends=True)
    at = 2 + run.fields + row - 1
    lines[at] = lines[at].split("|", 1)[1]
    run.list_file.write_text("".join(lines), encoding="utf-8", newline="\n")


def add_column(run: MadeRun, name: str = "novel_index", value: str = "0.5000") -> None:
    """Add a column no reader knows."""
    rows = [{**row, name: value} for row in read_rows(run)]
    write_rows(run, rows, [*FIELDS[run.fields], name])


def change_context(run: MadeRun, key: str, value: str) -> None:
    """Set a key of the context file."""
    lines = run.context_file.read_text(encoding="utf-8").splitlines()
    changed = [f"{key}={value}" if line.startswith(f"{key}=") else line for line in lines]
    run.context_file.write_text("\n".join(changed) + "\n", encoding="utf-8")


def zero_volume(run: MadeRun) -> None:
    """Let the camera have taken no frame, so that the imaged volume is zero."""
    change_context(run, "RawImageTotal", "0")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a run from the command line."""
    parser = argparse.ArgumentParser(description="Make a synthetic FlowCam run.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--particles", type=int, default=400)
    parser.add_argument("--fields", type=int, choices=sorted(FIELDS), default=65)
    parser.add_argument("--seed", type=int, default=20260408)
    parser.add_argument("--name", default="synthetic-run")
    given = parser.parse_args(arguments)
    run = make_run(given.folder, particles=given.particles, fields=given.fields, seed=given.seed, name=given.name)
    sys.stdout.write(f"{run.list_file}: {run.particles} particles, {run.volume_ml:.4f} mL\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
