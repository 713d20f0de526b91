"""The boxes of a clip → tracks: which are of one animal, what it is called, how long it stays, how far it goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.camera_motion import UNKNOWN_MOTION, Motion
from pelagia.imaging.tracks import NO_CLASS, Boxes, Seen, Track, scene_path, track
from pelagia.imaging.tracks_followed import Options
from pelagia.services.ecosystem.columns import TRACK_COLUMNS, UNKNOWN
from pelagia.services.ecosystem.profiles import CLOSE_S, profile_of
from pelagia.services.ecosystem.service import EcosystemParams

Record = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]
Complex = NDArray[np.complex128]

UNSEEN_S = 1.0
"""How long an animal may be unseen and still be followed; where frames are rare, over two of them."""
SELDOM_PER_S = 2.5
"""With fewer frames a second an animal passes in two; it needs no third box to count."""
STEP_LENGTHS = 0.25
"""A way shorter than this, of the animal's length, is no way: it may be that of its box."""
SMOOTH_S = 0.3
"""Places are means over so much time before and after."""


def track_clip(
    frames: Rows, boxes: Rows, params: EcosystemParams, size_px: tuple[int, int]
) -> tuple[list[Record], dict[str, str]]:
    """Follow what was found on the frames of a clip.

    Parameters
    ----------
    frames
        Rows of the table of frames that were searched, in order of time.
    boxes
        Rows of the table of detections of this clip. Deleted ones are passed over.
    params
        Of the request.
    size_px
        Height and width of the frames.

    Returns
    -------
    list of dict, dict
        Rows of :data:`TRACK_COLUMNS` without what a tow tells; the names of detections → the names of their tracks.
        A detection of no track is not there.
    """
    standing = [box for box in boxes if not box["is_deleted"]]
    names = sorted({_called(box) for box in standing} - {UNKNOWN})
    by_frame: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for box in standing:
        by_frame[box["frame_id"]].append(box)
    options = following_options(params, size_px)
    seen = list(_seen(frames, by_frame, {name: number for number, name in enumerate(names)}))
    rows: list[Record] = []
    track_of: dict[str, str] = {}
    for one in track(seen, options):
        own = [by_frame[frames[frame]["object_id"]][box] for frame, box in zip(one.frames, one.boxes, strict=True)]
        name = f"{own[0]['clip_id']}:t{one.number}"
        rows.append(_row(name, one, own, scene_path(one, seen, options), params.name_from))
        track_of |= {box["object_id"]: name for box in own}
    return rows, track_of


def following_options(params: EcosystemParams, size_px: tuple[int, int]) -> Options:
    """Return how animals of a profile are followed.

    Parameters
    ----------
    params
        Of the request.
    size_px
        Height and width of the frames.

    Notes
    -----
    Openings of burrows do not move and animals of the deep sea hardly do: what is found elsewhere is another one.
    """
    profile = profile_of(params)
    is_slow = profile.is_moving
    return Options(
        height_px=size_px[0],
        width_px=size_px[1],
        sure_from=params.score_from or 0.0,
        max_gap_s=max(UNSEEN_S, 3.2 / profile.frames_per_s),
        max_step_s=CLOSE_S,
        min_boxes=3 if profile.frames_per_s > SELDOM_PER_S else 2,
        speed_lengths_s=0.4 if is_slow else 1.5,
        speed_frames_s=0.005 if is_slow else 0.03,
        turned_lengths=0.0 if is_slow else 0.25,
    )


def way_of(frames: Rows, boxes: Rows, params: EcosystemParams, size_px: tuple[int, int]) -> tuple[float, float]:
    """Return how far an animal went and how far from its first place it got, px, where its boxes are known.

    Parameters
    ----------
    frames
        Rows of the table of frames that were searched, in order of time, from its first box to its last.
    boxes
        Rows of the table of detections: one on a frame at most.
    params, size_px
        As in :func:`track_clip`.
    """
    by_frame = {box["frame_id"]: [box] for box in boxes}
    places = [place for place, frame in enumerate(frames) if frame["object_id"] in by_frame]
    own = [by_frame[frames[place]["object_id"]][0] for place in places]
    if not own:
        return 0.0, 0.0
    options = following_options(params, size_px)
    one = Track(1, tuple(places), (0,) * len(places))
    path = scene_path(one, list(_seen(frames, by_frame, {})), options)
    length_px = float(np.median([max(box["height_px"], box["width_px"]) for box in own]))
    return _way(np.array([box["time_s"] for box in own]), path, length_px)


def motion_of(frame: Mapping[str, Any]) -> Motion:
    """Return how the camera moved before a frame, by its row; unknown where nothing is told."""
    if frame["motion_confidence"] is None or frame["shift_row_px"] is None:
        return UNKNOWN_MOTION
    return Motion(
        shift_row_px=frame["shift_row_px"],
        shift_col_px=frame["shift_col_px"],
        rotation_rad=frame["rotation_rad"] or 0.0,
        zoom=frame["zoom"] or 1.0,
        confidence=frame["motion_confidence"],
    )


def _seen(
    frames: Rows, by_frame: Mapping[str, Sequence[Mapping[str, Any]]], numbers: Mapping[str, int]
) -> Iterator[Seen]:
    for frame in frames:
        own = by_frame.get(frame["object_id"], ())
        places = np.array([(box["row_px"], box["col_px"], box["height_px"], box["width_px"]) for box in own])
        yield Seen(
            frame["time_s"],
            motion_of(frame),
            Boxes(
                places.reshape(-1, 4).astype(np.float64),
                np.array([_weight(box) for box in own], np.float64),
                np.array([numbers.get(_called(box), NO_CLASS) for box in own], np.int64),
            ),
        )


def _called(box: Mapping[str, Any]) -> str:
    """Return what speaks for a class: what a person said of a box, else what the model calls it."""
    name = box["taxon"] if box["status"] == "validated" else box["predicted_class"] or box["taxon"]
    return str(name)


def _weight(box: Mapping[str, Any]) -> float:
    """Return how much a box speaks for its class; one that a person drew or looked at speaks as a sure one."""
    return 1.0 if box["score"] is None or box["status"] == "validated" else float(box["score"])


def _row(name: str, one: Track, own: Rows, path: Complex, name_from: float) -> Record:
    first, last = own[0], own[-1]
    taxon, share = _named(own, name_from)
    lengths = [max(box["height_px"], box["width_px"]) for box in own]
    length_px = float(np.median(lengths))
    way_px, displacement_px = _way(np.array([box["time_s"] for box in own]), path, length_px)
    scores = [box["score"] for box in own if box["score"] is not None]
    row: Record = dict.fromkeys(column.name for column in TRACK_COLUMNS)
    return row | {
        "object_id": name,
        **{column: first[column] for column in ("clip_id", "file", "site", "camera", "deployment", "source")},
        "taxon": taxon,
        "aphia_id": next((box["aphia_id"] for box in own if box["taxon"] == taxon), None),
        "first_s": first["time_s"],
        "last_s": last["time_s"],
        "first_utc": first["time_utc"],
        "last_utc": last["time_utc"],
        "in_view_s": last["time_s"] - first["time_s"],
        "detections": len(own),
        "score": float(np.mean(scores)) if scores else None,
        "class_share": share,
        "path_px": way_px,
        "displacement_px": displacement_px,
        "length_px": length_px,
        "crossed_utc": "",
        "system_id": "",
        "status": "predicted",
        "is_deleted": False,
        "is_counted": True,
        "validated_by": "",
        "validated_at": "",
    }


def _named(own: Rows, name_from: float) -> tuple[str, float]:
    """Return what most of the scores call an animal and their share; unknown where that is too little."""
    looked_at = [box for box in own if box["status"] == "validated"]
    votes: dict[str, float] = defaultdict(float)
    for box in looked_at or own:
        votes[_called(box)] += _weight(box)
    taxon = max(votes, key=lambda name: (votes[name], name))
    total = sum(votes.values())
    share = votes[taxon] / total if total else 0.0
    return (taxon if share >= name_from else UNKNOWN), share


def _way(times_s: NDArray[np.float64], path: Complex, length_px: float) -> tuple[float, float]:
    """Return how far an animal went and how far from its first place it got, px.

    Notes
    -----
    A box trembles about its animal. Places are smoothed, and the way is measured in steps of a quarter of the
    animal's length, so that one that rests goes nowhere.
    """
    low, high = np.searchsorted(times_s, times_s - SMOOTH_S), np.searchsorted(times_s, times_s + SMOOTH_S, "right")
    sums = np.concatenate([[0], np.cumsum(path)])
    smooth = (sums[high] - sums[low]) / (high - low)
    way, stand = 0.0, smooth[0]
    for place in smooth[1:]:
        if abs(place - stand) >= STEP_LENGTHS * length_px:
            way, stand = way + abs(place - stand), place
    return float(way + abs(smooth[-1] - stand)), float(abs(smooth[-1] - smooth[0]))
