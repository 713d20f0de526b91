"""Requests: equal ones give equal randomness and equal provenance; parameters describe themselves."""

from __future__ import annotations

import numpy as np
import pydantic
import pytest

from pelagia.core.service import ModelRef, Params, Request, param


class Little(Params):
    """One parameter."""

    bound_um: float = param(2.0, description="A bound", unit="µm", level="essential", gt=0)


def request(seed: int = 0) -> Request[Little]:
    model = ModelRef(role="classifier", name="m", version="1.0.0", sha256="0" * 64, path="/elsewhere")
    return Request(
        service="little",
        service_version="1.0.0",
        inputs={"runs": ("a",)},
        params=Little(),
        models={"classifier": model},
        seed=seed,
    )


def test_a_purpose_has_one_stream_whatever_was_drawn_before() -> None:
    first = request().rng("counts").random(5)
    request().rng("other").random(100)
    assert np.array_equal(first, request().rng("counts").random(5))


def test_purposes_and_seeds_have_different_streams() -> None:
    drawn = {tuple(request(seed).rng(key).random(3)) for seed in (0, 1) for key in ("a", "b")}
    assert len(drawn) == 4


def test_provenance_names_the_model_but_not_where_it_lay() -> None:
    record = request().provenance([]).to_json()
    assert record["models"] == ({"role": "classifier", "name": "m", "version": "1.0.0", "sha256": "0" * 64},)
    assert "elsewhere" not in str(record)
    assert record["params"] == {"bound_um": 2.0}


def test_a_parameter_carries_unit_level_and_bounds() -> None:
    schema = Little.model_json_schema()["properties"]["bound_um"]
    assert (schema["unit"], schema["level"], schema["exclusiveMinimum"]) == ("µm", "essential", 0)
    with pytest.raises(pydantic.ValidationError):
        Little(bound_um=-1)
