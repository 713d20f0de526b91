"""Every real run, with the shipped model: the counts add up to the rows of its list."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.services.direct_steps import DirectSteps

from pelagia.catalogue.models import resolve
from pelagia.core.service import Request
from pelagia.services.flowcam import pipeline
from pelagia.services.flowcam.service import FlowCamParams

RUNS = (
    "ceh_microbialmethane_tank10",
    "ceh_tank25_macro",
    "comics_dy086",
    "pygsuia_runs",
    "rflowcam_p02_jan2015",
)


def rows_of(lists: list[Path]) -> int:
    """Count the rows as anyone would: lines without the head."""
    total = 0
    for path in lists:
        lines = [line for line in path.read_bytes().splitlines() if line.strip()]
        fields = int(lines[1].split(b"|")[1])
        total += len(lines) - 2 - fields
    return total


@pytest.mark.data
@pytest.mark.parametrize("name", RUNS)
def test_the_counts_add_up_to_the_rows_of_the_lists(name: str, shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "flowcam" / name
    model = resolve("flowcam-protist@1.0.0", "classifier", home=tmp_path / "home")
    request = Request(
        service="flowcam",
        service_version="1.0.0",
        inputs={"runs": (str(folder),)},
        params=FlowCamParams(),
        models={"classifier": model},
    )
    result = pipeline.run(request, DirectSteps(tmp_path))
    counts = result.tables["counts"].read().to_pylist()
    counted = sum(row["counted"] for row in counts if row["size_class"] == "all")
    assert counted == result.tables["objects"].rows == rows_of(sorted(folder.rglob("*.lst")))
