"""The model card: what a model knows, how well, from which data, and how it must be fed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pelagia.core.errors import BadInput

CARD_FILE = "card.json"
MODEL_FILE = "model.onnx"
PAGE_FILE = "card.md"
CHECKSUM_FILE = "SHA256SUMS"
HELDOUT_FILE = "heldout.parquet"

SEMVER = r"^\d+\.\d+\.\d+$"
SLUG = r"^[a-z0-9][a-z0-9._-]*$"


class CardPart(BaseModel):
    """A frozen part of a card; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CardClass(CardPart):
    """One class; the order of the classes is the order of the logits.

    ``aphia_id`` and ``scientific_name`` are null where no one stated them: they are never guessed.
    ``is_organism`` is false for detritus, bubbles, artefacts and the like: never exported as an occurrence.
    """

    name: str = Field(min_length=1)
    scientific_name: str | None = None
    aphia_id: int | None = Field(default=None, gt=0)
    is_organism: bool = True
    remark: str = ""


class ContextFeature(CardPart):
    """One context feature; ``name`` is a key of :data:`pelagia.learning.context.FEATURES`."""

    name: str
    unit: str = ""
    description: str = ""


class CardInput(CardPart):
    """How the model is fed: a square of ``size_px`` and context features, in this order.

    ``resize`` is how a vignette becomes the square: ``letterbox`` keeps its aspect and pads it,
    ``squash`` stretches it (models published elsewhere were trained so). ``pixel_size_um`` is the
    (nominal) pixel size the model was trained with, null where it was mixed.
    """

    size_px: int = Field(gt=0)
    resize: Literal["letterbox", "squash"] = "letterbox"
    context: tuple[ContextFeature, ...] = ()
    pixel_size_um: float | None = Field(default=None, gt=0)

    @property
    def context_names(self) -> tuple[str, ...]:
        """The names of the context features, in order."""
        return tuple(feature.name for feature in self.context)


class Calibration(CardPart):
    """Temperature of the softmax, fitted on ``n`` images; expected calibration error before and after, 0 to 1."""

    temperature: float = Field(gt=0)
    ece_before: float = Field(ge=0, le=1)
    ece_after: float = Field(ge=0, le=1)
    n: int = Field(ge=0)
    split: str = ""


class CurvePoint(CardPart):
    """At a confidence threshold: error among the accepted (with its upper 95 % bound) and share rejected."""

    threshold: float
    error: float
    error_high: float
    rejected: float


class UnknownRule(CardPart):
    """Images whose calibrated top probability is below ``threshold`` are called unknown.

    ``measured_error`` is the error among the accepted held-out images, ``measured_error_high`` its upper
    95 % bound; ``rejected_fraction`` the share called unknown.
    """

    threshold: float = Field(ge=0, le=1)
    target_error: float = Field(gt=0, lt=1)
    measured_error: float = Field(ge=0, le=1)
    measured_error_high: float = Field(ge=0, le=1)
    rejected_fraction: float = Field(ge=0, le=1)
    curve: tuple[CurvePoint, ...] = ()


def keeps_target(rule: UnknownRule) -> bool:
    """Return whether the held-out images show that the rule keeps its target error rate."""
    return rule.measured_error_high <= rule.target_error


class Score(CardPart):
    """A figure between 0 and 1 with its 95 % interval."""

    value: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)


class ClassScore(CardPart):
    """Figures of one class on the held-out images; null where there is nothing to divide by."""

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    n_heldout: int


class Scores(CardPart):
    """Held-out figures. ``confusion[i][j]``: images of class ``i`` predicted as class ``j`` (unknown not applied)."""

    split: str
    n_train: int
    n_heldout: int
    accuracy: Score
    macro_f1: Score
    per_class: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]


class DataOrigin(CardPart):
    """One set the model was trained on."""

    name: str
    citation: str = ""
    licence: str = ""
    url: str = ""
    n_images: int = 0


class ModelCard(CardPart):
    """All that is said of a model; ``card.json`` of a model package."""

    name: str = Field(pattern=SLUG)
    version: str = Field(pattern=SEMVER)
    title: str
    task: Literal["classification", "separation", "tile-classes", "detection", "people", "slicks"] = "classification"
    instrument: str
    created: date
    classes: tuple[CardClass, ...] = Field(min_length=1)
    input: CardInput
    calibration: Calibration | None = None
    unknown: UnknownRule | None = None
    scores: Scores | None = None
    data: tuple[DataOrigin, ...] = ()
    licence: str
    intended_use: str = ""
    limits: str = ""
    recipe: dict[str, Any] = Field(default_factory=dict)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of model.onnx")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = self.class_names
        if len(set(names)) != len(names):
            raise ValueError("two classes have the same name")
        if self.scores is not None and len(self.scores.confusion) != len(names):
            raise ValueError("the confusion matrix has not one row a class")
        return self

    @property
    def class_names(self) -> tuple[str, ...]:
        """The class names in the order of the logits."""
        return tuple(c.name for c in self.classes)

    @property
    def reference(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    def to_json(self) -> str:
        """Return the text of ``card.json``: stable order, one trailing newline."""
        return self.model_dump_json(indent=1) + "\n"


def read_card(folder: Path) -> ModelCard:
    """Read the card of a model package.

    Parameters
    ----------
    folder
        The folder of the model package.

    Raises
    ------
    BadInput
        If there is no card or it does not say what it must.
    """
    path = folder / CARD_FILE
    try:
        return ModelCard.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise BadInput(
            "this folder is not a model package: it has no card.json",
            remedy="Give the folder that `pelagia train` wrote, or add a card (see docs/howto/models.md).",
            file=str(folder),
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(
            f"the model card is not valid: {first['msg']}",
            value=".".join(str(part) for part in first["loc"]),
            remedy="Correct card.json; docs/reference/card.md lists its fields.",
            file=str(path),
        ) from error
