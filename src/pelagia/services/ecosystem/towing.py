"""All tows of a run: its tables → the rows of tows, and the tracks with what counts of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.core.errors import NotFound, PelagiaError
from pelagia.core.result import Issue
from pelagia.core.service import Request
from pelagia.core.table import Table
from pelagia.io.findings import finding
from pelagia.learning.card import read_card
from pelagia.services.ecosystem.navigation import Navigation, read_navigation
from pelagia.services.ecosystem.service import EcosystemParams
from pelagia.services.ecosystem.tows import count_tow

Record = dict[str, Any]

FRAME_FIELDS = (
    *("object_id", "clip_id", "time_s", "is_searched"),
    *("shift_row_px", "shift_col_px", "rotation_rad", "zoom", "motion_confidence"),
)
BOX_FIELDS = (
    *("clip_id", "frame_id", "track_id", "is_deleted"),
    *("row_px", "col_px", "height_px", "width_px"),
)


def count_tows(
    request: Request[EcosystemParams], clips: Path, frames: Path, detections: Path, tracks: Path
) -> tuple[list[Record], pa.Table, list[Issue]]:
    """Count what crossed the line on each clip.

    Parameters
    ----------
    request
        With the parameters, the navigation and the model.
    clips, frames, detections, tracks
        Tables, as people left them.

    Returns
    -------
    list of dict, pyarrow.Table, list of Issue
        Rows of :data:`pelagia.services.ecosystem.columns.TOW_COLUMNS`; the tracks, with what counts; findings.
    """
    navigation, issues = _navigation(request)
    taxa = _taxa(request)
    followed = pq.read_table(tracks)
    of_clip = _by_clip(followed)
    boxes = pq.read_table(detections, columns=list(BOX_FIELDS), filters=pc.field("track_id") != "")
    boxes_of_clip = _by_clip(boxes)
    searched = _searched(frames)
    held: tuple[str, list[Record]] | None = next(searched, None)
    rows: list[Record] = []
    changes: dict[str, Record] = {}
    for clip in Table(name="clips", path=clips).records():
        name = str(clip["clip_id"])
        seen: list[Record] = []
        if held is not None and held[0] == name:
            seen = held[1]
            held = next(searched, None)
        if not seen:
            continue
        counted = count_tow(
            clip,
            seen,
            _taken(boxes, boxes_of_clip, name),
            _taken(followed, of_clip, name),
            request.params,
            taxa=taxa,
            began=_began(clip),
            navigation=navigation,
            rng=request.rng(f"tow/{name}"),
        )
        rows += counted.rows
        changes |= counted.changes
        issues += counted.issues
    return rows, _changed(followed, changes), issues


def _navigation(request: Request[EcosystemParams]) -> tuple[Navigation | None, list[Issue]]:
    """Return the positions of the sledge; a table that cannot be read costs only itself."""
    for uri in request.inputs.get("navigation", ()):
        try:
            return read_navigation(uri, request.params.utc_offset_h)
        except PelagiaError as error:
            return None, [finding(error)]
    return None, []


def _taxa(request: Request[EcosystemParams]) -> tuple[str, ...]:
    """Return the classes of the model; none where it is not at hand any more."""
    try:
        return tuple(read_card(Path(request.models["animals"].path)).class_names)
    except NotFound:
        return ()


def _searched(frames: Path) -> Iterator[tuple[str, list[Record]]]:
    """Yield clip by clip the frames that were searched."""
    name, gathered = "", list[Record]()
    for row in Table(name="frames", path=frames).records(FRAME_FIELDS):
        if not row["is_searched"]:
            continue
        if row["clip_id"] != name:
            if gathered:
                yield name, gathered
            name, gathered = str(row["clip_id"]), []
        gathered.append(row)
    if gathered:
        yield name, gathered


def _by_clip(table: pa.Table) -> dict[str, list[int]]:
    """Return the rows of each clip."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(table.column("clip_id").to_pylist()):
        places.setdefault(name, []).append(place)
    return places


def _taken(table: pa.Table, places: Mapping[str, list[int]], name: str) -> list[Record]:
    rows: list[Record] = table.take(pa.array(places.get(name, []), pa.int64())).to_pylist()
    return rows


def _began(clip: Mapping[str, Any]) -> float | None:
    return datetime.fromisoformat(clip["started_utc"]).timestamp() if clip["started_utc"] else None


def _changed(tracks: pa.Table, changes: Mapping[str, Record]) -> pa.Table:
    """Return the tracks with what was counted of them."""
    names = tracks.column("object_id").to_pylist()
    for column in sorted({column for change in changes.values() for column in change}):
        place = tracks.schema.get_field_index(column)
        field = tracks.schema.field(place)
        before = tracks.column(place).to_pylist()
        now = [changes[name][column] if name in changes else was for name, was in zip(names, before, strict=True)]
        tracks = tracks.set_column(place, field, pa.array(now, field.type))
    return tracks
