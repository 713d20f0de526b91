"""Oil spill in ten lines: draw a sea and a slick, forecast it with an ensemble, look where it is likely to land.

    python gallery/oilspill.py

Runs in a minute on two cores and leaves `drawn-sea/` and `spill-output/` behind.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from pelagia.services.oilspill.columns import FATES
from pelagia.services.oilspill.sample import make_sample


def main() -> None:
    """Draw, forecast, look."""
    folder = Path("drawn-sea")
    folder.mkdir()
    drawn = make_sample(folder).inputs
    slots = ("slick", "currents", "wind", "shoreline")
    inputs = [part for slot in slots for name in drawn[slot] for part in (f"--{slot}", str(folder / name))]
    asked = ["--hours", "36", "--elements", "4000", "--members", "20"]
    pelagia = [sys.executable, "-m", "pelagia.cli.main"]
    subprocess.run([*pelagia, "run", "oilspill", *inputs, *asked, "--out", "spill-output"], check=True)

    end = pq.read_table("spill-output/mass_balance.parquet").to_pylist()[-1]
    shares = ", ".join(f"{end[f'{fate}_fraction']:.0%} {fate}" for fate in FATES if end[f"{fate}_fraction"] > 0.005)
    print(f"Of {end['spilled_t']:.0f} t after {end['hours']:.0f} h: {shares}")
    coast = pq.read_table("spill-output/coast.parquet").to_pylist()
    for row in sorted(coast, key=lambda row: row["impact_probability"], reverse=True)[:5]:
        interval = f"95 %: {row['impact_low']:.0%} to {row['impact_high']:.0%}"
        arrival = "" if row["arrival_low_h"] is None else f", from {row['arrival_low_h']:.0f} h on"
        print(f"{row['lat']:.3f}, {row['lon']:.3f}: reached with {row['impact_probability']:.0%} ({interval}){arrival}")


if __name__ == "__main__":
    main()
