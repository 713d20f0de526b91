"""Names of pictures and of the areas they belong to: short, safe, each only once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

LONGEST = 80
UNSAFE_IN_FILES = re.compile(r"[^A-Za-z0-9._-]+")
UNSAFE_IN_AREAS = re.compile(r"[^\w .,()+-]+")
RESERVED = re.compile(r"^(all|con|prn|aux|nul|com\d|lpt\d)$", re.I)
"""Names that Windows keeps for devices, and the one that stands for all pictures and areas together in tables."""


def image_ids(names: Sequence[str]) -> list[str]:
    """Return a name for each picture that no other has, whatever the case of its letters.

    Parameters
    ----------
    names
        Paths of the pictures, with forward slashes.

    Notes
    -----
    The name of the file without its suffix. Where several have the same, that of the folder comes before it, and
    where that is not enough, a number after it.
    """
    short = [_safe(PurePosixPath(name).stem) for name in names]
    times = Counter(one.lower() for one in short)
    longer = [_safe(f"{PurePosixPath(name).parent.name}-{PurePosixPath(name).stem}") for name in names]
    return _numbered([more if times[one.lower()] > 1 else one for one, more in zip(short, longer, strict=True)])


def area_ids(places: Sequence[tuple[str, ...]]) -> list[str]:
    """Return the area of each picture.

    Parameters
    ----------
    places
        For each picture the folders it stands in, the outermost first; an archive counts as one.

    Notes
    -----
    The name of the innermost folder; where two are called alike, those around it come before it.
    """
    known = sorted(set(places))
    depth = dict.fromkeys(known, 1)
    for most in range(2, max(map(len, known), default=0) + 1):
        times = Counter(_area(place, depth[place]).lower() for place in known)
        for place in known:
            if times[_area(place, depth[place]).lower()] > 1:
                depth[place] = min(most, max(1, len(place)))
    names = dict(zip(known, _numbered([_area(place, depth[place]) for place in known]), strict=True))
    return [names[place] for place in places]


def told_area(name: str) -> str:
    """Return the name of an area as a user told it: of one line, and none that is reserved; empty where it is none."""
    return _unreserved("".join(part for part in " ".join(name.split()) if part.isprintable()).strip())


def _area(place: tuple[str, ...], depth: int) -> str:
    return _clean("-".join(place[-depth:]))


def _numbered(names: Sequence[str]) -> list[str]:
    """Return names of which none is that of another, whatever the case of its letters."""
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


def _safe(name: str) -> str:
    return _unreserved(UNSAFE_IN_FILES.sub("_", name).strip("._-")[:LONGEST]) or "picture"


def _clean(name: str) -> str:
    return _unreserved(UNSAFE_IN_AREAS.sub("_", name).strip(" ._-")[:LONGEST]) or "survey"


def _unreserved(name: str) -> str:
    return f"{name}_" if RESERVED.match(name) else name
