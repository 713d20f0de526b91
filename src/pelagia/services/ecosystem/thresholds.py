"""What is interesting, learnt from stretches that people marked: their clips are screened, and a curve is fitted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.core.table import Table
from pelagia.io.findings import Findings
from pelagia.io.video.reading import open_video
from pelagia.io.video.recordings import Recording
from pelagia.io.video.stills import read_still
from pelagia.services.ecosystem.interest_weights import FEATURES, features, weights_for
from pelagia.services.ecosystem.labels import Label, read_labels
from pelagia.services.ecosystem.logistic import fit, probability
from pelagia.services.ecosystem.looked import at_hand
from pelagia.services.ecosystem.profiles import profile_of
from pelagia.services.ecosystem.screened import Screened
from pelagia.services.ecosystem.screened_stills import screen_stills
from pelagia.services.ecosystem.screening import screen_clip
from pelagia.services.ecosystem.series.intervals import share_interval
from pelagia.services.ecosystem.service import EcosystemParams

NAME = "interest_weights.json"
MOST_CLIPS = 200
"""More labelled clips would not change the curve, only the time it takes."""
LEAST_STRETCHES = 2
"""Of each kind, in two clips at least."""
FRAMES_COUNT = 10.0
"""Frames of one stretch resemble each other: all of them together count as so many."""
RIDGE = 2.0
INTERESTING = 0.5

Floats = NDArray[np.float64]
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """The usable frames of a marked stretch."""

    clip_id: str
    keep: bool
    table: Floats


def learn_thresholds(uri: str, recordings: str, params: EcosystemParams, workdir: Path) -> Record:
    """Learn how interest follows from the scores.

    Parameters
    ----------
    uri
        The table of labels, see :func:`pelagia.services.ecosystem.labels.read_labels`.
    recordings
        Path of the table of recordings; only those that are labelled are read.
    params
        Of the request.
    workdir
        The weights are written there, as JSON.

    Returns
    -------
    dict
        ``weights``: for :func:`pelagia.services.ecosystem.screening.screen_clip`, empty where too little was labelled;
        ``figures``: of clips left out of the fit one after the other, with 95 % intervals; ``issues``; ``path``.
    """
    labels, wrong, name = read_labels(uri)
    findings = Findings()
    findings.add_all(wrong)
    moving = profile_of(params).is_moving
    examples: list[Example] = []
    for members, said in _labelled(labels, recordings, name, findings):
        try:
            screened, files = _screen(members, said, params, moving, workdir, findings)
        except PelagiaError as error:
            findings.add_error(error)
            continue
        examples += _examples(members[0].clip_id, screened, files, said)
    lacks = _lacks(examples)
    prior = _vector(weights_for(None, moving=moving))
    weights: dict[str, float] = {}
    figures: Record = {}
    if lacks:
        findings.add(_too_few(name, lacks))
    else:
        names = ("intercept", *FEATURES)
        weights = dict(zip(names, _fitted(examples, prior).tolist(), strict=True))
        figures = _left_out(examples, prior)
    path = workdir / NAME
    path.write_text(json.dumps({"weights": weights, "figures": figures}, indent=1), encoding="utf-8")
    return {"weights": weights, "figures": figures, "issues": findings.records(), "path": str(path)}


def _labelled(
    labels: Iterable[Label], recordings: str, name: str, findings: Findings
) -> Iterator[tuple[list[Recording], list[Label]]]:
    """Yield each clip with labels, with them; tell those whose file is not among the recordings."""
    by_end: dict[str, list[Label]] = {}
    for label in labels:
        by_end.setdefault(label.file.rsplit("/", 1)[-1], []).append(label)
    found: set[Label] = set()
    clips = 0
    rows = Table(name="recordings", path=Path(recordings)).records()
    for (_, kind), group in groupby(rows, key=lambda one: (one["clip_id"], one["kind"])):
        if kind == "stream":
            continue
        members = [Recording.from_record(one) for one in group]
        said = [label for one in members for label in by_end.get(_end(one), ()) if _is_of(label, one)]
        found.update(said)
        if said and clips < MOST_CLIPS:
            clips += 1
            yield members, said
    for file in sorted({label.file for label in labels} - {label.file for label in found}):
        findings.add(_unknown(name, file))


def _end(recording: Recording) -> str:
    return (recording.name or recording.file).replace("\\", "/").rsplit("/", 1)[-1]


def _is_of(label: Label, recording: Recording) -> bool:
    """Tell whether a label means a recording: by its whole name, or the end of it from a folder on."""
    names = (recording.file.replace("\\", "/"), recording.name.replace("\\", "/"))
    return any(known == label.file or known.endswith("/" + label.file) for known in names)


def _screen(
    members: list[Recording],
    said: list[Label],
    params: EcosystemParams,
    moving: bool,
    workdir: Path,
    findings: Findings,
) -> tuple[Screened, list[Recording]]:
    """Return what screening says of a clip, and of stills which of them each frame is."""
    first = members[0]
    if first.kind == "video":
        with at_hand(first, workdir) as path, open_video(path, file=first.file) as reader:
            return screen_clip(reader, screen=params.screen, moving=moving), []
    read: list[Recording] = []
    wanted = _neighbours(members, said)

    def pictures() -> Iterator[tuple[float, NDArray[np.uint8]]]:
        for number, one in enumerate(wanted):
            with at_hand(one, workdir) as path:
                picture = read_still(one, path, findings)
            read.append(one)
            yield float(number), picture

    return screen_stills(pictures(), moving=moving), read


def _neighbours(members: list[Recording], said: list[Label]) -> list[Recording]:
    """Return the labelled stills of a series and enough of the others to tell what is usual."""
    labelled = [any(_is_of(label, one) for label in said) for one in members]
    step = max(1, len(members) // 120)
    return [one for number, one in enumerate(members) if labelled[number] or number % step == 0]


def _examples(clip_id: str, screened: Screened, files: list[Recording], said: list[Label]) -> Iterator[Example]:
    table, usable = features(screened.scores), screened.is_usable
    for label in said:
        inside = np.array([_is_of(label, one) for one in files], np.bool_) if files else _shown(label, screened)
        if (inside & usable).any():
            yield Example(clip_id, label.keep, table[inside & usable])


def _shown(label: Label, screened: Screened) -> NDArray[np.bool_]:
    """Return which frames show a stretch; of one between two frames the one before, whose packets tell of it."""
    times = screened.time_s
    inside = (times >= label.start_s) & (times < label.end_s)
    if times.size and not inside.any() and screened.start_s <= label.start_s < screened.end_s:
        inside[max(int(np.searchsorted(times, label.start_s)) - 1, 0)] = True
    return inside


def _lacks(examples: list[Example]) -> str:
    """Return what is missing to learn anything; empty where nothing is."""
    for keep, kind in ((True, "interesting"), (False, "uninteresting")):
        count = sum(one.keep is keep for one in examples)
        if count < LEAST_STRETCHES:
            return f"{count} {kind} stretches with usable frames"
    if len({one.clip_id for one in examples}) < LEAST_STRETCHES:
        return "labels in one clip only"
    return ""


def _fitted(examples: list[Example], prior: Floats) -> Floats:
    """Return the weights; interesting and other stretches count as much, however many there are of each."""
    table = np.concatenate([one.table for one in examples])
    labels = np.concatenate([np.full(len(one.table), float(one.keep)) for one in examples])
    shares = np.concatenate([np.full(len(one.table), min(1.0, FRAMES_COUNT / len(one.table))) for one in examples])
    for kind in (0.0, 1.0):
        shares[labels == kind] *= shares.sum() / 2 / shares[labels == kind].sum()
    return fit(table, labels, shares, prior=prior, ridge=RIDGE)


def _left_out(examples: list[Example], prior: Floats) -> Record:
    """Return how well stretches of clips are told that were left out of the fit."""
    kept = rejected = interesting = others = 0
    for clip_id in sorted({one.clip_id for one in examples}):
        rest = [one for one in examples if one.clip_id != clip_id]
        weights = prior if _one_kind(rest) else _fitted(rest, prior)
        for one in examples:
            if one.clip_id == clip_id:
                likely = probability(weights[0] + one.table @ weights[1:])
                if one.keep:
                    interesting, kept = interesting + 1, kept + int(likely.max() >= INTERESTING)
                else:
                    others, rejected = others + len(likely), rejected + int((likely < INTERESTING).sum())
    return {
        "stretches_kept": _share(kept, interesting),
        "frames_rejected": _share(rejected, others),
        "clips": len({one.clip_id for one in examples}),
    }


def _one_kind(examples: list[Example]) -> bool:
    return len({one.keep for one in examples}) < 2


def _share(part: int, total: int) -> Record:
    low, high = share_interval(part / total, total)
    return {"value": part / total, "low": float(low), "high": float(high), "count": total}


def _vector(weights: Mapping[str, float]) -> Floats:
    return np.array([weights.get(name, 0.0) for name in ("intercept", *FEATURES)])


def _unknown(name: str, file: str) -> Issue:
    return Issue(
        file=name,
        code="labels-unknown-file",
        message="The labels name a file that is not among the recordings",
        remedy="Write its name as in the table of clips, or from its folder on",
        value=file[:200],
    )


def _too_few(name: str, lacks: str) -> Issue:
    return Issue(
        file=name,
        code="labels-too-few",
        message="Too little is labelled to learn what is interesting; the usual thresholds are kept",
        remedy=f"Mark at least {LEAST_STRETCHES} stretches to keep and {LEAST_STRETCHES} not to, in several clips",
        value=lacks,
    )
