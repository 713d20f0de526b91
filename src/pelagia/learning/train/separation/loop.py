"""Training of the separation network: epoch by epoch, each with a checkpoint, so that a stopped one goes on."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pelagia.learning.train.checkpoint import restore_checkpoint, save_checkpoint
from pelagia.learning.train.loop import device, mixed_type
from pelagia.learning.train.separation.network import SeparationNetwork, build_separation_network
from pelagia.learning.train.separation.targets import Prepared

OUTSIDE_WEIGHT = 0.05  # of pixels that are not the object


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparationRecipe:
    """How the network is trained; the same recipe, merges and machine give the same weights.

    Parameters
    ----------
    learning_rate
        Peak of the schedule (AdamW): half an epoch of rise, then a cosine down to a hundredth.
    contact_weight
        Weight of the pixels at a contact, which are few.
    averaging
        Decay of the running mean of the weights, which is what is measured and shipped.
    contrast
        Largest change of grey, as ± natural logarithm of the density.
    threads
        Processor threads.
    """

    seed: int
    epochs: int = 8
    batch: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    contact_weight: float = 8.0
    averaging: float = 0.998
    contrast: float = 0.3
    threads: int = 1


@dataclass(slots=True, kw_only=True)
class _State:
    network: SeparationNetwork
    averaged: SeparationNetwork
    optimiser: torch.optim.AdamW
    losses: list[float]


def train_separator(
    prepared: Prepared, recipe: SeparationRecipe, folder: Path, tell: Callable[[int, float], None]
) -> tuple[SeparationNetwork, list[float]]:
    """Train the network; return it (its mean weights) and the loss of each epoch.

    Parameters
    ----------
    prepared
        What it learns from.
    recipe
        How.
    folder
        For the checkpoint; a training that was stopped goes on from there.
    tell
        Called with the number and the loss of each epoch that ends.
    """
    torch.set_num_threads(recipe.threads)
    state = _start(recipe, folder)
    for epoch in range(len(state.losses), recipe.epochs):
        state.losses.append(_run_epoch(state, prepared, recipe, epoch))
        save_checkpoint(state, folder)
        tell(epoch, state.losses[-1])
    return state.averaged.eval().cpu(), state.losses


def separation_loss(logits: Tensor, targets: Tensor, contact_weight: float) -> Tensor:
    """Return the cross-entropy of both maps; contacts weigh more, what is not the object hardly anything.

    Parameters
    ----------
    logits, targets
        (N, 2, H, W): contact and core; targets 0 to 1.
    contact_weight
        Of a pixel at a contact; between organisms and contacts it rises with the target.
    """
    contact, core = targets[:, 0], targets[:, 1]
    inside = OUTSIDE_WEIGHT + (1 - OUTSIDE_WEIGHT) * ((core > 0) | (contact > 0)).float()
    one = functional.binary_cross_entropy_with_logits(logits[:, 0], contact, reduction="none")
    other = functional.binary_cross_entropy_with_logits(logits[:, 1], core, reduction="none")
    weight = inside * (1 + (contact_weight - 1) * contact)
    return (one * weight).sum() / inside.sum() + (other * inside).sum() / inside.sum()


def _start(recipe: SeparationRecipe, folder: Path) -> _State:
    network = build_separation_network(recipe.seed).to(device())
    network = network.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    state = _State(network=network, averaged=copy.deepcopy(network), optimiser=optimiser, losses=[])
    restore_checkpoint(state, folder)
    return state


def _run_epoch(state: _State, prepared: Prepared, recipe: SeparationRecipe, epoch: int) -> float:
    rng = np.random.default_rng((recipe.seed, epoch))
    order = rng.permutation(len(prepared))
    steps = len(order) // recipe.batch
    mixed = mixed_type("auto", device())
    state.network.train()
    total = 0.0
    for step in range(steps):
        rows = np.sort(order[step * recipe.batch : (step + 1) * recipe.batch])
        squares, targets = _batch(prepared, rows, recipe, rng)
        for group in state.optimiser.param_groups:
            group["lr"] = _rate(recipe, epoch + step / steps)
        with torch.autocast(device().type, mixed, enabled=mixed is not None):
            logits = state.network(squares)
        loss = separation_loss(logits.float(), targets, recipe.contact_weight)
        state.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        state.optimiser.step()
        _average(state, min(recipe.averaging, 1 - 1 / (epoch * steps + step + 2)))
        total += float(loss.detach())
    return total / max(steps, 1)


def _batch(
    prepared: Prepared, rows: np.ndarray[Any, Any], recipe: SeparationRecipe, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Return squares and targets as channels first, turned and mirrored alike, the grey a little changed."""
    squares = torch.from_numpy(prepared.squares[rows]).permute(0, 3, 1, 2).float()
    targets = torch.from_numpy(prepared.targets[rows]).permute(0, 3, 1, 2).float() / 255
    density = torch.from_numpy(np.exp(rng.uniform(-recipe.contrast, recipe.contrast, (len(rows), 1, 1)))).float()
    squares[:, 0] = 255 * (squares[:, 0] / 255) ** density
    turns, mirror = int(rng.integers(4)), bool(rng.integers(2))
    pair = [torch.rot90(x.flip(3) if mirror else x, turns, (2, 3)).to(device()) for x in (squares, targets)]
    return pair[0].contiguous(memory_format=torch.channels_last), pair[1]


def _rate(recipe: SeparationRecipe, epoch: float) -> float:
    if epoch < 0.5:
        return recipe.learning_rate * (0.02 + 0.98 * epoch / 0.5)
    share = (epoch - 0.5) / max(recipe.epochs - 0.5, 1e-9)
    return recipe.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)


@torch.no_grad()
def _average(state: _State, decay: float) -> None:
    for weight, new_weight in zip(state.averaged.parameters(), state.network.parameters(), strict=True):
        weight.lerp_(new_weight, 1 - decay)
    for statistic, new_statistic in zip(state.averaged.buffers(), state.network.buffers(), strict=True):
        statistic.copy_(new_statistic)
