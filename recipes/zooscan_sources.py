"""What the two recipes for touching organisms share: which vignettes are single organisms, and who learns from whom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pelagia.learning.train.separation.merges import Look
from pelagia.learning.train.separation.sources import Organism, Wanted, pool_of, read_organisms

POOLS = 20
HELD_OUT = (0, 1, 2, 3)  # pools, of 20
VALIDATION = (4, 5)
LOOK = Look()
# Several individuals, parts of one, or nobody knows.
NOT_SINGLE = (
    "artifacts",
    "artifacts_edge",
    "diatom_chain_string",
    "hydromedusae_partial_dark",
    "jellies_tentacles",
    "radiolarian_chain",
    "radiolarian_colony",
    "siphonophore_other_parts",
    "siphonophore_partial",
    "trichodesmium_multiple",
    "tunicate_doliolid_nurse",
    "tunicate_partial",
    "tunicate_salp_chains",
    "unknown_blobs_and_smudges",
    "unknown_sticks",
    "unknown_unclassified",
)


def read_singles(data: Path) -> list[Organism]:
    """Read the single organisms of PlanktonSet 1.0."""
    return read_organisms(data, Wanted(without=NOT_SINGLE))


def in_pools(organisms: Sequence[Organism], pools: Sequence[int]) -> list[Organism]:
    """Return the organisms of some pools; look-alikes are always in one."""
    return [one for one in organisms if pool_of(one.group, POOLS) in pools]
