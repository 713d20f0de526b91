"""Training of the detector: epoch by epoch, each with a checkpoint, so that a stopped one goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from pelagia.learning.train.checkpoint import has_checkpoint, restore_checkpoint, save_checkpoint
from pelagia.learning.train.detection.augmentation import ViewChanges, draw_view
from pelagia.learning.train.detection.data import Seen
from pelagia.learning.train.detection.network import (
    CELL_PX,
    DetectorNetwork,
    DetectorShape,
    build_detector_network,
    freeze_start,
)
from pelagia.learning.train.detection.targets import make_targets
from pelagia.learning.train.loop import device, norm_momentum

EDGE_WEIGHT = 5.0  # of the loss of the edges, as published for this kind of network
HILL_POWER, SURE_POWER = 4, 2  # of the focal loss


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorRecipe:
    """How the network is trained; the same recipe, pictures and machine give the same weights.

    Parameters
    ----------
    views
        Views of an epoch; 0 for as many as there are pictures.
    side_px
        Side of a view, a multiple of 32.
    learning_rate
        Peak of the schedule (AdamW): half an epoch of rise, then a cosine down to a hundredth.
    backbone_rate
        Of the learning rate, for the weights that come from ImageNet.
    averaging
        Decay of the running mean of the weights, which is what is measured and shipped.
    frozen_stages
        Stages of the backbone that are kept as they come.
    balance
        Weight of a class is (number of boxes)^−balance: 0 all alike, 1 rare classes count as much as frequent ones.
    incomplete
        How much it counts that nothing is marked, in pictures that have not a box for everything, 0 to 1.
    """

    seed: int = 0
    epochs: int = 20
    batch: int = 16
    views: int = 0
    side_px: int = 256
    learning_rate: float = 1.5e-3
    backbone_rate: float = 0.4
    weight_decay: float = 0.02
    averaging: float = 0.998
    frozen_stages: int = 2
    balance: float = 0.5
    incomplete: float = 0.1
    pretrained: bool = True
    threads: int = 1
    width: int = 64
    changes: ViewChanges = field(default_factory=ViewChanges)


@dataclass(slots=True, kw_only=True)
class _State:
    network: DetectorNetwork
    averaged: DetectorNetwork
    optimiser: torch.optim.AdamW
    losses: list[float]
    steps: int = 0


Batch = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


def train_network(
    pictures: Sequence[Seen],
    classes: int,
    recipe: DetectorRecipe,
    folder: Path,
    tell: Callable[[int, float], None],
    *,
    start: Callable[[], DetectorNetwork] | None = None,
    until: int | None = None,
) -> tuple[DetectorNetwork, list[float]]:
    """Train the network; return it (its mean weights) and the loss of each epoch.

    Parameters
    ----------
    pictures
        What it learns from, at the scale of the detector.
    classes
        Number of classes.
    recipe
        How.
    folder
        For the checkpoint; a training that was stopped goes on from there.
    tell
        Called with the number and the loss of each epoch that ends.
    start
        Gives the network to begin with; by default one from ImageNet, or from chance, as the recipe says.
    until
        How many epochs are run at most, to go on later; by default all of the recipe.
    """
    torch.set_num_threads(recipe.threads)
    state = _start(recipe, classes, folder, start)
    weight = _class_weights(pictures, classes, recipe.balance)
    for epoch in range(len(state.losses), recipe.epochs if until is None else until):
        state.losses.append(_run_epoch(state, pictures, recipe, weight, epoch))
        save_checkpoint(state, folder, steps=state.steps)
        tell(epoch, state.losses[-1])
    return state.averaged.eval().cpu(), state.losses


def _class_weights(pictures: Sequence[Seen], classes: int, balance: float) -> Tensor:
    labels = np.concatenate([np.zeros(0, np.int32), *(seen.boxes.labels for seen in pictures)])
    counts = np.maximum(np.bincount(labels, minlength=classes), 1).astype(np.float64)
    weight = counts**-balance
    return torch.from_numpy((weight * counts.sum() / (weight * counts).sum()).astype(np.float32))


def _start(recipe: DetectorRecipe, classes: int, folder: Path, start: Callable[[], DetectorNetwork] | None) -> _State:
    torch.manual_seed(recipe.seed)
    shape = DetectorShape(classes=classes, width=recipe.width)
    if has_checkpoint(folder):
        network = DetectorNetwork(shape)
    else:
        network = start() if start is not None else build_detector_network(shape, pretrained=recipe.pretrained)
    shape = network.shape
    network = network.to(device()).to(memory_format=torch.channels_last)
    averaged = DetectorNetwork(shape).to(device()).to(memory_format=torch.channels_last)
    averaged.load_state_dict(network.state_dict())
    state = _State(network=network, averaged=averaged.eval(), optimiser=_optimiser(network, recipe), losses=[])
    state.steps = int(restore_checkpoint(state, folder).get("steps", 0))
    return state


def _optimiser(network: DetectorNetwork, recipe: DetectorRecipe) -> torch.optim.AdamW:
    groups = []
    for part, rate in (("backbone", recipe.backbone_rate), ("", 1.0)):
        own = [p for n, p in network.named_parameters() if n.startswith("backbone.") == bool(part)]
        matrices, rest = [p for p in own if p.ndim > 1], [p for p in own if p.ndim <= 1]
        groups.append({"params": matrices, "weight_decay": recipe.weight_decay, "share": rate})
        groups.append({"params": rest, "weight_decay": 0.0, "share": rate})
    return torch.optim.AdamW(groups, lr=recipe.learning_rate)


def steps_of(pictures: int, recipe: DetectorRecipe) -> int:
    """Return the steps of an epoch."""
    return max(1, (recipe.views or pictures) // recipe.batch)


def _run_epoch(state: _State, pictures: Sequence[Seen], recipe: DetectorRecipe, weight: Tensor, epoch: int) -> float:
    torch.manual_seed(recipe.seed * 100_003 + epoch)
    per_epoch = steps_of(len(pictures), recipe)
    state.network.train()
    freeze_start(state.network, recipe.frozen_stages)
    for module in state.network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = norm_momentum(per_epoch * recipe.epochs)
    losses = []
    for batch in _batches(pictures, len(weight), recipe, epoch):
        for group in state.optimiser.param_groups:
            group["lr"] = group["share"] * _rate(recipe, state.steps, per_epoch)
        losses.append(_step(state, batch, weight, recipe))
    return float(np.mean(losses))


def _rate(recipe: DetectorRecipe, step: int, per_epoch: int) -> float:
    rise, total = max(1, per_epoch // 2), per_epoch * recipe.epochs
    if step < rise:
        return recipe.learning_rate * (step + 1) / rise
    done = (step - rise) / max(1, total - rise)
    return recipe.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def _batches(pictures: Sequence[Seen], classes: int, recipe: DetectorRecipe, epoch: int) -> Iterator[Batch]:
    """Yield the batches of an epoch; each view begins with another picture, the next is prepared meanwhile."""
    steps = steps_of(len(pictures), recipe)
    rng = np.random.default_rng([recipe.seed, epoch])
    rounds = -(-steps * recipe.batch // len(pictures))
    order = np.concatenate([rng.permutation(len(pictures)) for _ in range(rounds)])

    def prepare(step: int) -> Batch:
        own = np.random.default_rng([recipe.seed, epoch, step])
        first = order[step * recipe.batch : (step + 1) * recipe.batch]
        return _batch(pictures, first, classes, recipe, own)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(prepare, 0)
        for step in range(steps):
            ready = waiting.result()
            if step + 1 < steps:
                waiting = pool.submit(prepare, step + 1)
            yield ready


def _batch(
    pictures: Sequence[Seen],
    first: npt.NDArray[np.int64],
    classes: int,
    recipe: DetectorRecipe,
    rng: np.random.Generator,
) -> Batch:
    images, targets = [], []
    for number in first:
        waiting = [int(number)]

        def draw(waiting: list[int] = waiting) -> Seen:
            return pictures[waiting.pop() if waiting else int(rng.integers(len(pictures)))]

        view = draw_view(draw, recipe.side_px, recipe.changes, rng)
        complete = view.complete[CELL_PX // 2 :: CELL_PX, CELL_PX // 2 :: CELL_PX]
        empty = np.where(complete > 0, 1.0, recipe.incomplete).astype(np.float32)
        images.append(view.image)
        targets.append(make_targets(view.boxes, view.ignored, empty, classes=classes))
    parts = (
        np.stack(images),
        np.stack([t.middles for t in targets]),
        np.stack([t.edges for t in targets]),
        np.stack([t.edge_weight for t in targets]),
        np.stack([t.empty_weight for t in targets]),
    )
    image, middles, edges, edge_weight, empty_weight = (torch.from_numpy(part) for part in parts)
    return image.permute(0, 3, 1, 2), middles, edges, edge_weight, empty_weight


def _step(state: _State, batch: Batch, weight: Tensor, recipe: DetectorRecipe) -> float:
    image, middles, edges, edge_weight, empty_weight = (part.to(device()) for part in batch)
    logits, distances = state.network(image.to(torch.float32, memory_format=torch.channels_last))
    loss = middle_loss(logits, middles, empty_weight, weight.to(device()))
    loss = loss + EDGE_WEIGHT * edge_loss(distances, edges, edge_weight)
    state.optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    nn.utils.clip_grad_norm_(state.network.parameters(), 10.0)
    state.optimiser.step()
    state.steps += 1
    _average(state, recipe.averaging)
    return float(loss.detach())


def middle_loss(logits: Tensor, target: Tensor, empty_weight: Tensor, class_weight: Tensor) -> Tensor:
    """Return the focal loss of the middles by the number of objects.

    Parameters
    ----------
    logits, target
        (N, C, H, W); 1 in the cell of a middle, falling around it.
    empty_weight
        (N, H, W) how much it counts that a cell is no middle.
    class_weight
        (C,) of the middles of each class.

    References
    ----------
    Zhou et al. 2019 (arXiv:1904.07850), equation 1.
    """
    found = torch.sigmoid(logits)
    at_middle = (target >= 1).float()
    missed = -nn.functional.logsigmoid(logits) * (1 - found) ** SURE_POWER * at_middle
    invented = -nn.functional.logsigmoid(-logits) * found**SURE_POWER * (1 - target) ** HILL_POWER * (1 - at_middle)
    total = (missed * class_weight[None, :, None, None]).sum() + (invented * empty_weight[:, None]).sum()
    return total / at_middle.sum().clamp(min=1)


def edge_loss(distances: Tensor, box: Tensor, weight: Tensor) -> Tensor:
    """Return 1 − the generalised intersection over union, weighted.

    Parameters
    ----------
    distances
        (N, 4, H, W) of the edges from the middle of each cell, px.
    box
        (N, 4, H, W) the box each cell should answer with, px.
    weight
        (N, H, W) how much the answer counts.

    References
    ----------
    Rezatofighi et al. 2019, Generalized Intersection over Union (arXiv:1902.09630).
    """
    n, row, col = torch.nonzero(weight > 0, as_tuple=True)
    if not len(n):
        return distances.sum() * 0
    own, true = distances[n, :, row, col], box[n, :, row, col]
    middle = (torch.stack([row, col], 1).float() + 0.5) * CELL_PX
    low, high = middle - own[:, :2], middle + own[:, 2:]
    inner = (torch.minimum(high, true[:, 2:]) - torch.maximum(low, true[:, :2])).clamp(min=0).prod(1)
    outer = (torch.maximum(high, true[:, 2:]) - torch.minimum(low, true[:, :2])).prod(1)
    union = (high - low).prod(1) + (true[:, 2:] - true[:, :2]).prod(1) - inner
    giou = inner / union.clamp(min=1e-6) - (outer - union) / outer.clamp(min=1e-6)
    each = weight[n, row, col]
    return ((1 - giou) * each).sum() / each.sum()


@torch.no_grad()
def _average(state: _State, decay: float) -> None:
    keep = min(decay, (1 + state.steps) / (10 + state.steps))
    source = state.network.state_dict()
    for name, value in state.averaged.state_dict().items():
        if value.is_floating_point():
            value.lerp_(source[name], 1 - keep)
        else:
            value.copy_(source[name])


@torch.no_grad()
def answers(network: DetectorNetwork, image: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.float32], ...]:
    """Return middles (C, H/4, W/4) as probabilities and edges (4, H/4, W/4) of one picture, without its changes."""
    planes = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float().to(device())
    logits, distances = network.eval()(planes)
    return torch.sigmoid(logits)[0].cpu().numpy(), distances[0].cpu().numpy()
