"""Make an orthophoto of a beach from nothing, in any coordinate system, and break it in the ways pictures are broken.

Run it as ``python tests/data/litter/make.py OUT.tif [--height N] [--width N] [--gsd-cm G] [--epsg N] [--seed S]
[--littered SHARE]`` or import it in a test. Pixels come from the sample that the service ships.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from pelagia.services.litter.sample.orthophoto import EPSG, Form, Truth, draw_orthophoto

# One corner in each of some systems: where the beach of the sample lies, and others for other zones.
CORNERS = {
    32748: (592_084.0, 9_304_222.0),
    32632: (467_000.0, 5_971_000.0),
    25832: (467_000.0, 5_971_000.0),
    3857: (11_781_228.0, -702_100.0),
    4326: (105.8325, -6.2940),
}


def make_orthophoto(
    path: Path,
    *,
    height: int = 600,
    width: int = 800,
    gsd_cm: float = 0.5,
    epsg: int | None = EPSG,
    seed: int = 0,
    littered: float = 0.1,
    form: Form | None = None,
) -> Truth:
    """Draw a small orthophoto without loss; its corner is that of :data:`CORNERS`.

    Parameters
    ----------
    path
        Of the GeoTIFF; its folder is made where it is missing.
    height, width
        Of the picture, px.
    gsd_cm, epsg, seed, littered, form
        As for :func:`~pelagia.services.litter.sample.orthophoto.draw_orthophoto`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    west, north = (0.0, 0.0) if epsg is None else CORNERS[epsg]
    return draw_orthophoto(
        path,
        height_px=height,
        width_px=width,
        gsd_cm=gsd_cm,
        epsg=epsg,
        west=west,
        north=north,
        seed=seed,
        littered=littered,
        compress="DEFLATE",
        form=form,
    )


def truncate(path: Path, share: float = 0.6) -> None:
    """Cut a file off, as a copy that was broken off."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


def write_picture(path: Path, rgb: np.ndarray) -> None:
    """Write a picture that does not say where it lies, by the ending of its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    done, data = cv2.imencode(path.suffix, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    assert done, path
    path.write_bytes(data.tobytes())


def main(arguments: Sequence[str]) -> None:
    """Make an orthophoto from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    for name, default in (("height", 3000), ("width", 4000), ("epsg", EPSG), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name, share in (("gsd-cm", 0.5), ("littered", 0.1)):
        parser.add_argument(f"--{name}", type=float, default=share)
    given = vars(parser.parse_args(arguments))
    truth = make_orthophoto(given.pop("path"), **given)
    sys.stdout.write(f"{truth.path}: {len(truth.items)} pieces of litter\n")


if __name__ == "__main__":
    main(sys.argv[1:])
