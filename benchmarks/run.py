"""Run the benchmarks: all of them, or those named on the command line."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
NAMES = ("start", "end_to_end", "peer", "scale")


def main() -> None:
    """Run them one after the other."""
    for name in sys.argv[1:] or NAMES:
        print(f"--- {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
