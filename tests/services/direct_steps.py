"""Steps that are done at once, in this process, and remembered by nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class DirectSteps:
    """Satisfies ``pelagia.core.service.Steps``; ``billed`` adds up the units."""

    workdir: Path
    billed: int = 0
    keys: list[str] = field(default_factory=list)

    def do(self, key: str, func: Callable[..., Any], *args: Any, units: int = 0) -> Any:
        self.keys.append(key)
        self.billed += units
        return func(*args)

    def map(
        self,
        key: str,
        func: Callable[[Any], Any],
        items: Iterable[Any],
        *,
        units: Callable[[Any], int] | None = None,
    ) -> Iterator[Any]:
        for index, item in enumerate(items):
            value = self.do(f"{key}/{index}", func, item)
            self.billed += units(value) if units else 0
            yield value
