"""Make a small legacy ZooScan project from nothing, and break it in the ways projects are broken.

Run it as ``python tests/data/zooscan/make.py OUT_FOLDER [--height N] [--width N] [--objects N] [--seed S]`` or
import it in a test. Two fractions of one sample are scanned; pixels, settings and logs come from the sample that the
service ships, the tables hold both scans.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from pelagia.services.zooscan.sample.drawing import BACK, DrawnScan, draw_scan
from pelagia.services.zooscan.sample.texts import SAMPLE, SCAN

SAMPLE_ID = "pelagia2026_wp2_st01"
FRACTIONS = ("d1", "d2")
SIEVES = {"d1": ("1000", "999999", "2"), "d2": ("200", "1000", "8")}
"""Lower sieve, upper sieve and splits of the drawn fractions."""
SAMPLE_TABLE = "Zooscan_meta/zooscan_sample_header_table.csv"
SCAN_TABLE = "Zooscan_meta/zooscan_scan_header_table.csv"
CONFIGURATION = "Zooscan_config/process_install_both_config.txt"


@dataclass(frozen=True, slots=True)
class MadeProject:
    """A project that was made.

    Parameters
    ----------
    folder
        Of the project.
    scans
        What was drawn, by the name of the scan.
    """

    folder: Path
    scans: Mapping[str, DrawnScan]

    def raw(self, fraction: str) -> Path:
        """Return the raw image of a fraction."""
        return self.folder / "Zooscan_scan" / "_raw" / f"{SAMPLE_ID}_{fraction}_raw_1.tif"

    def text(self, fraction: str, ending: str) -> Path:
        """Return the ``meta`` or ``log`` beside the raw image of a fraction."""
        return self.folder / "Zooscan_scan" / "_raw" / f"{SAMPLE_ID}_{fraction}_1_{ending}.txt"

    def background(self, number: int) -> Path:
        """Return one image of the background."""
        return self.folder / "Zooscan_back" / f"{BACK}_raw_{number}.tif"

    def work(self, fraction: str) -> Path:
        """Return the work folder of a fraction; it is not made."""
        return self.folder / "Zooscan_scan" / "_work" / f"{SAMPLE_ID}_{fraction}_1"


def make_project(
    folder: Path,
    *,
    height: int = 800,
    width: int = 480,
    objects: int = 1,
    seed: int = 0,
    dpi: int = 2400,
    fractions: Sequence[str] = FRACTIONS,
) -> MadeProject:
    """Make a project with a scan for each fraction, a pair of backgrounds, settings, logs and tables.

    Parameters
    ----------
    folder
        Of the project; made where it is missing.
    height, width, objects, seed, dpi
        Of each scan, as for :func:`~pelagia.services.zooscan.sample.drawing.draw_scan`.
    fractions
        ``d1`` and ``d2``, or others; the sieves of d1 and d2 join.
    """
    scans: dict[str, DrawnScan] = {}
    for number, fraction in enumerate(fractions):
        name = f"{SAMPLE_ID}_{fraction}"
        scans[f"{name}_1"] = draw_scan(
            folder, height=height, width=width, objects=objects, seed=seed + 10 * number, dpi=dpi, name=name
        )
    made = MadeProject(folder, scans)
    for fraction in fractions:
        write_meta(made, fraction, {})
    write_table(folder / SAMPLE_TABLE, [sample_row()])
    write_table(folder / SCAN_TABLE, [scan_row(fraction) for fraction in fractions])
    return made


def sample_row(**changes: str) -> dict[str, str]:
    """Return the row of the sample, with other values by their name in the table."""
    return {key.lower(): value for key, value in SAMPLE.items()} | {"sampleid": SAMPLE_ID} | changes


def scan_row(fraction: str, **changes: str) -> dict[str, str]:
    """Return the row of a scan, with other values by their name in the table."""
    row = {"scanid": f"{SAMPLE_ID}_{fraction}_1", "sampleid": SAMPLE_ID}
    return row | {key.lower(): value for key, value in _scan_values(fraction).items()} | changes


def write_meta(made: MadeProject, fraction: str, changes: Mapping[str, str]) -> None:
    """Write the metadata of a fraction anew, with other values by their spelling there."""
    values = SAMPLE | {"SampleId": SAMPLE_ID} | _scan_values(fraction) | dict(changes)
    text = "".join(f"{key}= {value}\n" for key, value in values.items())
    made.text(fraction, "meta").write_text(text, encoding="latin-1", newline="\r\n")


def write_table(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write a header table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [";".join(rows[0]), *(";".join(row.values()) for row in rows)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="latin-1", newline="\r\n")


def truncate(path: Path, share: float = 0.6) -> None:
    """Cut a file off, as a copy that was broken off."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


def to_8_bit(path: Path) -> None:
    """Turn a raw image into one of 8 bits, as where the wrong output was kept."""
    with tifffile.TiffFile(path) as tiff:
        dpi = tiff.pages[0].tags[282].value[0]
        grey = tiff.asarray()
    write_tiff(path, (grey >> 8).astype(np.uint8), dpi=dpi)


def with_dpi(path: Path, dpi: int) -> None:
    """Let an image say another resolution."""
    write_tiff(path, tifffile.imread(path), dpi=dpi)


def write_tiff(path: Path, grey: np.ndarray, *, dpi: int | None = 2400, **options: object) -> None:
    """Write a grey TIFF; without ``dpi`` it does not say its resolution."""
    path.parent.mkdir(parents=True, exist_ok=True)
    resolution = {"resolution": (dpi, dpi), "resolutionunit": "INCH"} if dpi else {}
    tifffile.imwrite(path, grey, photometric="minisblack", metadata=None, software=None, **resolution, **options)


def close_frame(path: Path, share: float = 0.2) -> None:
    """Darken the borders of a raw image so far that they meet whatever lies on the glass."""
    grey = tifffile.imread(path).copy()
    rows, cols = (int(side * share) for side in grey.shape)
    dark = np.ones(grey.shape, bool)
    dark[rows:-rows, cols:-cols] = False
    grey[dark] = 9_000
    write_tiff(path, grey)


def _scan_values(fraction: str) -> dict[str, str]:
    lower, upper, splits = SIEVES.get(fraction, (SCAN["Fracmin"], SCAN["Fracsup"], SCAN["Fracnb"]))
    return SCAN | {"FracId": fraction, "Fracmin": lower, "Fracsup": upper, "Fracnb": splits}


def main(arguments: Sequence[str]) -> None:
    """Make a project from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    for name, default in (("height", 2448), ("width", 1500), ("objects", 12), ("seed", 0), ("dpi", 2400)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args(arguments)
    made = make_project(
        given.folder, height=given.height, width=given.width, objects=given.objects, seed=given.seed, dpi=given.dpi
    )
    sys.stdout.write(f"{made.folder}: {', '.join(made.scans)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
