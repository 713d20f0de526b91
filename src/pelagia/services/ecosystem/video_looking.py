"""A video clip looked at: keyframes first, then what is worth it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pelagia.imaging.camera_motion import Motion, estimate_motion
from pelagia.io.video.frame import VideoFrame
from pelagia.io.video.probing import VideoFacts, started_from_file
from pelagia.io.video.reading import VideoReader, open_video
from pelagia.io.video.recordings import Recording
from pelagia.services.ecosystem.film import Film
from pelagia.services.ecosystem.frame_rows import Record, Searched, box_rows, frame_rows, screened_facts
from pelagia.services.ecosystem.looked import How, Looked, at_hand
from pelagia.services.ecosystem.profiles import CLOSE_S
from pelagia.services.ecosystem.screening import screen_clip, stretches
from pelagia.services.ecosystem.searching import FoundBoxes, detector_side_px

MOTION_PX = 320
"""Width to which frames are reduced, or a little more, to tell the motion of the camera."""
LOSSES = frozenset({"video-truncated", "frames-damaged", "frames-missing"})
"""Findings that something of a clip is not there."""
Stretches = Sequence[tuple[float, float]]


def look_at_video(part: Mapping[str, Any], how: How) -> Looked:
    """Screen a stretch of a clip, search what is interesting of it, write a film of that.

    Parameters
    ----------
    part
        As :func:`pelagia.services.ecosystem.parts.parts_of` yields it.
    how
        How it is looked at.

    Raises
    ------
    PelagiaError
        If the file cannot be read at all.
    """
    recording = Recording.from_record(part["recordings"][0])
    with at_hand(recording, how.folder) as path, open_video(path, file=recording.file) as reader:
        screened = screen_clip(
            reader,
            screen=how.params.screen,
            moving=how.profile.is_moving,
            weights=how.weights,
            start_s=part["first_s"],
            end_s=part["last_s"],
        )
        interest_from = None if how.profile.search == "everywhere" else how.params.interest_from
        wanted = stretches(screened, interest_from=interest_from, margin_s=how.params.margin_s)
        searched = _search(reader, wanted, recording, part, how)
        facts, issues = reader.facts, [*screened.issues, *reader.issues]
    began, source = recording.started_at, recording.time_source
    if began is None and (began := started_from_file(facts)) is not None:
        source = "file"
    rows = frame_rows(recording, began, screened.rows(), searched)
    return Looked(
        frames=rows,
        boxes=box_rows(recording, began, searched, how.aphia_ids),
        part=_clip(recording, facts)
        | screened_facts(rows)
        | {
            "part": part["part"],
            "time_source": source,
            "started_at": began,
            "ended_at": None if began is None or facts.duration_s is None else began + facts.duration_s,
            "recordings": int(part["part"] == 0),
            "searched_s": sum(end - start for start, end in wanted),
            "is_variable_rate": bool(facts.is_variable_rate),
            "is_whole": not any(issue.code in LOSSES for issue in issues),
        },
        issues=issues,
        recordings=int(part["part"] == part["parts"] - 1),
    )


def _clip(recording: Recording, facts: VideoFacts) -> Record:
    """Return what a clip is, whatever was seen of it."""
    return {
        "clip_id": recording.clip_id,
        "file": recording.file,
        "kind": recording.kind,
        "site": recording.site,
        "camera": recording.camera,
        "deployment": recording.deployment,
        "latitude": recording.latitude,
        "longitude": recording.longitude,
        "field_of_view_m": recording.field_of_view_m,
        "duration_s": facts.duration_s,
        "frame_rate": facts.average_rate,
        "height_px": facts.height_px,
        "width_px": facts.width_px,
        "codec": facts.codec,
    }


def _search(
    reader: VideoReader, wanted: Stretches, recording: Recording, part: Mapping[str, Any], how: How
) -> list[Searched]:
    """Let the detector look at the stretches, at so many frames a second."""
    name = f"{recording.clip_id}-{part['part']}"
    found: list[Searched] = []
    with Film(how, name, reader.facts.height_px, reader.facts.width_px, how.profile.frames_per_s) as film:
        for start, end in wanted:
            before: tuple[VideoFrame, Any] | None = None
            for frame in reader.frames(start, end, every_s=how.every_s):
                luma = frame.luma(max(1, reader.facts.width_px // MOTION_PX))
                motion = _motion(before, frame, luma, reader.facts)
                found.append(
                    Searched(
                        time_s=frame.time_s,
                        file=recording.file,
                        is_key=frame.is_key,
                        found=_search_frame(frame, reader.facts, how),
                        motion=motion,
                        view=film.name,
                        view_frame=film.add(frame.rgb(film.height_px, film.width_px)) if film.name else None,
                    )
                )
                before = frame, luma
    return found


def _motion(before: tuple[VideoFrame, Any] | None, now: VideoFrame, luma: Any, facts: VideoFacts) -> Motion | None:
    """Return how the camera moved since the frame before, in pixels of the frame; ``None`` where that is long ago."""
    if before is None or now.time_s - before[0].time_s > CLOSE_S:
        return None
    return estimate_motion(before[1], luma).scaled(facts.width_px / luma.shape[1])


def _search_frame(frame: VideoFrame, facts: VideoFacts, how: How) -> FoundBoxes:
    """Look for things on a frame; one that the detector sees reduced is reduced while its colours are made."""
    scale = min(1.0, detector_side_px(how.detector) / max(facts.height_px, facts.width_px))
    if how.params.tiled or scale == 1:
        return how.search(frame.rgb())
    rows, cols = (max(1, round(side * scale)) for side in (facts.height_px, facts.width_px))
    return how.search(frame.rgb(rows, cols)).scaled(facts.height_px / rows, facts.width_px / cols)
