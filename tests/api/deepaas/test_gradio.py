"""What the Gradio client (deepaas_ui) does, in its order and its way: swagger.json, the model, predictions.

It follows redirects as the package ``requests`` does, and knows one model: the first whose path ends in ``predict/``.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.api.deepaas.servers import Server

FILE = ("v.txt", b"hello\n", "text/plain")
MEDIA = ("image/", "audio/", "video/", "application/")


class Gradio:
    """The client, for one address of an API."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.spec: dict[str, Any] = httpx.get(f"{api}/swagger.json", follow_redirects=True).json()
        paths = [path for path in self.spec["paths"] if path.endswith("predict/") and "deepaas-test" not in path]
        # The paths may stand below a base of their own.
        self.path = paths[0][paths[0].index("/v2/") :]
        self.described = self.spec["paths"][paths[0]]["post"]

    def metadata(self) -> dict[str, Any]:
        """Ask for the model, with the slashes that the client puts together."""
        name = self.path.split("/")[3]
        answer = httpx.get(f"{self.api}///v2/models/{name}/", follow_redirects=True)
        assert answer.status_code == 200
        told: dict[str, Any] = answer.json()
        return told

    def predict(self, accept: str, *, files: dict[str, Any] | None = None, **params: Any) -> httpx.Response:
        """Send a prediction without the last slash; empty and zero values are left out, as the client leaves them."""
        sent = {name: value for name, value in params.items() if value} | {"accept": accept}
        written = {name: str(value) if isinstance(value, bool) else value for name, value in sent.items()}
        return httpx.post(
            f"{self.api}{self.path.rstrip('/')}",
            params=written,
            headers={"accept": accept},
            files=files,
            follow_redirects=True,
            timeout=60,
        )


@pytest.fixture
def gradio(pelagia: Server) -> Gradio:
    return Gradio(f"{pelagia.address}/deepaas/every-kind")


def test_each_service_alone_is_a_server_of_one_model(pelagia: Server, gradio: Gradio) -> None:
    assert gradio.path == "/v2/models/every-kind/predict/"
    assert [path for path in gradio.spec["paths"] if path.endswith("predict/")] == [
        "/deepaas/every-kind/v2/models/every-kind/predict/"
    ]
    alone = httpx.get(f"{pelagia.address}/deepaas/every-kind/v2/models/").json()["models"]
    assert [model["name"] for model in alone] == ["every-kind"]
    assert httpx.get(f"{pelagia.address}/deepaas/every-kind/v2/models/noop/").status_code == 404
    assert httpx.get(f"{pelagia.address}/deepaas/nope/v2/").status_code == 404
    moved = httpx.get(f"{pelagia.address}/deepaas/every-kind/v2?x=1")
    assert (moved.status_code, moved.headers["location"]) == (308, "/deepaas/every-kind/v2/?x=1")


def test_what_it_draws_its_form_from_is_there(gradio: Gradio) -> None:
    for parameter in gradio.described["parameters"]:
        assert {"name", "in", "type", "description"} <= parameter.keys()
        assert parameter["type"] in ("file", "integer", "number", "boolean", "string", "array")
    tabs = [kind for kind in gradio.described["produces"] if kind != "*/*"]
    assert tabs == ["application/json", "application/zip"] and all(kind.startswith(MEDIA) for kind in tabs)
    shape = gradio.described["responses"]["200"]["schema"]["$ref"].rpartition("/")[2]
    assert gradio.spec["definitions"][shape]["properties"]


def test_the_shape_of_answers_has_the_name_it_looks_for(pelagia: Server) -> None:
    spec = Gradio(f"{pelagia.address}/deepaas/by-schema").spec
    assert set(spec["definitions"]["ModelPredictionResponse"]["properties"]) == {"names", "scores"}


def test_it_reads_who_made_the_model(gradio: Gradio) -> None:
    told = gradio.metadata()
    assert told["name"] == "every-kind" and told["description"] and told["author"]


def test_a_prediction_without_the_last_slash_keeps_its_body(gradio: Gradio) -> None:
    answer = gradio.predict("application/json", files={"files": FILE}, needed=3, flag=True, numbers=[4, 5], rate=0)
    assert answer.status_code == 200
    assert answer.history == []
    told = answer.json()["predictions"]
    assert told["files"] == {"name": "v.txt", "text": "hello\n"}
    assert (told["needed"], told["flag"], told["numbers"], told["rate"]) == (3, True, [4, 5], 0.5)


def test_its_tab_of_another_media_type_gets_that(gradio: Gradio) -> None:
    answer = gradio.predict("application/zip", files={"files": FILE}, needed=3)
    assert answer.headers["content-type"] == "application/zip" and answer.content[:2] == b"PK"


def test_an_error_has_no_status_of_success(gradio: Gradio) -> None:
    answer = gradio.predict("application/json", files={"files": FILE}, needed=3, word="bug")
    assert answer.status_code == 500
    assert answer.json()["status"] == "error" and "The program made a mistake" in answer.json()["message"]
