"""Run the benchmarks: all of them, or those named on the command line; then write the table of all results."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
NAMES = (
    "start",
    "end_to_end",
    "peer",
    "scale",
    "resume",
    "kill",
    "gallery",
    "deepaas",
    "report",
    "sessions",
    "upload",
    "zooscan_scan",
    "zooscan_batch",
    "litter_gigapixel",
    "litter_sahi",
    "ecosystem_screening",
    "ecosystem_pipeline",
    "ecosystem_memory",
    "ecosystem_overhead",
    "ecosystem_archive",
    "oilspill_kernel",
    "oilspill_fit",
    "oilspill_peers",
)
RESULTS = Path(__file__).resolve().parent / "results"


def main() -> None:
    """Run them one after the other."""
    for name in sys.argv[1:] or NAMES:
        print(f"--- {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()
    write_table()


def write_table() -> None:
    """Write ``results/README.md`` from the JSON files beside it."""
    lines = ["# Results", "", "Made by `make bench` from the JSON files beside it.", ""]
    for path in sorted(RESULTS.glob("*.json")):
        result = json.loads(path.read_text())
        machine = result.pop("machine")
        about = f"{machine['cores']} cores, {machine['processor']}, Python {machine['python']}"
        lines += [f"## {result.pop('benchmark')}", "", about, "", "| figure | |", "|---|---|"]
        lines += [f"| {name} | {value} |" for name, value in flat(result)]
        lines.append("")
    (RESULTS / "README.md").write_text("\n".join(lines))


def flat(figures: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield nested figures as (path, value)."""
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{name}: ")
        else:
            yield f"{above}{name}".replace("_", " "), "none" if value == [] else value


if __name__ == "__main__":
    main()
