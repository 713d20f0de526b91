"""Files of ``Key= value`` lines: ``metadata.txt``, ``_meta.txt``, ``_log.txt``, the settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pelagia.io.zooscan.text import Decoded, decoded, joined


@dataclass(frozen=True, slots=True)
class KeyedFile:
    """A file of ``Key= value`` lines, kept line by line so that it can be written as it was.

    Parameters
    ----------
    lines
        Without their ends.
    like
        How the file was encoded.
    """

    lines: tuple[str, ...]
    like: Decoded

    def values(self) -> dict[str, str]:
        """Return the values by key in lower case; the first of a repeated key counts."""
        found: dict[str, str] = {}
        for _, key, value in _pairs(self.lines):
            found.setdefault(key.lower(), value)
        return found

    def sections(self) -> dict[str, dict[str, str]]:
        """Return the values of a log by section and key, all in lower case; ``""`` before the first section."""
        found: dict[str, dict[str, str]] = {"": {}}
        for section, key, value in _pairs(self.lines):
            found.setdefault(section, {}).setdefault(key.lower(), value)
        return found

    def with_values(self, changes: Mapping[str, str]) -> KeyedFile:
        """Return the file with other values; keys (lower case) it lacks are not added."""
        lines = []
        for line in self.lines:
            key, is_pair, rest = line.partition("=")
            new = changes.get(key.strip().lower()) if is_pair else None
            lines.append(line if new is None else f"{key}={rest[: len(rest) - len(rest.lstrip(' '))]}{new}")
        return replace(self, lines=tuple(lines))

    def write(self) -> bytes:
        """Return the bytes of the file."""
        return joined(list(self.lines), self.like)


def parse_keyed(data: bytes) -> KeyedFile:
    """Read a file of ``Key= value`` lines."""
    like = decoded(data)
    return KeyedFile(tuple(like.lines()), like)


def keyed_values(text: Decoded) -> list[tuple[str, str]]:
    """Return keys and values in order."""
    return [(key, value) for _, key, value in _pairs(tuple(text.lines()))]


def _pairs(lines: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    section = ""
    for line in lines:
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            section = text[1:-1].strip().lower()
            continue
        key, is_pair, value = text.partition("=")
        if is_pair and key.strip():
            yield section, key.strip(), value.strip()
