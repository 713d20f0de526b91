"""What FlowCam training says of itself: the folder it takes, its parameters, its unit."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from pelagia.core.errors import BadParameter
from pelagia.core.service import InputSlot, Params, Service, Unit, param
from pelagia.learning.name_pattern import check_pattern

GROUPS_BY_PATTERN = "pattern"


class TrainingParams(Params):
    """The parameters of a training; the defaults suit 2,000 images on two processor cores."""

    mode: Literal["finetune", "scratch", "head"] = param(
        "finetune",
        description="finetune: start from weights that know images; scratch: start from chance (many images "
        "needed); head: keep the network, fit only its last layer (about 20 images a class are enough)",
        level="essential",
    )
    base: str = param(
        "imagenet",
        description="What finetune and head start from: 'imagenet', or a model that was trained with Pelagia, as "
        "name@version or as a folder (its size, stages and context are taken over)",
        level="essential",
        is_place=True,
        is_model=True,
    )
    name: str = param(
        "my-flowcam-model",
        description="Name of the model",
        level="essential",
        pattern=r"^[a-z0-9][a-z0-9._-]*$",
        max_length=64,
    )
    version: str = param(
        "1.0.0", description="Version of the model", level="essential", pattern=r"^\d+\.\d+\.\d+$", max_length=32
    )
    title: str = param("", description="Title on the card; by default made from the name", max_length=200)
    created: str = param(
        "",
        description="Date on the card, YYYY-MM-DD; by default the day it is written",
        pattern=r"^(\d{4}-\d\d-\d\d)?$",
    )
    instrument: str = param("FlowCam", description="Instrument that took the images", max_length=100)
    licence: str = param("not stated", description="Licence of the model", max_length=200)
    data_name: str = param("", description="Name of the data set; by default that of the folder", max_length=200)
    data_citation: str = param("", description="How the data set is cited", max_length=2000)
    data_licence: str = param("", description="Licence of the data set", max_length=200)
    data_url: str = param("", description="Where the data set is found", max_length=500)
    intended_use: str = param("", description="What the model is for, on the card", max_length=4000)
    limits: str = param("", description="What the model is not for, on the card", max_length=4000)
    pixel_size_um: float | None = param(
        None,
        description="Size of one pixel; with it the model learns the true size of the particles",
        unit="µm",
        level="essential",
        gt=0,
        le=1000,
    )
    context: tuple[str, ...] = param(
        ("width_um", "height_um"),
        description="What the model is told besides the pixels: width_um, height_um, month, latitude, longitude, "
        "depth_m (the last four come from the metadata table); none known is no error",
    )
    group_from: Literal["none", "parent-folder", "pattern", "lookalike", "metadata"] = param(
        "none",
        description="Which images belong together and must not be split between training and measurement: the "
        "folder above the class folder, a pattern of the file name, images that look nearly the same, the column "
        "'group' of the metadata table, or each image alone (figures are then optimistic)",
        level="essential",
    )
    group_pattern: str = param(
        "",
        description="Regular expression (RE2) on the file name; its first group is the run or sample",
        max_length=500,
    )
    heldout_fraction: float = param(
        0.2, description="Share of the images kept back to measure the model", unit="share", ge=0.05, le=0.5
    )
    folds: int = param(
        1,
        description="1: keep one part back. 2 or more: deal the groups into so many parts, measure each with a "
        "model that never saw it, then train the shipped model on all",
        ge=1,
        le=20,
    )
    validation_fraction: float = param(
        0.1, description="Share of the training images that decides when to stop", unit="share", ge=0.02, le=0.4
    )
    least_per_class: int = param(
        5, description="A class with fewer usable images is left out, with a finding", unit="images", ge=2, le=1000
    )
    target_error: float = param(
        0.1,
        description="The unknown decision is set so that at most this share of the named images is wrong",
        unit="share",
        gt=0,
        lt=1,
    )
    size_px: int = param(
        96,
        description="Side of the square the network sees, a multiple of 32",
        unit="px",
        ge=32,
        le=512,
        multiple_of=32,
    )
    stages: int = param(
        7, description="Stages of the network: 7 is the whole EfficientNet-Lite0, 5 is small and quick", ge=3, le=7
    )
    epochs: int = param(15, description="At most so many rounds through the images", ge=1, le=1000)
    patience: int = param(
        6, description="Stop when the validation loss has not fallen for so many epochs", unit="epochs", ge=1, le=1000
    )
    batch: int = param(32, description="Images per step", unit="images", ge=2, le=1024)
    learning_rate: float = param(1e-3, description="Peak learning rate (AdamW)", gt=0, le=1)
    weight_decay: float = param(0.02, description="Weight decay (AdamW)", ge=0, le=1)
    label_smoothing: float = param(0.05, description="Share of each label spread over all classes", ge=0, lt=0.5)
    balance: float = param(
        0.5,
        description="0: classes are drawn as often as they have images; 1: all classes alike; between: between",
        ge=0,
        le=1,
    )
    mixup: float = param(0.2, description="Blend pairs of images (parameter of the beta distribution); 0: never", ge=0)
    rotate: bool = param(True, description="Turn images by any angle while training")
    freeze_epochs: int = param(0, description="For so many epochs only the last layer learns", unit="epochs", ge=0)
    precision: Literal["auto", "float32", "mixed"] = param(
        "auto", description="auto: 16-bit arithmetic where the processor or GPU has it; float32: never"
    )
    threads: int = param(
        0, description="Processor threads of the network; 0: all this process may use", unit="threads", ge=0, le=256
    )
    tracking: bool = param(True, description="Record the training with MLflow")
    tracking_uri: str = param(
        "",
        description="MLflow server or file:// store; by default the folder 'mlruns' of the result",
        is_place=True,
        is_written=True,
        max_length=500,
    )

    @model_validator(mode="after")
    def _check_together(self) -> TrainingParams:
        if self.group_from == GROUPS_BY_PATTERN:
            check_pattern(self.group_pattern)
        if self.mode == "scratch" and self.base != "imagenet":
            raise BadParameter(
                "a model trained from scratch has no base", value=self.base, remedy="Leave out base, or use finetune."
            )
        return self


TRAINING = Service(
    slug="flowcam-train",
    title="Train a FlowCam classifier",
    summary="A folder of named vignettes, one sub-folder a class → a calibrated model with its card",
    version="1.0.0",
    params=TrainingParams,
    inputs=(
        InputSlot(
            name="images",
            description="A folder, zip archive or address of vignettes in one sub-folder per class",
            patterns=("*/", "*.zip", "s3://", "http://", "https://", "mongodb://"),
        ),
        InputSlot(
            name="classes",
            description="A CSV of the classes: name, and if known scientific_name, aphia_id, is_organism, remark",
            patterns=("*.csv",),
            at_least=0,
            at_most=1,
        ),
        InputSlot(
            name="metadata",
            description="A CSV of the images: name (path in the folder, or file name), and if known pixel_size_um, "
            "month, latitude, longitude, depth_m, group",
            patterns=("*.csv",),
            at_least=0,
            at_most=1,
        ),
    ),
    unit=Unit(name="training image", plural="training images"),
    pipeline="pelagia.services.flowcam.training",
)
