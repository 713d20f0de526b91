"""Models that Keras wrote, as ONNX: Keras does it in a process of its own, and its word is checked."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx

from pelagia.core.errors import BadInput, Unavailable
from pelagia.learning.adopt import Array, check_parity

EXPORTER = Path(__file__).with_name("keras_export.py")
EXPORT_TIMEOUT_S = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A Keras model as ONNX, with images and what Keras said of them."""

    graph: onnx.ModelProto
    inputs: Array
    outputs: Array
    keras: str


def export_keras(model_file: Path, python: str | None = None) -> Export:
    """Let Keras write its model as ONNX, and check that both say the same.

    Parameters
    ----------
    model_file
        A ``.h5`` or ``.keras`` file.
    python
        The Python that has Keras; by default this one. Keras uses PyTorch where that Python has it.

    Raises
    ------
    Unavailable
        If that Python has no Keras, or Keras cannot write ONNX there.
    BadInput
        If Keras cannot read the file.
    Conflict
        If the ONNX model does not say what the Keras model says.
    """
    if python is None and find_spec("keras") is None:
        raise Unavailable(
            "Keras is not installed here",
            remedy="Install it (pip install 'pelagia[train]' keras), or name a Python that has it.",
        )
    with tempfile.TemporaryDirectory() as scratch:
        onnx_file, reference = Path(scratch, "model.onnx"), Path(scratch, "reference.npz")
        _run_exporter([python or sys.executable, str(EXPORTER), str(model_file), str(onnx_file), str(reference)])
        with np.load(reference) as arrays:
            found = Export(
                graph=onnx.load(onnx_file),
                inputs=arrays["inputs"],
                outputs=arrays["outputs"],
                keras=str(arrays["keras"]),
            )
    check_parity(found.graph.SerializeToString(), found.inputs, found.outputs)
    return found


def _run_exporter(command: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own program, run by a Python the user named
        command, capture_output=True, text=True, timeout=EXPORT_TIMEOUT_S, check=False
    )
    if done.returncode == 0:
        return
    lines = done.stderr.strip().splitlines() or ["no message"]
    missing = any("ModuleNotFoundError" in line for line in lines)
    kind = Unavailable if missing else BadInput
    raise kind(
        "Keras could not write this model as ONNX",
        value=lines[-1][:300],
        remedy="Install what is missing beside Keras (torch, onnxscript; or tensorflow, tf2onnx)."
        if missing
        else "Look whether the file is whole; a model with code of its own must be exported by its authors.",
        file=command[2],
    )
