"""Reading XML piece by piece, and without anything from outside."""

from __future__ import annotations

from typing import Protocol
from xml.parsers import expat

DEEPEST = 32


class Handler(Protocol):
    """What is told of the elements of a document, one after the other."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the begin of an element; its tag is ``namespace name``."""
        ...

    def text(self, text: str) -> None:
        """Take a piece of text."""
        ...

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        ...


def read_markup(text: bytes, handler: Handler) -> None:
    """Tell a handler all elements of a document.

    Raises
    ------
    ValueError
        Where it is no XML, or declares what no file of shapes does and by which a small file could fill the memory.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise ValueError(f"it is not XML: {error}") from error


def _refuse(*_declared: object) -> None:
    raise ValueError("it declares a document type or entities")
