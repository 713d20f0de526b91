"""The story of the toy's training: count letters, write a model of one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pelagia.core.provenance import InputRecord
from pelagia.core.result import Artifact, Figure, Result
from pelagia.core.service import Estimate, Request, Steps


def estimate(request: Request[Any], /) -> Estimate:
    """Count the files."""
    return Estimate(steps=1, units=len(request.inputs["files"]), bytes=0, understood={"Files": "some"})


def run(request: Request[Any], steps: Steps, /) -> Result:
    """Count letters."""
    found = steps.do(
        "train", _train, list(request.inputs["files"]), str(steps.workdir), units=len(request.inputs["files"])
    )
    names = ("model.onnx", "figures/curve.png", "SHA256SUMS")
    return Result(
        tables={},
        summary={"letters": Figure(value=found["letters"], description="Letters")},
        issues=(),
        provenance=request.provenance([InputRecord(uri="x", files=1, bytes=1, sha256="0")]),
        artifacts=(
            *(Artifact(role="model", name=name, path=steps.workdir / name, media_type="x") for name in names),
            Artifact(role="log", name="log.txt", path=steps.workdir / "model.onnx", media_type="text/plain"),
        ),
    )


def _train(paths: list[str], workdir: str) -> dict[str, int]:
    folder = Path(workdir)
    (folder / "figures").mkdir(exist_ok=True)
    letters = sum(len(Path(path).read_text()) for path in paths)
    for name in ("model.onnx", "figures/curve.png", "SHA256SUMS"):
        (folder / name).write_text(f"{name} {letters}")
    return {"letters": letters}
