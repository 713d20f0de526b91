"""A service small enough to see through: it hashes the lines of text files, some lines a step."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pelagia.core.service import InputSlot, ModelSlot, Params, Request, Service, Unit, param


class ToyParams(Params):
    """What the toy can be told."""

    rounds: int = param(1, description="How often each line is hashed", unit="rounds", level="essential", ge=1, le=1000)
    lines_per_step: int = param(10, description="How many lines a step hashes", unit="lines", ge=1)
    seconds_per_step: float = param(0.0, description="How long a step sleeps", unit="s", ge=0)
    fault: Literal["none", "bug", "bad-input", "memory", "disk", "die", "set", "twice", "outside"] = param(
        "none", description="What shall go wrong, and at which line: the one that says 'fault'"
    )
    weights: tuple[float, ...] = param((1.0, 2.5), description="Numbers that do nothing", unit="kg")
    upper: bool = param(False, description="Whether lines are put in capitals first")
    note: str | None = param(None, description="A remark")


class ToyTrainingParams(Params):
    """What the toy's training can be told."""

    epochs: int = param(3, description="How often the files are read", unit="epochs", level="essential", ge=1)


TRAINING = Service(
    slug="toy-training",
    title="Toy training",
    summary="Counts letters",
    version="1.0.0",
    params=ToyTrainingParams,
    inputs=(InputSlot(name="files", description="Text files", patterns=("*.txt",)),),
    unit=Unit(name="line", plural="lines"),
    pipeline="tests.runtime.toy_training",
)

SERVICE = Service(
    slug="toy",
    title="Toy",
    summary="Hashes the lines of text files",
    version="1.0.0",
    params=ToyParams,
    inputs=(
        InputSlot(name="files", description="Text files", patterns=("*.txt",)),
        InputSlot(name="extra", description="One more file", patterns=("*.txt",), at_least=0, at_most=1),
    ),
    unit=Unit(name="line", plural="lines"),
    pipeline="tests.runtime.toy_pipeline",
    training=TRAINING,
)

SERVICE_WITH_MODEL = Service(
    slug="toy-model",
    title="Toy with a model",
    summary="Hashes lines with a model",
    version="1.0.0",
    params=ToyParams,
    inputs=SERVICE.inputs[:1],
    unit=SERVICE.unit,
    pipeline=SERVICE.pipeline,
    models=(ModelSlot(role="classifier", default="toy@1.0.0", description="Does nothing"),),
)


def write_lines(path: Path, lines: int, *, start: int = 0) -> Path:
    """Write a text file of numbered lines."""
    path.write_text("".join(f"line {number}\n" for number in range(start, start + lines)))
    return path


def toy_request(*paths: Path, seed: int = 0, **params: object) -> Request[ToyParams]:
    """Return a request to the toy."""
    return Request(
        service="toy",
        service_version="1.0.0",
        inputs={"files": tuple(str(path) for path in paths)},
        params=ToyParams.model_validate(params),
        seed=seed,
    )
