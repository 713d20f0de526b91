"""Tracks as people changed them: which box belongs to which track, and what is decided of a track as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pelagia.core.service import Edit
from pelagia.services.ecosystem.editor import DELETED, KEPT, MERGED, NEW, SPLIT
from pelagia.services.ecosystem.edits import Changes, Record, holding

PART = ":2"
"""Ends the name of the later part of a track that was split."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rearrangement of boxes: those of ``track`` from ``at_s`` on belong to ``to``."""

    track: str
    to: str
    at_s: float
    edit: Edit


class TrackEdits:
    """What edits say of tracks: the rearrangements in order, and the decisions.

    Parameters
    ----------
    edits
        Of all kinds, in the order they were made.
    clip_of
        The clip of every track of the table that edits name.
    new
        Tracks that begin with added boxes: subject → name and clip.
    changes
        Takes the trail, and what could not be applied.

    Notes
    -----
    Rearrangements follow each other in the order in which they were first made, a split always before what is done
    with its later part. So what was merged into a track is split with it where the split came after.
    """

    def __init__(
        self,
        edits: Iterable[Edit],
        clip_of: Mapping[str, str],
        new: Mapping[str, tuple[str, str]],
        changes: Changes,
    ) -> None:
        self._new = new
        self._changes = changes
        mine = [edit for edit in edits if edit.kind == "track"]
        held = holding(mine)
        self._clip_of = dict(clip_of) | dict(new.values())
        self._splits = {self.name(edit.subject): edit for edit in held if edit.value["state"] == SPLIT}
        self._add_parts()
        self.steps: list[Step] = []
        self.decisions: dict[str, Edit] = {}
        """What was decided of a track: kept or deleted."""
        self._ordered: set[str] = set()
        self._note(mine)
        for edit in held:
            self._take(edit)

    def name(self, subject: str) -> str:
        """Return the name of a track: one that begins with an added box has one of its own."""
        return self._new[subject][0] if subject in self._new else subject

    def clip(self, track: str) -> str | None:
        """Return the clip of a track, parts and new ones among them; ``None`` where there is no such track."""
        return self._clip_of.get(track)

    def place(self, track: str, time_s: float) -> str:
        """Return the track that a box belongs to now, by the one it belonged to and its moment."""
        for step in self.steps:
            if track == step.track and time_s >= step.at_s:
                track = step.to
        return track

    def touched(self) -> set[str]:
        """Return the tracks whose boxes may change."""
        return {name for step in self.steps for name in (step.track, step.to)} | set(self.decisions)

    def parents(self) -> dict[str, str]:
        """Return the track that each later part was split off."""
        return {step.to: step.track for step in self.steps if step.edit.value["state"] == SPLIT}

    def _add_parts(self) -> None:
        """Give the later part of every split its clip; parts may be split again."""
        waiting = list(self._splits)
        while waiting:
            known = [name for name in waiting if name in self._clip_of]
            if not known:
                return
            self._clip_of |= {name + PART: self._clip_of[name] for name in known}
            waiting = [name for name in waiting if name not in known]

    def _take(self, edit: Edit) -> None:
        track, value = self.name(edit.subject), edit.value
        if track not in self._clip_of:
            self._changes.no_subject(edit)
        elif value["state"] in {KEPT, DELETED}:
            self.decisions[track] = edit
        elif value["state"] == SPLIT:
            self._split(track)
        elif value["state"] == MERGED:
            self._merge(edit, track, self.name(value["into"]))

    def _split(self, track: str) -> None:
        """Split a track, unless that was done for the sake of its later part."""
        if track in self._ordered or track not in self._splits:
            return
        self._ordered.add(track)
        self._split_first(track)
        edit = self._splits[track]
        self.steps.append(Step(track, track + PART, edit.value["at_s"], edit))

    def _split_first(self, track: str) -> None:
        if track.endswith(PART):
            self._split(track.removesuffix(PART))

    def _merge(self, edit: Edit, track: str, into: str) -> None:
        if into not in self._clip_of or into == track:
            self._changes.no_subject(edit)
        elif self._clip_of[into] != self._clip_of[track]:
            self._changes.tell(
                edit,
                "tracks-of-two-clips",
                "Two tracks of different clips cannot be one; they were left as they are",
                "Merge tracks of one clip only.",
            )
        else:
            self._split_first(track)
            self._split_first(into)
            self.steps.append(Step(track, into, float("-inf"), edit))

    def _note(self, edits: Iterable[Edit]) -> None:
        """Write the trail: every edit, those that others replaced as well."""
        before: dict[tuple[str, str], dict[str, str]] = {}
        for edit in edits:
            track = self.name(edit.subject)
            now = _facts(edit.value)
            place = (track, edit.field)
            if track in self._clip_of:
                self._changes.note(edit, f"track:{track}", before.get(place, _facts(None)), now)
            before[place] = now


def new_tracks(edits: Iterable[Edit], rows: Mapping[str, Record], taken: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the tracks that boxes begin: what edits call them → their names and clips.

    Parameters
    ----------
    edits
        Of all kinds, in the order they were made.
    rows
        Boxes after the edits; those of new tracks carry what edits call these.
    taken
        Names of tracks that earlier changes made.
    """
    clips: dict[str, str] = {}
    for row in rows.values():
        if row["track_id"] and row["track_id"].startswith(NEW):
            clips.setdefault(row["track_id"], row["clip_id"])
    told = [edit.value["track_id"] for edit in edits if edit.value and edit.value.get("track_id", "") in clips]
    found: dict[str, tuple[str, str]] = {}
    known = set(taken)
    for subject in dict.fromkeys(told):
        clip = clips[subject]
        number = 1
        while f"{clip}:p{number}" in known:
            number += 1
        known.add(f"{clip}:p{number}")
        found[subject] = (f"{clip}:p{number}", clip)
    return found


def _facts(value: Mapping[str, Any] | None) -> dict[str, str]:
    told = value or {}
    state = {KEPT: "validated", "": "predicted"}.get(told.get("state", ""), told.get("state", ""))
    at_s = told.get("at_s")
    return {
        "taxon": told.get("taxon", ""),
        "into": told.get("into", ""),
        "at_s": "" if at_s is None else f"{at_s:.10g}",
        "state": state,
    }
