"""One epoch after another: batches, the optimiser, the running mean of the weights, checkpoints."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from pelagia.learning.letterbox import border_median
from pelagia.learning.train.augmentation import Augmentation, augment_context, augment_image
from pelagia.learning.train.dataset import Examples
from pelagia.learning.train.network import Architecture, Network, build_network

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Precision = Literal["auto", "float32", "mixed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a network is trained; the same recipe, data, seed and machine give the same weights.

    Parameters
    ----------
    learning_rate
        Peak of the schedule (AdamW): one epoch of rise, then a cosine down to a hundredth.
    balance
        Classes are drawn in proportion to (number of images)^(1 − balance): 0 as they come, 1 all alike.
    mixup
        Parameter of the beta distribution by which pairs of images are blended; 0 for never.
    averaging
        Decay of the running mean of the weights, which is what is evaluated and shipped.
    freeze_epochs
        For so many epochs only the head learns.
    threads
        Processor threads; 0 for all this process may run on.
    base_weights
        File of the weights to start from in place of ImageNet's.
    """

    architecture: Architecture
    pretrained: bool = True
    epochs: int = 20
    batch: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    label_smoothing: float = 0.05
    balance: float = 0.5
    mixup: float = 0.2
    averaging: float = 0.998
    freeze_epochs: int = 0
    precision: Precision = "auto"
    threads: int = 0
    seed: int = 0
    base_weights: str = ""
    augmentation: Augmentation = field(default_factory=Augmentation)

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as JSON types."""
        return asdict(self)


def device() -> torch.device:
    """Return the device that trains: the first GPU, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def mixed_type(precision: Precision, where: torch.device) -> torch.dtype | None:
    """Return the type of mixed precision, ``None`` for float32 throughout.

    ``auto`` uses bfloat16 where the processor multiplies it natively, float16 on older GPUs.
    """
    if precision == "float32":
        return None
    if where.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    able = torch.cpu.get_capabilities()
    native = bool(able.get("avx512_bf16") or able.get("amx_bf16") or able.get("bf16"))
    return torch.bfloat16 if native or precision == "mixed" else None


@dataclass(slots=True, kw_only=True)
class State:
    """All that changes while training."""

    network: Network
    averaged: Network
    optimiser: torch.optim.AdamW
    scaler: torch.amp.GradScaler
    steps: int = 0


def start(recipe: Recipe, examples: Examples) -> State:
    """Return the state before the first epoch."""
    torch.manual_seed(recipe.seed)
    if recipe.base_weights:
        network = load_weights(Path(recipe.base_weights))
    else:
        network = build_network(recipe.architecture, pretrained=recipe.pretrained)
        _fit_start(network, examples, recipe)
    return _state(recipe, network.to(device()))


def _fit_start(network: Network, examples: Examples, recipe: Recipe) -> None:
    # The head starts from how often each class will be drawn, so that the first steps are not spent on it.
    if network.context is not None:
        network.context.fit_scale(torch.from_numpy(examples.context))
    share = np.bincount(examples.labels, minlength=recipe.architecture.classes) ** (1.0 - recipe.balance)
    prior = np.maximum(share / share.sum(), 1e-4)
    with torch.no_grad():
        network.head.bias.copy_(torch.from_numpy(np.log(prior)).float())


def _state(recipe: Recipe, network: Network) -> State:
    where = device()
    network = network.to(memory_format=torch.channels_last)
    averaged = Network(recipe.architecture).to(where).to(memory_format=torch.channels_last)
    averaged.load_state_dict(network.state_dict())
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=recipe.learning_rate,
    )
    needs_scaling = mixed_type(recipe.precision, where) == torch.float16
    return State(
        network=network,
        averaged=averaged.eval(),
        optimiser=optimiser,
        scaler=torch.amp.GradScaler(where.type, enabled=needs_scaling),
    )


def save_state(state: State, path: Path) -> None:
    """Write a checkpoint; it appears under its name only when complete."""
    _save(
        {
            "network": state.network.state_dict(),
            "averaged": state.averaged.state_dict(),
            "optimiser": state.optimiser.state_dict(),
            "scaler": state.scaler.state_dict(),
            "steps": state.steps,
        },
        path,
    )


def load_state(recipe: Recipe, path: Path) -> State:
    """Read a checkpoint written with the same recipe."""
    stored = torch.load(path, map_location=device(), weights_only=True)
    state = _state(recipe, Network(recipe.architecture).to(device()))
    state.network.load_state_dict(stored["network"])
    state.averaged.load_state_dict(stored["averaged"])
    state.optimiser.load_state_dict(stored["optimiser"])
    state.scaler.load_state_dict(stored["scaler"])
    state.steps = int(stored["steps"])
    return state


def save_weights(network: Network, path: Path) -> None:
    """Write the weights alone."""
    _save({"architecture": asdict(network.architecture), "weights": network.state_dict()}, path)


def load_weights(path: Path) -> Network:
    """Read a network written by :func:`save_weights`, ready for prediction, on the CPU."""
    stored = torch.load(path, map_location="cpu", weights_only=True)
    known = dict(stored["architecture"])
    network = Network(Architecture(**{**known, "context": tuple(known["context"])}))
    network.load_state_dict(stored["weights"])
    return network.eval()


def _save(content: dict[str, Any], path: Path) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    torch.save(content, partial)
    partial.replace(path)


def learning_rate(recipe: Recipe, step: int, per_epoch: int) -> float:
    """Return the learning rate of a step: a straight rise over the first epoch, then a cosine."""
    rise, total = per_epoch, per_epoch * recipe.epochs
    if step < rise:
        return recipe.learning_rate * (step + 1) / rise
    done = (step - rise) / max(1, total - rise)
    return recipe.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def norm_momentum(steps: int) -> float:
    """Return how fast the batch norms' running statistics follow: within a twentieth of the training.

    Parameters
    ----------
    steps
        Of the whole training. In a short one the published 0.01 would keep the statistics of the start.
    """
    return float(np.clip(20 / steps, 0.01, 0.1))


def _set_norms(network: Network, momentum: float) -> None:
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = momentum


def draw_order(labels: Ints, balance: float, rng: np.random.Generator) -> Ints:
    """Return N rows for one epoch, classes in proportion to their size to the power 1 − ``balance``.

    Each class runs through its images before one comes again.
    """
    counts = np.bincount(labels)
    share = np.where(counts > 0, counts ** (1.0 - balance), 0.0)
    wanted = share / share.sum() * len(labels)
    drawn = np.floor(wanted + rng.random(len(wanted))).astype(int)
    rows = []
    for label in np.flatnonzero(counts):
        members = np.flatnonzero(labels == label)
        rounds = -(-int(drawn[label]) // len(members))
        turns = [rng.permutation(members) for _ in range(rounds)]
        rows.append(np.concatenate(turns)[: drawn[label]] if turns else members[:0])
    return rng.permutation(np.concatenate(rows)).astype(np.int64)


def batches(recipe: Recipe, examples: Examples, flag: Ints, epoch: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield (images (B, 3, S, S) uint8, context (B, K), labels (B,)) of an epoch, prepared ahead in threads."""
    rng = np.random.default_rng([recipe.seed, epoch])
    order = draw_order(examples.labels, recipe.balance, rng)
    pieces = [order[i : i + recipe.batch] for i in range(0, len(order), recipe.batch)]
    # A last batch of one image has no spread for the batch norm.
    pieces = [piece for piece in pieces if len(piece) > 1]

    def prepare(number: int) -> tuple[Tensor, Tensor, Tensor]:
        own = np.random.default_rng([recipe.seed, epoch, number])
        return _batch(examples, pieces[number], flag, recipe.augmentation, own)

    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(prepare, i) for i in range(min(4, len(pieces)))]
        for number in range(len(pieces)):
            ready = waiting.pop(0).result()
            if number + 4 < len(pieces):
                waiting.append(pool.submit(prepare, number + 4))
            yield ready


def _batch(
    examples: Examples, rows: Ints, flag: Ints, how: Augmentation, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    seen = np.stack([augment_image(im, border_median(im), how, rng) for im in map(examples.image, rows)])
    context = examples.context[rows]
    if context.shape[1]:
        context = augment_context(context, flag, how, rng)
    labels = torch.from_numpy(examples.labels[rows])
    return torch.from_numpy(seen).permute(0, 3, 1, 2), torch.from_numpy(context), labels


def train_epoch(recipe: Recipe, state: State, examples: Examples, epoch: int) -> dict[str, float]:
    """Train one epoch; the state is changed in place.

    Parameters
    ----------
    epoch
        Counted from 0; with the recipe's seed it fixes order, changes and dropout.

    Returns
    -------
    dict
        ``train_loss`` (nats) and ``learning_rate`` at the end.
    """
    torch.manual_seed(recipe.seed * 100_003 + epoch)
    per_epoch = max(1, len(examples) // recipe.batch)
    frozen = epoch < recipe.freeze_epochs
    _set_norms(state.network, norm_momentum(per_epoch * recipe.epochs))
    state.network.train()
    state.network.backbone.requires_grad_(not frozen)
    if frozen:
        state.network.backbone.eval()
    flag = _flags(state.network)
    losses = []
    rng = np.random.default_rng([recipe.seed, epoch, 1 << 20])
    for image, context, label in batches(recipe, examples, flag, epoch):
        rate = learning_rate(recipe, state.steps, per_epoch)
        for group in state.optimiser.param_groups:
            group["lr"] = rate
        losses.append(_step(recipe, state, (image, context, label), rng))
    return {"train_loss": float(np.mean(losses)), "learning_rate": rate}


def _flags(network: Network) -> Ints:
    if network.context is None:
        return np.zeros(0, dtype=np.int64)
    found: Ints = network.context.flag.cpu().numpy()
    return found


def _step(recipe: Recipe, state: State, batch: tuple[Tensor, Tensor, Tensor], rng: np.random.Generator) -> float:
    where = device()
    image, context, label = (part.to(where, non_blocking=True) for part in batch)
    pixels = image.to(torch.float32, memory_format=torch.channels_last)
    share, partner = 1.0, label
    if recipe.mixup > 0 and rng.random() < 0.5:
        share = float(rng.beta(recipe.mixup, recipe.mixup))
        pixels = share * pixels + (1 - share) * pixels.flip(0)
        context = share * context + (1 - share) * context.flip(0)
        partner = label.flip(0)
    kind = mixed_type(recipe.precision, where)
    with torch.autocast(where.type, dtype=kind or torch.bfloat16, enabled=kind is not None):
        logits, _ = state.network(pixels, context)
    smooth = recipe.label_smoothing
    loss = share * functional.cross_entropy(logits.float(), label, label_smoothing=smooth)
    if share < 1.0:
        loss = loss + (1 - share) * functional.cross_entropy(logits.float(), partner, label_smoothing=smooth)
    state.optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(state.scaler.scale(loss))
    state.scaler.unscale_(state.optimiser)
    nn.utils.clip_grad_norm_(state.network.parameters(), 5.0)
    state.scaler.step(state.optimiser)
    state.scaler.update()
    state.steps += 1
    _average(state, recipe.averaging)
    return float(loss.detach())


@torch.no_grad()
def _average(state: State, decay: float) -> None:
    # Early on the mean follows quickly, so that a short training is not held back by its first weights.
    keep = min(decay, (1 + state.steps) / (10 + state.steps))
    source = state.network.state_dict()
    for name, value in state.averaged.state_dict().items():
        if value.is_floating_point():
            value.lerp_(source[name], 1 - keep)
        else:
            value.copy_(source[name])


@torch.no_grad()
def predict(network: Network, examples: Examples, batch: int = 128) -> tuple[Floats, Floats]:
    """Return logits (N, C) and features (N, D), float32, without augmentation."""
    network = network.eval()
    where = next(network.parameters()).device
    logits: list[Tensor] = []
    features: list[Tensor] = []
    for first in range(0, len(examples), batch):
        image = torch.from_numpy(examples.images(first, first + batch)).to(where)
        pixels = image.permute(0, 3, 1, 2).to(torch.float32)
        context = torch.from_numpy(examples.context[first : first + batch]).to(where)
        scores, found = network(pixels, context)
        logits.append(scores.float().cpu())
        features.append(found.float().cpu())
    return torch.cat(logits).numpy(), torch.cat(features).numpy()


def measure(logits: Floats, labels: Ints) -> dict[str, float]:
    """Return mean cross-entropy (nats), accuracy and macro-F1 over the classes present in ``labels``."""
    top = logits.max(axis=1, keepdims=True)
    log_sum = top[:, 0] + np.log(np.exp(logits - top).sum(axis=1))
    predicted = logits.argmax(axis=1)
    return {
        "loss": float((log_sum - logits[np.arange(len(labels)), labels]).mean()),
        "accuracy": float((predicted == labels).mean()),
        "macro_f1": macro_f1(labels, predicted),
    }


def macro_f1(labels: Ints, predicted: Ints) -> float:
    """Return the mean over the classes present of 2·hits / (true + predicted)."""
    n = int(max(labels.max(), predicted.max())) + 1
    true, given = np.bincount(labels, minlength=n), np.bincount(predicted, minlength=n)
    hits = np.bincount(labels[labels == predicted], minlength=n)
    present = true > 0
    return float((2 * hits[present] / (true + given)[present]).mean())


def best_epoch(metrics: Sequence[dict[str, float]]) -> int:
    """Return the epoch (from 0) of the lowest validation loss; the earlier of equals."""
    return int(np.argmin([m["val_loss"] for m in metrics]))
