"""Make a package of a detector that somebody else trained and exported to ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from pelagia.core.errors import NotFound
from pelagia.learning.card import CardClass, CardInput, DataOrigin, ModelCard
from pelagia.learning.card_page import render_card
from pelagia.learning.detector import TASK, TRAITS, load_detector
from pelagia.learning.detector_styles import DetectorTraits
from pelagia.learning.package import ModelPackage, write_package

LIMITS = (
    "Made by others and packed without new measurements: how much it misses on your pictures, and how often it is "
    "wrong, is not known. Its scores rank boxes; they are not calibrated."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is known of a detector besides its file.

    Parameters
    ----------
    name, version, title
        For the card; ``version`` as in 1.0.0.
    created
        When it was made.
    licence
        Of the weights, as its makers state it. Weights trained with ultralytics are AGPL-3.0 unless bought otherwise.
    instrument
        What took the pictures it was trained on.
    citation, url
        As published.
    """

    name: str
    version: str
    title: str
    created: date
    licence: str
    instrument: str = "Drone"
    citation: str = ""
    url: str = ""


def pack_detector(
    model: Path,
    folder: Path,
    origin: Origin,
    *,
    classes: Sequence[str | CardClass],
    window_px: int,
    traits: DetectorTraits,
) -> ModelPackage:
    """Write a package of a foreign detector, once it has answered to a window as its style promises.

    Parameters
    ----------
    model
        The ONNX file; what it may take is told in :mod:`pelagia.learning.detector_feed`.
    folder
        Where the package shall stand.
    origin
        What is known of it.
    classes
        In the order of its outputs.
    window_px
        Longer side of the windows it is fed, px; sides that the graph leaves open follow the frames.
    traits
        How it is fed and answers.

    Raises
    ------
    BadInput
        If ONNX Runtime cannot load it, or it takes or gives other tensors than told.
    """
    if not model.is_file():
        raise NotFound("there is no such file", remedy="Give the ONNX file of the detector.", file=str(model))
    graph = model.read_bytes()
    card = ModelCard(
        name=origin.name,
        version=origin.version,
        title=origin.title,
        task=TASK,
        instrument=origin.instrument,
        created=origin.created,
        classes=tuple(c if isinstance(c, CardClass) else CardClass(name=c, is_organism=False) for c in classes),
        input=CardInput(size_px=window_px),
        data=(DataOrigin(name="see the publication", citation=origin.citation, url=origin.url),),
        licence=origin.licence,
        limits=LIMITS,
        recipe={TRAITS: traits.model_dump(mode="json")},
        sha256=sha256(graph).hexdigest(),
    )
    page = render_card(card)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=".checking-") as scratch:
        tried = write_package(Path(scratch) / "package", model=graph, card=card, page=page)
        detector = load_detector(tried.path, threads=1)
        detector.detect([np.full((*detector.window_shape, 3), 127, np.uint8)])
    return write_package(folder, model=graph, card=card, page=page)
