"""The classes of a YOLO data set: ``names`` of data.yaml, or one a line in classes.txt or obj.names."""

from __future__ import annotations

import re

from pelagia.core.errors import BadInput

LIMIT_BYTES = 1 << 20
LINES_AT_MOST = 20_000
_ITEM = re.compile(
    r"""\s*(?:(?P<number>\d{1,6})\s*:\s*)?
    (?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^']|'')*)'|(?P<plain>[^\s,\[\]{}#"'][^,\[\]{}#\n]*))\s*(?:\#[^\n]*)?""",
    re.VERBOSE,
)
_BLANK, _COMMENT = re.compile(r"\s+"), re.compile(r"#[^\n]*")


def classes_of_lines(text: str) -> list[str]:
    """Return the classes of a file that has one on each line."""
    return [line.strip() for line in text.splitlines()[:LINES_AT_MOST] if line.strip()]


def classes_of_yaml(text: str, *, file: str) -> list[str]:
    """Return ``names`` of a data.yaml, in the order of their numbers.

    Parameters
    ----------
    text
        The file.
    file
        Its name, for errors.

    Raises
    ------
    BadInput
        ``annotations-unreadable`` where there is no ``names``, or it is neither a list nor a list with numbers.

    Notes
    -----
    Only ``names`` is read, in the four ways in which YOLO data sets write it: a list or a numbered list, on lines of
    their own or in brackets. No other YAML is understood, so that nothing else can be hidden in the file.
    """
    lines = text.splitlines()[:LINES_AT_MOST]
    start = next((at for at, line in enumerate(lines) if re.match(r"names\s*:", line)), None)
    if start is None:
        raise _unreadable("it has no “names”", file)
    first = _without_comment(lines[start].partition(":")[2]).strip()
    if first[:1] in {"[", "{"}:
        return _in_brackets("\n".join([first, *lines[start + 1 :]]), file)
    return _on_lines(lines[start + 1 :], file)


def _in_brackets(text: str, file: str) -> list[str]:
    closing = {"[": "]", "{": "}"}[text[0]]
    at = 1
    named: dict[int, str] = {}
    while at < len(text):
        at = _end(_BLANK, text, at)
        if text[at : at + 1] == closing:
            return _in_order(named, file)
        if text[at : at + 1] in {",", "#"}:
            at = at + 1 if text[at] == "," else _end(_COMMENT, text, at)
            continue
        found = _ITEM.match(text, at)
        if found is None:
            break
        _add(found, named, file)
        at = found.end()
    raise _unreadable("its list of “names” is not complete", file)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Return where what is passed over ends."""
    found = pattern.match(text, at)
    return found.end() if found else at


def _on_lines(lines: list[str], file: str) -> list[str]:
    named: dict[int, str] = {}
    for line in lines:
        told = line.strip()
        if not told or told.startswith("#"):
            continue
        listed = told.startswith("- ")
        if not listed and not line[:1].isspace():
            break
        found = _ITEM.fullmatch(told.removeprefix("- "))
        if found is None or (not listed and found["number"] is None):
            raise _unreadable(f"the class “{told[:60]}” cannot be read", file)
        _add(found, named, file)
    return _in_order(named, file)


def _add(found: re.Match[str], named: dict[int, str], file: str) -> None:
    number = len(named) if found["number"] is None else int(found["number"])
    if number in named:
        raise _unreadable(f"class {number} is named twice", file)
    if found["double"] is not None:
        named[number] = re.sub(r"\\(.)", r"\1", found["double"])
    elif found["single"] is not None:
        named[number] = found["single"].replace("''", "'")
    else:
        named[number] = found["plain"].strip()


def _in_order(named: dict[int, str], file: str) -> list[str]:
    if not named or sorted(named) != list(range(len(named))):
        raise _unreadable("its “names” are not numbered from 0 without a gap", file)
    return [named[number] for number in range(len(named))]


def _without_comment(text: str) -> str:
    return "" if text.lstrip().startswith("#") else text


def _unreadable(reason: str, file: str) -> BadInput:
    return BadInput(
        f"The classes of the YOLO data set cannot be read: {reason}",
        remedy="Write them as a list, “names: [plastic, metal]”, or one a line in classes.txt.",
        file=file,
        code="annotations-unreadable",
    )
