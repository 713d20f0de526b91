"""COCO: the boxes of litter, of animals, or those that annotators agree on."""

from __future__ import annotations

from pathlib import Path

from pelagia.core.result import Result
from pelagia.exports.citizen import coco as of_annotators
from pelagia.exports.ecosystem import coco as of_animals
from pelagia.exports.litter import coco as of_litter
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS = (of_litter.NEEDS, of_animals.NEEDS, of_annotators.NEEDS)


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write the boxes as COCO, whichever the result has."""
    if "boxes" in result.tables:
        return of_annotators.write(result, out, options)
    if "items" in result.tables:
        return of_litter.write(result, out, options)
    return of_animals.write(result, out, options)
