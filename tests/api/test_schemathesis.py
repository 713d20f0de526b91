"""Whatever is sent to /v1, nothing breaks, and every answer is what its description says."""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from tests.api.conftest import Installation, order, words_installed
from tests.api.serving import served

from pelagia.app import create_app
from pelagia.runtime.settings import read_settings

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
# Of each operation, valid and not; more of them find more.
EXAMPLES = int(os.environ.get("PELAGIA_TEST_EXAMPLES", "5"))
SHORT = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
LONGEST_ANSWER = dt.timedelta(seconds=30).total_seconds()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Installation]]:
    """An application behind a real server: its address, and the installation."""
    folder = tmp_path_factory.mktemp("installation")
    with words_installed(folder / "packages") as patch:
        made = read_settings(
            {},
            home=folder / "home",
            executor="inline",
            workers=2,
            requests_per_minute=0,
            wait_s=0.2,
            upload_file_bytes=1_000_000,
        )
        patch.setenv("PELAGIA_HOME", str(made.home))
        app = create_app(made)
        with served(app) as address:
            yield address, Installation(app, made)


@pytest.fixture(scope="module")
def described(running: tuple[str, Installation]) -> schemathesis.BaseSchema:
    address, _ = running
    return schemathesis.openapi.from_url(f"{address}/v1/openapi.json")


@pytest.fixture(scope="module")
def token(running: tuple[str, Installation]) -> str:
    return running[1].token("tester", is_admin=True)


schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
schemathesis.serializer.alias("application/jsonl", "text/plain")


@dataclass(frozen=True)
class Known:
    """Things that are there, so that more than the way to their absence is tried."""

    headers: dict[str, str]
    ids: dict[str, str]


def known(installation: Installation, client: httpx.Client, headers: dict[str, str]) -> Known:
    body = order(client)
    job_id = client.post("/v1/jobs", json=body).json()["id"]
    installation.work()
    upload_id = body["inputs"]["texts"][0].removeprefix("upload://")
    announced = client.post(f"/v1/uploads/{upload_id}/files", json={"path": "big.bin", "bytes": 1000}).json()
    ids = {"job_id": job_id, "upload_id": upload_id, "file_id": announced["id"], "name": "words", "slug": "words"}
    return Known(headers, ids)


def broken(described: schemathesis.BaseSchema, asking: Known) -> list[str]:
    """Send what the description allows, and what it does not, to every operation; return what went wrong."""
    found = []
    for result in described.get_all_operations():
        operation = result.ok()
        for mode in GenerationMode:
            try:
                _send(operation, mode, asking)
            except (FailureGroup, AssertionError) as error:
                found.append(f"{mode.value} {operation.method.upper()} {operation.path}: {error}")
    return found


def _send(operation: schemathesis.schemas.APIOperation, mode: GenerationMode, asking: Known) -> None:
    numbers = itertools.count()

    @SHORT
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: schemathesis.Case) -> None:
        if next(numbers) % 2 and operation.method != "delete" and mode is GenerationMode.POSITIVE:
            case.path_parameters = {
                name: asking.ids.get(name, value) for name, value in (case.path_parameters or {}).items()
            }
            if "/results/files/" in operation.path:
                case.path_parameters["path"] = "report.html"
        case.call_and_validate(checks=CHECKS, headers=asking.headers, timeout=LONGEST_ANSWER)

    try:
        send()
    except Unsatisfiable:
        # It takes nothing that could be wrong.
        assert mode is GenerationMode.NEGATIVE


def test_a_visitor_breaks_nothing(described: schemathesis.BaseSchema, running: tuple[str, Installation]):
    address, installation = running
    with httpx.Client(base_url=address) as client:
        client.post("/v1/uploads", json={})
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        asking = known(installation, client, {"Cookie": cookie})
        assert not (found := broken(described, asking)), "\n\n".join(found)


def test_somebody_with_a_token_breaks_nothing(
    described: schemathesis.BaseSchema, running: tuple[str, Installation], token: str
):
    address, installation = running
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=address, headers=headers) as client:
        assert not (found := broken(described, known(installation, client, headers))), "\n\n".join(found)
