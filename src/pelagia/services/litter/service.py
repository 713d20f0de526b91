"""What the litter service says of itself: inputs, parameters, models, unit."""

from __future__ import annotations

from typing import Literal

from pelagia.core.service import InputSlot, ModelSlot, Params, Service, Unit, param
from pelagia.services.litter.training_service import TRAINING


class LitterParams(Params):
    """The parameters of a litter analysis."""

    gsd_cm: float | None = param(
        None,
        description="Ground sampling distance: side of a pixel on the ground, where the files do not tell it",
        unit="cm",
        level="essential",
        gt=0,
        le=1000,
    )
    area_id: str = param(
        "",
        description="Name of the beach or river all pictures show; by default each folder is an area of its own",
        level="essential",
        max_length=200,
    )
    length_m: float | None = param(
        None,
        description="Length of beach that was surveyed in each area, where no survey line says it",
        unit="m",
        level="essential",
        ge=0.01,
        le=1e6,
    )
    search: Literal["littered", "everywhere"] = param(
        "littered",
        description="Where items are looked for: only in tiles that may hold litter, or everywhere (slower)",
    )
    search_from: float = param(
        0.1, description="A tile may hold litter from this probability on", unit="share", gt=0, lt=1
    )
    score_from: float | None = param(
        None,
        description="Least score of an item; by default the threshold of the model's card",
        unit="share",
        gt=0,
        lt=1,
    )
    min_length_cm: float = param(
        0.0,
        description="Shorter items are not counted (2.5 by the beach protocols)",
        unit="cm",
        ge=0,
        le=500,
    )
    merge_overlaps: bool = param(True, description="Count an item once that several overlapping photos of an area show")
    overlap_tolerance_m: float | None = param(
        None,
        description="Distance up to which the same item of two photos may seem apart; by default from the error of "
        "their positions",
        unit="m",
        gt=0,
        le=100,
    )
    strip_width_m: float | None = param(
        None,
        description="Width of the strip that is counted along a survey line, both sides together; by default all "
        "ground nearest to the line",
        unit="m",
        gt=0,
        le=10_000,
    )
    cell_m: float = param(5.0, description="Side of the cells of the density map", unit="m", ge=0.01, le=10_000)
    blur_people: bool = param(
        True, description="Find people and blur them in every picture that leaves the run", level="essential"
    )


SERVICE = Service(
    slug="litter",
    title="Litter",
    summary="Drone photos and orthophotos → classes of ground → litter items on a map → items per 100 m and per km²",
    version="1.0.0",
    params=LitterParams,
    inputs=(
        InputSlot(
            name="pictures",
            description="Drone photos, orthophotos (GeoTIFF), tiles already cut, or folders and zips of them",
            patterns=("*.tif", "*.tiff", "*.jpg", "*.jpeg", "*.png", "*.zip", "*/"),
        ),
        InputSlot(
            name="survey",
            description="Survey lines or polygons: GeoJSON, GeoPackage or KML; a line's length is the length of beach",
            patterns=("*.geojson", "*.json", "*.gpkg", "*.kml"),
            at_least=0,
            at_most=1,
        ),
        InputSlot(
            name="corrections",
            description="Corrected items of an earlier run of the same pictures: COCO (JSON) or CVAT (XML)",
            patterns=("*.json", "*.xml"),
            at_least=0,
            at_most=1,
        ),
    ),
    unit=Unit(name="image", plural="images"),
    pipeline="pelagia.services.litter.pipeline",
    models=(
        ModelSlot(role="tiles", default="litter-tiles@1.0.0", description="Names the class of each tile of the ground"),
        ModelSlot(role="items", default="litter-items@1.0.0", description="Finds the items"),
        ModelSlot(role="people", default="people-faces@1.0.0", description="Finds people, to be blurred"),
    ),
    training=TRAINING,
    reviser="pelagia.services.litter.revise",
    editor="pelagia.services.litter.editor",
    sample="pelagia.services.litter.sample",
    preview="pelagia.services.litter.preview",
)
