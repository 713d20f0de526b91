"""Which file an image of the annotations is, where folders in front of the name differ."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath


class FileNames:
    """File names, found again by as much of the end of their paths as is told.

    Parameters
    ----------
    names
        Paths with forward slashes.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._by_end: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._whole: dict[tuple[str, ...], list[str]] = {}
        for name in names:
            parts = _parts(name)
            self._by_end.setdefault(parts[-1], []).append((parts, name))
            self._whole.setdefault(parts, []).append(name)

    def find(self, name: str) -> str | None:
        """Return the file whose path agrees with ``name`` in most parts from the end.

        Returns
        -------
        str or None
            ``None`` where no file is so called, or several are with nothing to tell them apart.
        """
        wanted = _parts(name)
        same = self._whole.get(wanted, ())
        if same:
            return same[0] if len(same) == 1 else None
        agreeing = [(_common_end(wanted, parts), parts, one) for parts, one in self._by_end.get(wanted[-1], ())]
        if not agreeing:
            return None
        most = max(number for number, _, _ in agreeing)
        best = [(parts, one) for number, parts, one in agreeing if number == most]
        whole = [one for parts, one in best if len(parts) == most]
        if len(best) == 1:
            return best[0][1]
        return whole[0] if len(whole) == 1 else None


def _parts(name: str) -> tuple[str, ...]:
    return PurePosixPath(name.replace("\\", "/")).parts or ("",)


def _common_end(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    number = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        number += 1
    return number
