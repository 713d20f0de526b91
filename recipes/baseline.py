"""What a random forest makes of the same images in the same split: the floor a network must clear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from sklearn.ensemble import RandomForestClassifier

from pelagia.learning.train.dataset import Examples, load_examples
from pelagia.learning.train.fold import load_fold
from pelagia.learning.train.loop import macro_f1

SIDE_PX = 24
TREES = 300


def forest_figures(workdir: Path) -> dict[str, Any]:
    """Return accuracy and macro-F1 of a random forest on 24 × 24 grey pixels and the context.

    Parameters
    ----------
    workdir
        Of a finished training: its store, examples and folds.
    """
    examples = load_examples(workdir)
    with np.load(workdir / "folds.npz") as stored:
        names = sorted({key.split("/")[0] for key in stored})
    truth, guess = [], []
    for fold in (load_fold(workdir, name) for name in names):
        if not len(fold.heldout):
            continue
        learned = examples.part(np.concatenate((fold.train, fold.validation)))
        asked = examples.part(fold.heldout)
        forest = RandomForestClassifier(TREES, random_state=0, n_jobs=2, class_weight="balanced_subsample")
        forest.fit(_columns(learned), learned.labels)
        truth.append(asked.labels)
        guess.append(forest.predict(_columns(asked)))
    true, named = np.concatenate(truth), np.concatenate(guess)
    return {
        "what": f"random forest of {TREES} trees on {SIDE_PX} × {SIDE_PX} grey pixels and size, same split",
        "accuracy": float((true == named).mean()),
        "macro_f1": macro_f1(true, named),
    }


def _columns(examples: Examples) -> np.ndarray:
    small = [
        cv2.resize(examples.image(i), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA) for i in range(len(examples))
    ]
    grey = np.stack(small).mean(axis=3).reshape(len(examples), -1)
    return np.concatenate((grey, 100 * examples.context), axis=1)
