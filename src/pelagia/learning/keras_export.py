"""Write a Keras model as ONNX: a program run by a Python that has Keras, never imported by Pelagia.

    python keras_export.py MODEL OUT_ONNX OUT_NPZ

MODEL is a ``.h5`` or ``.keras`` file. OUT_NPZ gets ``inputs``, random images in the model's own
shape, and ``outputs``, what Keras says of them, for whoever wants to check the ONNX file. Needs Keras 3
with PyTorch (no TensorFlow), or TensorFlow with tf2onnx. Stored code (Lambda layers) is refused.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

if find_spec("torch"):
    os.environ.setdefault("KERAS_BACKEND", "torch")  # Keras reads it when it is imported

import keras  # type: ignore[import-untyped, import-not-found, unused-ignore]
import numpy as np

TRIALS = 4


def main(model_file: str, onnx_file: str, reference_file: str) -> None:
    """Export one model."""
    model = keras.saving.load_model(model_file, compile=False, safe_mode=True)
    shape = [side or 1 for side in model.input_shape[1:]]
    inputs = np.random.default_rng(0).uniform(-1, 1, (TRIALS, *shape)).astype(np.float32)
    outputs = keras.ops.convert_to_numpy(model(inputs, training=False))
    model.export(onnx_file, format="onnx", verbose=False)
    np.savez(reference_file, inputs=inputs, outputs=outputs, keras=keras.__version__)


if __name__ == "__main__":
    main(*sys.argv[1:])
