"""Which frames are worth labelling next: those the model is unsure of, and no two alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pelagia.core.service import Request
from pelagia.core.table import write_table
from pelagia.services.ecosystem.columns import NEXT_FRAME_COLUMNS, USABLE
from pelagia.services.ecosystem.frame_gains import REASONS, frame_gains
from pelagia.services.ecosystem.next_frames_archive import ARCHIVE, next_frames_archive
from pelagia.services.ecosystem.service import EcosystemParams

Record = dict[str, Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

APART_S = 10.0
"""Two frames of a clip that are closer show the same animals."""
MOST_CANDIDATES, CANDIDATES_EACH = 50_000, 20
LEAST_CANDIDATES = 2_000
UNLIKE = 1.5
"""Frames whose descriptions are so far apart (in standard deviations) are as different as can be."""
_FRAMES = ("object_id", "clip_id", "file", "time_s", "is_searched", "verdict", "interest", "novelty", "brightness")


def propose_frames(request: Request[EcosystemParams], paths: Mapping[str, str], workdir: Path) -> Record:
    """Choose the frames to be labelled next and put their pictures into an archive: a step of the run.

    Parameters
    ----------
    request
        With how many are wanted.
    paths
        Of the tables of the run.
    workdir
        Where the films are, and the table and the archive are written.

    Returns
    -------
    dict
        ``tables``: ``next_frames`` → path; ``artifacts``: what describes the archive, if there is one; ``issues``:
        findings as dictionaries.
    """
    clips = pq.read_table(paths["clips"], columns=["clip_id", "site"])
    sites = dict(zip(clips["clip_id"].to_pylist(), clips["site"].to_pylist(), strict=True))
    tables = {name: Path(paths[name]) for name in ("frames", "detections", "tracks")}
    wanted = request.params.next_frames
    rows = choose_next_frames(
        tables["frames"], tables["detections"], tables["tracks"], wanted, request.rng("next"), sites=sites
    )
    table = write_table("next_frames", workdir, NEXT_FRAME_COLUMNS, rows)
    told: Record = {"tables": {"next_frames": str(table.path)}, "artifacts": [], "issues": []}
    if rows:
        path = workdir / ARCHIVE
        pictures, issues = next_frames_archive(rows, Path(paths["clips"]), tables, workdir, path)
        told["issues"] = [asdict(issue) for issue in issues]
        if pictures:
            told["artifacts"] = [
                {
                    "role": "next-frames",
                    "name": ARCHIVE,
                    "path": str(path),
                    "media_type": "application/zip",
                    "description": "Pictures of the frames to be labelled next, with the boxes found, as COCO",
                }
            ]
    return told


def choose_next_frames(
    frames: Path,
    detections: Path,
    tracks: Path,
    count: int,
    rng: np.random.Generator,
    *,
    sites: Mapping[str, str] | None = None,
) -> list[Record]:
    """Choose frames to be labelled.

    Parameters
    ----------
    frames, detections, tracks
        The tables; frames in order of clip and time.
    count
        How many at most.
    rng
        Decides between equals.
    sites
        Of the clips, over which the frames are spread.

    Returns
    -------
    list of dict
        Rows of :data:`NEXT_FRAME_COLUMNS`, the first the most wanted.

    Notes
    -----
    What is to be learned from a frame is told by :func:`pelagia.services.ecosystem.frame_gains.frame_gains`. Of what
    is within :data:`APART_S` in one clip the best frame is a candidate. Frames are then taken one by one: the one
    that has most to teach, weighted with how unlike those already taken it is (greedy k-centre, as Sener & Savarese
    2018, arXiv:1708.00489) and with how many its clip and its site already have. A million frames need some hundred
    megabytes. Frames on which a person has looked at a box are not proposed.
    """
    table = pq.read_table(frames, columns=list(_FRAMES))
    if count <= 0 or not table.num_rows:
        return []
    gains = frame_gains(table, detections, tracks)
    is_open = _as_array(table, "is_searched", False).astype(bool) & ~gains.is_looked_at
    is_open &= pc.equal(table["verdict"], USABLE).fill_null(True).to_numpy(zero_copy_only=False)
    clips = table["clip_id"].combine_chunks().dictionary_encode()
    clip_of = clips.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    times = _as_array(table, "time_s", 0.0)
    total = gains.total() + 1e-9 * rng.random(table.num_rows)
    many = min(MOST_CANDIDATES, max(LEAST_CANDIDATES, CANDIDATES_EACH * count))
    candidates = _candidates(total, is_open & (total > 1e-6), clip_of, times, many)
    if not len(candidates):
        return []
    names = clips.dictionary.to_pylist()
    places = _numbered([(sites or {}).get(name, "") for name in names])
    pool = _Pool(
        gains=total[candidates],
        clips=clip_of[candidates],
        sites=places[clip_of[candidates]],
        times=times[candidates],
        descriptions=gains.descriptions(candidates),
    )
    chosen = candidates[_chosen(pool, count)]
    reasons = gains.reasons()
    rows = table.select(["object_id", "clip_id", "file", "time_s"]).take(pa.array(chosen)).to_pylist()
    return [
        {
            "rank": rank,
            "frame_id": row["object_id"],
            "clip_id": row["clip_id"],
            "file": row["file"],
            "time_s": row["time_s"],
            "reason": REASONS[reasons[frame]],
            "gain": float(min(1.0, total[frame])),
        }
        for rank, (row, frame) in enumerate(zip(rows, chosen.tolist(), strict=True), start=1)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pool:
    """The candidates: what each has to teach, where and when it is, how it is described."""

    gains: Floats
    clips: Ints
    sites: Ints
    times: Floats
    descriptions: Floats


def _candidates(total: Floats, is_open: NDArray[np.bool_], clips: Ints, times: Floats, many: int) -> Ints:
    """Return the best frame of every stretch of every clip, at most so many; later ones of a clip weigh less."""
    found = np.flatnonzero(is_open)
    stretches = np.floor(times[found] / APART_S).astype(np.int64)
    order = np.lexsort((-total[found], stretches, clips[found]))
    found, stretches = found[order], stretches[order]
    is_first = np.ones(len(found), bool)
    is_first[1:] = (clips[found][1:] != clips[found][:-1]) | (stretches[1:] != stretches[:-1])
    best = found[is_first]
    order = np.lexsort((-total[best], clips[best]))
    best = best[order]
    starts = np.flatnonzero(np.concatenate([[True], clips[best][1:] != clips[best][:-1]])) if len(best) else best
    ranks = np.arange(len(best)) - np.repeat(starts, np.diff(np.append(starts, len(best))))
    weighted = total[best] / np.sqrt(1.0 + ranks)
    return np.asarray(best[np.argsort(-weighted, kind="stable")[:many]], np.int64)


def _chosen(pool: _Pool, count: int) -> Ints:
    """Return the places of the candidates that are taken, in that order."""
    distance = np.full(len(pool.gains), UNLIKE)
    is_left = np.ones(len(pool.gains), bool)
    of_clip = np.zeros(pool.clips.max(initial=-1) + 1)
    of_site = np.zeros(pool.sites.max(initial=-1) + 1)
    chosen: list[int] = []
    while len(chosen) < count and is_left.any():
        unlike = 0.4 + 0.6 * np.minimum(1.0, distance / UNLIKE)
        share = of_site[pool.sites] / max(1, len(chosen))
        value = pool.gains * unlike / np.sqrt(1.0 + of_clip[pool.clips]) * (1.0 - 0.3 * share)
        best = int(np.argmax(np.where(is_left, value, -1.0)))
        chosen.append(best)
        of_clip[pool.clips[best]] += 1
        of_site[pool.sites[best]] += 1
        away = np.linalg.norm(pool.descriptions - pool.descriptions[best], axis=1)
        distance = np.minimum(distance, away)
        is_left[best] = False
        is_left &= (pool.clips != pool.clips[best]) | (np.abs(pool.times - pool.times[best]) >= APART_S)
    return np.array(chosen, np.int64)


def _as_array(table: pa.Table, name: str, missing: float) -> Floats:
    values = pc.fill_null(table[name], missing).to_numpy()
    return np.asarray(values, np.float64)


def _numbered(names: Sequence[str]) -> Ints:
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], np.int64)
