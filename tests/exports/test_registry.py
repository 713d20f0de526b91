"""Exporters are found by name and all offer the same two things."""

from __future__ import annotations

import inspect
import subprocess
import sys

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


@pytest.mark.parametrize("name", EXPORTERS)
def test_what_it_asks_for_is_what_its_module_needs(name):
    assert EXPORTERS[name].needs == EXPORTERS[name].load().NEEDS


def test_asking_what_fits_loads_no_library_of_maps_or_drawings():
    program = (
        "import sys; from pelagia.exports.registry import EXPORTERS; [one.needs for one in EXPORTERS.values()];"
        "print([name for name in ('rasterio', 'pyogrio', 'shapely', 'matplotlib', 'openpyxl') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
