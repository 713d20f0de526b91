"""The recipe of the shipped model flowcam-protist: protist cells, junk and unclear particles in FlowCam runs.

python recipes/flowcam_protist.py --data …/flowcam_pygsuia --work /tmp/protist --out src/pelagia/catalogue/shipped
"""

from __future__ import annotations

from pathlib import Path

from shipping import arguments, make_model

from pelagia.services.flowcam.training_service import TrainingParams

HERE = Path(__file__).resolve().parent
SEED = 20_240_408

PARAMS = TrainingParams(
    name="flowcam-protist",
    version="1.0.0",
    title="Protist cells in FlowCam runs (Junk, Missed, Protist)",
    created="2026-11-22",
    instrument="FlowCam",
    licence="Apache-2.0",
    data_name="FlowCam_Image_Classifier (a part: 2,000 vignettes of two runs)",
    data_citation="Törnblom, V. FlowCam_Image_Classifier, labelled FlowCam images of Pygsuia cultures, 8 April 2024.",
    data_licence="MIT",
    data_url="https://github.com/VickoT/FlowCam_Image_Classifier",
    pixel_size_um=0.5544,
    intended_use="A first sorting of FlowCam runs into protist cells, junk and particles that people find hard to "
    "tell, before a person looks at them; counts of protists per mL with the interval that allows for "
    "the confusions on this card.",
    limits="Two runs of one laboratory, one culture (Pygsuia), one FlowCam (0.5544 µm a pixel, colour camera), "
    "one day. How another instrument, magnification, sample or stain would do is not known: the runs kept back here "
    "already cost much (see the recall of Protist, of which one of the two runs has only 20 images to learn from). "
    "Protist names no taxon. Missed is what people could not tell; the authors of the data count it as junk.",
    group_from="pattern",
    group_pattern="^(.*)_[0-9A-F-]{36}\\.png$",
    folds=2,
    validation_fraction=0.15,
    target_error=0.1,
    size_px=64,
    stages=5,
    epochs=16,
    patience=16,
    threads=1,
)

if __name__ == "__main__":
    make_model(PARAMS, SEED, HERE / "classes" / "flowcam_protist.csv", arguments(__doc__ or ""))
