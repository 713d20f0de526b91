"""Folders of the server that are shared, and other sites whose pages may ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.api.conftest import words_installed

from pelagia.app import create_app
from pelagia.runtime.settings import read_settings


@pytest.fixture(scope="module")
def sharing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, TestClient]]:
    """An installation that shares a folder and lets another site's pages ask: the folder, and a client."""
    place = tmp_path_factory.mktemp("sharing")
    shared = place / "shared"
    (shared / "run").mkdir(parents=True)
    (shared / "run" / "a.txt").write_text("some words here")
    (shared / ".hidden").mkdir()
    (shared / "out").symlink_to(place)
    with words_installed(place / "packages") as patch:
        settings = read_settings(
            {},
            home=place / "home",
            executor="inline",
            shared_folders=str(shared),
            cors_origins="https://portal.example.org",
        )
        patch.setenv("PELAGIA_HOME", str(settings.home))
        app = create_app(settings)
        with TestClient(app):
            yield shared, TestClient(app)


def test_shared_folders_are_listed_without_what_leads_out(sharing: tuple[Path, TestClient]):
    shared, client = sharing
    top = client.get("/v1/shared-folders").json()
    inside = client.get("/v1/shared-folders", params={"path": top["items"][0]["address"]}).json()
    run = client.get("/v1/shared-folders", params={"path": inside["items"][0]["address"]}).json()

    assert [place["address"] for place in top["items"]] == [str(shared)]
    assert [place["name"] for place in inside["items"]] == ["run"]
    assert run["items"] == [{"name": "a.txt", "address": f"{shared}/run/a.txt", "is_folder": False, "bytes": 15}]
    for path in ("/", "/etc", str(shared.parent), f"{shared}/out", f"{shared}/..", f"{shared}/nothing", "~"):
        assert client.get("/v1/shared-folders", params={"path": path}).status_code == 404, path
    assert client.get("/v1/shared-folders", params={"path": f"{shared}/run/a.txt"}).status_code == 422


def test_a_shared_folder_is_an_input(sharing: tuple[Path, TestClient]):
    shared, client = sharing
    body = {"service": "words", "inputs": {"texts": [str(shared / "run")]}}

    assert client.post("/v1/estimates", json=body).json()["understood"] == {"Texts": "1"}
    assert client.post("/v1/estimates", json={**body, "inputs": {"texts": [str(shared.parent)]}}).status_code == 422


def test_only_pages_of_named_sites_may_ask(sharing: tuple[Path, TestClient]):
    _, client = sharing
    asked = {"Origin": "https://portal.example.org"}

    assert client.get("/v1/services", headers=asked).headers["Access-Control-Allow-Origin"] == asked["Origin"]
    assert "Access-Control-Allow-Credentials" not in client.get("/v1/services", headers=asked).headers
    evil = client.get("/v1/services", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in evil.headers
