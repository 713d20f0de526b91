"""The reference page lists what is measured."""

from __future__ import annotations

import re
from pathlib import Path

from pelagia.imaging.measures import LEGACY_MEASURES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "zooscan-measures.md"


def test_the_page_lists_every_measure_with_its_decimals() -> None:
    listed: dict[str, str] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        if line.startswith("| `"):
            listed |= dict.fromkeys(re.findall(r"`([^`]+)`", cells[1]), cells[4])
    assert set(listed) == {column.name for column in LEGACY_MEASURES}
    for column in LEGACY_MEASURES:
        assert listed[column.name] == ("all" if column.decimals is None else str(column.decimals)), column.name
