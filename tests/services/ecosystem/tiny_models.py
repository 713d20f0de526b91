"""A model of an ecosystem run that anybody can work out by hand."""

from __future__ import annotations

from pathlib import Path

from tests.learning.tiny_model import tiny_card, tiny_package
from tests.services.litter.tiny_models import squares_graph

from pelagia.core.service import ModelRef
from pelagia.learning.card import CardClass, CardInput
from pelagia.learning.package import ModelPackage

COLOURS = {"Chromis chromis": (255, 255, 0), "Diplodus vulgaris": (0, 255, 255)}
"""The colours of the fish that :func:`tiny_animals` finds; black, grey, green and blue things are not found."""
APHIA_IDS = {"Chromis chromis": 127_000, "Diplodus vulgaris": 127_054}
WEIGHTS = {"Chromis chromis": (0.5, 0.5, -1.0), "Diplodus vulgaris": (-1.0, 0.5, 0.5)}
ANIMAL_PX = 16
"""Side of the square that each of them is, px of the detector; boxes are of this size."""


def tiny_animals(
    folder: Path,
    *,
    long_side_px: int | None = 320,
    window_px: int = 320,
    classes: tuple[str, ...] = tuple(COLOURS),
    score_from: float = 0.5,
) -> ModelPackage:
    """Write a detector that takes yellow squares of some 16 px for Chromis chromis, cyan ones for Diplodus vulgaris.

    Frames are brought to a longer side of ``long_side_px``. The name tells what it answers: packages of different
    answers are different models.
    """
    card = tiny_card(
        tuple(CardClass(name=name, scientific_name=name, aphia_id=APHIA_IDS[name]) for name in classes),
        name=f"tiny-animals-{len(classes)}-{long_side_px or 0}-{window_px}-{round(score_from * 100)}",
        task="detection",
        instrument="Underwater camera",
        input=CardInput(size_px=window_px),
        recipe={
            "detector": {
                "style": "centre",
                "score_from": score_from,
                "long_side_px": long_side_px,
                "overlap_px": 64,
            }
        },
    )
    return tiny_package(folder, card=card, graph=squares_graph([WEIGHTS[name] for name in classes], ANIMAL_PX))


def tiny_models(folder: Path, *, long_side_px: int | None = 320) -> dict[str, ModelRef]:
    """Write the model of a run."""
    package = tiny_animals(folder / "animals", long_side_px=long_side_px)
    card = package.card
    return {
        "animals": ModelRef(
            role="animals", name=card.name, version=card.version, sha256=package.sha256, path=str(package.path)
        )
    }
