"""The small films of a result: where each stands, how large its frames are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue, Result
from pelagia.io.findings import finding
from pelagia.io.video.probing import probe

ROLE = "view"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmFile:
    """A film that can be read."""

    path: Path
    height_px: int
    width_px: int


class Films:
    """The films of a result, each opened when it is first asked for; one that cannot be read is told once.

    Parameters
    ----------
    result
        With its films among its files.
    """

    def __init__(self, result: Result) -> None:
        self._paths: Mapping[str, Path] = {one.name: one.path for one in result.artifacts if one.role == ROLE}
        self._bad: set[str] = set()
        self.issues: list[Issue] = []

    def find(self, name: str) -> FilmFile | None:
        """Return a film by its name in the result, ``None`` where there is none that can be read."""
        path = self._paths.get(name)
        if path is None or name in self._bad:
            return None
        try:
            facts = probe(path, file=name)
        except PelagiaError as error:
            self._bad.add(name)
            self.issues.append(finding(error, severity="warning"))
            return None
        return FilmFile(path=path, height_px=facts.height_px, width_px=facts.width_px)
