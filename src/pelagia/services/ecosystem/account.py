"""From clips, frames, boxes and tracks to counts and time series. Used by runs and revisions alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.core.errors import PelagiaError
from pelagia.core.service import Request
from pelagia.core.table import Table, TableWriter, write_table
from pelagia.io.environment import Environment, read_environment
from pelagia.io.findings import Findings
from pelagia.learning.card import read_card
from pelagia.services.ecosystem.columns import CLIP_COLUMNS, TOW_COLUMNS, TRACK_COLUMNS
from pelagia.services.ecosystem.profiles import profile_of
from pelagia.services.ecosystem.series import SUMMARY_FIELDS, Paths, apart, series_summary, write_time_series
from pelagia.services.ecosystem.service import EcosystemParams
from pelagia.services.ecosystem.tow_findings import TOW_FINDINGS
from pelagia.services.ecosystem.towing import count_tows

Record = dict[str, Any]
MADE_BY_ACCOUNT = frozenset({"environment-apart", "navigation-empty"}) | TOW_FINDINGS
"""Findings of the accounting: those of the first time give way to those of a revision."""


def account(
    request: Request[EcosystemParams],
    clips: Path,
    frames: Path,
    detections: Path,
    tracks: Path,
    workdir: Path,
) -> dict[str, Any]:
    """Count, and write the tables ``clips``, ``tracks``, ``tows`` and ``time_series``.

    Parameters
    ----------
    request
        With the parameters and the series measured beside it.
    clips, frames, detections, tracks
        Tables as they stand: what people changed is in them. Those of the same name are replaced in ``workdir``.
    workdir
        For the tables.

    Returns
    -------
    dict
        ``tables``: name → path; ``summary``: name → figure; ``issues``: findings as dictionaries.
    """
    findings = Findings()
    tables = {
        "clips": _count_clips(clips, detections, tracks, request.params, workdir),
        "tracks": workdir / "tracks.parquet",
        "tows": workdir / "tows.parquet",
        "time_series": workdir / "time_series.parquet",
    }
    tows = _tows(request, Paths(clips=clips, frames=frames, detections=detections, tracks=tracks), workdir, findings)
    environments = read_environments(request, findings)
    series = write_time_series(
        tables["time_series"],
        Paths(clips=tables["clips"], frames=frames, detections=detections, tracks=tables["tracks"]),
        request.params,
        environments,
        model=_model(request),
        score_from=score_from(request),
        classes=_classes(request),
    )
    findings.add_all(apart(series, environments))
    counted = Table(name="clips", path=tables["clips"]).records(["usable_s", "searched_s"])
    summary = series_summary(series.records(SUMMARY_FIELDS), counted)
    return {
        "tables": {name: str(path) for name, path in tables.items()},
        "summary": {name: asdict(figure) for name, figure in summary.items()},
        "tows": tows,
        "issues": findings.records(),
    }


def read_environments(request: Request[EcosystemParams], findings: Findings) -> list[Environment]:
    """Return the series measured beside the recordings; one that cannot be read costs only itself."""
    found: list[Environment] = []
    for uri in request.inputs.get("environment", ()):
        try:
            environment = read_environment(uri)
        except PelagiaError as error:
            findings.add_error(error, objects=0)
        else:
            found.append(environment)
            findings.add_all(environment.issues)
    return found


def score_from(request: Request[EcosystemParams]) -> float:
    """Return the least score that counted."""
    if request.params.score_from is not None:
        return request.params.score_from
    card = read_card(Path(request.models["animals"].path))
    return float(card.recipe["detector"]["score_from"])


def _model(request: Request[EcosystemParams]) -> str:
    model = request.models["animals"]
    return f"{model.name}@{model.version}"


def _classes(request: Request[EcosystemParams]) -> dict[str, int | None]:
    """Return the classes of the model and their AphiaIDs."""
    card = read_card(Path(request.models["animals"].path))
    return {one.name: one.aphia_id for one in card.classes}


def _tows(request: Request[EcosystemParams], paths: Paths, workdir: Path, findings: Findings) -> list[Record]:
    """Count what passed the line of a towed camera; write ``tracks`` and ``tows``."""
    if not profile_of(request.params).counts_tows:
        target = workdir / "tracks.parquet"
        if target != paths.tracks:
            _write(Table(name="tracks", path=paths.tracks).batches(), TRACK_COLUMNS, target)
        write_table("tows", workdir, TOW_COLUMNS, [])
        return []
    tows, rows, issues = count_tows(request, paths.clips, paths.frames, paths.detections, paths.tracks)
    findings.add_all(issues)
    _write([rows], TRACK_COLUMNS, workdir / "tracks.parquet")
    write_table("tows", workdir, TOW_COLUMNS, tows)
    return tows


def _write(pieces: Iterable[Any] | pa.Table, columns: Sequence[Any], path: Path) -> None:
    with TableWriter(path.stem, path, columns) as writer:
        for piece in [pieces] if isinstance(pieces, pa.Table) else pieces:
            writer.write(pa.Table.from_batches([piece]) if isinstance(piece, pa.RecordBatch) else piece)


def _count_clips(clips: Path, detections: Path, tracks: Path, params: EcosystemParams, workdir: Path) -> Path:
    """Write ``clips`` with the boxes, tracks and MaxN of each."""
    boxes = _standing(detections, ("clip_id", "frame_id", "taxon", "is_deleted"))
    numbers = boxes.group_by("clip_id").aggregate([("clip_id", "count")])
    together = boxes.group_by(["clip_id", "frame_id", "taxon"]).aggregate([([], "count_all")])
    most = together.group_by("clip_id").aggregate([("count_all", "max")])
    followed = _standing(tracks, ("clip_id", "is_deleted")).group_by("clip_id").aggregate([("clip_id", "count")])
    told = {
        "detections": _by_clip(numbers, "clip_id_count"),
        "max_n": _by_clip(most, "count_all_max"),
        "tracks": _by_clip(followed, "clip_id_count"),
    }
    path = workdir / "clips.parquet"
    with TableWriter("clips", path, CLIP_COLUMNS) as writer:
        for batch in Table(name="clips", path=clips).batches():
            names = batch.column("clip_id").to_pylist()
            piece = _placed(pa.Table.from_batches([batch]), params)
            for column, values in told.items():
                place = piece.schema.get_field_index(column)
                counted = pa.array([values.get(name, 0) for name in names], piece.schema.field(place).type)
                piece = piece.set_column(place, piece.schema.field(place), counted)
            writer.write(piece)
    return path


def _placed(clips: pa.Table, params: EcosystemParams) -> pa.Table:
    """Return clips of which no table tells the place at the one that the user told."""
    if params.latitude is None or params.longitude is None:
        return clips
    lost = pc.is_null(clips["latitude"])
    for name, value in (("latitude", params.latitude), ("longitude", params.longitude)):
        place = clips.schema.get_field_index(name)
        clips = clips.set_column(place, clips.schema.field(place), pc.if_else(lost, value, clips[name]))
    return clips


def _standing(path: Path, columns: Sequence[str]) -> pa.Table:
    """Return what people have not deleted."""
    table = pq.read_table(path, columns=list(columns))
    return table.filter(pc.invert(table["is_deleted"]))


def _by_clip(table: pa.Table, values: str) -> Mapping[str, int]:
    return dict(zip(table["clip_id"].to_pylist(), table[values].to_pylist(), strict=True))
