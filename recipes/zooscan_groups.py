"""The recipe of the shipped model zooscan-groups: broad groups of plankton, from shadow images cut out as in a scan.

python recipes/zooscan_groups.py --data …/planktonset1_isiis --work /tmp/groups --out src/pelagia/catalogue/shipped
"""

from __future__ import annotations

import csv
from argparse import Namespace
from pathlib import Path

import cv2
from shipping import arguments, make_model

from pelagia.imaging.alone import draw_alone
from pelagia.learning.train.separation.sources import Wanted, read_organisms
from pelagia.services.flowcam.training_service import TrainingParams

HERE = Path(__file__).resolve().parent
CLASSES = HERE / "classes" / "zooscan_groups.csv"
MEMBERS = HERE / "classes" / "zooscan_groups_members.csv"
SEED = 20_260_101

PARAMS = TrainingParams(
    name="zooscan-groups",
    version="1.0.0",
    title="Broad groups of plankton, objects alone on white (trained on ISIIS)",
    created="2026-11-26",
    instrument="ISIIS",
    licence="Apache-2.0 (the weights); data: see origin",
    data_name="PlanktonSet 1.0 (a part: up to 90 images a class, classes put together into broad groups)",
    data_citation="Cowen, R. K.; Sponaugle, S.; Robinson, K.; Luo, J. (2015). PlanktonSet 1.0: Plankton imagery data "
    "collected from F.G. Walton Smith in Straits of Florida from 2014-06-03 to 2014-06-06 and used in the 2015 "
    "National Data Science Bowl (NODC Accession 0127422). NOAA National Centers for Environmental Information.",
    data_licence="public data of NOAA NCEI; the repository it was copied from states none",
    data_url="https://www.ncei.noaa.gov/archive/accession/0127422",
    intended_use="A first sorting of the objects of a ZooScan scan into broad groups, as a proposal that a person "
    "confirms or corrects, until a model trained on one's own validated ZooScan vignettes takes its place. Objects are "
    "shown to it alone on white, as segmentation cuts them out.",
    limits="It was NOT trained on ZooScan images: no labelled ones with a licence that allows it were at hand. It "
    "learned from ISIIS, an underwater shadow camera, cut out and set on white as a scan's objects are. How often it "
    "is right on a ZooScan is not known; the figures here are those on ISIIS images, and every run on a scan says so. "
    "Groups are broader than taxa; adults and larvae of copepods, crustaceans and others are together where ISIIS "
    "put them together. The source runs are not known, so that neighbours may stand on both sides of the split. "
    "AphiaIDs are given only where an offline list holds the name.",
    group_from="lookalike",
    heldout_fraction=0.2,
    validation_fraction=0.06,
    target_error=0.1,
    size_px=64,
    stages=5,
    epochs=14,
    patience=14,
    batch=32,
    threads=1,
)


def prepare(data: Path, folder: Path) -> Path:
    """Write every organism alone on white into the folder of its group; return the folder."""
    with MEMBERS.open(encoding="utf-8", newline="") as file:
        group_of = {row["class"]: row["group"] for row in csv.DictReader(file)}
    complete = folder.with_suffix(".complete")
    if complete.exists():
        return folder
    for one in read_organisms(data, Wanted(least_share=0.5, whole=False, least_area_px=60)):
        group = group_of.get(one.class_name)
        if group:
            place = folder / group / (one.name.replace("/", "-") + ".png")
            place.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(place), draw_alone(one.region))
    complete.touch()
    return folder


if __name__ == "__main__":
    told = arguments(__doc__ or "")
    told.work.mkdir(parents=True, exist_ok=True)
    alone = prepare(told.data, told.work / "alone")
    make_model(PARAMS, SEED, CLASSES, Namespace(data=alone, out=told.out, work=told.work / "training"))
