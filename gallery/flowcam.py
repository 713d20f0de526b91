"""FlowCam in ten lines: make a run, process it, look at the counts.

    python gallery/flowcam.py

Runs in a minute on two cores and leaves `sample-run/` and `sample-output/` behind.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Make, process, look."""
    subprocess.run([sys.executable, str(ROOT / "tests/data/flowcam/make.py"), "sample-run"], check=True)
    pelagia = [sys.executable, "-m", "pelagia.cli.main"]
    subprocess.run([*pelagia, "run", "flowcam", "sample-run", "--out", "sample-output"], check=True)

    counts = pq.read_table("sample-output/counts.parquet")
    for row in counts.to_pylist():
        if row["size_class"] == "all":
            adjusted = "" if row["adjusted"] is None else f", adjusted {row['adjusted']:.0f}"
            interval = f"95 %: {row['counted_low']:.0f} to {row['counted_high']:.0f}"
            print(f"{row['taxon']:>14}: {row['counted']} counted ({interval}){adjusted}; {row['per_ml']:.0f} per mL")


if __name__ == "__main__":
    main()
