"""A model that does nothing."""

from __future__ import annotations

from typing import Any


def get_metadata() -> dict[str, str]:
    """Say what it is."""
    return {"id": "noop", "name": "noop", "description": "Does nothing"}


def get_predict_args() -> dict[str, Any]:
    """Name no arguments."""
    return {}


def predict(**_arguments: object) -> dict[str, Any]:
    """Do nothing."""
    return {}
