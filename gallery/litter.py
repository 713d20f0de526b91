"""Litter in ten lines: draw a beach, process it, look at the items per 100 m.

    python gallery/litter.py

Runs in a minute on two cores and leaves `drawn-beach/` and `beach-output/` behind.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from pelagia.services.litter.sample import make_sample


def main() -> None:
    """Draw, process, look."""
    folder = Path("drawn-beach")
    folder.mkdir()
    (pictures,), (survey,) = make_sample(folder).inputs.values()
    inputs = [str(folder / pictures), "--survey", str(folder / survey)]
    pelagia = [sys.executable, "-m", "pelagia.cli.main"]
    subprocess.run([*pelagia, "run", "litter", *inputs, "--out", "beach-output"], check=True)

    for row in pq.read_table("beach-output/density.parquet").to_pylist():
        if row["transect_id"] and row["items"]:
            interval = f"95 %: {row['items_per_100m_low']:.0f} to {row['items_per_100m_high']:.0f}"
            print(f"{row['item_class']:>8}: {row['items']} items, {row['items_per_100m']:.0f} per 100 m ({interval})")


if __name__ == "__main__":
    main()
