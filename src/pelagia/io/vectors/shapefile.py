"""The shapes of a shapefile and what lies beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pyogrio

from pelagia.io.vectors.geopackage import FAULTS, read_layer
from pelagia.io.vectors.rules import Found, Rules

MAGIC = b"\x00\x00\x27\x0a"
BESIDE = (".dbf", ".shx", ".prj", ".cpg")
"""What of the files beside one is read: attributes, places, coordinate system, letters."""


def read_shapefile(parts: Mapping[str, bytes], file: str, rules: Rules) -> list[Found]:
    """Return the shapes; ``parts`` holds the bytes by ending, ``.shp`` at least."""
    with tempfile.TemporaryDirectory() as folder:
        # Under names of our own, so that nothing else is beside it; by ending and mark it opens as nothing else.
        for ending, data in parts.items():
            (Path(folder) / f"drawn{ending}").write_bytes(data)
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
        try:
            return list(read_layer(Path(folder) / "drawn.shp", "drawn", file, rules))
        except FAULTS as error:
            raise rules.bad("it is a damaged shapefile", file) from error
        finally:
            pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
