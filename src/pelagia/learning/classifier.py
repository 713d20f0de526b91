"""Name what is on vignettes: a model in ONNX Runtime, fed ahead in threads, with calibrated answers."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from pelagia.core.errors import BadInput, BadParameter
from pelagia.learning.calibrate import softmax
from pelagia.learning.card import ModelCard
from pelagia.learning.context import context_vector
from pelagia.learning.letterbox import letterbox, squash
from pelagia.learning.package import read_package
from pelagia.learning.session import Device, default_threads, open_session
from pelagia.learning.unknown import choose_threshold

Image = npt.NDArray[np.uint8]

# Small batches stay in the cache of a CPU core: 16 ran 1.3 times as fast as 64 (benchmarks/classifier.py).
BATCH = {"cpu": 16, "cuda": 256}
# One resizing thread outruns two cores of inference; a GPU needs several to be kept busy.
RESIZERS = {"cpu": 1, "cuda": 4}
BATCHES_AHEAD = 4
RESIZE: Mapping[str, Callable[[Image, int], Image]] = {"letterbox": letterbox, "squash": squash}
_loaded: dict[tuple[str, str, int, int], Classifier] = {}
_loading = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What the graph says of N vignettes: ``logits`` (N, C) and, if asked for, ``features`` (N, D), float32."""

    logits: npt.NDArray[np.float32]
    features: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """Answers for N vignettes.

    Parameters
    ----------
    top_index
        (N, k) int64 class indices, the likeliest first.
    top_probability
        (N, k) float32, calibrated where the model's card has a calibration.
    is_unknown
        (N,) bool: the likeliest class is not likely enough to be named.
    features
        (N, D) float32 if asked for.
    """

    top_index: npt.NDArray[np.int64]
    top_probability: npt.NDArray[np.float32]
    is_unknown: npt.NDArray[np.bool_]
    features: npt.NDArray[np.float32] | None = None


class Classifier:
    """A model loaded in this process; make it with :func:`load_classifier`.

    Parameters
    ----------
    card
        What the model says of itself.
    session
        The loaded graph.

    Attributes
    ----------
    device
        ``cpu`` or ``cuda``.
    batch
        How many vignettes are given to the graph at once.
    """

    def __init__(self, card: ModelCard, session: ort.InferenceSession) -> None:
        self.card = card
        self.session = session
        self.device = "cuda" if "CUDAExecutionProvider" in session.get_providers() else "cpu"
        self._resize = partial(_squares, RESIZE[card.input.resize], card.input.size_px)
        self.batch = BATCH[self.device]

    def classify(
        self,
        images: Iterable[Image],
        context: Mapping[str, npt.ArrayLike] | None = None,
        *,
        top_k: int = 5,
        max_error: float | None = None,
        features: bool = False,
    ) -> Predictions:
        """Name the class of every vignette.

        Parameters
        ----------
        images
            (row, col, 3) uint8 RGB, of any size; taken one batch ahead, so that decoding in the
            iterator runs beside the model.
        context
            Feature name → one value, or (N,) values, in the unit of
            :data:`pelagia.learning.context.FEATURES`; unknown ones are left out or NaN.
        top_k
            How many of the likeliest classes to give.
        max_error
            The largest error rate wanted among the named ones; ``None`` takes the card's.
        features
            Whether to give the features too (for a linear head, for similarity).
        """
        parts = list(self.classify_batches(images, context, top_k=top_k, max_error=max_error, features=features))
        if not parts:
            return _no_predictions(min(top_k, len(self.card.classes)))
        found = [part.features for part in parts if part.features is not None]
        return Predictions(
            top_index=np.concatenate([part.top_index for part in parts]),
            top_probability=np.concatenate([part.top_probability for part in parts]),
            is_unknown=np.concatenate([part.is_unknown for part in parts]),
            features=np.concatenate(found) if found else None,
        )

    def classify_batches(
        self,
        images: Iterable[Image],
        context: Mapping[str, npt.ArrayLike] | None = None,
        *,
        top_k: int = 5,
        max_error: float | None = None,
        features: bool = False,
    ) -> Iterator[Predictions]:
        """Name the class of every vignette, batch by batch in order; memory does not grow with N.

        Takes the parameters of :meth:`classify`.
        """
        threshold = self.threshold(max_error)
        temperature = self.card.calibration.temperature if self.card.calibration else 1.0
        for outputs in self.outputs(images, context, features=features):
            probabilities = softmax(outputs.logits, temperature)
            order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top_k]
            top = np.take_along_axis(probabilities, order, axis=1)
            yield Predictions(
                top_index=order.astype(np.int64),
                top_probability=top.astype(np.float32),
                is_unknown=top[:, 0] < threshold,
                features=outputs.features,
            )

    def outputs(
        self, images: Iterable[Image], context: Mapping[str, npt.ArrayLike] | None = None, *, features: bool = False
    ) -> Iterator[Outputs]:
        """Run the graph over vignettes, batch by batch in order: the raw logits and features."""
        names = ["logits", "features"] if features else ["logits"]
        start = 0
        with closing(self._squares_ahead(images)) as batches:
            for squares in batches:
                feed: dict[str, npt.NDArray[Any]] = {"image": squares}
                if self.card.input.context:
                    feed["context"] = self._context(context or {}, start, len(squares))
                found = self.session.run(names, feed)
                start += len(squares)
                yield Outputs(logits=found[0], features=found[1] if features else None)

    def threshold(self, max_error: float | None = None) -> float:
        """Return the calibrated probability below which a vignette is called unknown; 0 without a rule."""
        if self.card.unknown is not None:
            return choose_threshold(self.card.unknown, max_error)
        if max_error is not None:
            raise BadParameter(
                f"{self.card.reference} has no rule for unknown objects, so no error rate can be promised",
                value=max_error,
                remedy="Leave the error rate out, or use a model whose card has held-out figures.",
            )
        return 0.0

    def _context(self, values: Mapping[str, npt.ArrayLike], start: int, n: int) -> npt.NDArray[np.float32]:
        sliced: dict[str, npt.NDArray[Any]] = {}
        for name in self.card.input.context_names:
            if name not in values:
                continue
            whole = np.asarray(values[name])
            sliced[name] = whole if whole.ndim == 0 else whole[start : start + n]
            if sliced[name].ndim and len(sliced[name]) != n:
                raise BadParameter(
                    f"there are fewer values of {name} than images",
                    value=len(whole),
                    remedy="Give one value for every image, NaN where it is unknown.",
                )
        return context_vector(self.card.input.context_names, sliced, n)

    def _squares_ahead(self, images: Iterable[Image]) -> Generator[Image]:
        """Yield batches (n, size, size, 3) while the next ones are read and resized in threads."""
        source = iter(images)
        with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(RESIZERS[self.device]) as resizers:

            def read() -> Future[Image] | None:
                chunk = list(islice(source, self.batch))
                return resizers.submit(self._resize, chunk) if chunk else None

            ahead = deque(reader.submit(read) for _ in range(BATCHES_AHEAD))
            while (batch := ahead.popleft().result()) is not None:
                ahead.append(reader.submit(read))
                yield batch.result()


def load_classifier(path: str | Path, *, device: Device = "auto", threads: int | None = None) -> Classifier:
    """Load a model package, or give the one already loaded in this process.

    Parameters
    ----------
    path
        The folder of the package; the model is checked against its SHA-256.
    device
        ``auto`` uses CUDA when ONNX Runtime was installed with it.
    threads
        Threads of one inference; by default ``PELAGIA_WORKER_THREADS``, else all cores this
        process may use.
    """
    package = read_package(Path(path), verify=False)
    if package.card.task != "classification":
        raise BadInput(
            "this model does not name classes",
            value=f"{package.card.reference}: {package.card.task}",
            remedy="Choose a model whose card has the task 'classification'.",
            file=str(package.path),
        )
    count = threads or default_threads()
    # A forked process inherits the table but not the threads of a session, so it loads its own.
    key = (package.sha256, device, count, os.getpid())
    with _loading:
        if key not in _loaded:
            _loaded[key] = Classifier(package.card, open_session(package.model, package.card, device, count))
        return _loaded[key]


def _squares(resize: Callable[[Image, int], Image], size_px: int, images: list[Image]) -> Image:
    batch = np.empty((len(images), size_px, size_px, 3), np.uint8)
    for square, image in zip(batch, images, strict=True):
        square[:] = resize(image, size_px)
    return batch


def _no_predictions(k: int) -> Predictions:
    return Predictions(
        top_index=np.empty((0, k), np.int64),
        top_probability=np.empty((0, k), np.float32),
        is_unknown=np.empty(0, np.bool_),
    )
