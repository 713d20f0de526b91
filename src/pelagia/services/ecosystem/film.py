"""The small film of what was searched: what people look at and correct."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pelagia.io.video.writing import ViewWriter
from pelagia.services.ecosystem.looked import How

FOLDER = "views"


class Film:
    """Writes a film of the frames that were searched, unless none is wanted.

    Parameters
    ----------
    how
        Whether it is wanted, how large, and where to.
    name
        Of the clip and its part.
    height_px, width_px
        Of the frames.
    frames_per_s
        At which it is shown.
    """

    def __init__(self, how: How, name: str, height_px: int, width_px: int, frames_per_s: float) -> None:
        scale = min(1.0, how.params.view_px / max(height_px, width_px, 1))
        self.height_px, self.width_px = (max(16, round(side * scale / 2) * 2) for side in (height_px, width_px))
        self.name = f"{FOLDER}/{name}.mp4" if how.params.views else ""
        self._path = how.folder / FOLDER / f"{name}.mp4"
        self._frames_per_s = frames_per_s
        self._writer: ViewWriter | None = None

    def add(self, rgb: NDArray[np.uint8]) -> int:
        """Add a frame and return its number."""
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = ViewWriter(
                self._path, height_px=self.height_px, width_px=self.width_px, frames_per_s=self._frames_per_s
            )
        return self._writer.add(rgb)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is None:
            return
        if kind is None:
            self._writer.close()
        else:
            self._writer.abandon()
