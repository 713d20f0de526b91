"""What a service gives back: tables, files, figures and findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pelagia.core.provenance import Provenance
from pelagia.core.table import Table

OWN_FILE = "result:"
"""Begins an address that is a file of the result itself: ``result:vignettes/a.zip`` stands beside its tables."""

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A finding about an input: reported, and the rest of the run goes on.

    Parameters
    ----------
    file
        The file (or address) it is about, relative to the source.
    code
        A short stable name, such as ``collage-missing``.
    message
        What was found, as a sentence, with the value.
    remedy
        What the user can do.
    value
        The offending value as text.
    severity
        ``error``: something could not be processed. ``warning``: processed, look at it.
        ``note``: good to know.
    objects
        How many objects (particles, images) were lost or touched by it.
    """

    file: str
    code: str
    message: str
    remedy: str
    value: str = ""
    severity: Severity = "warning"
    objects: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of the summary, with its unit and, for an estimate, its 95 % interval."""

    value: float | int | str | None
    description: str
    unit: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file that belongs to the result.

    Parameters
    ----------
    role
        What it is for: ``mosaic``, ``vignettes``, ``model``, …
    name
        Its path in the output folder, with forward slashes.
    path
        Where it stands now.
    """

    role: str
    name: str
    path: Path
    media_type: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All that a job produced; exporters take nothing else."""

    tables: Mapping[str, Table]
    summary: Mapping[str, Figure]
    issues: tuple[Issue, ...]
    provenance: Provenance
    artifacts: tuple[Artifact, ...] = ()
    notes: tuple[str, ...] = field(default=())


def own_files(artifacts: Iterable[Artifact]) -> dict[str, str]:
    """Return where the files of a result are, by the addresses its tables give them (:data:`OWN_FILE`)."""
    return {f"{OWN_FILE}{artifact.name}": str(artifact.path) for artifact in artifacts}
