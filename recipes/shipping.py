"""Run a training from a script, step by step in one folder, so that a stopped recipe goes on where it was."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pelagia.runtime.values import decode, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSteps:
    """The steps of one training, each kept as files below ``folder``."""

    folder: Path

    @property
    def workdir(self) -> Path:
        """Where the training keeps its files."""
        place = self.folder / "work"
        place.mkdir(parents=True, exist_ok=True)
        return place

    def do(self, key: str, func: Callable[..., Any], *args: Any, units: int = 0) -> Any:
        """Run a step, or return what it gave when it ran before."""
        del units
        stem = self.folder / "steps" / sha256(key.encode()).hexdigest()[:24]
        record = stem.with_suffix(".json")
        if not record.is_file():
            begun = time.monotonic()
            kept = encode(func(*args), key)
            record.parent.mkdir(parents=True, exist_ok=True)
            for number, blob in enumerate(kept.blobs):
                stem.with_suffix(f".{number}").write_bytes(blob)
            partial = record.with_suffix(".partial")
            partial.write_text(kept.text, encoding="utf-8")
            partial.replace(record)
            print(f"{key}: {time.monotonic() - begun:.1f} s {kept.text[:300] if 'epoch' in key else ''}", flush=True)
        return decode(record.read_text(encoding="utf-8"), lambda number: stem.with_suffix(f".{number}").read_bytes())

    def map(
        self,
        key: str,
        func: Callable[[Any], Any],
        items: Iterable[Any],
        *,
        units: Callable[[Any], int] | None = None,
    ) -> Iterator[Any]:
        """Run independent steps one after the other."""
        del units
        for number, item in enumerate(items):
            yield self.do(f"{key}/{number}", func, item)


def arguments(description: str) -> argparse.Namespace:
    """Read ``--data``, ``--out`` and ``--work`` from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help="folder with one sub-folder a class")
    parser.add_argument("--out", type=Path, required=True, help="folder for <name>/<version>")
    parser.add_argument("--work", type=Path, help="folder for intermediate files; <out>/.work by default")
    return parser.parse_args()


def describe(history: dict[str, Any]) -> str:
    """Return figures as text for the terminal."""
    return json.dumps(history, indent=1)
