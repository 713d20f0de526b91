"""What the models of oracle-models answer."""

from __future__ import annotations

import json

from pydantic import BaseModel

from pelagia.api.deepaas.originals import Original
from pelagia.core.result import Result
from pelagia.core.service import Request


class Scores(BaseModel):
    """The schema of the model with one."""

    names: list[str]
    scores: list[float]


def _nothing(_result: Result, _request: Request) -> dict[str, object]:
    return {}


def _scores(_result: Result, request: Request) -> dict[str, object]:
    rows = request.params.rows
    return {"names": ["a"] * rows, "scores": "high" if request.params.wrong else [0.5] * rows}


def _told(result: Result, _request: Request) -> object:
    return json.loads(str(result.summary["told"].value))


def _units(result: Result, _request: Request) -> dict[str, object]:
    return {"units": result.summary["units"].value}


MANY = Original(predictions=_units)
NOOP = Original(predictions=_nothing)
BY_SCHEMA = Original(predictions=_scores, schema=Scores)
EVERY_KIND = Original(predictions=_told, trained=dict)
