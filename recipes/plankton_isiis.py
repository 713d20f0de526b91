"""The recipe of the shipped model plankton-isiis: 121 classes of the In Situ Ichthyoplankton Imaging System.

python recipes/plankton_isiis.py --data …/planktonset1_isiis --work /tmp/isiis --out src/pelagia/catalogue/shipped
"""

from __future__ import annotations

from pathlib import Path

from shipping import arguments, make_model

from pelagia.services.flowcam.training_service import TrainingParams

HERE = Path(__file__).resolve().parent
SEED = 20_150_316

PARAMS = TrainingParams(
    name="plankton-isiis",
    version="1.0.0",
    title="Plankton of the Straits of Florida, 121 classes (ISIIS)",
    created="2026-11-22",
    instrument="ISIIS",
    licence="Apache-2.0 (the weights); data: see origin",
    data_name="PlanktonSet 1.0 (a part: up to 90 images a class)",
    data_citation="Cowen, R. K.; Sponaugle, S.; Robinson, K.; Luo, J. (2015). PlanktonSet 1.0: Plankton imagery data "
    "collected from F.G. Walton Smith in Straits of Florida from 2014-06-03 to 2014-06-06 and used in the 2015 "
    "National Data Science Bowl (NODC Accession 0127422). NOAA National Centers for Environmental Information.",
    data_licence="public data of NOAA NCEI; the repository it was copied from states none",
    data_url="https://www.ncei.noaa.gov/archive/accession/0127422",
    intended_use="A broad first naming of plankton vignettes in shadow images like those of ISIIS, as a proposal to a "
    "person, and a base to train one's own model on (it knows plankton where ImageNet knows none).",
    limits="Not for FlowCam, ZooScan, IFCB or any other instrument without training on its images: background and "
    "light alone tell instruments apart. The class names are those of the 2015 National Data Science Bowl, not taxa; "
    "only Trichodesmium and Noctiluca have an AphiaID. The source runs are not known, so that neighbours may stand on "
    "both sides of the split and the figures may be optimistic; at most 90 images a class were used, so that the "
    "classes are far more even than in the sea. 66 µm a pixel is nominal for ISIIS, not stated with the images. Small "
    "classes are measured on one to five images: their own figures mean little.",
    pixel_size_um=66.0,
    context=("width_um", "height_um"),
    group_from="lookalike",
    heldout_fraction=0.2,
    validation_fraction=0.06,
    target_error=0.1,
    size_px=96,
    epochs=30,
    patience=30,
    batch=64,
    learning_rate=1.5e-3,
    precision="mixed",
)

if __name__ == "__main__":
    make_model(PARAMS, SEED, HERE / "classes" / "plankton_isiis.csv", arguments(__doc__ or ""))
