"""A simulation's setup on disk: written once by a run, read by each of its processes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from pelagia.io.depths import Bathymetry
from pelagia.io.forcing.dialect import GriddedForcing
from pelagia.ocean.coast.shoreline import Shoreline
from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.setting import Physics, Source, SpillSetup

FILE = "setup.json"
_PARTS: Mapping[str, type[Any]] = {
    "currents": GriddedForcing,
    "wind": GriddedForcing,
    "waves": GriddedForcing,
    "shoreline": Shoreline,
    "bathymetry": Bathymetry,
}
_T = TypeVar("_T")


def save_setup(setup: SpillSetup, folder: Path, *, like: Path | None = None) -> None:
    """Write a setup into a folder; it is there only when it is whole.

    Parameters
    ----------
    setup
        The simulation.
    folder
        Is made; ``setup.json`` is written last.
    like
        Folder of a setup with the same forcing, shoreline and depth, which are then not written again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = {name: (like or folder) / f"{name}.npz" for name in _PARTS if getattr(setup, name) is not None}
    for name, path in parts.items() if like is None else ():
        _save_part(getattr(setup, name), path)
    told = {
        "parts": {name: str(path) for name, path in parts.items()},
        "physics": asdict(setup.physics),
        "sources": [_source_record(source) for source in setup.sources],
        **{field.name: getattr(setup, field.name) for field in fields(setup) if _is_plain(field.name)},
    }
    partial = folder / f"{FILE}.partial"
    partial.write_text(json.dumps(told), encoding="utf-8")
    partial.replace(folder / FILE)


@lru_cache(maxsize=3)
def load_setup(folder: str) -> SpillSetup:
    """Read a setup, or give the one this process has read before.

    Parameters
    ----------
    folder
        Where :func:`save_setup` wrote it.
    """
    place = Path(folder)
    told = json.loads((place / FILE).read_text(encoding="utf-8"))
    parts = {name: _load_part(_PARTS[name], Path(path)) for name, path in told.pop("parts").items()}
    physics = Physics(**told.pop("physics"))
    sources = tuple(_source(record) for record in told.pop("sources"))
    return SpillSetup(physics=physics, sources=sources, **parts, **told)


def _is_plain(name: str) -> bool:
    return name not in _PARTS and name not in ("physics", "sources")


def _save_part(part: Any, path: Path) -> None:
    """Write a dataclass of arrays and plain values as NPZ."""
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    arrays: dict[str, Any] = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    plain = {name: value for name, value in values.items() if name not in arrays}
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        np.savez(file, __plain__=np.array(json.dumps(plain)), **arrays)
    partial.replace(path)


def _load_part(kind: type[_T], path: Path) -> _T:
    with np.load(path, allow_pickle=False) as file:
        values: dict[str, Any] = {name: file[name] for name in file.files if name != "__plain__"}
        plain = json.loads(str(file["__plain__"]))
    assert is_dataclass(kind)
    values |= {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}
    return kind(**values)


def _source_record(source: Source) -> dict[str, Any]:
    values = {field.name: getattr(source, field.name) for field in fields(source)}
    oil = asdict(source.oil)
    return values | {"oil": oil, "rings": [ring.tolist() for ring in source.rings]}


def _source(record: Mapping[str, Any]) -> Source:
    oil = record["oil"]
    return Source(
        **{
            **record,
            "oil": Oil(**{**oil, "estimated": tuple(oil["estimated"])}),
            "rings": tuple(np.array(ring, dtype=np.float64) for ring in record["rings"]),
        }
    )
