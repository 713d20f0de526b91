"""Run a training from a script, step by step in one folder, so that a stopped recipe goes on where it was."""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from baseline import forest_figures

from pelagia.core.result import Result
from pelagia.core.service import Request
from pelagia.learning.card_page import render_card
from pelagia.learning.package import read_heldout, read_package, write_package
from pelagia.runtime.values import decode, encode
from pelagia.services.flowcam import training
from pelagia.services.flowcam.training_service import TRAINING, TrainingParams


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
            print(f"{key}: {time.monotonic() - begun:.1f} s {kept.text[:250] if 'epoch' in key else ''}", flush=True)
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
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with one sub-folder a class")
    parser.add_argument("--out", type=Path, required=True, help="the package is written to OUT/<name>/<version>")
    parser.add_argument("--work", type=Path, required=True, help="folder for intermediate files; may be thrown away")
    return parser.parse_args()


def make_model(params: TrainingParams, seed: int, classes: Path, told: argparse.Namespace) -> None:
    """Train a model as ``pelagia train flowcam`` does, compare it with a random forest, write the package.

    Parameters
    ----------
    params
        The parameters of the training.
    seed
        The seed of the request.
    classes
        The class table.
    told
        The command line of :func:`arguments`.
    """
    request = Request(
        service=TRAINING.slug,
        service_version=TRAINING.version,
        inputs={"images": (str(told.data),), "classes": (str(classes),)},
        params=params,
        seed=seed,
    )
    steps = FolderSteps(folder=told.work)
    result = training.run(request, steps)
    forest = steps.do("baseline", forest_figures, steps.workdir)
    folder = told.out / params.name / params.version
    _ship(steps.workdir / "package", folder, forest)
    shutil.rmtree(steps.workdir / "package-shipped", ignore_errors=True)
    _print(result, forest, folder)


def _ship(trained: Path, folder: Path, forest: dict[str, float]) -> None:
    found = read_package(trained)
    card = found.card.model_copy(update={"recipe": {**found.card.recipe, "baseline": forest}})
    folder.parent.mkdir(parents=True, exist_ok=True)
    write_package(
        folder,
        model=found.model.read_bytes(),
        card=card,
        page=render_card(card),
        heldout=read_heldout(found),
        figures={path.name: path.read_bytes() for path in sorted((trained / "figures").glob("*.png"))},
    )


def _print(result: Result, forest: dict[str, float], folder: Path) -> None:
    for name, figure in result.summary.items():
        interval = "" if figure.low is None else f" ({figure.low:.3f} to {figure.high:.3f})"
        print(f"{name}: {figure.value}{interval} {figure.unit}")
    for name, value in forest.items():
        print(f"random forest {name}: {value}")
    for issue in result.issues:
        print(f"{issue.severity}: {issue.code}: {issue.message}")
    print(f"written: {folder}")
