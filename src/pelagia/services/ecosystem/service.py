"""What the ecosystem service says of itself: inputs, parameters, models, unit."""

from __future__ import annotations

from typing import Literal

from pelagia.core.service import InputSlot, ModelSlot, Params, Service, Unit, param
from pelagia.services.ecosystem.training_service import TRAINING


class EcosystemParams(Params):
    """The parameters of an ecosystem analysis; what is left empty follows the profile."""

    profile: Literal["deep-sea", "fish", "burrow", "types", "custom"] = param(
        "fish",
        description="What is monitored: fish counts MaxN and time in view, types the same by coarse types, deep-sea "
        "looks at all usable footage, burrow counts what a towed camera passes, custom leaves all to the other "
        "parameters",
        level="essential",
    )
    site: str = param(
        "", description="Where it was recorded, where no table says it", level="essential", max_length=200
    )
    camera: str = param("", description="Name of the camera; by default that of the folder", max_length=200)
    deployment: str = param("", description="Name of the deployment or cruise", max_length=200)
    latitude: float | None = param(
        None, description="Latitude of the site (WGS 84): day and night, Darwin Core", unit="°", ge=-90, le=90
    )
    longitude: float | None = param(None, description="Longitude of the site (WGS 84)", unit="°", ge=-180, le=180)
    started_at: str = param(
        "",
        description="When the recording began, ISO 8601, where no name or file tells it; several follow each other",
        max_length=40,
    )
    time_pattern: str = param(
        "",
        description="How file names tell the time, as in %Y%m%d-%H%M%S; by default all usual ways are tried",
        max_length=200,
    )
    utc_offset_h: float = param(0.0, description="Time of the names minus UTC", unit="h", ge=-14, le=14)
    frames_per_s: float | None = param(
        None,
        description="Frames a second the detector looks at; by default 5 (fish), 10 (burrow), 1 (deep-sea, types)",
        unit="1/s",
        gt=0,
        le=120,
    )
    search: Literal["profile", "interesting", "everywhere"] = param(
        "profile",
        description="Where the detector looks: only at stretches where something seems to be, or at all usable ones",
    )
    screen: Literal["keyframes", "frames"] = param(
        "keyframes", description="Which frames quality and interest are measured on; every frame is slower"
    )
    interest_from: float = param(
        0.25, description="Interest from which a stretch is looked at", unit="share", ge=0, le=1
    )
    margin_s: float = param(
        2.0, description="Time before and after an interesting moment that is looked at too", unit="s", ge=0, le=600
    )
    score_from: float | None = param(
        None,
        description="Least score of a box; by default the threshold of the model's card",
        unit="share",
        gt=0,
        lt=1,
    )
    name_from: float = param(
        0.6,
        description="A thing is called unknown where less than this share of the scores speaks for one class",
        unit="share",
        ge=0,
        le=1,
    )
    tiled: bool = param(
        False, description="Search frames in tiles at full resolution, for small animals; several times slower"
    )
    follow: Literal["profile", "yes", "no"] = param(
        "profile", description="Whether animals are followed from frame to frame; by default where frames are close"
    )
    bin_minutes: float = param(
        60.0, description="Length of a bin of the time series", unit="min", level="essential", ge=0.1, le=527_040
    )
    field_of_view_m: float | None = param(
        None, description="burrow: width of ground at the counting line", unit="m", level="essential", gt=0, le=100
    )
    distance_m: float | None = param(
        None,
        description="burrow: distance over ground of each tow; by default from navigation, else from the image",
        unit="m",
        gt=0,
        le=1e6,
    )
    count_line: float = param(
        0.75, description="burrow: height of the counting line, 0 at the top of the frame to 1", ge=0.05, le=0.95
    )
    system_m: float = param(
        0.35,
        description="burrow: mean diameter of a burrow system; openings nearer than 1.25 times it are one",
        unit="m",
        ge=0,
        le=10,
    )
    edge: Literal["none", "factor", "widened", "inside"] = param(
        "inside",
        description="burrow: correction of the edge effect: divide by a factor, count on a width that is wider by a "
        "system, or count systems by their leftmost opening, where a system's width to the left of it is in view",
    )
    bias_factor: float = param(
        1.0, description="burrow: what the density is divided by (edge, detection, occupancy)", ge=0.1, le=10
    )
    next_frames: int = param(
        200, description="How many frames are proposed to be labelled next", unit="frames", ge=0, le=10_000
    )
    views: bool = param(True, description="Keep small films of what was searched, to be looked at and corrected")
    view_px: int = param(960, description="Longer side of these films", unit="px", ge=160, le=3840)
    stream_minutes: float = param(60.0, description="How long a live stream is followed", unit="min", gt=0, le=44_640)
    segment_s: float = param(
        60.0, description="A live stream is worked on in pieces of this length", unit="s", ge=2, le=3600
    )


SERVICE = Service(
    slug="ecosystem",
    title="Ecosystem",
    summary="Underwater video and stills → usable and interesting footage → animals, tracks → counts and time series",
    version="1.0.0",
    params=EcosystemParams,
    inputs=(
        InputSlot(
            name="recordings",
            description="Video clips, series of stills, folders and zips of them, live streams (rtsp, HLS)",
            patterns=(
                *("*.mp4", "*.mov", "*.mkv", "*.avi", "*.webm", "*.ts", "*.mts", "*.mpg", "*.jpg", "*.jpeg", "*.png"),
                *("*.tif", "*.zip", "*/", "rtsp://", "rtsps://"),
            ),
        ),
        InputSlot(
            name="places",
            description="Table (CSV) of site, camera, deployment, position, start and field of view by file or folder",
            patterns=("*.csv",),
            at_least=0,
            at_most=1,
        ),
        InputSlot(
            name="times",
            description="Table (CSV) of file and time, where neither names nor files tell it",
            patterns=("*.csv",),
            at_least=0,
            at_most=1,
        ),
        InputSlot(
            name="environment",
            description="Series measured beside it, such as temperature and salinity: CSV or NetCDF",
            patterns=("*.csv", "*.nc"),
            at_least=0,
        ),
        InputSlot(
            name="navigation",
            description="burrow: track of the sledge: CSV of time, latitude, longitude",
            patterns=("*.csv",),
            at_least=0,
            at_most=1,
        ),
        InputSlot(
            name="labels",
            description="Stretches that a person found interesting or not: CSV of file, start_s, end_s, keep",
            patterns=("*.csv",),
            at_least=0,
            at_most=1,
        ),
        InputSlot(
            name="corrections",
            description="Corrected boxes of an earlier run of the same recordings: CVAT (images or video), COCO, YOLO",
            patterns=("*.xml", "*.json", "*.zip"),
            at_least=0,
            at_most=1,
        ),
    ),
    unit=Unit(name="recording", plural="recordings"),
    pipeline="pelagia.services.ecosystem.pipeline",
    models=(ModelSlot(role="animals", default="underwater-animals@1.0.0", description="Finds the animals or burrows"),),
    training=TRAINING,
    reviser="pelagia.services.ecosystem.revise",
    editor="pelagia.services.ecosystem.editor",
    sample="pelagia.services.ecosystem.sample",
    preview="pelagia.services.ecosystem.preview",
)
