"""Answers with what it was given."""

from __future__ import annotations

import json

from pelagia.core.provenance import InputRecord
from pelagia.core.result import Artifact, Figure, Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.io.sources import open_source


def estimate(request: Request, /) -> Estimate:
    """One step."""
    size = sum(entry.size for uri in _uris(request) for entry in open_source(uri).entries())
    return Estimate(steps=1, units=len(_uris(request)), bytes=size)


def run(request: Request, steps: Steps, /) -> Result:
    """Read the files; write down all that was given."""
    if request.params.word == "bug":
        raise ZeroDivisionError("division by nothing")
    texts = steps.do("texts", _texts, request, units=len(_uris(request)))
    told = {"files": None, "extra": None, **texts, **request.params.model_dump(mode="json")}
    path = steps.workdir / "told.json"
    path.write_text(json.dumps(told))
    return Result(
        tables={},
        summary={"told": Figure(value=json.dumps(told), description="What was given")},
        issues=(),
        provenance=request.provenance(InputRecord(uri=uri, files=1, bytes=1, sha256="0") for uri in _uris(request)),
        artifacts=(Artifact(role="told", name="told.json", path=path, media_type="application/json"),),
    )


def _uris(request: Request) -> list[str]:
    return [uri for uris in request.inputs.values() for uri in uris]


def _texts(request: Request) -> dict[str, dict[str, str]]:
    found = {}
    for slot, uris in request.inputs.items():
        source = open_source(uris[0])
        entry = next(iter(source.entries()))
        found[slot] = {"name": entry.name, "text": source.read(entry.name).decode()}
    return found
