"""A model with an argument of every kind; it answers with what it was given."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

from marshmallow import fields, validate


def get_metadata() -> dict[str, str]:
    """Say what it is."""
    return {
        "id": "every-kind",
        "name": "every-kind",
        "description": "Answers with what it was given",
        "license": "Apache-2.0",
        "author": "The Pelagia developers",
        "version": "1.0.0",
    }


def _file(description: str, **options: Any) -> fields.Field:
    return fields.Field(metadata={"type": "file", "location": "form", "description": description}, **options)


def get_predict_args() -> dict[str, Any]:
    """Name the arguments of a prediction."""
    return {
        "files": _file("A text file", required=True),
        "extra": _file("One more file", required=False, load_default=None),
        "count": fields.Int(
            load_default=3, validate=validate.Range(min=1, max=9), metadata={"description": "A whole number"}
        ),
        "rate": fields.Float(load_default=0.5, metadata={"description": "A number"}),
        "flag": fields.Bool(load_default=True, metadata={"description": "Yes or no"}),
        "word": fields.Str(load_default="plain", metadata={"description": "A text"}),
        "choice": fields.Str(
            load_default="low",
            validate=validate.OneOf(["low", "high"]),
            metadata={"description": "One of two", "enum": ["low", "high"]},
        ),
        "numbers": fields.List(fields.Int(), load_default=[1, 2], metadata={"description": "Some whole numbers"}),
        "needed": fields.Int(required=True, metadata={"description": "A whole number without a default"}),
        "accept": fields.Str(
            load_default="application/json",
            metadata={"location": "headers", "description": "Kind of answer"},
            validate=validate.OneOf(["application/json", "application/zip"]),
        ),
    }


def predict(**arguments: Any) -> Any:
    """Answer with what was given."""
    if arguments["word"] == "bug":
        raise ZeroDivisionError("division by nothing")
    told = {}
    for name, value in arguments.items():
        if name == "accept":
            continue
        is_file = hasattr(value, "original_filename")
        told[name] = {"name": value.original_filename, "text": Path(value.filename).read_text()} if is_file else value
    if arguments.get("accept") == "application/zip":
        return _zip(told)
    return told


def _zip(told: dict[str, Any]) -> io.BytesIO:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("told.json", json.dumps(told))
    sink.seek(0)
    return sink


def get_train_args() -> dict[str, Any]:
    """Name the arguments of a training."""
    return {
        "seconds": fields.Float(load_default=0.1, metadata={"description": "How long it takes"}),
        "word": fields.Str(load_default="plain", metadata={"description": "A text"}),
    }


def train(**arguments: Any) -> dict[str, Any]:
    """Sleep."""
    time.sleep(arguments["seconds"])
    if arguments["word"] == "bug":
        raise ZeroDivisionError("division by nothing")
    return {"slept": arguments["seconds"]}
