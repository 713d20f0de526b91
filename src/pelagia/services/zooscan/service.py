"""What the ZooScan service says of itself: inputs, parameters, models, unit."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from pelagia.core.errors import BadParameter
from pelagia.core.service import InputSlot, ModelSlot, Params, Service, Unit, param


class ZooScanParams(Params):
    """The parameters of a ZooScan analysis."""

    only_scans: tuple[str, ...] = param(
        (), description="Names of the scans to process, where a project holds others as well; all by default"
    )
    min_esd_mm: float = param(
        0.3, description="Smallest organism, by its equivalent diameter", unit="mm", level="essential", gt=0, le=50
    )
    max_esd_mm: float = param(
        100.0, description="Largest organism, by its equivalent diameter", unit="mm", gt=0, le=1000
    )
    separation: Literal["auto", "model", "watershed", "none"] = param(
        "auto",
        description="How touching organisms are separated: by the model, by a watershed of their shape, or not at all; "
        "auto takes the model for raw scans and measures what was processed before as it is",
        level="essential",
    )
    multiple_from: float = param(
        0.5, description="An object is taken for several organisms from this probability on", unit="share", gt=0, lt=1
    )
    project_masks: bool = param(
        True, description="Apply the separation masks of the project, where somebody has drawn some"
    )
    threshold: int = param(
        243, description="Grey up to which a pixel belongs to an organism (0 black, 255 white)", ge=1, le=254
    )
    compatibility: Literal["exact", "zooprocess"] = param(
        "exact",
        description="exact: whole frame, unrounded measures; zooprocess: two overlapping halves, numbers and rounding "
        "as ZooProcess has them",
    )
    dpi: float | None = param(
        None, description="Resolution of the scan, where its files do not tell it", unit="dpi", gt=0, le=20_000
    )
    bottom_crop_px: int = param(
        0,
        description="Rows cut off at the bottom of pictures that were processed before, such as the scale bar of "
        "vignettes",
        unit="px",
        ge=0,
        le=1000,
    )
    water_volume_m3: float | None = param(
        None,
        description="Volume of water that the net filtered; overrides what the project says",
        unit="m³",
        level="essential",
        gt=0,
    )
    subsample_fraction: float | None = param(
        None,
        description="Share of the sample on the tray (1/8 is 0.125); overrides what the project says",
        unit="share",
        gt=0,
        le=1,
    )
    latitude: float | None = param(
        None, description="Latitude of the sample, north positive (WGS 84)", unit="°", ge=-90, le=90
    )
    longitude: float | None = param(
        None, description="Longitude of the sample, east positive (WGS 84)", unit="°", ge=-180, le=180
    )
    max_error: float | None = param(
        None,
        description="Call an organism 'unknown' so that at most this share of the named ones is wrong; "
        "by default the rate stated in the model's card",
        unit="share",
        gt=0,
        lt=1,
    )
    top_k: int = param(5, description="How many classes with their probabilities are kept per organism", ge=1, le=20)

    @model_validator(mode="after")
    def _check_together(self) -> ZooScanParams:
        if self.min_esd_mm >= self.max_esd_mm:
            raise BadParameter(
                "the smallest organism must be smaller than the largest",
                value=f"{self.min_esd_mm:g} to {self.max_esd_mm:g} mm",
                remedy="give for instance 0.3 and 100",
            )
        if (self.latitude is None) != (self.longitude is None):
            raise BadParameter(
                "latitude and longitude are given together or not at all",
                value=f"{self.latitude}, {self.longitude}",
                remedy="give both",
            )
        return self


SERVICE = Service(
    slug="zooscan",
    title="ZooScan",
    summary="ZooScan scans → clean image → organisms, separated and measured → taxa → EcoTaxa and abundances",
    version="1.0.0",
    params=ZooScanParams,
    inputs=(
        InputSlot(
            name="scans",
            description="ZooProcess project folders, raw 16-bit scans with their backgrounds, log and meta, or images "
            "that are already processed (_vis1.zip, TIFF, PNG, JPEG)",
            patterns=("Zooscan_*/", "*_raw_1.tif", "*_vis1.zip", "*.tif", "*.png", "*.jpg", "*.jpeg", "*/"),
        ),
        InputSlot(
            name="corrections",
            description="A CSV with a person's decisions: object_id, taxon and, if known, validated_by, validated_at",
            patterns=("*.csv",),
            at_least=0,
            at_most=1,
        ),
    ),
    unit=Unit(name="scan", plural="scans"),
    pipeline="pelagia.services.zooscan.pipeline",
    models=(
        ModelSlot(role="classifier", default="zooscan-groups@1.0.0", description="Names the taxon of each organism"),
        ModelSlot(role="multiples", default="zooscan-multiples@1.0.0", description="Tells one organism from several"),
        ModelSlot(
            role="separator", default="zooscan-separator@1.0.0", description="Draws the lines between touching ones"
        ),
    ),
    reviser="pelagia.services.zooscan.revise",
    editor="pelagia.services.zooscan.editor",
    sample="pelagia.services.zooscan.sample",
    preview="pelagia.services.zooscan.preview",
)
