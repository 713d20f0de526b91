"""What litter training says of itself: the folder it takes, its parameters, its unit."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from pelagia.core.service import InputSlot, ModelSlot, Params, Service, Unit, param
from pelagia.learning.name_pattern import check_pattern

GROUPS_BY_PATTERN = "pattern"


class LitterTrainingParams(Params):
    """The parameters of a training; the defaults suit some hundred labelled pictures on two processor cores."""

    learn: Literal["auto", "tiles", "items"] = param(
        "auto",
        description="tiles: the class of ground of each tile, from a folder of tiles a class; items: where the litter "
        "is, from boxes; auto: boxes where there are any",
        level="essential",
    )
    name: str = param(
        "my-litter-model",
        description="Name of the model",
        level="essential",
        pattern=r"^[a-z0-9][a-z0-9._-]*$",
        max_length=64,
    )
    version: str = param(
        "1.0.0", description="Version of the model", level="essential", pattern=r"^\d+\.\d+\.\d+$", max_length=32
    )
    gsd_cm: float | None = param(
        None,
        description="Ground sampling distance of pictures with boxes: side of a pixel on the ground",
        unit="cm",
        level="essential",
        gt=0,
        le=1000,
    )
    group_from: Literal["none", "folder", "pattern"] = param(
        "none",
        description="Which pictures belong together (a beach, a flight) and must not be split between training and "
        "measurement: those of a folder (for tiles, the folder above the class folder), those whose names share a "
        "pattern, or each picture alone (figures are then optimistic)",
        level="essential",
    )
    group_pattern: str = param(
        "",
        description="Regular expression (RE2) on the file name; its first group is the beach or flight",
        max_length=500,
    )
    heldout_fraction: float = param(
        0.25, description="Share of the pictures kept back to measure the model", unit="share", ge=0.05, le=0.5
    )
    epochs: int = param(12, description="Rounds through the pictures", ge=1, le=1000)
    batch: int = param(16, description="Pictures per step", unit="pictures", ge=2, le=256)
    threads: int = param(
        0, description="Processor threads of the network; 0: all this process may use", unit="threads", ge=0, le=256
    )
    title: str = param("", description="Title on the card; by default made from the name", max_length=200)
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
    def _check_together(self) -> LitterTrainingParams:
        if self.group_from == GROUPS_BY_PATTERN:
            check_pattern(self.group_pattern)
        return self


TRAINING = Service(
    slug="litter-train",
    title="Train a litter model",
    summary="Tiles in a folder for each class, or boxes (COCO, YOLO, CVAT) → a measured model with its card",
    version="1.0.0",
    params=LitterTrainingParams,
    inputs=(
        InputSlot(
            name="labels",
            description="Tiles of 25.6 cm of ground in one sub-folder per class; or pictures with boxes around litter: "
            "COCO, YOLO or CVAT, the pictures beside them",
            patterns=("*/", "*.zip", "*.json", "*.xml", "s3://", "http://", "https://"),
        ),
    ),
    unit=Unit(name="training image", plural="training images"),
    pipeline="pelagia.services.litter.training",
    models=(
        ModelSlot(
            role="base",
            default="litter-tiles@1.0.0",
            description="What a model of tile classes is trained on from; a detector starts from ImageNet",
        ),
    ),
)
