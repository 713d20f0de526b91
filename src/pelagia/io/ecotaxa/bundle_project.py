"""What the tables of one EcoTaxa project share while they are checked, and what to do about what is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from pelagia.io.ecotaxa.bundle_findings import BundleFindings

REMEDIES: Mapping[str, str] = {
    "ecotaxa-unreadable": "Save it as tab-separated text with one line a row.",
    "ecotaxa-encoding": "Save it as UTF-8 with a byte order mark.",
    "ecotaxa-types-missing": "Add a second line with [f] for numbers or [t] for texts below every column.",
    "ecotaxa-type": "Write [f] for numbers, [t] for texts.",
    "ecotaxa-column-twice": "Rename one of them, or take it away.",
    "ecotaxa-column-name": "Name it object_…, acq_…, process_… or sample_….",
    "ecotaxa-column-prefix": "Name it object_…, acq_…, process_… or sample_….",
    "ecotaxa-column-missing": "Add the column.",
    "ecotaxa-object-id": "Give every object a name of its own.",
    "ecotaxa-object-shared": "Name the objects of every sample differently.",
    "ecotaxa-image-outside": "Put the image into the bundle, and name it relative to the table.",
}


@dataclass(slots=True)
class Project:
    """What the tables of one project share: what EcoTaxa keeps between them, and the findings.

    Parameters
    ----------
    update
        Whether objects already in EcoTaxa shall be updated: then no image is needed.
    owners
        Acquisition → its sample; those the project has already may be given.
    """

    update: bool = False
    owners: dict[str, str] = field(default_factory=dict)
    findings: BundleFindings = field(default_factory=BundleFindings)
    columns: dict[str, str] = field(default_factory=dict)
    seen: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    samples: dict[str, str] = field(default_factory=dict)
    images: dict[tuple[str, str], str] = field(default_factory=dict)
    free: Counter[tuple[str, str]] = field(default_factory=Counter)
    categories: set[int] = field(default_factory=set)
    rows: int = 0
