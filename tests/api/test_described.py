"""What the interface says of itself and of the installation: OpenAPI, services, models."""

from __future__ import annotations

from fastapi.testclient import TestClient
from tests.api.conftest import Installation, order

from pelagia.runtime.registry import service_slugs

PROBLEM = "application/problem+json"


def test_the_description_is_openapi_3_1_and_names_every_operation(visitor: TestClient):
    described = visitor.get("/v1/openapi.json").json()
    operations = [
        operation for item in described["paths"].values() for operation in item.values() if "responses" in operation
    ]

    assert described["openapi"].startswith("3.1")
    assert all(path.startswith("/v1/") for path in described["paths"])
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    assert all(operation.get("summary") and operation.get("tags") for operation in operations)


def test_every_error_of_every_operation_is_a_problem(visitor: TestClient):
    described = visitor.get("/v1/openapi.json").json()

    for path, item in described["paths"].items():
        for method, operation in item.items():
            if method == "head" or "responses" not in operation:
                continue
            errors = {status: said for status, said in operation["responses"].items() if status[0] in "45d"}
            assert {"401", "404", "422", "429", "default"} <= set(errors), path
            for said in errors.values():
                found = described["components"]["responses"][said["$ref"].rpartition("/")[2]]
                assert list(found["content"]) == [PROBLEM]


def test_services_say_what_they_take_and_can_be_told(visitor: TestClient):
    assert [service["slug"] for service in visitor.get("/v1/services").json()["items"]] == service_slugs()
    flowcam = visitor.get("/v1/services/flowcam").json()

    assert {slot["name"] for slot in flowcam["inputs"]}
    fields = flowcam["params"]["properties"].values()
    assert all({"description", "unit", "level"} <= set(one) for one in fields)
    assert {"csv", "darwin-core", "ecotaxa"} <= set(flowcam["exports"])
    training = visitor.get(f"/v1/services/{flowcam['training']}").json()
    assert (training["trains"], training["exports"]) == ("flowcam", [])
    assert visitor.get("/v1/services/nonsense").status_code == 404


def test_models_tell_how_well_they_know_what_they_had_not_seen(visitor: TestClient):
    models = visitor.get("/v1/models").json()["items"]
    first = models[0]

    assert 0 < first["accuracy"]["low"] <= first["accuracy"]["value"] <= first["accuracy"]["high"] <= 1
    place = f"/v1/models/{first['name']}/{first['version']}"
    shown = visitor.get(place).json()
    assert len(shown["card"]["classes"]) == first["classes"]
    card = visitor.get(f"{place}/card.md")
    assert (card.headers["Content-Type"], card.text[:1]) == ("text/plain; charset=utf-8", "#")
    assert visitor.get("/v1/models/nonsense/1.0.0").status_code == 404


def test_nothing_is_shared_unless_the_installation_says_so(visitor: TestClient):
    assert visitor.get("/v1/shared-folders").json()["items"] == []
    answer = visitor.get("/v1/services", headers={"Origin": "https://portal.example.org"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_provider_sees_facts_of_runs_but_no_files(installation: Installation, visitor: TestClient):
    provider = installation.account("provider", scopes=("read", "run", "provide"), provides=("words",))
    elsewhere = installation.account("elsewhere", scopes=("read", "run", "provide"), provides=("flowcam",))
    job = visitor.post("/v1/jobs", json=order(visitor)).json()
    installation.work()

    shown = provider.get(f"/v1/jobs/{job['id']}").json()
    assert (shown["state"], shown["inputs"], shown["findings"]) == ("succeeded", None, [])
    assert provider.get(f"/v1/jobs/{job['id']}/results").status_code == 404
    assert provider.post(f"/v1/jobs/{job['id']}/cancel").status_code == 404
    assert elsewhere.get(f"/v1/jobs/{job['id']}").status_code == 404
