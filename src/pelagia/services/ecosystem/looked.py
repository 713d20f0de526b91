"""What looking at a part needs, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.result import Issue
from pelagia.io.video.fetching import local_copy
from pelagia.io.video.recordings import Recording
from pelagia.learning.detector import Detector
from pelagia.services.ecosystem.profiles import Profile
from pelagia.services.ecosystem.searching import FoundBoxes, aphia_ids, search_frame
from pelagia.services.ecosystem.service import EcosystemParams

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How parts are looked at.

    Parameters
    ----------
    params, profile
        What was asked for.
    detector
        Finds the animals.
    weights
        How interest follows from the scores; empty for the default.
    folder
        Where films are written, and copies of what has to be fetched are kept for as long as they are read.
    """

    params: EcosystemParams
    profile: Profile
    detector: Detector
    weights: Mapping[str, Any]
    folder: Path

    @property
    def every_s(self) -> float:
        """Time between frames that the detector looks at, s."""
        return 1 / self.profile.frames_per_s

    @property
    def aphia_ids(self) -> dict[str, int | None]:
        """AphiaIDs of what the detector may find."""
        return aphia_ids(self.detector)

    def search(self, rgb: NDArray[np.uint8]) -> FoundBoxes:
        """Look for things on a picture (H, W, 3), uint8; boxes in its pixels."""
        params = self.params
        return search_frame(
            self.detector, rgb, tiled=params.tiled, score_from=params.score_from, name_from=params.name_from
        )


@dataclass(slots=True, kw_only=True)
class Looked:
    """What was seen of one part.

    Parameters
    ----------
    frames, boxes
        Rows of the tables, in order of time.
    part
        A row of :data:`pelagia.services.ecosystem.clips.PART_COLUMNS`.
    issues
        What is wrong with its files.
    recordings
        How many of them could be read to the end of this part and are done: the units.
    """

    frames: list[Record]
    boxes: list[Record]
    part: Record
    issues: list[Issue] = field(default_factory=list)
    recordings: int = 0


@contextmanager
def at_hand(recording: Recording, folder: Path) -> Iterator[Path]:
    """Give the path of a recording on this machine; what has to be fetched for it is removed afterwards."""
    if recording.path:
        yield Path(recording.path)
        return
    copies = folder / "fetched"
    copies.mkdir(parents=True, exist_ok=True)
    copy = local_copy(recording, copies)
    try:
        yield copy
    finally:
        copy.unlink(missing_ok=True)
