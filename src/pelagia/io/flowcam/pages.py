"""How many particles each collage holds: a quick look at a list, without its measures."""

from __future__ import annotations

from collections import Counter

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.io.flowcam.particles import list_header
from pelagia.io.flowcam.rows import RowFindings, row_tables
from pelagia.io.flowcam.runs import RunFiles
from pelagia.io.sources import Source


def particles_per_collage(source: Source, files: RunFiles) -> tuple[Counter[str], tuple[Issue, ...]]:
    """Count the rows of a list by the collage they name; what cannot be read is left out.

    Parameters
    ----------
    source
        Where the run's files stand.
    files
        The run.

    Returns
    -------
    counts, issues
        Collage → rows, and what is wrong with rows of the list.
    """
    counts: Counter[str] = Counter()
    findings = RowFindings()
    fields = 0
    try:
        header = list_header(source, files)
        fields = len(header.columns)
        with source.open(files.particles) as stream:
            for rows in row_tables(stream, header, findings):
                for found in rows["collage_file"].value_counts().to_pylist():
                    counts[found["values"] or ""] += found["counts"]
    except (PelagiaError, OSError):
        # read_run and the reader of the particles tell what is wrong; a look ahead only counts.
        pass
    return counts, findings.issues(files.particles, fields)
