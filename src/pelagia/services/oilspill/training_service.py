"""What oil spill training says of itself: the pairs it takes, its parameters, its unit."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from pelagia.core.service import InputSlot, ModelSlot, Params, Service, Unit, param
from pelagia.learning.name_pattern import check_pattern

GROUPS_BY_PATTERN = "pattern"


class OilspillTrainingParams(Params):
    """The parameters of a training; the defaults suit some hundred pairs on two processor cores."""

    name: str = param(
        "my-oil-slicks",
        description="Name of the model",
        level="essential",
        pattern=r"^[a-z0-9][a-z0-9._-]*$",
        max_length=64,
    )
    version: str = param(
        "1.0.0", description="Version of the model", level="essential", pattern=r"^\d+\.\d+\.\d+$", max_length=32
    )
    start: Literal["model", "chance"] = param(
        "model",
        description="What it starts from: a model of slicks (oil-slicks, or the one chosen as base), or chance",
        level="essential",
    )
    pixel_m: float = param(
        25.0,
        description="Side of a pixel of the pictures on the sea, roughly",
        unit="m",
        level="essential",
        ge=1,
        le=1000,
    )
    group_from: Literal["none", "folder", "pattern"] = param(
        "none",
        description="Which pictures are of one scene and must not be split between training and measurement: those of "
        "a folder, those whose names share a pattern, or each picture alone (figures are then optimistic where "
        "pictures were cut from the same scene)",
        level="essential",
    )
    group_pattern: str = param(
        "",
        description="Regular expression (RE2) on the file name; its first group is the scene",
        max_length=500,
    )
    heldout_fraction: float = param(
        0.25, description="Share of the scenes kept back to measure the model", unit="share", ge=0.05, le=0.5
    )
    epochs: int = param(20, description="Rounds through the pictures", ge=1, le=1000)
    batch: int = param(16, description="Parts of pictures per step", unit="parts", ge=2, le=256)
    side_px: int = param(
        256, description="Side of the parts that are learned from", unit="px", ge=64, le=1024, multiple_of=32
    )
    threads: int = param(
        0, description="Processor threads of the network; 0: all this process may use", unit="threads", ge=0, le=256
    )
    title: str = param("", description="Title on the card; by default made from the name", max_length=200)
    instrument: str = param("Radar satellite", description="What took the pictures", max_length=100)
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
    def _check_together(self) -> OilspillTrainingParams:
        if self.group_from == GROUPS_BY_PATTERN:
            check_pattern(self.group_pattern)
        return self


TRAINING = Service(
    slug="oilspill-train",
    title="Train a model of oil slicks",
    summary="Radar pictures with masks of the oil → a measured model with its card",
    version="1.0.0",
    params=OilspillTrainingParams,
    inputs=(
        InputSlot(
            name="pairs",
            description="Pictures and masks (oil is 255): NAME_sat and NAME_mask side by side, or the same name in "
            "images/ and masks/; PNG, JPEG or TIFF, grey or dB",
            patterns=("*/", "*.zip", "s3://", "http://", "https://"),
        ),
    ),
    unit=Unit(name="training image", plural="training images"),
    pipeline="pelagia.services.oilspill.training",
    models=(
        ModelSlot(
            role="base",
            default="oil-slicks@1.0.0",
            description="What is trained on from, unless it starts from chance",
        ),
    ),
)
