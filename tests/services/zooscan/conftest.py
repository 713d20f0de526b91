from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.services.direct_steps import DirectSteps
from tests.services.zooscan.tiny_models import tiny_models

from pelagia.core.result import Result
from pelagia.core.service import ModelRef, Request
from pelagia.services.zooscan import pipeline
from pelagia.services.zooscan.sample.drawing import DrawnScan, draw_scan
from pelagia.services.zooscan.service import ZooScanParams

HEIGHT, WIDTH, OBJECTS, DPI = 1200, 900, 40, 1200


@dataclass(frozen=True)
class Drawn:
    """A project of one scan, as it was drawn."""

    folder: Path
    scan: DrawnScan


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    folder = tmp_path_factory.mktemp("zooscan") / "Zooscan_drawn_sn001"
    return Drawn(folder, draw_scan(folder, height=HEIGHT, width=WIDTH, objects=OBJECTS, seed=3, dpi=DPI))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelRef]:
    return tiny_models(tmp_path_factory.mktemp("models"), multiple_logit=9.0)


@dataclass
class Done:
    """A run, its result, its folder and its steps."""

    request: Request[ZooScanParams]
    result: Result
    steps: DirectSteps

    def rows(self, table: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.result.tables[table].read().to_pylist()
        return found


Run = Callable[..., Done]


def run_zooscan(
    folder: Path, models: Mapping[str, ModelRef], *inputs: Path, corrections: Path | None = None, **params: Any
) -> Done:
    folder.mkdir(parents=True, exist_ok=True)
    request = Request(
        service="zooscan",
        service_version="1.0.0",
        inputs={"scans": tuple(map(str, inputs)), **({"corrections": (str(corrections),)} if corrections else {})},
        params=ZooScanParams(**params),
        models=models,
    )
    steps = DirectSteps(folder)
    return Done(request, pipeline.run(request, steps), steps)


@pytest.fixture
def run(tmp_path: Path, models: dict[str, ModelRef]) -> Iterator[Run]:
    count = iter(range(100))
    yield lambda *inputs, **params: run_zooscan(tmp_path / f"work{next(count)}", models, *inputs, **params)


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory, drawn: Drawn, models: dict[str, ModelRef]) -> Done:
    """The drawn project, nothing separated."""
    return run_zooscan(tmp_path_factory.mktemp("plain"), models, drawn.folder, separation="none")


@pytest.fixture(scope="session")
def cut(tmp_path_factory: pytest.TempPathFactory, drawn: Drawn, models: dict[str, ModelRef]) -> Done:
    """The drawn project, every object that narrows cut by the watershed."""
    return run_zooscan(tmp_path_factory.mktemp("cut"), models, drawn.folder, separation="watershed")
