"""A fault of the program is told as one, and nothing of what is in it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from pelagia.api.deepaas import layer


async def _fails(_call: layer.Call) -> None:
    raise ValueError("[SQL: SELECT digest FROM tokens] password=hunter2")


def test_a_fault_tells_nothing_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(layer.FIXED, "/v2/debug/", {"GET": _fails})
    app = FastAPI()
    app.state.workbench = SimpleNamespace(runtime=SimpleNamespace(settings=None), warm=None)
    app.add_middleware(layer.DeepaasLayer)
    with capture_logs() as told:
        answer = TestClient(app).get("/v2/debug/")
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (500, "error", "internal")
    assert "SELECT" not in answer.text and "hunter2" not in answer.text
    assert [one["event"] for one in told] == ["request failed"]
