"""What the FlowCam service says of itself: inputs, parameters, models, unit."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import model_validator

from pelagia.core.errors import BadParameter
from pelagia.core.service import InputSlot, ModelSlot, Params, Service, Unit, param
from pelagia.services.flowcam.training_service import TRAINING


class FlowCamParams(Params):
    """The parameters of a FlowCam analysis."""

    pixel_size_um: float | None = param(
        None,
        description="Size of one pixel, for images that do not come with a calibration of their own",
        unit="µm",
        level="essential",
        gt=0,
        le=1000,
    )
    volume_imaged_ml: float | None = param(
        None,
        description="Volume imaged; only where the run does not tell it (without it there is no count per mL)",
        unit="mL",
        level="essential",
        gt=0,
    )
    dilution: float | None = param(
        None,
        description="How many times the sample was diluted; overrides what the run says",
        unit="×",
        level="essential",
        gt=0,
    )
    latitude: float | None = param(
        None, description="Latitude of the sample, north positive (WGS 84)", unit="°", level="essential", ge=-90, le=90
    )
    longitude: float | None = param(
        None,
        description="Longitude of the sample, east positive (WGS 84)",
        unit="°",
        level="essential",
        ge=-180,
        le=180,
    )
    depth_min_m: float | None = param(None, description="Upper depth of the sample", unit="m", ge=0, le=12_000)
    depth_max_m: float | None = param(None, description="Lower depth of the sample", unit="m", ge=0, le=12_000)
    max_error: float | None = param(
        None,
        description="Call an image 'unknown' so that at most this share of the named ones is wrong; "
        "by default the rate stated in the model's card",
        unit="share",
        gt=0,
        lt=1,
    )
    top_k: int = param(5, description="How many classes with their probabilities are kept per image", ge=1, le=20)
    size_by: Literal["esd", "abd"] = param("esd", description="Diameter that decides the size class")
    size_classes_um: tuple[float, ...] = param(
        (2.0, 20.0, 200.0), description="Bounds of the size classes, ascending", unit="µm"
    )
    stuck_duplicates: Literal["count", "leave-out"] = param(
        "count", description="Whether particles stuck to the flow cell, seen again in later frames, are counted again"
    )
    label_from: Literal["auto", "folder", "prefix", "none"] = param(
        "auto",
        description="Where loose images have their labels: the folder they stand in, the begin of their name up to "
        "the separator, or nowhere; auto takes the folder if there are several",
    )
    label_separator: str = param("__", description="What ends the label in a file name", min_length=1, max_length=8)

    @model_validator(mode="after")
    def _check_together(self) -> FlowCamParams:
        bounds = self.size_classes_um
        if any(low >= high for low, high in pairwise(bounds)) or any(b <= 0 for b in bounds):
            raise BadParameter(
                "the bounds of the size classes must be positive and ascending",
                value=bounds,
                remedy="give them like 2,20,200",
            )
        if (self.latitude is None) != (self.longitude is None):
            raise BadParameter(
                "latitude and longitude are given together or not at all",
                value=f"{self.latitude}, {self.longitude}",
                remedy="give both",
            )
        return self


SERVICE = Service(
    slug="flowcam",
    title="FlowCam",
    summary="FlowCam runs → particle vignettes → taxa → counts per mL → Darwin Core and EcoTaxa",
    version="1.0.0",
    params=FlowCamParams,
    inputs=(
        InputSlot(
            name="runs",
            description="VisualSpreadsheet run folders or .lst files, folders or zips of vignettes, EcoTaxa bundles; "
            "on disk or at s3://, http(s):// or mongodb:// addresses",
            patterns=("*.lst", "*.flb", "*/", "*.zip", "ecotaxa_*.tsv", "s3://", "http://", "https://", "mongodb://"),
        ),
        InputSlot(
            name="corrections",
            description="A CSV with a person's decisions: object_id, taxon and, if known, validated_by, validated_at",
            patterns=("*.csv",),
            at_least=0,
            at_most=1,
        ),
    ),
    unit=Unit(name="image", plural="images"),
    pipeline="pelagia.services.flowcam.pipeline",
    models=(
        ModelSlot(
            role="classifier",
            default="flowcam-protist@1.0.0",
            description="Names the taxon of each vignette",
        ),
    ),
    training=TRAINING,
    reviser="pelagia.services.flowcam.revise",
    sample="pelagia.services.flowcam.sample",
    preview="pelagia.services.flowcam.preview",
)
