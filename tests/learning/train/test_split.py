from __future__ import annotations

import numpy as np
import pytest

from pelagia.core.errors import NothingUsable
from pelagia.learning.train.split import deal_folds, lookalike_groups, split_groups

RNG = np.random.default_rng


def test_no_group_stands_on_both_sides() -> None:
    labels = RNG(1).integers(0, 4, 300)
    groups = [f"run-{i // 10}" for i in range(300)]
    part = split_groups(labels, groups, (0.2, 0.8), RNG(0))
    sides = {(group, int(p)) for group, p in zip(groups, part, strict=True)}
    assert len(sides) == 30


def test_classes_are_shared_out_in_proportion() -> None:
    labels = np.repeat([0, 1, 2], [500, 100, 10])
    part = split_groups(labels, [str(i) for i in range(610)], (0.2, 0.8), RNG(0))
    assert np.bincount(labels[part == 0]).tolist() == [100, 20, 2]


def test_folds_hold_out_every_used_image_once_and_the_final_one_trains_on_all() -> None:
    labels = np.where(np.arange(120) % 7 == 0, -1, np.arange(120) % 3)
    folds = deal_folds(labels, [f"r{i % 12}" for i in range(120)], folds=3, heldout=0.2, validation=0.1, rng=RNG(0))
    used = np.flatnonzero(labels >= 0)
    kept_back = np.sort(np.concatenate([fold.heldout for fold in folds.values()]))
    assert kept_back.tolist() == used.tolist()
    assert folds["final"].train.tolist() == used.tolist()
    for fold in folds.values():
        assert not set(fold.train) & set(fold.heldout)
        assert not set(fold.train) & set(fold.validation)


def test_two_runs_can_each_be_left_out_once() -> None:
    labels = np.arange(60) % 2
    runs = ["first" if i < 30 else "second" for i in range(60)]
    folds = deal_folds(labels, runs, folds=2, heldout=0.2, validation=0.2, rng=RNG(0))
    for name in ("fold-1", "fold-2"):
        assert len({runs[i] for i in folds[name].heldout}) == 1
        assert {runs[i] for i in folds[name].heldout}.isdisjoint(runs[i] for i in folds[name].train)
        assert len(folds[name].validation) > 0


def test_one_run_alone_cannot_be_split() -> None:
    with pytest.raises(NothingUsable, match="1 groups"):
        deal_folds(np.arange(20) % 2, ["run"] * 20, folds=1, heldout=0.2, validation=0.1, rng=RNG(0))


def test_near_copies_are_one_group_and_strangers_are_not() -> None:
    rng = RNG(3)
    pictures = np.repeat(np.repeat(rng.integers(0, 256, (3, 8, 8, 3)), 8, axis=1), 8, axis=2)
    near = np.clip(pictures[0] + rng.integers(-3, 4, (64, 64, 3)), 0, 255)
    store = np.concatenate((pictures, near[None])).astype(np.uint8)
    shapes = np.full((4, 2), 40)
    groups = lookalike_groups(store, shapes, np.arange(4))
    assert groups[0] == groups[3]
    assert len(set(groups)) == 3
    shapes[3] = 80  # the same picture at twice the size is not the same moment
    assert len(set(lookalike_groups(store, shapes, np.arange(4)))) == 4
