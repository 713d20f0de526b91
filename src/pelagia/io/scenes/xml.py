"""The XML of satellite products, which is as hostile as any upload: bounded, without entities."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from pelagia.io.scenes.faults import lacks, unreadable

LIMIT_BYTES = 64 << 20
FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)


def parse(data: bytes, file: str) -> Element:
    """Return the root of a document.

    Raises
    ------
    BadInput
        ``scene-unreadable``: it is no XML in UTF-8, or declares entities.
    """
    if FORBIDDEN.search(data) or b"\0" in data:
        raise unreadable(file, "it declares a document type, or is not UTF-8")
    try:
        return ElementTree.fromstring(data)  # noqa: S314 -- neither entities nor document types get here
    except ElementTree.ParseError as error:
        raise unreadable(file, str(error)) from error


def text(root: Element, path: str, file: str) -> str:
    """Return the text of an element; ``path`` without namespaces, such as ``adsHeader/startTime``."""
    found = maybe(root, path)
    if not found:
        raise lacks(file, f"“{path}” in its description", file.rpartition("/")[2])
    return found


def maybe(root: Element, path: str) -> str:
    """Return the text of an element, ``""`` where there is none."""
    return (root.findtext(_any_namespace(path)) or "").strip()


def every(root: Element, path: str) -> list[Element]:
    """Return all elements at a path, in whatever namespace."""
    return root.findall(_any_namespace(path))


def number(root: Element, path: str, file: str) -> float:
    """Return the finite number an element holds."""
    return float(numbers(root, path, file)[0])


def numbers(root: Element, path: str, file: str) -> NDArray[np.float64]:
    """Return the finite numbers an element holds, separated by spaces."""
    told = text(root, path, file)
    try:
        values = np.array(told.split(), np.float64)
    except ValueError:
        raise unreadable(file, f"{path}: {told[:40]}") from None
    if not np.isfinite(values).all():
        raise unreadable(file, f"{path}: {told[:40]}")
    return values


def whole(root: Element, path: str, file: str, most: int = 1 << 20) -> int:
    """Return the whole number an element holds, 1 to ``most``."""
    value = number(root, path, file)
    if not (value == round(value) and 1 <= value <= most):
        raise unreadable(file, f"{path}: {value:g}")
    return int(value)


def _any_namespace(path: str) -> str:
    deep = path.startswith(".//")
    parts = path.removeprefix(".//").split("/")
    return (".//" if deep else "") + "/".join(f"{{*}}{part}" for part in parts)
