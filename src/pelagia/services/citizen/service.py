"""What the citizen-science service says of itself: inputs, parameters, unit."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from pelagia.core.errors import BadParameter
from pelagia.core.service import InputSlot, Params, Service, Unit, param
from pelagia.learning.name_pattern import check_pattern


class CitizenParams(Params):
    """The parameters of a consensus."""

    annotator_column: str = param(
        "",
        description="Column that tells who drew a mark, where it has none of the usual names",
        level="essential",
        max_length=200,
    )
    at_least: int = param(
        3,
        description="How many people must have marked an animal for it to be accepted",
        level="essential",
        ge=1,
        le=1000,
    )
    accept_from: float = param(
        0.3,
        description="Least share of those who saw the image that must have marked an animal for it to be accepted",
        unit="share",
        level="essential",
        ge=0,
        le=1,
    )
    max_distance: float = param(
        0.7,
        description="How far apart two marks of one animal may be, in sizes of its body",
        unit="body sizes",
        gt=0,
        le=3,
    )
    buffer_px: float | None = param(
        None,
        description="Half the side of the box around a point; by default from the other marks of the species",
        unit="px",
        gt=0,
        le=10_000,
    )
    buffer_share: float | None = param(
        None,
        description="The same as a share of the shorter side of the image",
        unit="share",
        gt=0,
        le=0.5,
    )
    line_width: float = param(
        0.5,
        description="Least side of the box around a line of body length, as a share of its length",
        unit="share",
        gt=0,
        le=1,
    )
    weights: Literal["equal", "reliability"] = param(
        "equal",
        description="Whether all people count alike, or by how well they agree with the others and with experts",
    )
    without: tuple[str, ...] = param((), description="Annotators whose marks and views are left out")
    leave_out_outliers: bool = param(
        False, description="Leave out the annotators that are found to be outliers, and settle the boxes without them"
    )
    split_by: Literal["deployment", "image", "none"] = param(
        "deployment",
        description="What is kept together in one part of the training set: deployments (or cameras), images alone "
        "(figures of a model then look better than they are), or no parts at all",
        level="essential",
    )
    group_pattern: str = param(
        "",
        description="Regular expression whose first group, in the path of an image, tells its deployment; by default "
        "each folder is one",
        level="essential",
        max_length=500,
    )
    validation_share: float = param(0.15, description="Share of the images for validation", unit="share", ge=0, le=0.5)
    test_share: float = param(0.15, description="Share of the images for the final test", unit="share", ge=0, le=0.5)
    undecided_images: Literal["keep", "leave-out"] = param(
        "keep", description="Whether images with boxes that are still to be reviewed belong to the training set"
    )
    copy_images: bool = param(
        False, description="Copy the images into the YOLO folder; by default the export names them only"
    )

    @model_validator(mode="after")
    def _check_together(self) -> CitizenParams:
        if self.buffer_px is not None and self.buffer_share is not None:
            raise BadParameter(
                "the box around a point is told twice",
                value=f"{self.buffer_px:g} px, {self.buffer_share:g} of the image",
                remedy="give buffer_px or buffer_share",
            )
        if self.group_pattern:
            check_pattern(self.group_pattern)
        return self


SERVICE = Service(
    slug="citizen",
    title="Citizen science",
    summary="Marks of many people on the same images → boxes they agree on → a training set, split by deployment",
    version="1.0.0",
    params=CitizenParams,
    inputs=(
        InputSlot(
            name="marks",
            description="The marks: a CSV as of Deep Sea Spy (name_img, species, annotator, shapes, x1, y1, x2, y2, "
            "polygon_values). Images and views may stand beside it",
            patterns=("*.csv", "*.tsv", "*.txt", "*.zip", "*/"),
        ),
        InputSlot(
            name="images",
            description="The images, or folders and zips of them; best a folder for each deployment",
            patterns=("*/", "*.zip", "*.jpg", "*.jpeg", "*.png", "*.tif", "*.tiff", "*.bmp"),
            at_least=0,
        ),
        InputSlot(
            name="views",
            description="Who looked at which image, those who marked nothing among them: CSV with image and annotator",
            patterns=("*.csv", "*.tsv", "*.txt"),
            at_least=0,
            at_most=1,
        ),
        InputSlot(
            name="experts",
            description="Boxes that experts validated: CSV (image, species, xmin, ymin, xmax, ymax), COCO or CVAT",
            patterns=("*.csv", "*.json", "*.xml", "*.zip"),
            at_least=0,
            at_most=1,
        ),
    ),
    unit=Unit(name="image", plural="images"),
    pipeline="pelagia.services.citizen.pipeline",
    sample="pelagia.services.citizen.sample",
    preview="pelagia.services.citizen.preview",
)
