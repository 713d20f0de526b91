"""Training of the network of slicks: epoch by epoch, each with a checkpoint, so that a stopped one goes on."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pelagia.learning.train.checkpoint import restore_checkpoint, save_checkpoint
from pelagia.learning.train.loop import device, mixed_type
from pelagia.learning.train.slicks.data import SlickSample
from pelagia.learning.train.slicks.network import CHANNELS, SlickNetwork, build_slick_network
from pelagia.learning.train.slicks.pictures import IGNORED, Looks, part_of

RISE = 0.05  # of the training, over which the learning rate rises


@dataclass(frozen=True, slots=True, kw_only=True)
class SlickRecipe:
    """How the network is trained; the same recipe, scenes and machine give the same weights.

    Parameters
    ----------
    classes
        How many maps it answers with; label n is class n − 1, others are sea.
    steps
        Batches per epoch.
    side_px
        Side of the parts it sees, px.
    learning_rate
        Peak of the schedule (AdamW): a short rise, then a cosine down to a hundredth.
    averaging
        Decay of the running mean of the weights, which is what is measured and shipped.
    overlap
        Weight of the loss of overlap (one less the Dice coefficient) beside the cross-entropy.
    """

    seed: int
    classes: int
    epochs: int = 10
    steps: int = 100
    batch: int = 16
    side_px: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    averaging: float = 0.998
    overlap: float = 0.5
    looks: Looks = field(default_factory=Looks)
    channels: tuple[int, ...] = CHANNELS
    threads: int = 1


@dataclass(slots=True, kw_only=True)
class _State:
    network: SlickNetwork
    averaged: SlickNetwork
    optimiser: torch.optim.AdamW
    losses: list[float]


def train_slick_epoch(
    samples: Sequence[SlickSample], recipe: SlickRecipe, folder: Path, epoch: int, base: SlickNetwork | None = None
) -> float:
    """Train one epoch more and return its loss; an epoch that was trained already stays as it is.

    Parameters
    ----------
    samples
        What it learns from.
    recipe
        How.
    folder
        For the checkpoint.
    epoch
        Which, from 0.
    base
        The network it starts from; by default one with weights from chance.
    """
    torch.set_num_threads(recipe.threads)
    state = _start(recipe, folder, base)
    while len(state.losses) <= epoch:
        state.losses.append(_run_epoch(state, samples, recipe, len(state.losses)))
        save_checkpoint(state, folder)
    return state.losses[epoch]


def trained_network(recipe: SlickRecipe, folder: Path) -> tuple[SlickNetwork, list[float]]:
    """Return what was trained, the mean of its weights, and the loss of each epoch."""
    state = _start(recipe, folder, None)
    return state.averaged.eval().cpu(), state.losses


def slick_loss(logits: Tensor, labels: Tensor, overlap: float) -> Tensor:
    """Return the cross-entropy of every map and, so weighted, one less its Dice coefficient over the batch.

    Parameters
    ----------
    logits
        (N, C, H, W).
    labels
        (N, H, W): n + 1 where class n is; 255 where nothing is learned.
    overlap
        Weight of the second.
    """
    known = (labels != IGNORED).float()[:, None]
    numbers = torch.arange(1, logits.shape[1] + 1, device=logits.device)[None, :, None, None]
    truth = (labels[:, None] == numbers).float()
    entropy = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    sure = torch.sigmoid(logits) * known
    both = (sure * truth).sum((0, 2, 3))
    either = sure.sum((0, 2, 3)) + (truth * known).sum((0, 2, 3))
    dice = (2 * both + 1) / (either + 1)
    return (entropy * known).sum() / (known.sum() * logits.shape[1]).clamp(min=1) + overlap * (1 - dice).mean()


def _start(recipe: SlickRecipe, folder: Path, base: SlickNetwork | None) -> _State:
    network = build_slick_network(recipe.seed, recipe.classes, recipe.channels)
    if base is not None:
        network.load_state_dict(base.state_dict())
    network = network.to(device()).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    state = _State(network=network, averaged=copy.deepcopy(network), optimiser=optimiser, losses=[])
    restore_checkpoint(state, folder)
    return state


def _run_epoch(state: _State, samples: Sequence[SlickSample], recipe: SlickRecipe, epoch: int) -> float:
    mixed = mixed_type("auto", device())
    state.network.train()
    total = 0.0
    for step, (pictures, labels) in enumerate(_batches(samples, recipe, epoch)):
        for group in state.optimiser.param_groups:
            group["lr"] = _rate(recipe, (epoch + step / recipe.steps) / recipe.epochs)
        with torch.autocast(device().type, mixed, enabled=mixed is not None):
            logits = state.network.halved(pictures)
        loss = slick_loss(logits.float(), labels[:, ::2, ::2], recipe.overlap)
        state.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        state.optimiser.step()
        _average(state, min(recipe.averaging, 1 - 1 / (epoch * recipe.steps + step + 2)))
        total += float(loss.detach())
    return total / recipe.steps


def _batches(samples: Sequence[SlickSample], recipe: SlickRecipe, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the batches of an epoch; the next one is made while the network works on this one."""
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(_batch, samples, recipe, epoch, 0)
        for step in range(recipe.steps):
            pictures, labels = ahead.result()
            if step + 1 < recipe.steps:
                ahead = pool.submit(_batch, samples, recipe, epoch, step + 1)
            planes = pictures.to(device()).contiguous(memory_format=torch.channels_last)
            yield planes, labels.to(device())


def _batch(samples: Sequence[SlickSample], recipe: SlickRecipe, epoch: int, step: int) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng((recipe.seed, epoch, step))
    parts = []
    for number in rng.integers(len(samples), size=recipe.batch):
        sample = samples[int(number)]
        parts.append(part_of(rng, sample.picture(), sample.labels(), recipe.side_px, recipe.looks))
    pictures = np.stack([picture for picture, _ in parts])[:, None]
    return torch.from_numpy(pictures), torch.from_numpy(np.stack([labels for _, labels in parts]))


def _rate(recipe: SlickRecipe, done: float) -> float:
    if done < RISE:
        return recipe.learning_rate * (0.02 + 0.98 * done / RISE)
    share = (done - RISE) / (1 - RISE)
    return recipe.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)


@torch.no_grad()
def _average(state: _State, decay: float) -> None:
    for weight, new_weight in zip(state.averaged.parameters(), state.network.parameters(), strict=True):
        weight.lerp_(new_weight, 1 - decay)
    for statistic, new_statistic in zip(state.averaged.buffers(), state.network.buffers(), strict=True):
        statistic.copy_(new_statistic)
