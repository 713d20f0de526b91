"""The recipe of the shipped model zooscan-multiples: whether an object of a scan is one organism or several.

python recipes/zooscan_multiples.py --data …/planktonset1_isiis --work /tmp/m --out src/pelagia/catalogue/shipped
"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from shipping import arguments, make_model
from zooscan_sources import HELD_OUT, LOOK, POOLS, in_pools, read_singles

from pelagia.imaging.alone import draw_alone
from pelagia.learning.train.separation.merges import make_merges
from pelagia.services.flowcam.training_service import TrainingParams

HERE = Path(__file__).resolve().parent
SEED = 20_261_127
PER_POOL = 300
SHARES = (0.5, 0.35, 0.15)

PARAMS = TrainingParams(
    name="zooscan-multiples",
    version="1.0.0",
    title="One organism or several that touch (scanned objects alone on white)",
    created="2026-11-26",
    instrument="ZooScan",
    licence="Apache-2.0 (the weights); data: see origin",
    data_name="Merges made of single organisms of PlanktonSet 1.0",
    data_citation="Cowen, R. K.; Sponaugle, S.; Robinson, K.; Luo, J. (2015). PlanktonSet 1.0: Plankton imagery data "
    "collected from F.G. Walton Smith in Straits of Florida from 2014-06-03 to 2014-06-06 and used in the 2015 "
    "National Data Science Bowl (NODC Accession 0127422). NOAA National Centers for Environmental Information.",
    data_licence="public data of NOAA NCEI; the repository it was copied from states none",
    data_url="https://www.ncei.noaa.gov/archive/accession/0127422",
    intended_use="Choosing the objects of a ZooScan scan that are looked at to be separated.",
    limits="It learned from images of ISIIS, an underwater shadow camera, cut out, set on white, and laid on one "
    "another by a program: no ZooScan image and no pair that a person separated was at hand. How often it is right on "
    "a real scan is not known. Half of its images are multiples; in scans about one object in ten is: Pelagia carries "
    "the probabilities over. Organisms of classes that are colonies or chains by nature were left out, so that it may "
    "take such for multiples.",
    group_from="pattern",
    group_pattern="^(pool-[0-9]+)-",
    heldout_fraction=0.2,
    validation_fraction=0.07,
    target_error=0.1,
    size_px=64,
    stages=5,
    epochs=9,
    patience=9,
    batch=32,
    threads=1,
)


def prepare(data: Path, folder: Path) -> Path:
    """Make merges pool by pool, each object alone on white in the folder of its class; return the folder.

    The pools that the separator is measured on are left out, so that both models can be measured on them together.
    """
    complete = folder.with_suffix(".complete")
    if complete.exists():
        return folder
    singles = read_singles(data)
    for pool in (pool for pool in range(POOLS) if pool not in HELD_OUT):
        merges = make_merges(
            in_pools(singles, [pool]), replace(LOOK, shares=SHARES), np.random.default_rng((SEED, pool))
        )
        for number, merge in enumerate(islice(merges, PER_POOL)):
            place = folder / ("single" if merge.count == 1 else "multiple") / f"pool-{pool:02d}-{number:04d}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(place), draw_alone(merge.region))
    complete.touch()
    return folder


if __name__ == "__main__":
    told = arguments(__doc__ or "")
    told.work.mkdir(parents=True, exist_ok=True)
    merged = prepare(told.data, told.work / "merged")
    classes = HERE / "classes" / "zooscan_multiples.csv"
    make_model(PARAMS, SEED, classes, Namespace(data=merged, out=told.out, work=told.work / "training"))
