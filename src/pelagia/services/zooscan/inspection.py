"""What a request will take: every input looked at, no pixel read."""

from __future__ import annotations

from pelagia.core.service import Estimate, Request
from pelagia.core.words import count
from pelagia.io.findings import Findings
from pelagia.services.zooscan.inventory import Found, find_scans, given_corrections, scan_names
from pelagia.services.zooscan.pack import PARTS
from pelagia.services.zooscan.service import ZooScanParams

FIXED_STEPS = 5
"""Inventory, scans, samples, counts, checks."""
STEPS_PER_SCAN = 2 + PARTS
"""The scan itself, the parts of its objects, its checksums."""


def inspect(request: Request[ZooScanParams]) -> Estimate:
    """Say what the inputs hold and what it will take to process them."""
    # Corrections that cannot be used end the run: better said before it starts.
    findings = Findings(given_corrections(request).issues)
    found = list(find_scans(request, findings))
    measured = sum(one.measured_from != "nothing" for one in found)
    return Estimate(
        steps=FIXED_STEPS + STEPS_PER_SCAN * measured,
        units=measured,
        bytes=sum(sum(one.scan.sizes.values()) for one in found),
        understood=_understood(found),
        issues=findings.issues(),
    )


def _understood(found: list[Found]) -> dict[str, str]:
    by_project: dict[str, list[Found]] = {}
    for one in found:
        by_project.setdefault(one.project.name, []).append(one)
    return {
        name: ", ".join(
            [
                count(len(scans), "scan", "scans"),
                count(len({one.scan.sample_id for one in scans}), "sample", "samples"),
                *_facts(scans),
                scan_names(scans),
            ]
        )
        for name, scans in by_project.items()
    }


def _facts(scans: list[Found]) -> list[str]:
    ready = sum(one.measured_from == "picture" and not one.scan.raw for one in scans)
    tables = sum(one.measured_from == "table" for one in scans)
    without = sum(one.measured_from == "nothing" for one in scans)
    masks = sum(bool(one.scan.sep) for one in scans)
    return [
        *([f"{ready:,} of them already without background"] if ready else []),
        *([f"{tables:,} of them only as measured by ZooProcess"] if tables else []),
        *([f"{without:,} of them with nothing to measure"] if without else []),
        *([f"{masks:,} with a separation mask"] if masks else []),
    ]
