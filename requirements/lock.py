"""Resolve the pinned versions of ``run.txt``, ``test.txt`` and ``check.txt`` from ``pyproject.toml``.

One resolution for Python 3.11 to 3.13 (environment markers tell them apart); the later files are
constrained by the earlier ones, so that every environment has the same versions.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
FILES = (
    ("run.txt", ()),
    ("test.txt", ("train", "dask", "test")),
    ("check.txt", ("check", "docs")),
)


def main() -> None:
    """Write the three files."""
    earlier: list[str] = []
    for name, extras in FILES:
        command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--universal", "--quiet"]
        command += ["--python-version", "3.11", "--no-header", "--no-annotate"]
        command += [f"--extra={extra}" for extra in extras]
        command += [f"--constraint={path}" for path in ["requirements/limits.txt", *earlier]]
        subprocess.run([*command, "--output-file", f"requirements/{name}"], cwd=FOLDER.parent, check=True)
        earlier.append(f"requirements/{name}")


if __name__ == "__main__":
    main()
