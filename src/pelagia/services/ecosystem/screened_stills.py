"""A series of stills screened: each picture is a frame, and there is nothing between two of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.interest_packets import Activity
from pelagia.services.ecosystem.interest_weights import weights_for
from pelagia.services.ecosystem.screened import Screened, Shown, screened
from pelagia.services.ecosystem.screening_frames import FrameScreening, grey, small

Picture = NDArray[np.uint8]


class StillScreening:
    """Takes the pictures of a series one after the other and forgets them but for a small copy.

    Parameters
    ----------
    moving
        Whether the camera moves between them.
    weights
        How interest follows from the scores; by default as for cameras of its kind.
    """

    def __init__(self, *, moving: bool = False, weights: Mapping[str, Any] | None = None) -> None:
        self._weights = weights_for(weights, moving=moving)
        self._frames = FrameScreening(moving=moving)
        self._shown = Shown(start_s=0.0, end_s=0.0, method="stills")

    def add(self, time_s: float, rgb: Picture) -> None:
        """Measure the next picture.

        Parameters
        ----------
        time_s
            When it was taken, s from the begin of the series; not before the one before.
        rgb
            (height, width, 3), at its full size or smaller.
        """
        reduced = small(rgb)
        self._frames.add(grey(reduced), reduced)
        self._shown.add(time_s, is_key=True)

    def finish(self) -> Screened:
        """Return what was found; nothing can be added afterwards."""
        shown = self._shown
        if shown.times:
            shown.start_s, shown.end_s = shown.times[0], shown.times[-1]
        nothing = Activity(np.zeros(0), np.zeros(0), np.zeros(0))
        still = np.zeros(len(shown.times), np.int8)
        return screened(self._frames, shown, weights=self._weights, activity=nothing, still=still)


def screen_stills(
    pictures: Iterable[tuple[float, Picture]], *, moving: bool = False, weights: Mapping[str, Any] | None = None
) -> Screened:
    """Screen some pictures of a series.

    Parameters
    ----------
    pictures
        Time, s from the begin of the series, and (height, width, 3) RGB of each, in order of time.
    moving, weights
        As for :class:`StillScreening`.
    """
    screening = StillScreening(moving=moving, weights=weights)
    for time_s, rgb in pictures:
        screening.add(time_s, rgb)
    return screening.finish()
