"""Where a training stood: written after every epoch, complete or not at all, so that a stopped one goes on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol

import torch

from pelagia.learning.train.loop import device

FILE = "checkpoint.pt"


class Standing(Protocol):
    """What a training carries from epoch to epoch."""

    network: Any
    averaged: Any
    optimiser: torch.optim.AdamW
    losses: list[float]


def save_checkpoint(state: Standing, folder: Path, **more: int) -> None:
    """Write where a training stands, in place of what stood there.

    Parameters
    ----------
    state
        The network, its running mean, the optimiser and the losses of the epochs.
    folder
        Takes the file; it is made where it does not exist.
    more
        What else is carried on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{FILE}.{os.getpid()}.partial"
    kept = {
        "network": state.network.state_dict(),
        "averaged": state.averaged.state_dict(),
        "optimiser": state.optimiser.state_dict(),
        "losses": state.losses,
        **more,
    }
    torch.save(kept, partial)
    partial.replace(folder / FILE)


def has_checkpoint(folder: Path) -> bool:
    """Tell whether a training stood somewhere already."""
    return (folder / FILE).is_file()


def restore_checkpoint(state: Standing, folder: Path) -> dict[str, Any]:
    """Bring a training to where it stood, and return all that was kept; empty where nothing was.

    Parameters
    ----------
    state
        As it would start; changed in place.
    folder
        Of :func:`save_checkpoint`.
    """
    file = folder / FILE
    if not file.is_file():
        return {}
    kept: dict[str, Any] = torch.load(file, map_location=device(), weights_only=True)
    state.network.load_state_dict(kept["network"])
    state.averaged.load_state_dict(kept["averaged"])
    state.optimiser.load_state_dict(kept["optimiser"])
    state.losses = list(kept["losses"])
    return kept
