"""The nine kinds of coast by number and name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KINDS: Mapping[int, str] = MappingProxyType(
    {
        1: "sand",
        2: "sand and gravel",
        3: "cobble",
        4: "rock",
        5: "seawall",
        6: "exposed headland",
        7: "sheltered sand",
        8: "sheltered rock",
        9: "marsh",
    }
)
DEFAULT_KIND = 1
UNKNOWN_KIND = 0


def kind_of(told: object) -> int:
    """Return the kind of coast that a number or a name tells; :data:`UNKNOWN_KIND` where it is none.

    Parameters
    ----------
    told
        1 to 9, such a number as text, or a name of :data:`KINDS` in any case, with blanks, - or _ between its words.
    """
    text = " ".join(str(told).lower().replace("-", " ").replace("_", " ").split())
    for number, name in KINDS.items():
        if text in {str(number), f"{number}.0", name}:
            return number
    return UNKNOWN_KIND
