"""A drawn run, a model small enough to work out by hand, and a way to run the pipeline on both."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.data.flowcam.make import MadeRun, make_run
from tests.learning.tiny_model import CLASSES, tiny_card, tiny_package
from tests.services.direct_steps import DirectSteps

from pelagia.core.result import Issue, Result
from pelagia.core.service import Estimate, ModelRef, Request
from pelagia.learning.package import Heldout, ModelPackage
from pelagia.services.flowcam import pipeline
from pelagia.services.flowcam.service import FlowCamParams


@dataclass(frozen=True)
class Outcome:
    """What the pipeline gave for a request."""

    request: Request[FlowCamParams]
    estimate: Estimate
    result: Result
    billed: int
    steps: int

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.result.tables[table].read().to_pylist()

    def issue(self, code: str) -> Issue:
        """The one finding of this code."""
        (found,) = [issue for issue in self.result.issues if issue.code == code]
        return found

    @property
    def codes(self) -> set[str]:
        return {issue.code for issue in self.result.issues}

    @property
    def counted(self) -> int:
        return sum(row["counted"] for row in self.rows("counts") if row["size_class"] == "all")


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> MadeRun:
    """A run of 60 particles on two collages, drawn once."""
    return make_run(tmp_path_factory.mktemp("drawn"), particles=60, name="Station 7")


@pytest.fixture
def made(drawn: MadeRun, tmp_path: Path) -> MadeRun:
    """A copy of the drawn run, to be damaged at will."""
    return replace(drawn, folder=shutil.copytree(drawn.folder, tmp_path / "run"))


def heldout() -> Heldout:
    """Forty images of each class, nine in ten named rightly."""
    rng = np.random.default_rng(5)
    truth = np.repeat(np.arange(len(CLASSES)), 40)
    logits = rng.normal(0, 1, (len(truth), len(CLASSES))).astype(np.float32)
    right = rng.random(len(truth)) < 0.9
    logits[np.arange(len(truth)), np.where(right, truth, (truth + 1) % len(CLASSES))] += 6
    return Heldout(
        true_class=[CLASSES[one] for one in truth],
        group=[f"run{index % 4}" for index in range(len(truth))],
        logits=logits,
        path=[str(index) for index in range(len(truth))],
    )


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ModelPackage:
    """The tiny model for FlowCam, with held-out images."""
    return tiny_package(tmp_path_factory.mktemp("model") / "tiny", tiny_card(), heldout=heldout())


@pytest.fixture
def asked(tiny: ModelPackage) -> Callable[..., Request[FlowCamParams]]:
    """Make a request of inputs with parameters."""

    def make(*inputs: Path | str, model: ModelPackage = tiny, corrections: Path | None = None, **params: Any) -> Any:
        ref = ModelRef(
            role="classifier",
            name=model.card.name,
            version=model.card.version,
            sha256=model.sha256,
            path=str(model.path),
        )
        return Request(
            service="flowcam",
            service_version="1.0.0",
            inputs={
                "runs": tuple(map(str, inputs)),
                "corrections": (str(corrections),) if corrections else (),
            },
            params=FlowCamParams(**params),
            models={"classifier": ref},
        )

    return make


@pytest.fixture
def estimated(asked: Callable[..., Request[FlowCamParams]]) -> Callable[..., Estimate]:
    """Look at inputs without running them."""
    return lambda *inputs, **how: pipeline.estimate(asked(*inputs, **how))


@pytest.fixture
def analyse(asked: Callable[..., Request[FlowCamParams]], tmp_path: Path) -> Callable[..., Outcome]:
    """Run the pipeline on inputs with parameters."""

    def run(*inputs: Path | str, **how: Any) -> Outcome:
        request = asked(*inputs, **how)
        workdir = tmp_path / f"work{len(list(tmp_path.glob('work*')))}"
        workdir.mkdir()
        steps = DirectSteps(workdir)
        estimate = pipeline.estimate(request)
        result = pipeline.run(request, steps)
        return Outcome(request, estimate, result, steps.billed, len(steps.keys))

    return run
