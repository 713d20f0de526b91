"""What makes requests the same job, and how two differ, in words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.toy_service import toy_request, write_lines

from pelagia.core.service import ModelRef
from pelagia.runtime import identity
from pelagia.runtime.identity import differences, request_record


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "a.txt", 3)


def model(sha256: str, path: str = "/somewhere") -> dict[str, ModelRef]:
    return {"classifier": ModelRef(role="classifier", name="m", version="1.0.0", sha256=sha256, path=path)}


def test_no_secret_of_an_address_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "fingerprint", lambda _uri: "f")
    request = replace(
        toy_request(), inputs={"files": ("mongodb://me:s3cret@host/db/images", "https://h/x?token=s3cret")}
    )
    assert "s3cret" not in json.dumps(request_record(request, "/out"))


def test_where_a_model_stands_makes_no_difference_but_its_content_does(lines: Path) -> None:
    def record(**given: str) -> dict[str, Any]:
        return request_record(replace(toy_request(lines), models=model(**given)), "/out")

    assert record(sha256="a" * 64, path="/x") == record(sha256="a" * 64, path="/y")
    assert differences(record(sha256="a" * 64), record(sha256="b" * 64)) == [
        f"model classifier: m@1.0.0 ({'a' * 12}) then, m@1.0.0 ({'b' * 12}) now"
    ]


def test_equal_requests_do_not_differ(lines: Path) -> None:
    record = request_record(toy_request(lines), "/out")
    assert differences(record, json.loads(json.dumps(record))) == []


def test_every_difference_is_told(lines: Path, tmp_path: Path) -> None:
    other = write_lines(tmp_path / "b.txt", 3)
    first, second = toy_request(lines), replace(toy_request(other, rounds=2, seed=1), service_version="2.0.0")
    told = differences(request_record(first, "/out"), request_record(second, "/out"))
    assert told == [
        "version of the service: 1.0.0 then, 2.0.0 now",
        "seed: 0 then, 1 now",
        f"files: {lines} was an input then",
        f"files: {other} is an input now",
        "parameter rounds: 1 then, 2 now",
    ]


def test_the_order_of_inputs_is_part_of_a_request(lines: Path, tmp_path: Path) -> None:
    other = write_lines(tmp_path / "b.txt", 3)
    records = [request_record(toy_request(*files), "/out") for files in ((lines, other), (other, lines))]
    assert differences(*records) == ["the order of the inputs"]
