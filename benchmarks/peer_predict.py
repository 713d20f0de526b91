"""Time planktonclass predicting images; run by ``peer.py`` with the Python of its own environment.

Its default model (EfficientNetV2B0 at 100 × 100 px) is made with random weights, since its published ones cannot be
fetched offline; weights do not change the speed. Import and model building are not timed.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import tensorflow as tf
from planktonclass import test_utils

CLASSES = 95


def main() -> None:
    """Predict all images of a folder, print images per second as JSON."""
    images = sorted(str(path) for path in Path(sys.argv[1]).glob("*.png"))
    backbone = tf.keras.applications.EfficientNetV2B0(weights=None, include_top=False, input_shape=(100, 100, 3))
    features = tf.keras.layers.GlobalAveragePooling2D()(backbone.output)
    hidden = tf.keras.layers.Dense(1024, activation="relu")(features)
    model = tf.keras.Model(backbone.input, tf.keras.layers.Dense(CLASSES, activation="softmax")(hidden))
    conf = {
        "model": {"num_classes": CLASSES, "image_size": 100, "preprocess_mode": "tf"},
        "dataset": {"mean_RGB": [107.8, 113.3, 110.3], "std_RGB": [1.0, 1.0, 1.0]},
        "augmentation": {"val_mode": None},
    }
    test_utils.predict(model, images[:2], conf, top_K=5)
    start = time.perf_counter()
    labels, _ = test_utils.predict(model, images, conf, top_K=5)
    seconds = time.perf_counter() - start
    assert np.shape(labels)[0] == len(images)
    print("RESULT " + json.dumps({"images": len(images), "seconds": seconds, "images_per_s": len(images) / seconds}))


if __name__ == "__main__":
    main()
