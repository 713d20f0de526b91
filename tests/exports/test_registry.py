"""Exporters are found by name and all offer the same two things."""

from __future__ import annotations

import inspect

import pytest

from pelagia.exports.registry import EXPORTERS, find_exporters


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_exporter_says_what_it_needs_and_writes(name):
    module = EXPORTERS[name].load()
    ways = module.NEEDS if isinstance(module.NEEDS, tuple) else (module.NEEDS,)
    assert all(isinstance(columns, tuple) for needs in ways for columns in needs.values())
    assert list(inspect.signature(module.write).parameters) == ["result", "out", "options"]


def test_a_name_given_twice_is_one_export():
    assert [exporter.name for exporter in find_exporters(["csv", "ecotaxa", "csv"])] == ["csv", "ecotaxa"]
