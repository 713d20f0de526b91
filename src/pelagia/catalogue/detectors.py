"""A detector that others trained made one of ours: what its ONNX file says of itself, and what a table adds."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from pelagia.core.errors import BadInput, BadParameter, NotFound
from pelagia.learning.card import CardClass
from pelagia.learning.train.tables import read_class_table

MOST_METADATA = 1_000_000
"""Characters of a list of names that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What an ONNX file of a detector says of itself.

    Parameters
    ----------
    names
        Its classes, in the order of its outputs, where the exporter wrote them down (ultralytics does).
    size_px
        Longer side of its windows; ``None`` where the graph leaves it open and nothing tells it.
    """

    names: tuple[str, ...] = ()
    size_px: int | None = None


def read_export(model: Path) -> Export:
    """Return what a file says of itself.

    Parameters
    ----------
    model
        The ONNX file.

    Raises
    ------
    NotFound, BadInput
        If there is none, or it is none.
    """
    if not model.is_file():
        raise NotFound("there is no such file", remedy="Give the ONNX file of the detector.", file=str(model))
    try:
        graph = onnx.load(str(model), load_external_data=False)
    except DecodeError as error:
        raise BadInput(
            "this is no ONNX file",
            remedy="Export the model where it was trained: with ultralytics, yolo export model=best.pt format=onnx.",
            file=str(model),
        ) from error
    told = {one.key: one.value for one in graph.metadata_props}
    return Export(names=_names(told.get("names", "")), size_px=_side(graph) or _told_side(told.get("imgsz", "")))


def classes_of(export: Export, table: str = "") -> tuple[CardClass, ...]:
    """Return the classes for the card, in the order of the outputs.

    Parameters
    ----------
    export
        What the file says.
    table
        Address of a CSV with name and, if known, scientific_name, aphia_id, is_organism, remark. Its order is that of
        the outputs where the file names none.

    Raises
    ------
    BadParameter
        If nobody names the classes, or the table names one that the file does not know.
    """
    rows: Sequence[CardClass] = read_class_table(table) if table else ()
    if not export.names:
        if not rows:
            raise BadParameter(
                "the file does not name its classes",
                remedy="Give the classes: a CSV with the column name, one row a class, in the order of the outputs.",
            )
        return tuple(rows)
    strange = sorted({row.name for row in rows} - set(export.names))
    if strange:
        raise BadParameter(
            "the table names classes that the model does not have",
            value=", ".join(strange),
            remedy=f"Use the names that the model has: {', '.join(export.names)}.",
        )
    known = {row.name: row for row in rows}
    return tuple(known.get(name) or CardClass(name=name) for name in export.names)


def _names(text: str) -> tuple[str, ...]:
    """Return the names of a list or of a dictionary by number, as exporters write it."""
    told = _literal(text)
    if isinstance(told, dict):
        numbered = {int(key): str(name) for key, name in told.items() if str(key).isdecimal()}
        return tuple(numbered[i] for i in range(len(numbered))) if set(numbered) == set(range(len(numbered))) else ()
    return tuple(map(str, told)) if isinstance(told, list | tuple) else ()


def _told_side(text: str) -> int | None:
    told = _literal(text)
    sides = told if isinstance(told, list | tuple) else [told]
    found = [side for side in sides if isinstance(side, int) and side > 0]
    return max(found) if found else None


def _literal(text: str) -> object:
    if len(text) > MOST_METADATA:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _side(model: onnx.ModelProto) -> int | None:
    """Return the longer side of the first input, where it is fixed."""
    if not model.graph.input:
        return None
    sides = [one.dim_value for one in model.graph.input[0].type.tensor_type.shape.dim]
    fixed = [side for side in sides[-2:] if side > 0] if len(sides) >= 3 else []
    if len(sides) == 4 and sides[3] == 3:
        fixed = [side for side in sides[1:3] if side > 0]
    return max(fixed) if fixed else None
