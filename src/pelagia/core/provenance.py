"""Where a result comes from: inputs, parameters, models, versions, seed."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import metadata
from typing import Any

RECORDED_PACKAGES = ("pelagia", "numpy", "pyarrow", "onnxruntime", "opencv-python-headless", "scikit-image")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRecord:
    """One source as it was read.

    Parameters
    ----------
    uri
        The path or address given by the user, without any secret.
    files, bytes
        How many files were read and their total size.
    sha256
        Of the file; for a source of several files, of the lines
        ``<sha256>  <name>`` sorted by name (the format of ``sha256sum``).
    """

    uri: str
    files: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """A model that was used."""

    role: str
    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """All that is needed to make the same result again."""

    service: str
    service_version: str
    params: Mapping[str, Any]
    inputs: tuple[InputRecord, ...]
    models: tuple[ModelRecord, ...]
    seed: int
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON types."""
        return asdict(self)


def installed_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that can change a result."""
    return dict(_found_versions())


@cache
def _found_versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in RECORDED_PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
