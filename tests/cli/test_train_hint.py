"""Whoever trained a model is told how to use it."""

import pytest

from pelagia.cli.train import how_to_use
from pelagia.runtime.registry import find_service


@pytest.mark.parametrize(
    ("slug", "told"),
    [
        ("flowcam", "Use it with --model mine"),
        ("litter", "Use it with --model tiles=mine or --model items=mine or --model people=mine"),
    ],
)
def test_the_role_is_named_where_a_service_needs_several_models(slug: str, told: str) -> None:
    training = find_service(slug).training
    assert training is not None
    assert how_to_use(training, "mine") == told
