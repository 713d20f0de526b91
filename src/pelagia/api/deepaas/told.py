"""What the maker of an answer is told, besides the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Of an answer that is a file.

    Parameters
    ----------
    folder
        Where the file shall stand.
    answer
        The arguments of the original that say what it shall hold.
    media_type
        Of the file.
    """

    folder: str
    answer: Mapping[str, Any] = field(default_factory=dict)
    media_type: str = "application/zip"
