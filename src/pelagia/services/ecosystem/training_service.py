"""What ecosystem training says of itself: the labels it takes, its parameters, its unit."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from pelagia.core.service import InputSlot, Params, Service, Unit, param
from pelagia.learning.name_pattern import check_pattern

GROUPS_BY_PATTERN = "pattern"
IMAGENET = "imagenet"


class EcosystemTrainingParams(Params):
    """The parameters of a training; the defaults suit some hundred labelled frames on two processor cores."""

    name: str = param(
        "my-animals",
        description="Name of the model",
        level="essential",
        pattern=r"^[a-z0-9][a-z0-9._-]*$",
        max_length=64,
    )
    version: str = param(
        "1.0.0", description="Version of the model", level="essential", pattern=r"^\d+\.\d+\.\d+$", max_length=32
    )
    base: str = param(
        IMAGENET,
        description="What it starts from: 'imagenet', or a detector that was trained with Pelagia, as name@version or "
        "as a folder; classes of the same name keep what it learned",
        level="essential",
        is_place=True,
        is_model=True,
    )
    group_from: Literal["clip", "folder", "pattern", "none"] = param(
        "clip",
        description="Which frames belong together and must not be split between training and measurement: those of a "
        "video, or whose names differ only in the number or time at their end; those of a folder (a site, a "
        "deployment); those whose names share a pattern; or each alone (figures are then optimistic)",
        level="essential",
    )
    group_pattern: str = param(
        "",
        description="Regular expression (RE2) on the file name; its first group is the site or deployment",
        max_length=500,
    )
    heldout_fraction: float = param(
        0.25, description="Share of the boxes kept back to measure the model", unit="share", ge=0.05, le=0.5
    )
    long_side_px: int = param(
        512,
        description="Longer side that frames are brought to, in training and in every run; small animals need more, "
        "and every step then takes longer",
        unit="px",
        level="essential",
        ge=128,
        le=2048,
        multiple_of=32,
    )
    epochs: int = param(16, description="Rounds through the frames", ge=1, le=1000)
    batch: int = param(8, description="Frames per step", unit="frames", ge=2, le=256)
    complete: bool = param(
        True,
        description="Whether every animal on the frames has a box; where not, what has none is hardly counted as empty",
    )
    threads: int = param(
        0, description="Processor threads of the network; 0: all this process may use", unit="threads", ge=0, le=256
    )
    title: str = param("", description="Title on the card; by default made from the name", max_length=200)
    instrument: str = param("Underwater camera", description="What took the frames", max_length=100)
    created: str = param(
        "",
        description="Date on the card, YYYY-MM-DD; by default the day it is written",
        pattern=r"^(\d{4}-\d\d-\d\d)?$",
    )
    licence: str = param("not stated", description="Licence of the model", max_length=200)
    data_name: str = param("", description="Name of the data set; by default that of the folder", max_length=200)
    data_citation: str = param("", description="How the data set is cited", max_length=2000)
    data_licence: str = param("", description="Licence of the data set", max_length=200)
    data_url: str = param("", description="Where the data set is found", max_length=500)
    intended_use: str = param("", description="What the model is for, on the card", max_length=4000)
    limits: str = param("", description="What the model is not for, on the card", max_length=4000)

    @model_validator(mode="after")
    def _check_together(self) -> EcosystemTrainingParams:
        if self.group_from == GROUPS_BY_PATTERN:
            check_pattern(self.group_pattern)
        return self


TRAINING = Service(
    slug="ecosystem-train",
    title="Train a detector of animals",
    summary="Frames or videos with boxes (COCO, YOLO, CVAT) → a measured detector with its card",
    version="1.0.0",
    params=EcosystemTrainingParams,
    inputs=(
        InputSlot(
            name="labels",
            description="Boxes around animals: COCO, YOLO, CVAT for images or for video, what a citizen run wrote, or "
            "the corrected boxes of an ecosystem run",
            patterns=("*/", "*.zip", "*.json", "*.xml", "s3://", "http://", "https://"),
        ),
        InputSlot(
            name="recordings",
            description="Folders of the pictures and videos that were labelled, where they do not stand beside the "
            "labels",
            patterns=("*/", "*.zip", "s3://", "http://", "https://"),
            at_least=0,
        ),
        InputSlot(
            name="classes",
            description="A CSV of the classes: name, and if known scientific_name, aphia_id, is_organism, remark",
            patterns=("*.csv",),
            at_least=0,
            at_most=1,
        ),
    ),
    unit=Unit(name="training image", plural="training images"),
    pipeline="pelagia.services.ecosystem.training",
)
