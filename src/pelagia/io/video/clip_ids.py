"""Names of clips: short, safe as names of files, each only once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

LONGEST = 80
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
RESERVED = re.compile(r"^(all|con|prn|aux|nul|com\d|lpt\d)$", re.I)
"""Names that Windows keeps for devices, and the one that stands for all clips together in tables."""


def clip_ids(paths: Sequence[tuple[str, ...]]) -> list[str]:
    """Return a name for each clip that no other has, whatever the case of its letters.

    Parameters
    ----------
    paths
        Of each clip the folders it stands in, the outermost first, and its own name.

    Notes
    -----
    Its own name; where several have the same, as many of the folders around it come before as tell them apart; where
    that is not enough, a number after it.
    """
    # Of two in one folder nothing around them tells them apart.
    kept = {(path[:-1], _joined(path, 1).lower()): path for path in paths}
    distinct = list(kept.values())
    names = [_joined(path, 1) for path in distinct]
    unsettled = _alike(range(len(distinct)), names)
    depth = 1
    while unsettled and depth < max(len(distinct[at]) for at in unsettled):
        depth += 1
        for at in unsettled:
            names[at] = _joined(distinct[at], depth)
        unsettled = _alike(unsettled, names)
    named = dict(zip(kept, names, strict=True))
    return _numbered([named[path[:-1], _joined(path, 1).lower()] for path in paths])


def _alike(some: Sequence[int] | range, names: Sequence[str]) -> list[int]:
    times = Counter(names[at].lower() for at in some)
    return [at for at in some if times[names[at].lower()] > 1]


def _joined(path: tuple[str, ...], depth: int) -> str:
    name = UNSAFE.sub("_", "-".join(path[-depth:])).strip("._-")
    # Its end tells a clip from the others more often than its begin.
    name = name[-LONGEST:].strip("._-") or "clip"
    return f"{name}_" if RESERVED.match(name) else name


def _numbered(names: Sequence[str]) -> list[str]:
    taken: set[str] = set()
    numbers: Counter[str] = Counter()
    unique: list[str] = []
    for name in names:
        candidate, base = name, name[: LONGEST - 8]
        while candidate.lower() in taken:
            numbers[base.lower()] += 1
            candidate = f"{base}-{numbers[base.lower()] + 1}"
        taken.add(candidate.lower())
        unique.append(candidate)
    return unique
