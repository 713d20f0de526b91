"""What the tests of the web layers share."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.http.observed import Log, observed_app


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """An application with a route of each kind."""
    static = tmp_path / "static"
    static.mkdir()
    (static / "style.css").write_text("body {}")
    return observed_app(str(static))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def log() -> Iterator[Log]:
    """The log of this process, as JSON."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield Log()
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)
