"""YOLO: pictures and boxes of animals, or the training set that annotators agree on."""

from __future__ import annotations

from pathlib import Path

from pelagia.core.result import Result
from pelagia.exports.citizen import yolo as of_annotators
from pelagia.exports.ecosystem import yolo as of_animals
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS = (of_animals.NEEDS, of_annotators.NEEDS)


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write pictures and boxes for trainers of the YOLO family, whichever the result has."""
    if "boxes" in result.tables:
        return of_annotators.write(result, out, options)
    return of_animals.write(result, out, options)
