"""Training of the tile network: epoch by epoch, each with a checkpoint, so that a stopped one goes on."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from pelagia.learning.train.checkpoint import restore_checkpoint, save_checkpoint
from pelagia.learning.train.loop import device, mixed_type
from pelagia.learning.train.tiles.augmentation import TileChanges, recolour, turn
from pelagia.learning.train.tiles.data import Bytes, Floats, Ints, TileData
from pelagia.learning.train.tiles.network import TileNetwork, TileShape, build_tile_network, set_training

SURE = 1e-6  # least probability that is told apart


@dataclass(frozen=True, slots=True, kw_only=True)
class TileRecipe:
    """How the network is trained; the same recipe, squares and machine give the same weights.

    Parameters
    ----------
    learning_rate
        Peak of the schedule of the head (AdamW): a tenth of the epochs of rise, then a cosine down to a hundredth.
    backbone_rate
        That of the backbone, by that of the head.
    frozen_stages
        The stem and so many stages stay as they are.
    averaging
        Decay of the running mean of the weights, which is what is measured and shipped.
    threads
        Processor threads.
    """

    seed: int
    epochs: int = 4
    batch: int = 16
    learning_rate: float = 2e-3
    backbone_rate: float = 0.15
    weight_decay: float = 0.02
    frozen_stages: int = 2
    averaging: float = 0.99
    threads: int = 1
    shape: TileShape = field(default_factory=lambda: TileShape(classes=8))
    changes: TileChanges = field(default_factory=TileChanges)

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as JSON types."""
        return asdict(self)


@dataclass(slots=True, kw_only=True)
class _State:
    network: TileNetwork
    averaged: TileNetwork
    optimiser: torch.optim.AdamW
    losses: list[float]
    keep_norms: bool


def train_tiles(
    sets: Sequence[TileData],
    recipe: TileRecipe,
    folder: Path,
    tell: Callable[[int, float], None],
    base: TileNetwork | None = None,
    until: int | None = None,
) -> tuple[TileNetwork, list[float]]:
    """Train the network; return it (its mean weights) and the loss of each epoch.

    Parameters
    ----------
    sets
        What it learns from; squares of one set are of one size.
    recipe
        How.
    folder
        For the checkpoint; a training that was stopped goes on from there.
    tell
        Called with the number and the loss of each epoch that ends.
    base
        The network to start from in place of ImageNet's weights; of the shape that the recipe tells.
    until
        Stop after so many of the epochs, to go on later; by default after all.
    """
    torch.set_num_threads(recipe.threads)
    state = _start(recipe, folder, base)
    for epoch in range(len(state.losses), recipe.epochs if until is None else min(until, recipe.epochs)):
        state.losses.append(_run_epoch(state, sets, recipe, epoch))
        save_checkpoint(state, folder)
        tell(epoch, state.losses[-1])
    return state.averaged.eval().cpu(), state.losses


def tile_loss(logits: Tensor, allowed: Tensor, weights: Tensor) -> Tensor:
    """Return the mean of −ln of the probability that a tile is one of the classes it may be.

    Parameters
    ----------
    logits, allowed
        (N, C, G, G); where nothing is allowed nothing is counted.
    weights
        (N, 1, G, G) how much each tile counts.
    """
    log_p = functional.log_softmax(logits, dim=1)
    none = (allowed.sum(dim=1, keepdim=True) == 0).float()
    one_of = torch.logsumexp(log_p.masked_fill((allowed + none) == 0, -1e4), dim=1, keepdim=True)
    weight = weights * (1 - none)
    return -(one_of.clamp(min=math.log(SURE)) * weight).sum() / weight.sum().clamp(min=1e-6)


def predict_tiles(network: TileNetwork, images: Bytes, batch: int = 16) -> Floats:
    """Return the logits (N, G, G, C) of squares (N, S, S, 3)."""
    network.eval()
    found = []
    with torch.no_grad():
        for first in range(0, len(images), batch):
            planes = _planes(images[first : first + batch])
            found.append(network(planes).permute(0, 2, 3, 1).cpu().numpy())
    return np.concatenate(found)


def _start(recipe: TileRecipe, folder: Path, base: TileNetwork | None) -> _State:
    torch.manual_seed(recipe.seed)
    network = build_tile_network(recipe.shape, pretrained=base is None)
    if base is not None:
        network.load_state_dict(base.state_dict())
    network = network.to(device()).to(memory_format=torch.channels_last)
    set_training(network, recipe.frozen_stages, keep_norms=base is not None)
    new = {id(p) for module in (network.cells, network.head) for p in module.parameters()}
    learned = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in learned if id(p) in new], "factor": 1.0},
            {"params": [p for p in learned if id(p) not in new], "factor": recipe.backbone_rate},
        ],
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
    )
    state = _State(
        network=network, averaged=copy.deepcopy(network), optimiser=optimiser, losses=[], keep_norms=base is not None
    )
    restore_checkpoint(state, folder)
    return state


def _run_epoch(state: _State, sets: Sequence[TileData], recipe: TileRecipe, epoch: int) -> float:
    rng = np.random.default_rng((recipe.seed, epoch))
    torch.manual_seed(int(rng.integers(2**31)))
    batches = _batches([len(one) for one in sets], recipe.batch, rng)
    mixed = mixed_type("auto", device())
    set_training(state.network, recipe.frozen_stages, keep_norms=state.keep_norms)
    total = 0.0
    for step, (number, rows) in enumerate(batches):
        image, allowed, weights = _batch(sets[number], rows, recipe.changes, rng)
        for group in state.optimiser.param_groups:
            group["lr"] = group["factor"] * _rate(recipe, epoch + step / len(batches))
        with torch.autocast(device().type, mixed, enabled=mixed is not None):
            logits = state.network(image)
        loss = tile_loss(logits.float(), allowed, weights)
        state.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        state.optimiser.step()
        _average(state, min(recipe.averaging, 1 - 1 / (epoch * len(batches) + step + 2)))
        total += float(loss.detach())
    return total / max(len(batches), 1)


def _batches(sizes: Sequence[int], batch: int, rng: np.random.Generator) -> list[tuple[int, Ints]]:
    """Return all rows of all sets, in batches of one set each, in any order."""
    found = []
    for number, size in enumerate(sizes):
        order = rng.permutation(size)
        found += [(number, np.sort(order[first : first + batch])) for first in range(0, size, batch)]
    return [found[i] for i in rng.permutation(len(found))]


def _batch(data: TileData, rows: Ints, changes: TileChanges, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Return image, allowed classes and weights as channels first, turned and mirrored alike."""
    allowed = torch.from_numpy(data.allowed[rows]).permute(0, 3, 1, 2).float()
    weights = torch.from_numpy(data.weights[rows])[:, None]
    image, maps = turn(_planes(data.images[rows]), (allowed, weights), rng)
    image = recolour(image, changes, rng).contiguous(memory_format=torch.channels_last)
    return image.to(device()), maps[0].to(device()), maps[1].to(device())


def _planes(images: npt.NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float().to(memory_format=torch.channels_last)


def _rate(recipe: TileRecipe, epoch: float) -> float:
    rise = recipe.epochs / 10
    if epoch < rise:
        return recipe.learning_rate * (0.02 + 0.98 * epoch / rise)
    share = (epoch - rise) / max(recipe.epochs - rise, 1e-9)
    return recipe.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)


@torch.no_grad()
def _average(state: _State, decay: float) -> None:
    for weight, new_weight in zip(state.averaged.parameters(), state.network.parameters(), strict=True):
        weight.lerp_(new_weight, 1 - decay)
    for statistic, new_statistic in zip(state.averaged.buffers(), state.network.buffers(), strict=True):
        statistic.copy_(new_statistic)
