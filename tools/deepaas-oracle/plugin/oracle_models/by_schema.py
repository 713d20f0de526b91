"""A model that says what its answers look like."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

schema = {
    "names": fields.List(fields.Str(), required=True, metadata={"description": "Names"}),
    "scores": fields.List(fields.Float(), required=True, metadata={"description": "Scores"}),
}


def get_metadata() -> dict[str, str]:
    """Say what it is."""
    return {"id": "by-schema", "name": "by-schema", "description": "Answers by a schema"}


def get_predict_args() -> dict[str, Any]:
    """Name the arguments of a prediction."""
    return {"rows": fields.Int(load_default=1), "wrong": fields.Bool(load_default=False)}


def predict(rows: int, wrong: bool) -> dict[str, Any]:
    """Answer as the schema says, or not."""
    return {"names": ["a"] * rows, "scores": "high" if wrong else [0.5] * rows}
