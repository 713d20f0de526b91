"""The shapes of GeoPackages."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyogrio
import shapely

from pelagia.io.vectors.crs import to_degrees, told_crs
from pelagia.io.vectors.rules import Found, Rules

MOST_LAYERS = 50
MOST_TABLES = 10_000
"""Tables, indices and triggers of a GeoPackage; a layer brings some twenty."""
_RTREE = re.compile(r'create virtual table ("[^"]*"|\w+) using rtree ?\(.*')
_SQLITE, _MARK = b"SQLite format 3\0", slice(68, 72)
FAULTS = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError, shapely.errors.GEOSException)


def is_geopackage(data: bytes) -> bool:
    """Tell whether bytes begin as a GeoPackage does."""
    return data.startswith(_SQLITE) and data[_MARK].startswith(b"GP")


def read_geopackage(data: bytes, file: str, rules: Rules) -> Iterator[Found]:
    """Yield the shapes of all layers."""
    with tempfile.TemporaryDirectory() as folder:
        # By its ending and its mark the file can be opened as nothing else.
        path = Path(folder) / "drawn.gpkg"
        path.write_bytes(data)
        _check_tables(path, file, rules)
        try:
            layers = pyogrio.list_layers(path)[:MOST_LAYERS]
            for layer, kind in layers.tolist():
                if kind is not None:
                    yield from read_layer(path, layer, file, rules)
        except FAULTS as error:
            raise rules.bad("it is a damaged GeoPackage", file) from error


def read_layer(path: Path, layer: str, file: str, rules: Rules) -> Iterator[Found]:
    """Yield the shapes of a layer of a file that was checked."""
    meta, _, geometries, columns = pyogrio.raw.read(
        path, layer=layer, max_features=rules.most_shapes + 1, force_2d=True
    )
    crs = told_crs(meta["crs"], file, rules)
    names = [str(name) for name in meta["fields"]]
    for number, bytes_ in enumerate(geometries):
        if bytes_ is not None:
            told = {name: column[number] for name, column in zip(names, columns, strict=True)}
            yield to_degrees(shapely.from_wkb(bytes_), crs, file, rules), told


def _check_tables(path: Path, file: str, rules: Rules) -> None:
    """Refuse a database in which reading a table may compute something or lead elsewhere."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            told = database.execute("SELECT type, coalesce(sql, '') FROM sqlite_master LIMIT ?", (MOST_TABLES + 1,))
            rows = told.fetchall()
    except sqlite3.Error as error:
        raise rules.bad(f"it is a damaged GeoPackage: {error}", file) from error
    if len(rows) > MOST_TABLES:
        raise rules.bad(f"it has more than {MOST_TABLES:,} tables and indices", file)
    for kind, sql in rows:
        made = " ".join(str(sql).lower().split())
        if kind == "view" or (made.startswith("create virtual table") and not _RTREE.fullmatch(made)):
            raise rules.bad("it has views or virtual tables", file)
