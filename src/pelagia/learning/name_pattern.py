"""Which images belong together by a pattern of their file names.

The pattern is a user's. Python's own regular expressions can take time that doubles with each character of a name; RE2,
which comes with Arrow, takes time in proportion to the length of the names, whatever the pattern.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

import pyarrow as pa

from pelagia.core.errors import BadParameter

EXAMPLE = "^(.*)_\\d+$"


def check_pattern(pattern: str) -> None:
    """See whether a pattern can tell groups.

    Parameters
    ----------
    pattern
        A regular expression of the syntax of RE2.

    Raises
    ------
    BadParameter
        Where it is none, or marks no group.
    """
    try:
        _first_groups(pattern, [""])
    except pa.ArrowInvalid as error:
        if "Rewrite schema" in str(error):
            raise BadParameter(
                "the pattern for groups marks no group",
                value=pattern,
                remedy=f"Put brackets around the part of the file name that tells the run, as in {EXAMPLE}.",
            ) from error
        raise BadParameter(
            f"the pattern for groups is no regular expression: {str(error).partition(': ')[2]}",
            value=pattern,
            remedy=f"Give for instance {EXAMPLE} to take what stands before the last number. Looking ahead or behind, "
            "and repeating what was found before, are not known here (syntax: RE2).",
        ) from error


def groups_by_pattern(pattern: str, names: Sequence[str]) -> list[str | None]:
    """Return the first group of a pattern in each file name.

    Parameters
    ----------
    pattern
        A regular expression that :func:`check_pattern` accepts.
    names
        The file names.

    Returns
    -------
    list
        What the first group holds where the pattern first fits; ``None`` where it fits nowhere, or holds nothing.
    """
    return [group or None for group in _first_groups(pattern, names)]


def _first_groups(pattern: str, names: Sequence[str]) -> list[str]:
    # Most starts of the program have no pattern to look at, and do without it.
    pc = importlib.import_module("pyarrow.compute")
    # A name that is not UTF-8 has characters that Arrow does not take.
    found = pa.array([name.encode(errors="replace").decode() for name in names], pa.string())
    # In the whole name the first group takes the place of everything.
    whole = f"(?s:.*?)(?:{pattern})(?s:.*)"
    # By itself first: brackets that do not match could find their like in the whole.
    fits = pc.match_substring_regex(found, pattern=pattern)
    group = pc.replace_substring_regex(found, pattern=whole, replacement="\\1")
    return [str(text) for text in pc.if_else(fits, group, "").to_pylist()]
