"""What a service offers to try it keeps its promises: the same sample every time, understood, shown."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pelagia.core.service import Request, Service
from pelagia.orders.order import Order, request_of
from pelagia.runtime.registry import all_services

WITH_SAMPLE = [service for service in all_services() if service.sample]


def sample_request(service: Service[Any], folder: Path) -> Request[Any]:
    folder.mkdir()
    sample = importlib.import_module(service.sample).make_sample(folder)
    inputs = {slot: [str(folder / path) for path in paths] for slot, paths in sample.inputs.items()}
    return request_of(Order(service=service.slug, inputs=inputs, params=sample.params), folder)


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("service", WITH_SAMPLE, ids=lambda service: service.slug)
def test_a_sample_is_the_same_every_time_and_has_nothing_wrong(service: Service[Any], tmp_path: Path) -> None:
    request = sample_request(service, tmp_path / "one")
    sample_request(service, tmp_path / "two")
    assert content(tmp_path / "one") == content(tmp_path / "two")
    estimate = importlib.import_module(service.pipeline).estimate(request)
    assert estimate.units > 0
    assert [issue for issue in estimate.issues if issue.severity != "note"] == []


@pytest.mark.parametrize("service", [one for one in WITH_SAMPLE if one.preview], ids=lambda service: service.slug)
def test_a_preview_shows_at_most_as_many_small_pictures_as_asked(service: Service[Any], tmp_path: Path) -> None:
    request = sample_request(service, tmp_path / "one")
    shown = importlib.import_module(service.preview).preview(request, 6)
    sizes = [cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR).shape for picture in shown]
    assert 0 < len(sizes) <= 6
    assert all(max(shape[:2]) <= 320 for shape in sizes)
