"""The bodies of what is answered about underwater footage: clips, frames with boxes, tracks, counts in time."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

Status = Literal["predicted", "validated"]


class ClipOfResult(BaseModel):
    """A clip of a result."""

    clip_id: str
    file: str
    kind: str
    site: str | None
    camera: str | None
    deployment: str | None
    started_utc: str | None = Field(description="ISO 8601; empty where unknown.")
    duration_s: float | None
    height_px: int | None
    width_px: int | None
    verdict: str = Field(description="usable, or what is wrong with most of its frames.")
    interest: float | None = Field(description="Largest interest of its frames, 0 to 1.")
    usable_s: float | None
    searched_s: float | None
    detections: int | None = Field(description="Boxes in the latest result.")
    tracks: int | None
    max_n: int | None
    is_whole: bool | None


class ClipsOfResult(BaseModel):
    """Clips of a result; `next` is the `after` of the next page."""

    items: list[ClipOfResult]
    total: int
    next: int | None


class FilmOfClip(BaseModel):
    """A small film of the frames that were searched, in order, at a constant rate."""

    name: str = Field(description="A file of the result, see getResultFile.")
    frames: int
    first_s: float = Field(description="Time of its first frame in the clip.")
    last_s: float


class ClipTimeline(BaseModel):
    """What a clip is like from begin to end; columns of equal length."""

    times_s: list[float] = Field(description="Of screened frames; of many, the most interesting of each stretch.")
    interest: list[float | None]
    verdicts: list[str]
    searched: list[tuple[float, float]] = Field(description="Begin and end of what the detector looked at, s.")
    films: list[FilmOfClip]


class BoxOnFrame(BaseModel):
    """A box as it stands now; pixels of the frame, whose upper left corner is (0, 0)."""

    name: str
    row: float
    col: float
    height: float
    width: float
    taxon: str
    predicted_class: str | None
    score: float | None = Field(description="How sure the model is; null where a person drew it.")
    track_id: str = Field(description="Empty where it belongs to none.")
    status: Status
    validated_by: str | None
    is_deleted: bool


class FrameOfFilm(BaseModel):
    """A frame of a film with what is on it."""

    name: str
    time_s: float
    time_utc: str
    number: int = Field(description="In the film, from 0.")
    boxes: list[BoxOnFrame]


class FramesOfFilm(BaseModel):
    """The frames of a film, in order."""

    film: str
    frames: list[FrameOfFilm]


class TrackOfClip(BaseModel):
    """An animal or burrow that was followed, as it stands now."""

    name: str
    taxon: str
    first_s: float
    last_s: float
    in_view_s: float | None
    detections: int | None
    score: float | None
    length_cm: float | None
    crossed_s: float | None = Field(description="When it crossed the counting line of a tow.")
    is_counted: bool | None
    status: Status
    validated_by: str | None
    is_deleted: bool


class TracksOfClip(BaseModel):
    """The tracks of a clip, in order of time, and the changes that the figures of the result do not have yet."""

    items: list[TrackOfClip]
    pending: int = Field(description="Changes in the whole result that its figures do not have yet.")


class BinOfSeries(BaseModel):
    """A bin of the time series."""

    bin_start_utc: str
    bin_end_utc: str
    max_n: int | None = Field(description="Null in a gap.")
    mean_n: float | None
    occupancy: float | None
    occupancy_low: float | None
    occupancy_high: float | None
    tracks_per_h: float | None
    tracks_per_h_low: float | None
    tracks_per_h_high: float | None
    n_frames_used: int | None
    usable_s: float | None
    recorded_s: float | None
    validated: int | None
    is_gap: bool
    is_day: bool | None
    environment: list[float | None] = Field(description="In the order of `environment` of the answer.")


class SeriesOfCamera(BaseModel):
    """Counts of one taxon by one camera in time; gaps are told as gaps."""

    site: str
    camera: str
    deployment: str
    taxon: str
    environment: list[str] = Field(description="What was measured beside the camera, with unit.")
    bins: list[BinOfSeries]
