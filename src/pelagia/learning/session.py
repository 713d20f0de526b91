"""A model package's graph in ONNX Runtime: checked, and with the options that measured fastest."""

from __future__ import annotations

import os
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from pelagia.core.errors import BadInput, BadParameter, Conflict, Unavailable
from pelagia.learning.card import ModelCard

Device = Literal["auto", "cpu", "cuda"]

THREADS_VARIABLE = "PELAGIA_WORKER_THREADS"
LOAD_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
)


def open_session(path: Path, card: ModelCard, device: Device, threads: int) -> ort.InferenceSession:
    """Load the graph of a model package and check it against its card.

    Parameters
    ----------
    path
        The ONNX file.
    card
        Its card: SHA-256, inputs, classes.
    device
        ``auto`` uses CUDA when ONNX Runtime was installed with it.
    threads
        Threads of one inference.
    """
    session = load_session(path, card.sha256, device, threads)
    _check_graph(session, card, path)
    return session


def load_session(path: Path, expected: str, device: Device, threads: int) -> ort.InferenceSession:
    """Load a graph whatever its inputs and outputs are, for those who check them themselves.

    Parameters
    ----------
    path
        The ONNX file.
    expected
        Its SHA-256 by the card.
    device, threads
        As for :func:`open_session`.
    """
    model = _read_verified(path, expected)
    try:
        session = ort.InferenceSession(model, session_options(threads), providers=_providers(device))
    except LOAD_ERRORS as error:
        raise BadInput(
            "ONNX Runtime cannot load the model",
            value=str(error).splitlines()[0][:200],
            remedy="Export it again with opset 21 or lower, or install a newer onnxruntime.",
            file=str(path),
        ) from error
    if device == "cuda" and "CUDAExecutionProvider" not in session.get_providers():
        raise Unavailable(
            "ONNX Runtime could not start CUDA", remedy="Check the NVIDIA driver and the CUDA libraries, or use cpu."
        )
    return session


def session_options(threads: int) -> ort.SessionOptions:
    """Return the options every session of Pelagia is made with.

    Parameters
    ----------
    threads
        Threads of one inference.
    """
    _share_memory()
    options = ort.SessionOptions()
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    # Waiting threads that spin take the core from the thread that prepares the next batch, and from
    # other workers: measured slower on two cores (benchmarks/classifier.py).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


@cache
def _share_memory() -> None:
    """Let all graphs of this process take memory from one store: each would keep what it ever needed for itself.

    Three of them in a worker hold 165 MB less, and none is slower.
    """
    where = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    ort.create_and_register_allocator(where, ort.OrtArenaCfg(0, 0, -1, -1))


def default_threads() -> int:
    """Return the threads of one inference: ``PELAGIA_WORKER_THREADS``, else the cores this process may use."""
    text = os.environ.get(THREADS_VARIABLE, "")
    if not text:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not text.isdecimal() or int(text) < 1:
        raise BadParameter(f"{THREADS_VARIABLE} is not a number of threads", value=text, remedy="Set it to 1 or more.")
    return int(text)


def _read_verified(path: Path, expected: str) -> bytes:
    model = path.read_bytes()
    actual = sha256(model).hexdigest()
    if actual != expected:
        raise Conflict(
            "the model was changed or is damaged: its SHA-256 is not the one on its card",
            value=actual,
            remedy="Copy the model package again from where it came.",
            file=str(path),
        )
    return model


def _providers(device: Device) -> list[str]:
    available = ort.get_available_providers()
    if device == "cuda" and "CUDAExecutionProvider" not in available:
        raise Unavailable(
            "this ONNX Runtime was built without CUDA",
            value=", ".join(available),
            remedy="Install onnxruntime-gpu in place of onnxruntime, or use cpu.",
        )
    cuda = ["CUDAExecutionProvider"] if device != "cpu" and "CUDAExecutionProvider" in available else []
    return [*cuda, "CPUExecutionProvider"]


def _check_graph(session: ort.InferenceSession, card: ModelCard, path: Path) -> None:
    inputs = {put.name for put in session.get_inputs()}
    outputs = {put.name: put.shape for put in session.get_outputs()}
    expected = {"image", "context"} if card.input.context else {"image"}
    classes = outputs.get("logits", [0])[-1]  # a name, not a number, where the graph leaves it open
    if inputs != expected or (isinstance(classes, int) and classes != len(card.classes)):
        raise BadInput(
            "the model does not have the inputs and outputs its card promises",
            value=f"inputs {sorted(inputs)}, outputs {outputs}",
            remedy=f"It must take {sorted(expected)} and give logits of {len(card.classes)} classes.",
            file=str(path),
        )
