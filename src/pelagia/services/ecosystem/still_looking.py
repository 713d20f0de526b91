"""Some pictures of a series looked at: all are screened, the detector sees those that are worth it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import PelagiaError
from pelagia.io.findings import Findings
from pelagia.io.video.recordings import Recording
from pelagia.io.video.stills import read_still
from pelagia.services.ecosystem.columns import USABLE
from pelagia.services.ecosystem.film import Film
from pelagia.services.ecosystem.frame_rows import Record, Searched, box_rows, frame_rows, screened_facts
from pelagia.services.ecosystem.looked import How, Looked, at_hand
from pelagia.services.ecosystem.screened_stills import StillScreening
from pelagia.services.ecosystem.searching import FoundBoxes, detector_side_px

Picture = NDArray[np.uint8]

FILM_FRAMES_PER_S = 2.0
"""At which a series is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A picture of the series: as it was read, no larger than it is needed."""

    recording: Recording
    time_s: float
    height_px: int
    width_px: int
    rgb: Picture


def look_at_stills(part: Mapping[str, Any], how: How) -> Looked:
    """Screen some pictures of a series, search those that are worth it, make a film of them.

    Parameters
    ----------
    part
        As :func:`pelagia.services.ecosystem.parts.parts_of` yields it.
    how
        How they are looked at.
    """
    findings = Findings()
    screening = StillScreening(moving=how.profile.is_moving, weights=how.weights)
    taken: list[Taken] = []
    for one in _read(part, how, findings):
        screening.add(one.time_s, one.rgb)
        taken.append(one)
    screened = screening.finish().rows()
    wanted = [one for one, row in zip(taken, screened, strict=True) if _is_wanted(row, how)]
    first = Recording.from_record(part["recordings"][0])
    searched = _search(wanted, part, how)
    files = {one.time_s: one.recording.file for one in taken}
    rows = frame_rows(first, part["began"], [row | {"file": files[row["time_s"]]} for row in screened], searched)
    return Looked(
        frames=rows,
        boxes=box_rows(first, part["began"], searched, how.aphia_ids),
        part=_series(first, taken, part) | screened_facts(rows) | {"searched_s": _stands_for(screened, wanted)},
        issues=list(findings.issues()),
        recordings=len(taken),
    )


def _read(part: Mapping[str, Any], how: How, findings: Findings) -> Iterator[Taken]:
    """Yield the pictures that can be read, in order; what is wrong with the others is told."""
    most = max(how.params.view_px, detector_side_px(how.detector))
    for record, time_s in zip(part["recordings"], part["times_s"], strict=True):
        recording = Recording.from_record(record)
        try:
            with at_hand(recording, how.folder) as path:
                rgb = read_still(recording, path, findings)
        except PelagiaError as error:
            findings.add_error(error)
            continue
        height, width = rgb.shape[:2]
        yield Taken(recording=recording, time_s=time_s, height_px=height, width_px=width, rgb=_at_most(rgb, most))


def _is_wanted(row: Mapping[str, Any], how: How) -> bool:
    """Whether the detector looks at a picture: at every usable one, unless only interesting ones were asked for."""
    if row["verdict"] != USABLE:
        return False
    return how.params.search != "interesting" or row["interest"] is None or row["interest"] >= how.params.interest_from


def _search(taken: Sequence[Taken], part: Mapping[str, Any], how: How) -> list[Searched]:
    if not taken:
        return []
    name = f"{taken[0].recording.clip_id}-{part['part']}"
    found: list[Searched] = []
    with Film(how, name, taken[0].height_px, taken[0].width_px, FILM_FRAMES_PER_S) as film:
        for one in taken:
            found.append(
                Searched(
                    time_s=one.time_s,
                    file=one.recording.file,
                    is_key=True,
                    found=_look(one, how),
                    motion=None,
                    view=film.name,
                    view_frame=film.add(one.rgb) if film.name else None,
                )
            )
    return found


def _look(one: Taken, how: How) -> FoundBoxes:
    """Look for things on a picture; in tiles, at its full size, it is read again."""
    height, width = one.rgb.shape[:2]
    if how.params.tiled and height < one.height_px:
        with at_hand(one.recording, how.folder) as path:
            return how.search(read_still(one.recording, path, Findings()))
    return how.search(one.rgb).scaled(one.height_px / height, one.width_px / width)


def _at_most(rgb: Picture, side_px: int) -> Picture:
    scale = side_px / max(rgb.shape[:2])
    if scale >= 1:
        return rgb
    height, width = (max(1, round(side * scale)) for side in rgb.shape[:2])
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _stands_for(screened: Sequence[Mapping[str, Any]], wanted: Sequence[Taken]) -> float:
    times = {one.time_s for one in wanted}
    return float(sum(row["stands_for_s"] for row in screened if row["time_s"] in times))


def _series(first: Recording, taken: Sequence[Taken], part: Mapping[str, Any]) -> Record:
    """Return what the series is, as far as these pictures tell."""
    times = [one.recording.started_at for one in taken if one.recording.started_at is not None]
    return {
        "clip_id": first.clip_id,
        "file": first.file.rpartition("/")[0] or first.file,
        "kind": "series",
        "site": first.site,
        "camera": first.camera,
        "deployment": first.deployment,
        "latitude": first.latitude,
        "longitude": first.longitude,
        "field_of_view_m": first.field_of_view_m,
        "duration_s": None,
        "frame_rate": None,
        "height_px": taken[0].height_px if taken else None,
        "width_px": taken[0].width_px if taken else None,
        "codec": "stills",
        "part": part["part"],
        "time_source": first.time_source,
        "started_at": min(times, default=None),
        "ended_at": max(times, default=None),
        "recordings": len(taken),
        "is_variable_rate": False,
        "is_whole": len(taken) == len(part["recordings"]),
    }
