"""Classes given in VisualSpreadsheet: the ``.cla`` file."""

from __future__ import annotations

from dataclasses import dataclass

from pelagia.core.errors import BadInput
from pelagia.io.flowcam.context import decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """One class: its name and the particles in it; ``filters`` are paths on the instrument's computer."""

    name: str
    particle_ids: tuple[int, ...]
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """One way the particles of a run were sorted into classes."""

    name: str
    classes: tuple[Class, ...]

    def labels(self) -> dict[int, str]:
        """Return the class of each particle number; the first where a particle is in several."""
        found: dict[int, str] = {}
        for group in self.classes:
            for particle_id in group.particle_ids:
                found.setdefault(particle_id, group.name)
        return found


class _Lines:
    """The lines of the file, taken one after the other."""

    def __init__(self, data: bytes, file: str) -> None:
        self.lines = decoded(data).splitlines()
        self.file = file
        self.at = 0

    def text(self) -> str:
        if self.at >= len(self.lines):
            raise self.trouble("The classification file ends too early", f"{len(self.lines)} lines")
        self.at += 1
        return self.lines[self.at - 1].strip()

    def count(self) -> int:
        text = self.text()
        if not text.isdecimal():
            raise self.trouble(f"Line {self.at} of the classification file should be a number", text[:80])
        return int(text)

    def trouble(self, what: str, value: str) -> BadInput:
        return BadInput(
            what,
            value=value,
            remedy="Copy the .cla again from the instrument; the run is processed without its classes.",
            file=self.file,
            code="classification-unreadable",
        )


def parse_classifications(data: bytes, file: str) -> tuple[Classification, ...]:
    """Read a ``.cla`` of version 3.

    Parameters
    ----------
    data
        Its bytes: ``v3``, the number of classifications; for each its name and number of classes; for
        each class its name, ``AND`` or ``OR``, the number of filters and their paths, the number of
        particles and their numbers; one a line.

    Raises
    ------
    BadInput
        Another version, or a file that ends too early.
    """
    lines = _Lines(data, file)
    version = lines.text()
    if version != "v3":
        raise lines.trouble("The classification file has a version Pelagia does not know", version[:80])
    return tuple(_classification(lines) for _ in range(lines.count()))


def _classification(lines: _Lines) -> Classification:
    name = lines.text()
    return Classification(name=name, classes=tuple(_class(lines) for _ in range(lines.count())))


def _class(lines: _Lines) -> Class:
    name, _ = lines.text(), lines.text()
    filters = tuple(lines.text() for _ in range(lines.count()))
    return Class(name=name, filters=filters, particle_ids=tuple(lines.count() for _ in range(lines.count())))
